package sandboxed_test

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	task "ambient-ecs/ecs/task/definition"
	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/adopt"
	"ambient-ecs/verify/sandboxed"
)

// surveyed reads the home account of a sandbox in which the resources of a file exist.
func surveyed(t *testing.T, file string, more ...aws.Foreign) *adopt.Facts {
	t.Helper()
	folder := t.TempDir()
	w, err := world.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	w.Control(aws.Controllers()...)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []aws.Foreign
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, r := range slices.Concat(all, more) {
		if err := aws.AddForeign(context.Background(), w, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	facts, err := (sandboxed.Surveyor{Folder: folder}).Read(context.Background(), adopt.Account{Key: "apps", ID: home}, region)
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

func TestAdoptReadsWhatATeamHasInTheSandbox(t *testing.T) {
	facts := surveyed(t, "../../examples/their-cluster/theirs.json",
		aws.Foreign{Account: home, Region: region, Type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", Inputs: map[string]any{"securityGroupId": "sg-00500000000000001", "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"}},
		aws.Foreign{Account: home, Region: region, Type: "aws:appautoscaling/target:Target", Inputs: map[string]any{"resourceId": "service/Apps-Prod/billing", "scalableDimension": "ecs:service:DesiredCount", "serviceNamespace": "ecs", "minCapacity": 1, "maxCapacity": 4}},
		aws.Foreign{Account: away, Region: region, Type: "aws:ecs/cluster:Cluster", Inputs: map[string]any{"name": "elsewhere"}},
	)
	if len(facts.Clusters) != 1 || facts.Clusters[0].Name != "Apps-Prod" || !facts.Clusters[0].Insights || facts.Clusters[0].Tags["team"] != "apps" || len(facts.Clusters[0].Services) != 1 {
		t.Fatalf("the clusters are %+v", facts.Clusters)
	}
	billing := facts.Clusters[0].Services[0]
	if billing.Name != "billing" || billing.Desired != 2 || billing.LaunchType != "FARGATE" || !slices.Equal(billing.Subnets, []string{"subnet-00500000000000001"}) || !slices.Equal(billing.Groups, []string{"sg-00500000000000001"}) ||
		billing.Healthy != 100 || billing.Most != 200 || billing.PlatformVersion != "LATEST" || !strings.Contains(string(billing.Definition), `"family": "billing"`) {
		t.Errorf("the service is %+v\n%s", billing, billing.Definition)
	}
	n := facts.Networks[0]
	subnet := n.Subnets["subnet-00500000000000001"]
	if len(facts.Networks) != 1 || n.VPC.CIDR != "172.20.0.0/16" || !n.VPC.DNSHostnames || n.Tags["team"] != "apps" || subnet.ZoneID == "" || n.Tables[subnet.Table].WayOut() != "igw-00500000000000001" {
		t.Errorf("the networks are %+v", facts.Networks)
	}
	// AWS keeps five addresses, and two tasks have one each.
	if subnet.Free != 4096-5-2 {
		t.Errorf("the subnet has %d free addresses", subnet.Free)
	}
	if open := facts.Groups["sg-00500000000000001"].Open; !slices.Equal(open, []string{"every port"}) {
		t.Errorf("the group opens %v", open)
	}
	if !slices.Equal(facts.Scaled, []string{"Apps-Prod/billing"}) || len(facts.ControlPlanes) != 0 || facts.Roles["arn:aws:iam::"+home+":role/apps-execution"].Path != "/" {
		t.Errorf("scaled are %v, control planes %v, roles %v", facts.Scaled, facts.ControlPlanes, facts.Roles)
	}
}

// The program takes what adopt writes, in AWS's words.
func TestATaskDefinitionOfTheSandboxIsPrintedAsAWSDoes(t *testing.T) {
	const cluster = "arn:aws:ecs:" + region + ":" + home + ":cluster/Apps-Prod"
	facts := surveyed(t, "../../examples/their-cluster/theirs.json",
		aws.Foreign{Account: home, Region: region, Type: "aws:ecs/taskDefinition:TaskDefinition", Inputs: map[string]any{"family": "files", "requiresCompatibilities": []any{"FARGATE"}, "networkMode": "awsvpc", "cpu": "256", "memory": "512",
			"runtimePlatform": map[string]any{"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}, "ephemeralStorage": map[string]any{"sizeInGib": 40.0},
			"volumes":              []any{map[string]any{"name": "data", "efsVolumeConfiguration": map[string]any{"fileSystemId": "fs-0123456789abcdef0", "transitEncryption": "ENABLED"}}},
			"containerDefinitions": `[{"name":"files","image":"public.ecr.aws/j8r2p7b6/echo-server:latest","essential":true,"mountPoints":[{"sourceVolume":"data","containerPath":"/data"}]}]`}},
		aws.Foreign{Account: home, Region: region, Type: "aws:ecs/service:Service", Inputs: map[string]any{"name": "files", "cluster": cluster, "taskDefinition": "arn:aws:ecs:" + region + ":" + home + ":task-definition/files:1", "launchType": "FARGATE", "desiredCount": 1.0,
			"networkConfiguration": map[string]any{"subnets": []any{"subnet-00500000000000001"}, "securityGroups": []any{"sg-00500000000000001"}, "assignPublicIp": true}}},
	)
	i := slices.IndexFunc(facts.Clusters[0].Services, func(s adopt.Service) bool { return s.Name == "files" })
	d, err := task.Parse(facts.Clusters[0].Services[i].Definition)
	if err == nil {
		err = d.Check()
	}
	if err != nil || d.EphemeralStorage == nil || d.EphemeralStorage.SizeInGiB != 40 || len(d.Volumes) != 1 {
		t.Errorf("%v\n%s", err, facts.Clusters[0].Services[i].Definition)
	}
}

func TestAdoptSaysThatThereIsNoSandbox(t *testing.T) {
	if _, err := (sandboxed.Surveyor{Folder: t.TempDir()}).Read(context.Background(), adopt.Account{Key: "apps", ID: home}, region); err == nil || !strings.Contains(err.Error(), "there is no sandbox") {
		t.Errorf("err = %v", err)
	}
}

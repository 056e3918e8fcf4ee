package tests

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/contract"
	"ambient-ecs/tests/recorder"
)

// byOwner leaves the dev stack's echo-service to its owner.
func byOwner(o *recorder.Options) {
	o.Config = edited(o.Config, func(clusters map[string]any) {
		services := clusters["ecs-1"].(map[string]any)["services"].(map[string]any)
		services["echo-service"] = map[string]any{"deployedBy": "owner", "port": 8080, "owned": map[string]any{"serviceName": "Echo_API", "family": "echo"},
			"egress": []any{map[string]any{"cidr": "192.168.0.0/24", "port": 5432}}}
	})
}

// An owner's service has an identity, policies and groups in the mesh, and neither a task definition nor a service of the stack.
func TestOfAnOwnersServiceOnlyWhatTheMeshNeedsIsMade(t *testing.T) {
	ours, theirs := succeed(t, Record(t, "dev", nil)), succeed(t, Record(t, "dev", byOwner))
	of := func(r *recorder.Recording) (all []string) {
		for _, res := range r.Resources {
			all = append(all, res.Type+" "+res.Name)
		}
		slices.Sort(all)
		return all
	}
	before, after := of(ours), of(theirs)
	gone := slices.DeleteFunc(slices.Clone(before), func(line string) bool { return slices.Contains(after, line) })
	added := slices.DeleteFunc(slices.Clone(after), func(line string) bool { return slices.Contains(before, line) })
	if want := []string{"ambient-ecs:ecs:Service ecs-1/echo-service", "aws:ecs/service:Service ecs-1/echo-service", "aws:ecs/taskDefinition:TaskDefinition ecs-1/echo-service"}; !slices.Equal(gone, want) {
		t.Errorf("gone are\n%s", strings.Join(gone, "\n"))
	}
	if want := []string{
		"ambient-ecs:ecs:OwnedService ecs-1/echo-service", "ambient-ecs:network:EgressGroup egress-ecs-1/echo-service", "aws:ec2/securityGroup:SecurityGroup egress-ecs-1/echo-service",
		"aws:ssm/parameter:Parameter ecs-1/echo-service/owned", "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule egress-ecs-1/echo-service-tcp-5432-192-168-0-0-24",
	}; !slices.Equal(added, want) {
		t.Errorf("added are\n%s", strings.Join(added, "\n"))
	}
	for _, policies := range []string{"AuthorizationPolicy", "ServiceAccount"} {
		count := func(all []string) (n int) {
			for _, line := range all {
				if strings.Contains(line, policies) {
					n++
				}
			}
			return n
		}
		if count(before) != count(after) {
			t.Errorf("there were %d of kind %s and are %d", count(before), policies, count(after))
		}
	}
}

func TestAnOwnerFindsWhatToSetInAParameter(t *testing.T) {
	r := succeed(t, Record(t, "dev", byOwner))
	parameter := r.Get(t, "aws:ssm/parameter:Parameter", "ecs-1/echo-service/owned")
	if got := parameter.Inputs["name"]; got != "/ambient-ecs/ambient/v1/ecs-1/services/echo-service" {
		t.Errorf("its name is %v", got)
	}
	owned, err := contract.ParseOwned(parameter.Inputs["insecureValue"].(string))
	if err != nil {
		t.Fatal(err)
	}
	if owned.Service != "Echo_API" || owned.Family != "echo" || owned.Identity != "ecs-1/ecs" || owned.Client != "curl" ||
		!strings.HasSuffix(owned.ServiceARN, ":service/ambient-ecs-1/Echo_API") || owned.Hostname != "echo-service.ambient-ecs-1.ecs.local" {
		t.Errorf("it names %+v", owned)
	}
	if owned.Tags["ecs.solo.io/hostname"] != owned.Hostname || owned.Tags["ecs.solo.io/ports"] != "http:8080" || owned.PropagateTags != "SERVICE" || !owned.EnableECSManagedTags {
		t.Errorf("its tags are %v", owned.Tags)
	}
	if len(owned.SecurityGroupIDs) != 3 || len(owned.SubnetIDs) == 0 {
		t.Errorf("its groups are %v, its subnets %v: want those for callers, for being called, and for its egress", owned.SecurityGroupIDs, owned.SubnetIDs)
	}
	if !strings.HasSuffix(owned.TaskRoleARN, ":role/ambient-ecs-1-ecs") || owned.ExecutionRoleARN == "" || owned.LogGroup == "" {
		t.Errorf("its roles are %s and %s, its log group %s", owned.TaskRoleARN, owned.ExecutionRoleARN, owned.LogGroup)
	}
	if !strings.Contains(owned.Given, "token=") || !strings.Contains(owned.Given, "istiod=") {
		t.Errorf("the mesh gives %s", owned.Given)
	}
}

// The owner's pipeline may deploy its own service with its own family, and read what to set.
func TestThePipelineOfAnOwnerMayDeployItsServiceAlone(t *testing.T) {
	r := succeed(t, Record(t, "dev", byOwner))
	policies := r.Outputs["pipelinePolicies"].(map[string]any)
	text, _ := policies["ecs-1/echo-service"].(string)
	for _, want := range []string{":task-definition/echo:*", ":service/ambient-ecs-1/Echo_API", ":parameter/ambient-ecs/ambient/v1/ecs-1/services/echo-service", "role/ambient-ecs-1-ecs"} {
		if !strings.Contains(text, want) {
			t.Errorf("the policy does not name %s: %s", want, text)
		}
	}
	if strings.Contains(text, "/contract") {
		t.Errorf("no contract is published, and the policy lets the pipeline read one: %s", text)
	}
	r = succeed(t, Record(t, "dev", func(o *recorder.Options) { byOwner(o); o.Config["ambient-ecs:publishContract"] = "true" }))
	text, _ = r.Outputs["pipelinePolicies"].(map[string]any)["ecs-1/echo-service"].(string)
	for _, want := range []string{":parameter/ambient-ecs/ambient/v1/ecs-1/contract", ":parameter/ambient-ecs/ambient/v1/ecs-1/tokens/ecs"} {
		if !strings.Contains(text, want) {
			t.Errorf("the policy does not name %s: %s", want, text)
		}
	}
}

// Other stacks and the verifier see the service as they see the others.
func TestTheOutputsOfAnOwnersServiceSayWhoDeploysIt(t *testing.T) {
	r := succeed(t, Record(t, "dev", byOwner))
	text, err := json.Marshal(r.Outputs["ecsClusters"])
	if err != nil {
		t.Fatal(err)
	}
	var clusters map[string]struct {
		Services map[string]map[string]any `json:"services"`
	}
	if err := json.Unmarshal(text, &clusters); err != nil {
		t.Fatal(err)
	}
	service := clusters["ecs-1"].Services["echo-service"]
	for key, want := range map[string]any{"deployedBy": "owner", "taskDefinitionArn": "", "hostname": "echo-service.ambient-ecs-1.ecs.local", "port": 8080.0,
		"parameter": "/ambient-ecs/ambient/v1/ecs-1/services/echo-service", "serviceAccount": "ecs", "family": "echo"} {
		if service[key] != want {
			t.Errorf("%s is %v, want %v", key, service[key], want)
		}
	}
	if arn, _ := service["arn"].(string); !strings.HasSuffix(arn, "/Echo_API") {
		t.Errorf("its ARN is %v", service["arn"])
	}
}

// The example's service logs to its team's group, and ECS starts it with its team's role.
func TestTheExampleLeavesTheServiceToItsTeam(t *testing.T) {
	r := succeed(t, Record(t, "their-service", nil))
	for _, res := range r.Resources {
		if strings.HasPrefix(res.Type, "aws:ecs/") && res.Name == "prod/billing" {
			t.Errorf("the program makes %s", res.Type)
		}
	}
	owned, err := contract.ParseOwned(r.Get(t, "aws:ssm/parameter:Parameter", "prod/billing/owned").Inputs["insecureValue"].(string))
	if err != nil || owned.ExecutionRoleARN != "arn:aws:iam::111122223333:role/apps-execution" || owned.LogGroup != "/apps/prod" || owned.Cluster != "Apps-Prod" || owned.Service != "billing" {
		t.Errorf("%v: the team is told %+v", err, owned)
	}
	policies := r.Outputs["deployerPolicies"].(map[string]any)["apps"].(map[string]any)
	if text := policies["existing"].(string); !strings.Contains(text, `"ReadServicesOfOwners"`) || strings.Count(text, "service/Apps-Prod/billing") != 1 {
		t.Errorf("the deployer may do more with the service than read it: %s", text)
	}
}

// What is in front of an owner's service only the resource's own read shows: the look-up function does not say it.
func TestWhatIsInFrontOfAnOwnersServiceIsSaid(t *testing.T) {
	read := func(preview bool) *recorder.Recording {
		return succeed(t, Record(t, "their-service", func(o *recorder.Options) {
			o.Preview = preview
			inFrontOfBilling(o)
		}))
	}
	for _, res := range read(false).OfType(ecsServiceType) {
		if res.Read {
			t.Errorf("an update records %s, and each deployment of its owner would be a drift", res.Name)
		}
	}
	r := read(true)
	all := strings.Join(r.Warnings, "\n")
	for _, words := range []string{"clusters.prod.services.billing: load balancers send requests and health checks of 1 target groups", "VPC Lattice sends requests of 1 target groups"} {
		if !strings.Contains(all, words) {
			t.Errorf("nobody says %q: %s", words, all)
		}
	}
	if one := r.Get(t, ecsServiceType, "owned-prod/billing"); !one.Read || one.Inputs["id"] != nil && one.Inputs["id"] != "Apps-Prod/billing" {
		t.Errorf("the look-up is %+v", one)
	}
}

// inFrontOfBilling has a load balancer and VPC Lattice in front of the owner's service.
func inFrontOfBilling(o *recorder.Options) {
	answering(answers{
		"aws:ecs/getService:getService": gives(map[string]any{"desiredCount": 1, "launchType": "FARGATE"}),
	})(o)
	outputs := o.Outputs
	o.Outputs = func(typ, name string, inputs map[string]any) map[string]any {
		if typ != ecsServiceType || name != "owned-prod/billing" {
			return outputs(typ, name, inputs)
		}
		return map[string]any{"launchType": "FARGATE", "loadBalancers": []any{map[string]any{"containerName": "billing", "containerPort": 8080}},
			"vpcLatticeConfigurations": []any{map[string]any{"portName": "http", "roleArn": "arn:aws:iam::111122223333:role/x", "targetGroupArn": "arn:aws:vpc-lattice"}}}
	}
}

// A destroy stops before it takes anything from tasks that are members.
func TestTheParameterOfAServiceThatHasJoinedIsProtected(t *testing.T) {
	for _, joined := range []bool{false, true} {
		r := succeed(t, Record(t, "their-service", func(o *recorder.Options) {
			containers := `[{"name":"billing"}]`
			if joined {
				containers = `[{"name":"billing"},{"name":"ztunnel","image":"ztunnel:1"}]`
			}
			all := living()
			all["aws:ecs/getService:getService"] = func(args map[string]any) (map[string]any, error) {
				if args["serviceName"] != "billing" {
					return nil, errors.New("no matching ECS Service found")
				}
				return map[string]any{"desiredCount": 1, "launchType": "FARGATE", "taskDefinition": "arn:aws:ecs:eu-central-1:111122223333:task-definition/billing:1"}, nil
			}
			all["aws:ecs/getTaskDefinition:getTaskDefinition"] = gives(map[string]any{"taskRoleArn": "", "executionRoleArn": "", "containerDefinitions": containers})
			all[clusterLookup] = gives(map[string]any{"version": "1.35", "status": "ACTIVE", "tags": map[string]any{config.InstallTag: "lodger"}})
			all["aws:eks/getAccessEntry:getAccessEntry"] = gives(map[string]any{"tags": map[string]any{}})
			answering(all)(o)
		}))
		if got := r.Get(t, "aws:ssm/parameter:Parameter", "prod/billing/owned").Protect; got != joined {
			t.Errorf("joined %v: protected %v", joined, got)
		}
	}
}

package adopt_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"ambient-ecs/living/compare"
	"ambient-ecs/network/existing"
	"ambient-ecs/verify/adopt"
)

// marker is the value of an environment variable, which nothing but a task definition may hold.
const marker = "only-in-the-definition-4711"

// options are those of a stack in two accounts.
func options() adopt.Options {
	return adopt.Options{Stack: "prod", Install: "mesh", Region: "eu-central-1", Accounts: []adopt.Account{
		{Key: "apps", ID: "111122223333", Profile: "apps"}, {Key: "pay", ID: "444455556666", Profile: "pay"},
	}}
}

// world is what the accounts have: a VPC each, and a cluster with the service orders in the first.
func world() map[string]*adopt.Facts {
	return map[string]*adopt.Facts{
		"apps": {
			Networks: []adopt.Network{vpc("vpc-0a", "111122223333", "10.20.0.0/16")},
			Clusters: []adopt.Cluster{cluster("Apps-Prod", service("orders"))},
			Groups:   map[string]adopt.Group{"sg-1": {Name: "apps", Open: []string{"tcp 8080"}}},
		},
		"pay": {Networks: []adopt.Network{vpc("vpc-0b", "444455556666", "10.21.0.0/16")}},
	}
}

// vpc is a VPC with a public and three private subnets, in as many zones.
func vpc(id, owner, cidr string) adopt.Network {
	suffix := strings.TrimPrefix(id, "vpc-")
	n := adopt.Network{Tags: map[string]string{}, Network: existing.Network{
		VPC:     &existing.VPC{ID: id, Owner: owner, CIDR: cidr, DNSSupport: true, DNSHostnames: true},
		Subnets: map[string]existing.Subnet{},
		Tables: map[string]existing.Table{
			"rtb-0000001" + suffix[1:]: {ID: "rtb-0000001" + suffix[1:], VPC: id, Routes: []existing.Route{{CIDR: "0.0.0.0/0", Target: "igw-1"}}},
			"rtb-0000002" + suffix[1:]: {ID: "rtb-0000002" + suffix[1:], VPC: id, Routes: []existing.Route{{CIDR: "0.0.0.0/0", Target: "nat-1"}}},
		},
	}}
	n.VPC.ID = "vpc-000000" + suffix
	for i := range 4 {
		subnet := existing.Subnet{ID: fmt.Sprintf("subnet-00000%d%s", i, suffix), VPC: n.VPC.ID, ZoneID: fmt.Sprintf("euc1-az%d", i), Table: "rtb-0000002" + suffix[1:], Free: 200}
		if i == 0 {
			subnet.ZoneID, subnet.Table = "euc1-az1", "rtb-0000001"+suffix[1:]
		}
		n.Subnets[subnet.ID] = subnet
	}
	for id, table := range n.Tables {
		table.VPC = n.VPC.ID
		n.Tables[id] = table
	}
	return n
}

func cluster(name string, services ...adopt.Service) adopt.Cluster {
	return adopt.Cluster{Name: name, Services: services, ECSCluster: compare.ECSCluster{
		ARN: "arn:aws:ecs:eu-central-1:111122223333:cluster/" + name, Status: "ACTIVE", Tags: map[string]string{"team": "apps"},
	}}
}

func service(name string, more ...func(*adopt.Service)) adopt.Service {
	s := adopt.Service{
		Name: name, Desired: 2, PlatformVersion: "LATEST", Healthy: 100, Most: 200, Definition: definition(nil),
		Import: compare.Import{Controller: "ECS", LaunchType: "FARGATE", Scheduling: "REPLICA", Subnets: []string{"subnet-0000000a"}, Groups: []string{"sg-1"}},
	}
	for _, change := range more {
		change(&s)
	}
	return s
}

// definition is a task definition as AWS prints it, after a change.
func definition(change func(task, container map[string]any)) []byte {
	container := map[string]any{
		"name": "app", "image": "public.ecr.aws/nginx/nginx:1.29", "essential": true, "portMappings": []any{map[string]any{"containerPort": 8080}},
		"environment": []any{map[string]any{"name": "GREETING", "value": marker}},
	}
	task := map[string]any{
		"taskDefinitionArn": "arn:aws:ecs:eu-central-1:111122223333:task-definition/app:7", "family": "app", "revision": 7, "networkMode": "awsvpc", "cpu": "256", "memory": "512",
		"requiresCompatibilities": []any{"FARGATE"}, "volumes": []any{}, "placementConstraints": []any{}, "registeredBy": "arn:aws:iam::111122223333:user/x",
	}
	if change != nil {
		change(task, container)
	}
	if task["containerDefinitions"] == nil {
		task["containerDefinitions"] = []any{container}
	}
	text, err := json.Marshal(task)
	if err != nil {
		panic(err)
	}
	return text
}

// judged is the plan for a world, judged by the program's rules.
func judged(t *testing.T, o adopt.Options, w map[string]*adopt.Facts) (p *adopt.Plan, report string) {
	t.Helper()
	if err := o.Check(); err != nil {
		t.Fatal(err)
	}
	p, err := adopt.New(o, w)
	if err != nil {
		t.Fatal(err)
	}
	project, err := os.ReadFile("../../Pulumi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Judge(project); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	p.Report.Print(&out)
	return p, out.String()
}

package config

import (
	"strings"
	"testing"
)

func TestRefusedImportsOfResources(t *testing.T) {
	imports := func(of object) []edit { return []edit{{"imports", of}} }
	run(t, []refusal{
		{"a name that is nearly right", imports(object{"aws:ec2/vpc:Vpc::vpc-locl": "vpc-0123456789abcdef0"}),
			[][]string{{`imports = "aws:ec2/vpc:Vpc::vpc-locl"`, "did you mean aws:ec2/vpc:Vpc::vpc-local?", "of this type it makes aws:ec2/vpc:Vpc::vpc-external, aws:ec2/vpc:Vpc::vpc-local"}}},
		{"a type that is never imported", imports(object{"aws:eks/cluster:Cluster::eks": "ambient"}), [][]string{{"TYPE::NAME", "aws:cloudwatch/logGroup:LogGroup, aws:ec2/eip:Eip", "aws:iam/role:Role"}}},
		{"a service", imports(object{"aws:ecs/service:Service::ecs-1/echo-service": "x/y"}), [][]string{{"a service is taken over with its own key import"}}},
		{"everything at once", imports(object{
			"aws:ec2/vpc:Vpc::vpc-local":                         "igw-0123456789abcdef0",
			"aws:ec2/subnet:Subnet::vpc-local-private-1":         "subnet-0123456789abcdef0",
			"aws:ec2/subnet:Subnet::vpc-local-private-2":         "subnet-0123456789abcdef0",
			"aws:ec2/subnet:Subnet::vpc-local-private-4":         "subnet-0123456789abcdef4",
			"aws:ec2/route:Route::vpc-local-private":             "rtb-0123456789abcdef0",
			"aws:iam/role:Role::execution-local":                 "ecsTaskExecutionRole",
			"aws:iam/rolePolicy:RolePolicy::execution-local":     "ambient-execution-local",
			"aws:ecs/cluster:Cluster::ecs-1":                     "Apps-Prod",
			"aws:cloudwatch/logGroup:LogGroup::ecs-1-tasks":      "/ecs/demo",
			"aws:cloudwatch/logGroup:LogGroup::eks-control-plan": "/aws/eks/ambient/cluster",
		}), [][]string{
			{`imports.aws:ec2/vpc:Vpc::vpc-local = "igw-0123456789abcdef0"`, "such as vpc-0123456789abcdef0"},
			{"imports.aws:ec2/subnet:Subnet::vpc-local-private-2", "imports.aws:ec2/subnet:Subnet::vpc-local-private-1 has the same id"},
			{"vpc-local-private-4", "of this type it makes", "aws:ec2/subnet:Subnet::vpc-local-private-3"},
			{"imports.aws:ec2/route:Route::vpc-local-private", "_0.0.0.0/0"},
			{"imports.aws:iam/role:Role::execution-local", "the stack calls it ambient-execution-local"},
			{"imports.aws:iam/rolePolicy:RolePolicy::execution-local", "ambient-execution-local:POLICY"},
			{"imports.aws:ecs/cluster:Cluster::ecs-1", "the stack calls it ambient-ecs-1"},
			{"imports.aws:cloudwatch/logGroup:LogGroup::ecs-1-tasks", "the stack calls it /ecs/ambient-ecs-1"},
			{"eks-control-plan", "of this type it makes"},
		}},
		{"a part of a network that the program does not make", []edit{{"accounts/external/subnets", nil}, {"imports", object{"aws:ec2/vpc:Vpc::vpc-external": "vpc-0123456789abcdef0"}}, {"accounts/external/network", object{
			"vpcId": "vpc-0123456789abcdef0", "privateSubnetIds": list("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"), "routeTableIds": list("rtb-0123456789abcdef0")}}},
			[][]string{{"the stack makes no such resource", "of this type it makes aws:ec2/vpc:Vpc::vpc-local"}}},
		{"a cluster and a log group of others", []edit{{"clusters/ecs-1/existing", "Shared-Prod"}, {"clusters/ecs-1/logGroup", "/apps/prod"}, {"imports", object{"aws:ecs/cluster:Cluster::ecs-1": "Shared-Prod", "aws:cloudwatch/logGroup:LogGroup::ecs-1-tasks": "/apps/prod"}}},
			[][]string{{`imports = "aws:ecs/cluster:Cluster::ecs-1"`, "of this type it makes aws:ecs/cluster:Cluster::ecs-2"}, {`imports = "aws:cloudwatch/logGroup:LogGroup::ecs-1-tasks"`}}},
	})
}

func TestImports(t *testing.T) {
	c := mustLoad(t, with(edit{"imports", object{
		"aws:ec2/vpc:Vpc::vpc-local": "vpc-0123456789abcdef0", "aws:ec2/route:Route::vpc-local-public": "rtb-0123456789abcdef0_0.0.0.0/0",
		"aws:iam/role:Role::execution-local": "ambient-execution-local", "aws:iam/rolePolicy:RolePolicy::execution-local": "ambient-execution-local:pull",
		"aws:ecs/cluster:Cluster::ecs-1": "ambient-ecs-1", "aws:cloudwatch/logGroup:LogGroup::ecs-1-tasks": "/ecs/ambient-ecs-1",
	}}))
	if got := c.ImportsOfVPC("local"); len(got) != 2 || len(c.ImportsOfVPC("external")) != 0 {
		t.Errorf("the parts of the VPC are %v", got)
	}
	// A NAT gateway for each zone has a route table for each.
	for nat, want := range map[string]int{"single": 1, "per-zone": 3} {
		gateways := 0
		for _, part := range mustLoad(t, with(edit{"natGateways", nat}, edit{"accounts/external/subnets", nil})).VPCParts("local") {
			if strings.HasPrefix(part, TypeNATGateway+"::vpc-local-nat-") {
				gateways++
			}
		}
		if gateways != want {
			t.Errorf("%s: %d NAT gateways", nat, gateways)
		}
	}
}

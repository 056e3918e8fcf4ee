package tests

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/tests/recorder"
)

// owners are the components that take Imports, others types of their children that are not imported: they come with what is, or are made
// anew without a loss.
var (
	owners = []string{"ambient-ecs:network:Vpc", "ambient-ecs:iam:IstiodRole", "ambient-ecs:iam:DiscoveryRole", "ambient-ecs:iam:ExecutionRole", "ambient-ecs:iam:TaskRole", "ambient-ecs:ecs:Cluster"}
	others = []string{"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "aws:ecs/tag:Tag", "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders", "aws:scheduler/scheduleGroup:ScheduleGroup", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"}
)

// What config says that a stack can import is what the program makes, no more and no less.
func TestWhatCanBeImportedIsWhatTheProgramMakes(t *testing.T) {
	changed := map[string]map[string]string{
		"single": {"ambient-ecs:natGateways": "per-zone", "ambient-ecs:ecsExec": `{"logSessions": true}`},
		"pair":   {"ambient-ecs:ecsExec": `{"enabled": false}`},
	}
	for _, stack := range Stacks {
		for _, change := range []map[string]string{nil, changed[stack]} {
			values := Config(t, stack)
			maps.Copy(values, change)
			cfg, err := config.ReadStackFile(Root, stack).LoadIn(Root, values)
			if err != nil {
				t.Fatal(err)
			}
			r := succeed(t, Record(t, stack, func(o *recorder.Options) { o.Config = values }))
			made, byURN := map[string]bool{}, map[string]*recorder.Resource{}
			for _, res := range r.Resources {
				byURN[res.URN] = res
			}
			for _, res := range r.Resources {
				if parent := byURN[res.Parent]; parent != nil && slices.Contains(owners, parent.Type) && res.Custom && !slices.Contains(others, res.Type) {
					made[res.Type+"::"+res.Name] = true
				}
			}
			if got, want := slices.Sorted(maps.Keys(cfg.Importable())), slices.Sorted(maps.Keys(made)); !slices.Equal(got, want) {
				t.Errorf("%s %v: config names and the program does not make %v; the program makes and config does not name %v", stack, change, missing(strings.Join(got, "\n"), strings.Join(want, "\n")), missing(strings.Join(want, "\n"), strings.Join(got, "\n")))
			}
			// A name that the program chooses is the one that it gives.
			for _, res := range r.Resources {
				if fixed := cfg.Importable()[res.Type+"::"+res.Name]; fixed != "" && res.Type != config.TypeRolePolicy && res.Inputs["name"] != fixed {
					t.Errorf("%s %v: %s is called %v, and config says %s", stack, change, res.Name, res.Inputs["name"], fixed)
				}
			}
		}
	}
}

// Each import reaches the child that it names, and no other resource.
func TestImportsReachTheChildren(t *testing.T) {
	imports := map[string]string{
		"aws:ec2/vpc:Vpc::vpc-local": "vpc-0123456789abcdef0",
		"aws:ec2/routeTableAssociation:RouteTableAssociation::vpc-local-private-2": "subnet-0123456789abcdef0/rtb-0123456789abcdef0",
		"aws:iam/role:Role::istiod":                     "ambient-istiod",
		"aws:iam/role:Role::discovery-external":         "ambient-discovery-external",
		"aws:iam/role:Role::execution-local":            "ambient-execution-local",
		"aws:iam/rolePolicy:RolePolicy::task-ecs-1-ecs": "ambient-ecs-1-ecs:exec",
		"aws:ecs/cluster:Cluster::ecs-3":                "ambient-ecs-3",
		"aws:cloudwatch/logGroup:LogGroup::ecs-2-tasks": "/ecs/ambient-ecs-2",
	}
	r := succeed(t, Record(t, "dev", func(o *recorder.Options) {
		o.Preview = true
		o.Config["ambient-ecs:imports"] = text(t, imports)
		answering(answers{
			"aws:ec2/getVpc:getVpc": gives(map[string]any{"id": "vpc-0123456789abcdef0", "cidrBlock": "192.168.0.0/16", "tags": map[string]any{config.InstallTag: "ambient"}}),
			"aws:iam/getRole:getRole": gives(map[string]any{
				"arn": "arn:aws:iam::111122223333:role/given-away", "path": "/", "assumeRolePolicy": "{}", "tags": map[string]any{config.InstallTag: "ambient"}}),
		})(o)
	}))
	got := map[string]string{}
	for _, res := range r.Resources {
		if res.Import != "" {
			got[res.Type+"::"+res.Name] = res.Import
		}
	}
	if !maps.Equal(got, imports) {
		t.Errorf("imported is %v", got)
	}
	if all := strings.Join(r.Warnings, "\n"); !strings.Contains(all, "becomes the stack's, and a destroy deletes it") {
		t.Errorf("nobody says what the import of the VPC means: %s", all)
	}
}

// What would be replaced, or is not given away by its owner, is refused before anything is registered.
func TestAVPCThatDoesNotFitIsNotImported(t *testing.T) {
	r := Record(t, "dev", func(o *recorder.Options) {
		o.Preview = true
		o.Config["ambient-ecs:imports"] = text(t, map[string]string{"aws:ec2/vpc:Vpc::vpc-local": "vpc-0123456789abcdef0", "aws:ec2/subnet:Subnet::vpc-local-private-2": "subnet-0123456789abcdef0"})
		answering(answers{
			"aws:ec2/getVpc:getVpc":       gives(map[string]any{"id": "vpc-0123456789abcdef0", "cidrBlock": "10.9.0.0/16", "tags": map[string]any{}}),
			"aws:ec2/getSubnet:getSubnet": gives(map[string]any{"id": "subnet-0123456789abcdef0", "cidrBlock": "10.9.0.0/24", "vpcId": "vpc-0a", "tags": map[string]any{}}),
		})(o)
	})
	all := strings.Join(r.Errors, "\n")
	for _, words := range []string{"its network is 10.9.0.0/16 and the stack file says 192.168.0.0/16", "it is in vpc-0a and not in vpc-0123456789abcdef0", "its network is 10.9.0.0/24", `its tag ambient-ecs-install is "" and not "ambient"`} {
		if !strings.Contains(all, words) {
			t.Errorf("the refusal does not say %q: %s", words, all)
		}
	}
	for _, res := range r.Resources {
		if res.Custom && !strings.HasPrefix(res.Type, "pulumi:providers:") {
			t.Errorf("%s %s is registered", res.Type, res.Name)
		}
	}
}

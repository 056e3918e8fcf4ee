package meshservice

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/contract"
	"ambient-ecs/iam/evaluation"
	"ambient-ecs/iam/policy"
	"ambient-ecs/tests/recorder"
)

const (
	teamExecution = "arn:aws:iam::111122223333:role/mesh-team-orders-home-execution"
	ownRole       = "arn:aws:iam::111122223333:role/teams/mesh/orders/mesh_orders_start"
)

// teams is the contract of a cluster that a team owns.
func teams() contract.Contract {
	c := platform()
	c.Team = contract.Team{Name: "orders", Namespace: "mesh-shop", RolePath: "/teams/mesh/orders/", NamePrefix: "mesh_orders_", SecretPrefix: "teams/mesh/orders/", BoundaryARN: "arn:aws:iam::111122223333:policy/b"}
	c.Cluster.ExecutionRoleARN, c.Cluster.CapacityProviders = teamExecution, []string{"FARGATE", "FARGATE_SPOT"}
	c.Team.TagKeys = []string{"CostCenter"}
	c.Mesh.Waypoints = map[string]string{"mesh-shop": "waypoint"}
	c.Ingress = contract.Ingress{
		Gateways: []contract.Gateway{{Name: "ingress", Namespace: "mesh-ingress-controller"}, {Name: "ingress", Namespace: "mesh-ingress"}}, Hostnames: []string{"cart.example.com", "shop.example.com"},
		Address: "ingress.elb.example", ServiceAccount: "ingress-istio", TLSAtLoadBalancer: true,
	}
	return c
}

// itsRole is the role with which the team of a contract deploys.
func itsRole(c contract.Contract) *evaluation.Role {
	place := policy.Place{Partition: c.Partition, Region: c.Region, Account: c.AccountID}
	cluster := policy.TeamCluster{Name: c.Cluster.Name, Namespace: c.Team.Namespace, Domain: c.Mesh.Domains[c.Cluster.Key], LogGroup: c.Cluster.LogGroup, Contract: contract.Path(c.Install, c.Cluster.Key)}
	team := policy.Team{
		Place: place, Path: c.Team.RolePath, Prefix: c.Team.NamePrefix, Boundary: c.Team.BoundaryARN, Clusters: []policy.TeamCluster{cluster}, TagKeys: c.Team.TagKeys,
		TaskRoles: []string{c.Identities["cart"].TaskRoleARN}, ExecutionRole: c.Cluster.ExecutionRoleARN,
	}
	return &evaluation.Role{ARN: place.IAM("role/mesh-team-orders-home"), Policies: map[string]string{
		"team": policy.TeamPermissions(team).JSON(), "cluster": policy.TeamClusterPermissions(team, cluster).JSON(),
	}}
}

// calls are the requests that change something of what a component registers, from its first up to its destroy, as IAM sees them. A type of a resource
// that is not here is a call without any narrowing.
func calls(c contract.Contract, r *recorder.Recording) (all []evaluation.Request) {
	place := policy.Place{Partition: c.Partition, Region: c.Region, Account: c.AccountID}
	add := func(action, resource string, keys map[string]string) {
		all = append(all, evaluation.Request{Action: action, Resource: resource, Keys: keys, Sets: map[string][]string{}})
	}
	tag := func(tags any) {
		last := &all[len(all)-1]
		keys, _ := tags.(map[string]any)
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			last.Keys["aws:RequestTag/"+k] = fmt.Sprint(keys[k])
			last.Sets["aws:TagKeys"] = append(last.Sets["aws:TagKeys"], k)
		}
	}
	for _, res := range r.Resources {
		switch in := res.Inputs; {
		case !res.Custom || strings.HasPrefix(res.Type, "pulumi:") || strings.HasPrefix(res.Type, "kubernetes:"):
		case res.Type == taskDefinition:
			add("ecs:RegisterTaskDefinition", place.ARN("ecs", fmt.Sprintf("task-definition/%s:1", in["family"])), map[string]string{})
			tag(in["tags"])
			for _, role := range []string{"taskRoleArn", "executionRoleArn"} {
				add("iam:PassRole", fmt.Sprint(in[role]), map[string]string{"iam:PassedToService": "ecs-tasks.amazonaws.com"})
			}
			if in["skipDestroy"] != true {
				add("ecs:DeregisterTaskDefinition", "*", map[string]string{})
			}
		case res.Type == ecsService:
			arn := place.ARN("ecs", fmt.Sprintf("service/%s/%s", c.Cluster.Name, in["name"]))
			revision := place.ARN("ecs", fmt.Sprintf("task-definition/%s:1", r.OfType(taskDefinition)[0].Inputs["family"]))
			deploy := map[string]string{"ecs:cluster": c.Cluster.ARN, "ecs:propagate-tags": fmt.Sprint(in["propagateTags"]), "ecs:task-definition": revision}
			has := maps.Clone(deploy)
			for k, v := range in["tags"].(map[string]any) {
				has["aws:ResourceTag/"+k] = fmt.Sprint(v)
			}
			add("ecs:CreateService", arn, deploy)
			tag(in["tags"])
			add("ecs:TagResource", arn, map[string]string{"ecs:CreateAction": "CreateService"})
			tag(in["tags"])
			add("ecs:UpdateService", arn, has)
			add("ecs:DeleteService", arn, has)
		default:
			add(res.Type+":Create", "*", map[string]string{})
		}
	}
	return all
}

// Whatever form a service has, the team's role may make every call that it needs, from the first up to the destroy.
func TestTheRoleOfATeamDeploysEveryService(t *testing.T) {
	c := teams()
	for name, args := range map[string]*MeshServiceArgs{"in the short form": valid(), "with a definition": withDefinition(), "that only calls": func() *MeshServiceArgs {
		a := valid()
		a.Ports = nil
		return a
	}(), "with secrets": func() *MeshServiceArgs {
		a := withDefinition()
		a.Secrets, a.ExecutionRoleArn = pulumi.StringMap{"B": pulumi.String("/teams/mesh/orders/b")}, pulumi.String(ownRole)
		return a
	}(), "with secrets by the team's execution role": func() *MeshServiceArgs {
		a := valid()
		a.Secrets = pulumi.StringMap{"B": pulumi.String("/teams/mesh/orders/b"), "C": pulumi.String("arn:aws:secretsmanager:eu-central-1:111122223333:secret:teams/mesh/orders/c-AbCdEf:password::"),
			"D": pulumi.String("arn:aws:ssm:eu-central-1:111122223333:parameter/teams/mesh/orders/d")}
		return a
	}(), "with all that a contract offers": open()} {
		t.Run(name, func(t *testing.T) {
			r := recorded(t, c, args)
			if family := one(t, r, taskDefinition).Inputs["family"]; family != "mesh_orders_cart" {
				t.Errorf("the family is %v", family)
			}
			role := itsRole(c)
			made := calls(c, r)
			if len(made) < 7 {
				t.Errorf("there are only %d calls", len(made))
			}
			for _, call := range made {
				if v := evaluation.Permits(role, evaluation.Caller{RoleARN: role.ARN}, call); v.Cause != evaluation.None {
					t.Errorf("the team may not call %s on %s: %+v", call.Action, call.Resource, v)
				}
			}
		})
	}
}

// The same service as a cluster without a team has it needs rights that the role does not have. So the calls above are a test.
func TestTheRoleOfATeamDoesNotDeployAsOthersDo(t *testing.T) {
	args := valid()
	args.Scaling, args.Policy = &Scaling{Max: 2, Cpu: pointer(50)}, pulumi.String("{}")
	r := recorded(t, platform(), args)
	if made := one(t, r, taskDefinition).Inputs; made["family"] != "mesh-shop-cart" || made["skipDestroy"] != false {
		t.Errorf("without a team the definition is %v", made)
	}
	role, refused := itsRole(teams()), map[string]bool{}
	for _, call := range calls(platform(), r) {
		refused[call.Action] = !evaluation.Permits(role, evaluation.Caller{RoleARN: role.ARN}, call).OK() || refused[call.Action]
	}
	for _, action := range []string{
		"ecs:RegisterTaskDefinition", "ecs:DeregisterTaskDefinition", "ecs:CreateService", "iam:PassRole",
		"aws:appautoscaling/target:Target:Create", "aws:appautoscaling/policy:Policy:Create", "aws:iam/rolePolicy:RolePolicy:Create",
	} {
		if !refused[action] {
			t.Errorf("the team's role may call %s", action)
		}
	}
}

// What the role of a team may not do is refused before anything is registered, with what to do instead, and together with all else that the contract shows.
func TestATeamIsToldWhatItsRoleMayNotDo(t *testing.T) {
	const account = "arn:aws:iam::111122223333:role/mesh-execution-home"
	for _, c := range []struct {
		name   string
		change func(*MeshServiceArgs, *contract.Contract)
		words  []string
	}{
		{"all at once", func(a *MeshServiceArgs, _ *contract.Contract) {
			a.Name, a.Scaling, a.Policy = pointer(strings.Repeat("n", 60)), &Scaling{Max: 3, Cpu: pointer(50)}, pulumi.String("{}")
			a.ManagedPolicyArns, a.ExecutionRoleArn = []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"}, pulumi.String(account)
		}, []string{
			"name = ", "scaling is set", "team orders", "set desiredCount instead", "policy is set", "permissions of a service with this identity",
			`managedPolicyArns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]`, "the task role of cart is the platform's", `executionRoleArn = "` + account,
		}},
		{"the account's execution role", func(a *MeshServiceArgs, _ *contract.Contract) { a.ExecutionRoleArn = pulumi.String(account) },
			[]string{`executionRoleArn = "` + account, "leave it out, for " + teamExecution, "role/teams/mesh/orders/mesh_orders_"}},
		{"a role under its path with another prefix", func(a *MeshServiceArgs, _ *contract.Contract) {
			a.ExecutionRoleArn = pulumi.String("arn:aws:iam::111122223333:role/teams/mesh/orders/start")
		}, []string{"executionRoleArn", "mesh_orders_"}},
		{"the role of a definition", func(a *MeshServiceArgs, _ *contract.Contract) {
			a.Image, a.Ports, a.TaskDefinition = nil, nil, pointer(strings.Replace(document, `"ours",`, `"ours", "executionRoleArn": "`+account+`",`, 1))
		}, []string{`taskDefinition.executionRoleArn = "` + account}},
		{"tags of others", func(a *MeshServiceArgs, _ *contract.Contract) {
			a.Image, a.Ports, a.TaskDefinition = nil, nil, pointer(strings.Replace(document, `"ours",`, `"ours", "tags": [{"key": "app", "value": "cart"}],`, 1))
			a.Tags = map[string]string{"CostCenter": "7", "Version": "2"}
		}, []string{`tags.Version = "2"`, `taskDefinition.tags[0] = "app"`, "may set the tags CostCenter and no others", "teams.orders.tagKeys"}},
		{"a provider that the cluster lacks", func(a *MeshServiceArgs, c *contract.Contract) {
			a.CapacityProviderStrategy, c.Cluster.CapacityProviders = []CapacityProvider{{CapacityProvider: "FARGATE_SPOT", Weight: pointer(1)}}, nil
		}, []string{`capacityProviderStrategy[0].capacityProvider = "FARGATE_SPOT"`, "the cluster mesh-shop has none", "clusters.shop.capacityProviders"}},
		{"another team's host", func(a *MeshServiceArgs, _ *contract.Contract) {
			a.Ingress = &Ingress{Hosts: []string{"cart.example.com", "billing.example.com"}}
		}, []string{`ingress.hosts[1] = "billing.example.com"`, "the platform has granted cart.example.com, shop.example.com to the team orders"}},
		{"a host where none is granted", func(a *MeshServiceArgs, c *contract.Contract) {
			a.Ingress, c.Ingress = &Ingress{Hosts: []string{"cart.example.com"}}, contract.Ingress{}
		}, []string{"ingress is set", "grants no hostnames", "teams.orders.hostnames"}},
		{"secrets of others", func(a *MeshServiceArgs, _ *contract.Contract) {
			a.Secrets = pulumi.StringMap{"A": pulumi.String("/teams/mesh/billing/a"), "B": pulumi.String("/teams/mesh/orders/b"), "C": pulumi.String("arn:aws:ssm:us-east-1:111122223333:parameter/teams/mesh/orders/c")}
		}, []string{`secrets.A = "/teams/mesh/billing/a"`, `secrets.C = `, "begin with teams/mesh/orders/", "of 111122223333 in eu-central-1", "teams.orders.statements"}},
		{"secrets of others where it makes no roles", func(a *MeshServiceArgs, c *contract.Contract) {
			a.Secrets, c.Team.RolePath, c.Team.BoundaryARN = pulumi.StringMap{"A": pulumi.String("/a")}, "", ""
		}, []string{`secrets.A = "/a"`, "give it such a name"}},
		{"secrets before the platform grants them", func(a *MeshServiceArgs, c *contract.Contract) {
			a.Secrets, c.Team.SecretPrefix = pulumi.StringMap{"A": pulumi.String("/a")}, ""
		}, []string{"secrets is set", "its next update does"}},
		{"a role of its own where it makes none", func(a *MeshServiceArgs, c *contract.Contract) {
			a.ExecutionRoleArn, c.Team.RolePath, c.Team.BoundaryARN = pulumi.String(ownRole), "", ""
		}, []string{"executionRoleArn", "which reads secrets that begin with teams/mesh/orders/", "makes no roles in this account"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args, published := valid(), teams()
			c.change(args, &published)
			r := recorded(t, published, args)
			if r.Err == nil {
				t.Fatal("it is accepted")
			}
			for _, word := range c.words {
				if !strings.Contains(r.Err.Error(), word) {
					t.Errorf("the refusal does not say %q: %v", word, r.Err)
				}
			}
			for typ := range made(r) {
				if strings.HasPrefix(typ, "aws:") {
					t.Errorf("%s is registered before the refusal", typ)
				}
			}
		})
	}
}

// A role that only an update knows is no reason to refuse a preview.
func TestAPreviewTakesARoleThatIsNotMadeYet(t *testing.T) {
	args := valid()
	args.ExecutionRoleArn = unknown()
	r := run(t, true, teams(), args)
	if definition := one(t, r, taskDefinition); definition.Inputs["executionRoleArn"] != recorder.Unknown {
		t.Errorf("the preview has %v", definition.Inputs)
	}
}

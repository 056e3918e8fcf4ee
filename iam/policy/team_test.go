package policy

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/iam/evaluation"
	"ambient-ecs/quota"
)

// team is a team of the install "mesh" that owns the cluster "mesh-NAME-1" of one account. Two teams share the account.
func team(name string) Team { return teamAt(externalPlace, name) }

func teamAt(at Place, name string) Team {
	return Team{
		Place: at, Path: "/teams/mesh/" + name + "/", Prefix: "mesh_" + name + "_", Secrets: "teams/mesh/" + name + "/",
		Boundary: at.IAM("policy/mesh-team-" + name + "-external-boundary"),
		Clusters: []TeamCluster{{
			Name: "mesh-" + name + "-1", Namespace: "mesh-" + name + "-1", Domain: "mesh-" + name + "-1.ecs.external",
			LogGroup: "/ecs/mesh-" + name + "-1", Contract: "/ambient-ecs/mesh/v1/" + name + "-1",
		}},
		TaskRoles:     []string{at.IAM("role/mesh-" + name + "-1-ecs")},
		ExecutionRole: at.IAM("role/mesh-team-" + name + "-external-execution"),
		TagKeys:       []string{"CostCenter", "owner"}, RoleTagKeys: []string{"CostCenter"},
		Platform: at.IAM("role/mesh-*"), Teams: at.IAM("role/teams/mesh/*"),
	}
}

// deployer is the role with which a team deploys.
func (t Team) deployer() *evaluation.Role {
	role := &evaluation.Role{ARN: t.Place.IAM("role/mesh-team"), Policies: map[string]string{"team": TeamPermissions(t).JSON()}}
	for _, c := range t.Clusters {
		role.Policies[c.Name] = TeamClusterPermissions(t, c).JSON()
	}
	return role
}

// tasks are a role that the team made, with all that the team could write into its policy.
func (t Team) tasks(allowed ...Statement) *evaluation.Role {
	return &evaluation.Role{
		ARN: t.Place.IAM("role" + t.Path + t.Prefix + "web"), Boundary: TeamBoundary(t, allowed).JSON(),
		Policies: map[string]string{"everything": `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`},
	}
}

// tags are the tags of a service of a team, with some of them changed. An empty value leaves a tag out.
func (t Team) tags(changed ...string) map[string]string {
	all := map[string]string{tagNamespace: t.Clusters[0].Namespace, tagServiceAccount: "ecs", tagHostname: "web." + t.Clusters[0].Domain, tagPorts: "http:8080"}
	for i := 0; i+1 < len(changed); i += 2 {
		if all[changed[i]] = changed[i+1]; changed[i+1] == "" {
			delete(all, changed[i])
		}
	}
	return all
}

// attempt is one call. tags are those of the request, has those of the resource.
type attempt struct {
	what, action, resource string
	keys, tags, has        map[string]string
}

func (a attempt) by(role *evaluation.Role) evaluation.Verdict {
	r := evaluation.Request{Action: a.action, Resource: a.resource, Keys: maps.Clone(a.keys), Sets: map[string][]string{}}
	if r.Keys == nil {
		r.Keys = map[string]string{}
	}
	for k, v := range a.tags {
		// UntagResource has keys without values.
		if v != "-" {
			r.Keys[requestTag+k] = v
		}
		r.Sets[tagKeys] = append(r.Sets[tagKeys], k)
	}
	for k, v := range a.has {
		r.Keys[resourceTag+k] = v
	}
	return evaluation.Permits(role, evaluation.Caller{RoleARN: role.ARN}, r)
}

var (
	orders, billing = team("orders"), team("billing")

	atOrders   = orders.Place
	webService = atOrders.ARN("ecs", "service/mesh-orders-1/web")
	theirs     = atOrders.ARN("ecs", "service/mesh-billing-1/web")
	task       = atOrders.ARN("ecs", "task/mesh-orders-1/0123")
	revision   = atOrders.ARN("ecs", "task-definition/mesh_orders_web:1")
	madeRole   = atOrders.IAM("role/teams/mesh/orders/mesh_orders_web")
	ownCluster = map[string]string{"ecs:cluster": atOrders.ARN("ecs", "cluster/mesh-orders-1")}
	asService  = map[string]string{"ecs:propagate-tags": "SERVICE", "ecs:task-definition": revision}
	asPrivate  = plus(plus(plus(asService, "ecs:auto-assign-public-ip", "false"), "ecs:enable-service-connect", "false"), "ecs:enable-vpc-lattice", "false")
	asTask     = map[string]string{"iam:PassedToService": ecsTasks}
	bounds     = map[string]string{boundaryKey: orders.Boundary}
	isOwn      = map[string]string{tagNamespace: "mesh-orders-1"}
)

// plus is a map with one more entry.
func plus(m map[string]string, key, value string) map[string]string {
	all := maps.Clone(m)
	all[key] = value
	return all
}

func TestATeamDeploysItsOwnServices(t *testing.T) {
	at := atOrders
	for _, a := range []attempt{
		{"register a revision", "ecs:RegisterTaskDefinition", revision, nil, nil, nil},
		{"register one with a tag of the team", "ecs:RegisterTaskDefinition", revision, nil, map[string]string{"CostCenter": "7"}, nil},
		{"create a service", "ecs:CreateService", webService, asService, orders.tags(), nil},
		{"create one with a tag of the team", "ecs:CreateService", webService, asService, orders.tags("CostCenter", "7"), nil},
		{"create one without a hostname, which istiod makes", "ecs:CreateService", webService, asService, orders.tags(tagHostname, ""), nil},
		{"create one and say that it has none of AWS's own ways in", "ecs:CreateService", webService, asPrivate, orders.tags(), nil},
		{"say so of a service", "ecs:UpdateService", webService, asPrivate, nil, isOwn},
		{"tag it while it is made", "ecs:TagResource", webService, map[string]string{"ecs:CreateAction": "CreateService"}, orders.tags(), nil},
		{"another hostname of the cluster", "ecs:TagResource", webService, nil, map[string]string{tagHostname: "www.mesh-orders-1.ecs.external"}, isOwn},
		{"remove the ports", "ecs:UntagResource", webService, nil, map[string]string{tagPorts: "-"}, isOwn},
		{"deploy a revision", "ecs:UpdateService", webService, asService, nil, isOwn},
		{"scale", "ecs:UpdateService", webService, nil, nil, isOwn},
		{"delete the service", "ecs:DeleteService", webService, nil, nil, isOwn},
		{"run a task", "ecs:RunTask", revision, ownCluster, orders.tags(), nil},
		{"run a task of the latest revision", "ecs:RunTask", atOrders.ARN("ecs", "task-definition/mesh_orders_web"), ownCluster, orders.tags(), nil},
		{"stop a task", "ecs:StopTask", task, ownCluster, nil, isOwn},
		{"look into a task", "ecs:ExecuteCommand", task, ownCluster, nil, isOwn},
		{"look into a task, in its cluster", "ecs:ExecuteCommand", atOrders.ARN("ecs", "cluster/mesh-orders-1"), nil, nil, nil},
		{"make a role with a tag of its own", "iam:CreateRole", madeRole, bounds, map[string]string{"CostCenter": "7"}, nil},
		{"watch", "ecs:DescribeServices", webService, nil, nil, isOwn},
		{"list", "ecs:ListTasks", "*", ownCluster, nil, nil},
		{"read logs", "logs:GetLogEvents", at.ARN("logs", "log-group:/ecs/mesh-orders-1:log-stream:web/web/1"), nil, nil, nil},
		{"pass the task role", "iam:PassRole", at.IAM("role/mesh-orders-1-ecs"), asTask, nil, nil},
		{"pass the execution role", "iam:PassRole", orders.ExecutionRole, asTask, nil, nil},
		{"pass a role of its own", "iam:PassRole", madeRole, asTask, nil, nil},
		{"make a role", "iam:CreateRole", madeRole, bounds, nil, nil},
		{"write its policy", "iam:PutRolePolicy", madeRole, bounds, nil, nil},
		{"delete it", "iam:DeleteRole", madeRole, bounds, nil, nil},
		{"read the contract", "ssm:GetParameter", at.ARN("ssm", "parameter/ambient-ecs/mesh/v1/orders-1/contract"), nil, nil, nil},
	} {
		if v := a.by(orders.deployer()); v.Cause != evaluation.None {
			t.Errorf("it cannot %s: %+v", a.what, v)
		}
	}
}

func TestATeamTakesNothingOfOthers(t *testing.T) {
	for subject, attempts := range attacks() {
		for _, a := range attempts {
			if v := a.by(orders.deployer()); v.OK() {
				t.Errorf("%s: it can %s", subject, a.what)
			}
		}
	}
}

// Without any one of the conditions and denials some attempt would succeed, so that none is there for show, and each is tried.
func TestEveryConditionRefusesSomething(t *testing.T) {
	succeeds := func(role *evaluation.Role) bool {
		for _, attempts := range attacks() {
			if slices.ContainsFunc(attempts, func(a attempt) bool { return a.by(role).OK() }) {
				return true
			}
		}
		return false
	}
	// A second policy, as somebody could attach it, makes the denials count.
	careless := `{"Statement":{"Effect":"Allow","Action":["iam:*PermissionsBoundary","iam:*Policy*"],"Resource":"*"}}`
	documents := map[string]Document{"team": TeamPermissions(orders), "cluster": TeamClusterPermissions(orders, orders.Clusters[0])}
	for name, document := range documents {
		for i, statement := range document.Statements {
			for operator, keys := range statement.Condition {
				for key := range keys {
					weaker := Document{Statements: slices.Clone(document.Statements)}
					weaker.Statements[i].Condition = statement.Condition.without(operator, key)
					role := orders.deployer()
					if role.Policies["careless"] = ""; statement.Deny {
						continue // tried below
					}
					role.Policies[map[string]string{"team": "team", "cluster": orders.Clusters[0].Name}[name]] = weaker.JSON()
					if !succeeds(role) {
						t.Errorf("without %s on %s of %s no attempt succeeds", operator, key, statement.Sid)
					}
				}
			}
		}
	}
	role := orders.deployer()
	role.Policies["careless"] = careless
	for _, a := range attacks()["identity"] {
		if strings.Contains(a.what, "boundary") && slices.Contains([]string{"iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicy"}, a.action) {
			if v := a.by(role); v.Cause != evaluation.Denied {
				t.Errorf("with another policy it can %s: %+v", a.what, v)
			}
		}
	}
}

// Each denial of a way past ztunnel is what refuses the attempts at it.
func TestWithoutADenialTheWayPastZtunnelIsOpen(t *testing.T) {
	whole := TeamPermissions(orders)
	for _, denial := range waysPastZtunnel() {
		weaker := orders.deployer()
		weaker.Policies["team"] = Document{Statements: slices.DeleteFunc(slices.Clone(whole.Statements), func(s Statement) bool { return s.Sid == denial.Sid })}.JSON()
		var refused []string
		for _, a := range attacks()["endpoint"] {
			for _, keys := range denial.Condition {
				for key := range keys {
					if a.keys[key] == "" {
						continue
					}
					if v := a.by(orders.deployer()); v.Cause != evaluation.Denied {
						t.Errorf("nothing denies it to %s: %+v", a.what, v)
					}
					if v := a.by(weaker); !v.OK() {
						t.Errorf("without %s it cannot %s either: %+v", denial.Sid, a.what, v)
					}
					refused = append(refused, a.action)
				}
			}
		}
		if !slices.Equal(refused, []string{"ecs:CreateService", "ecs:UpdateService"}) {
			t.Errorf("%s: tried %v", denial.Sid, refused)
		}
	}
}

// without is a condition without one part.
func (c Condition) without(operator, key string) Condition {
	all := c.and(operator, key)
	delete(all[operator], key)
	if len(all[operator]) == 0 {
		delete(all, operator)
	}
	return all
}

// Whoever may write everything into the policy of a role within the boundary gains nothing of others.
func TestWhatATeamRunsTakesNothingOfOthers(t *testing.T) {
	at := atOrders
	allowed := []Statement{
		{Actions: []string{"s3:GetObject"}, Resources: []string{"arn:aws:s3:::orders/*"}},
		{Actions: []string{"iam:*", "sts:*", "ecs:*", "ssm:*"}, Resources: []string{"*"}}, // A mistake of the platform.
	}
	for _, c := range []struct {
		attempt
		want, mistaken bool // mistaken: with the mistake
	}{
		{attempt{"write logs", "logs:PutLogEvents", at.ARN("logs", "log-group:/ecs/mesh-orders-1:log-stream:web"), nil, nil, nil}, true, true},
		{attempt{"read its secret", "secretsmanager:GetSecretValue", at.ARN("secretsmanager", "secret:teams/mesh/orders/db-AbCdEf"), nil, nil, nil}, true, true},
		{attempt{"read its parameter", "ssm:GetParameters", at.ARN("ssm", "parameter/teams/mesh/orders/db"), nil, nil, nil}, true, true},
		{attempt{"decrypt it", "kms:Decrypt", at.ARN("kms", "key/1"), map[string]string{"kms:ViaService": "ssm.eu-central-1.amazonaws.com"}, nil, nil}, true, true},
		{attempt{"pull an image", "ecr:BatchGetImage", at.ARN("ecr", "repository/orders"), nil, nil, nil}, true, true},
		{attempt{"answer to ECS Exec", "ssmmessages:OpenDataChannel", "*", nil, nil, nil}, true, true},
		{attempt{"read its bucket", "s3:GetObject", "arn:aws:s3:::orders/1", nil, nil, nil}, false, true},
		{attempt{"write into another's log", "logs:PutLogEvents", at.ARN("logs", "log-group:/ecs/mesh-billing-1:log-stream:web"), nil, nil, nil}, false, false},
		{attempt{"read another's secret", "secretsmanager:GetSecretValue", at.ARN("secretsmanager", "secret:teams/mesh/billing/db-AbCdEf"), nil, nil, nil}, false, false},
		{attempt{"decrypt anything", "kms:Decrypt", at.ARN("kms", "key/1"), nil, nil, nil}, false, false},
		{attempt{"assume the discovery role", "sts:AssumeRole", at.IAM("role/mesh-discovery-external"), nil, nil, nil}, false, false},
		{attempt{"assume another's task role", "sts:AssumeRole", at.IAM("role/teams/mesh/billing/mesh_billing_web"), nil, nil, nil}, false, false},
		{attempt{"make a role", "iam:CreateRole", at.IAM("role/free"), nil, nil, nil}, false, false},
		{attempt{"pass a role", "iam:PassRole", at.IAM("role/mesh-billing-1-ecs"), asTask, nil, nil}, false, false},
		{attempt{"start a task", "ecs:RunTask", revision, ownCluster, orders.tags(), nil}, false, false},
		{attempt{"tag itself", "ecs:TagResource", task, nil, map[string]string{tagNamespace: "mesh-billing-1"}, nil}, false, false},
		{attempt{"remove its tags", "ecs:UntagResource", task, nil, map[string]string{tagNamespace: "-"}, nil}, false, false},
		{attempt{"change a service", "ecs:UpdateService", theirs, nil, nil, nil}, false, false},
		{attempt{"run commands in a task", "ecs:ExecuteCommand", task, ownCluster, nil, nil}, false, false},
		{attempt{"write a contract", "ssm:PutParameter", at.ARN("ssm", "parameter/ambient-ecs/mesh/v1/billing-1/contract"), nil, nil, nil}, false, false},
	} {
		if v := c.by(orders.tasks()); v.OK() != c.want {
			t.Errorf("%s: %+v", c.what, v)
		}
		if v := c.by(orders.tasks(allowed...)); v.OK() != c.mistaken {
			t.Errorf("%s, when the platform allows too much: %+v", c.what, v)
		}
	}
}

// ECS starts a team's tasks with what is the team's own: its logs, its secrets and its parameters.
func TestTheExecutionRoleOfATeamReadsTheTeamsSecretsAlone(t *testing.T) {
	at := atOrders
	document := ExecutionPermissions(Execution{Place: at, LogGroups: LogGroupsHere("/ecs/mesh-orders-1"), OwnSecrets: orders.Secrets})
	role := &evaluation.Role{ARN: orders.ExecutionRole, Policies: map[string]string{"start": document.JSON()}}
	bounded := orders.tasks()
	bounded.Policies = role.Policies
	via := func(service string) map[string]string {
		return map[string]string{"kms:ViaService": service + ".eu-central-1.amazonaws.com"}
	}
	for _, c := range []struct {
		attempt
		want bool
	}{
		{attempt{"read its secret", "secretsmanager:GetSecretValue", at.ARN("secretsmanager", "secret:teams/mesh/orders/db-AbCdEf"), nil, nil, nil}, true},
		{attempt{"read its parameter", "ssm:GetParameters", at.ARN("ssm", "parameter/teams/mesh/orders/db"), nil, nil, nil}, true},
		{attempt{"decrypt its secret", "kms:Decrypt", at.ARN("kms", "key/1"), via("secretsmanager"), nil, nil}, true},
		{attempt{"decrypt its parameter", "kms:Decrypt", at.ARN("kms", "key/1"), via("ssm"), nil, nil}, true},
		{attempt{"decrypt anything", "kms:Decrypt", at.ARN("kms", "key/1"), nil, nil, nil}, false},
		{attempt{"decrypt a volume", "kms:Decrypt", at.ARN("kms", "key/1"), via("ec2"), nil, nil}, false},
		{attempt{"read another's secret", "secretsmanager:GetSecretValue", at.ARN("secretsmanager", "secret:teams/mesh/billing/db-AbCdEf"), nil, nil, nil}, false},
		{attempt{"read a team's whose name begins alike", "ssm:GetParameters", at.ARN("ssm", "parameter/teams/mesh/orders-eu/db"), nil, nil, nil}, false},
		{attempt{"read a secret of another install", "secretsmanager:GetSecretValue", at.ARN("secretsmanager", "secret:teams/other/orders/db-AbCdEf"), nil, nil, nil}, false},
		{attempt{"read a contract", "ssm:GetParameters", at.ARN("ssm", "parameter/ambient-ecs/mesh/v1/orders-1/contract"), nil, nil, nil}, false},
		{attempt{"read a secret of another account", "secretsmanager:GetSecretValue", homePlace.ARN("secretsmanager", "secret:teams/mesh/orders/db-AbCdEf"), nil, nil, nil}, false},
		{attempt{"write its parameter", "ssm:PutParameter", at.ARN("ssm", "parameter/teams/mesh/orders/db"), nil, nil, nil}, false},
	} {
		if v := c.by(role); v.OK() != c.want {
			t.Errorf("it can %s: %+v", c.what, v)
		}
		// The boundary of a team's own roles has the same secrets, so such a role may have these rights.
		if v := c.by(bounded); v.OK() != c.want {
			t.Errorf("within the boundary of the team it can %s: %+v", c.what, v)
		}
	}
	if other := ExecutionPermissions(Execution{Place: at, LogGroups: LogGroupsHere("/ecs/mesh-orders-1")}).JSON(); strings.Contains(other, "Secret") || strings.Contains(other, "kms") {
		t.Errorf("a role that is no team's has %s", other)
	}
}

// The words are IAM's causes: they say what refused.
func TestTheBoundaryAndTheTagsAreWhatRefuses(t *testing.T) {
	for _, c := range []struct {
		attempt
		role  *evaluation.Role
		cause evaluation.Cause
		why   string
	}{
		{attempt{"", "ecs:CreateService", webService, asService, plus(orders.tags(), tagNamespace, "mesh-billing-1"), nil}, orders.deployer(), evaluation.Condition, "wants aws:RequestTag/ecs.solo.io/namespace to be mesh-orders-1, and it is mesh-billing-1"},
		{attempt{"", "ecs:CreateService", webService, asService, plus(orders.tags(), "istio.io/use-waypoint", "w"), nil}, orders.deployer(), evaluation.Condition, "ForAllValues:StringEquals wants aws:TagKeys"},
		{attempt{"", "ecs:CreateService", webService, asService, orders.tags(tagNamespace, ""), nil}, orders.deployer(), evaluation.Condition, "the request has no such key"},
		{attempt{"", "iam:DeleteRolePermissionsBoundary", madeRole, bounds, nil, nil}, orders.deployer(), evaluation.Denied, "KeepTheBoundary"},
		{attempt{"", "secretsmanager:GetSecretValue", atOrders.ARN("secretsmanager", "secret:teams/mesh/billing/db"), nil, nil, nil}, orders.tasks(), evaluation.Boundary, "permissions boundary does not allow"},
	} {
		if v := c.by(c.role); v.Cause != c.cause || !strings.Contains(v.Why, c.why) {
			t.Errorf("%s: %+v", c.action, v)
		}
	}
}

func TestATeamWithoutAClusterInAnAccountIsThereForKubernetesOnly(t *testing.T) {
	home := Team{Place: homePlace, EKSCluster: homePlace.ARN("eks", "cluster/mesh")}
	d := TeamPermissions(home)
	if len(d.Statements) != 1 || !slices.Equal(d.Statements[0].Actions, []string{"eks:DescribeCluster"}) {
		t.Errorf("it may %s", d.JSON())
	}
	if d := TeamPermissions(Team{Place: externalPlace}); len(d.Statements) != 0 {
		t.Errorf("without anything it may %s", d.JSON())
	}
}

// A role has one boundary. Where the platform's own roles have one, a team's could not have both.
func TestATeamWithoutABoundaryMakesNoRole(t *testing.T) {
	bare := orders
	bare.Boundary = ""
	for _, a := range []attempt{
		{"make a role", "iam:CreateRole", madeRole, nil, nil, nil},
		{"make a role with some boundary", "iam:CreateRole", madeRole, bounds, nil, nil},
		{"pass one", "iam:PassRole", madeRole, asTask, nil, nil},
		{"delete one", "iam:DeleteRole", madeRole, nil, nil, nil},
	} {
		if v := a.by(bare.deployer()); v.OK() {
			t.Errorf("it can %s", a.what)
		}
	}
	if v := (attempt{"", "iam:PassRole", bare.TaskRoles[0], asTask, nil, nil}).by(bare.deployer()); v.Cause != evaluation.None {
		t.Errorf("it cannot pass its task role: %+v", v)
	}
}

func TestOnlyTheListedRolesAssumeATeamsRole(t *testing.T) {
	ci, people := externalPlace.IAM("role/ci/orders"), homePlace.IAM("role/people")
	role := &evaluation.Role{ARN: orders.deployer().ARN, Trust: TeamTrust("aws", []string{ci, people}).JSON()}
	for arn, want := range map[string]bool{
		ci: true, people: true, externalPlace.IAM("role/orders"): false, homePlace.IAM("role/ci/orders"): false, externalPlace.IAM("role/ci/orders2"): false,
	} {
		if v := evaluation.Trusts(role, evaluation.Caller{RoleARN: arn}, "sts:AssumeRole", nil); v.OK() != want {
			t.Errorf("%s: %+v", arn, v)
		}
		if v := evaluation.Trusts(role, evaluation.Caller{RoleARN: arn}, "sts:TagSession", nil); v.OK() {
			t.Errorf("%s may bring tags", arn)
		}
	}
}

// The limits of package config keep the documents of a team within IAM's.
func TestTheLargestTeamFits(t *testing.T) {
	const name = 63 // a namespace, a hostname and the name of a role have no more characters, about
	text := func(n int) string { return strings.Repeat("x", n) }
	largest := orders
	largest.Path, largest.Prefix, largest.Secrets = "/"+text(128+name)+"/", text(name-10), text(name)+"/"
	largest.Boundary, largest.ExecutionRole = atOrders.IAM("policy/"+text(128+2*name)), atOrders.IAM("role/"+text(128+name))
	largest.TagKeys, largest.TaskRoles = []string{text(config.MaxTeamTagText)}, []string{text(config.MaxTeamRoleText)}
	largest.Named = []string{text(config.MaxTeamNamedText)}
	largest.Clusters = nil
	for i := range config.MaxTeamClusters {
		one := string(rune('a'+i)) + text(config.MaxTeamCluster-1)
		largest.Clusters = append(largest.Clusters, TeamCluster{Name: one, Namespace: one, Domain: text(name), LogGroup: "/ecs/" + one, Contract: "/ambient-ecs/" + text(name) + "/v1/" + one})
	}
	// A list of one text is shorter than one of many by the quotation marks and commas.
	const separators = 3 * 50
	if size := TeamPermissions(largest).Size() + separators; size > quota.InlinePolicy.Default {
		t.Errorf("the policy of the role has %d characters, and IAM allows %d", size, quota.InlinePolicy.Default)
	}
	if size := TeamClusterPermissions(largest, largest.Clusters[0]).Size() + separators; size > MaxManaged {
		t.Errorf("the policy of a cluster has %d characters, and IAM allows %d", size, MaxManaged)
	}
	statement := Statement{Actions: []string{"s3:GetObject"}, Resources: []string{"arn:aws:s3:::" + text(config.MaxTeamStatements)}}
	if size := TeamBoundary(largest, []Statement{statement}).Size() + separators; size > MaxManaged {
		t.Errorf("the boundary has %d characters, and IAM allows %d", size, MaxManaged)
	}
}

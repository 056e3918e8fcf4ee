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

// Two teams share an account. One tries to take what is the other's, or the platform's, by subject.
func attacks() map[string][]attempt {
	at, neighbour := atOrders, plus(orders.tags(), tagNamespace, "mesh-billing-1")
	elsewhere := map[string]string{"ecs:cluster": at.ARN("ecs", "cluster/mesh-billing-1")}
	created := map[string]string{"ecs:CreateAction": "CreateService"}
	return map[string][]attempt{
		"identity": {
			{"pass the other's task role", "iam:PassRole", at.IAM("role/mesh-billing-1-ecs"), asTask, nil, nil},
			{"pass a role that the other made", "iam:PassRole", at.IAM("role/teams/mesh/billing/mesh_billing_web"), asTask, nil, nil},
			{"pass the other's execution role", "iam:PassRole", billing.ExecutionRole, asTask, nil, nil},
			{"pass istiod's discovery role", "iam:PassRole", at.IAM("role/mesh-discovery-external"), asTask, nil, nil},
			{"pass its own deployer's role", "iam:PassRole", orders.deployer().ARN, asTask, nil, nil},
			{"pass its own role to another service", "iam:PassRole", madeRole, map[string]string{"iam:PassedToService": "lambda.amazonaws.com"}, nil, nil},
			{"assume the other's role", "sts:AssumeRole", billing.deployer().ARN, nil, nil, nil},
			{"make a role with the name of a task role", "iam:CreateRole", at.IAM("role/teams/mesh/orders/mesh-billing-2-ecs"), bounds, nil, nil},
			{"make a role at the root", "iam:CreateRole", at.IAM("role/mesh_orders_web"), bounds, nil, nil},
			{"make a role under the other's path", "iam:CreateRole", at.IAM("role/teams/mesh/billing/mesh_orders_web"), bounds, nil, nil},
			{"make a role with the other's prefix", "iam:CreateRole", at.IAM("role/teams/mesh/orders/mesh_billing_web"), bounds, nil, nil},
			{"make a role without the boundary", "iam:CreateRole", madeRole, nil, nil, nil},
			{"make a role with the other's boundary", "iam:CreateRole", madeRole, map[string]string{boundaryKey: billing.Boundary}, nil, nil},
			{"make a role with a tag that a policy may trust", "iam:CreateRole", madeRole, bounds, map[string]string{"team": "billing"}, nil},
			{"write a policy of a role without the boundary", "iam:PutRolePolicy", madeRole, nil, nil, nil},
			{"attach a policy to a role without the boundary", "iam:AttachRolePolicy", madeRole, nil, nil, nil},
			{"write a policy of the other's task role", "iam:PutRolePolicy", at.IAM("role/mesh-billing-1-ecs"), bounds, nil, nil},
			{"write a policy of its own deployer", "iam:PutRolePolicy", orders.deployer().ARN, bounds, nil, nil},
			{"change whom the other's task role trusts", "iam:UpdateAssumeRolePolicy", at.IAM("role/mesh-billing-1-ecs"), nil, nil, nil},
			{"take the boundary off", "iam:DeleteRolePermissionsBoundary", madeRole, bounds, nil, nil},
			{"put another boundary on", "iam:PutRolePermissionsBoundary", madeRole, map[string]string{boundaryKey: atOrders.ManagedPolicy("AdministratorAccess")}, nil, nil},
			{"edit the boundary", "iam:CreatePolicyVersion", orders.Boundary, nil, nil, nil},
			{"go back to another version of the boundary", "iam:SetDefaultPolicyVersion", orders.Boundary, nil, nil, nil},
			{"delete the boundary", "iam:DeletePolicy", orders.Boundary, nil, nil, nil},
			{"let its service account have istiod's role in EKS", "eks:CreatePodIdentityAssociation", "*", nil, nil, nil},
			{"give itself an access entry", "eks:CreateAccessEntry", "*", nil, nil, nil},
			{"run the other's revision", "ecs:RunTask", at.ARN("ecs", "task-definition/mesh_billing_web:1"), ownCluster, orders.tags(), nil},
			{"deploy the other's revision", "ecs:UpdateService", webService, plus(asService, "ecs:task-definition", at.ARN("ecs", "task-definition/mesh_billing_web:1")), nil, isOwn},
			{"register a revision of the other's family", "ecs:RegisterTaskDefinition", at.ARN("ecs", "task-definition/mesh_billing_web:2"), nil, nil, nil},
			{"register a revision of a family of the platform", "ecs:RegisterTaskDefinition", at.ARN("ecs", "task-definition/mesh-billing-1-web:2"), nil, nil, nil},
			{"deregister the other's revision", "ecs:DeregisterTaskDefinition", "*", nil, nil, nil},
			{"create a service with the other's revision", "ecs:CreateService", webService, plus(asService, "ecs:task-definition", at.ARN("ecs", "task-definition/mesh_billing_web:1")), orders.tags(), nil},
			{"tag its role as a policy may trust", "iam:TagRole", madeRole, nil, map[string]string{"team": "billing"}, nil},
			{"tag its role with keys that IAM does not see", "iam:TagRole", madeRole, nil, nil, nil},
			{"run commands in a task of a shared service", "ecs:ExecuteCommand", task, ownCluster, nil, map[string]string{tagNamespace: "mesh-shared"}},
			{"make a role with a tag of the stack", "iam:CreateRole", madeRole, bounds, map[string]string{"owner": "platform"}, nil},
			{"tag its role with a tag of the stack", "iam:TagRole", madeRole, nil, map[string]string{"owner": "platform"}, nil},
			{"run commands in the other's task", "ecs:ExecuteCommand", at.ARN("ecs", "task/mesh-billing-1/0123"), elsewhere, nil, nil},
		},
		"namespace": {
			{"create a service in it", "ecs:CreateService", webService, asService, neighbour, nil},
			{"tag a new service with it", "ecs:TagResource", webService, created, neighbour, nil},
			{"tag a living service with it", "ecs:TagResource", webService, nil, map[string]string{tagNamespace: "mesh-billing-1"}, isOwn},
			{"tag a running task with it", "ecs:TagResource", task, nil, map[string]string{tagNamespace: "mesh-billing-1"}, isOwn},
			{"run a task in it", "ecs:RunTask", revision, ownCluster, neighbour, nil},
			{"run a task in the mesh's own", "ecs:RunTask", revision, ownCluster, plus(orders.tags(), tagNamespace, "istio-system"), nil},
			{"create a service without the tag, which istiod puts into istio-system", "ecs:CreateService", webService, asService, orders.tags(tagNamespace, ""), nil},
			{"run a task without the tag", "ecs:RunTask", revision, ownCluster, orders.tags(tagNamespace, ""), nil},
			{"run a task without any tag", "ecs:RunTask", revision, ownCluster, nil, nil},
			{"remove the tag", "ecs:UntagResource", webService, nil, map[string]string{tagNamespace: "-"}, isOwn},
			{"remove the tag of a task", "ecs:UntagResource", task, nil, map[string]string{tagNamespace: "-"}, isOwn},
			{"write the key with a capital letter, which IAM does not tell apart and istiod does", "ecs:CreateService", webService, asService, plus(orders.tags(tagNamespace, ""), "Ecs.solo.io/namespace", "mesh-orders-1"), nil},
			{"give tasks the tags of their revision", "ecs:CreateService", webService, plus(asService, "ecs:propagate-tags", "TASK_DEFINITION"), orders.tags(), nil},
			{"give tasks no tags", "ecs:CreateService", webService, plus(asService, "ecs:propagate-tags", "NONE"), orders.tags(), nil},
			{"give tasks no tags, by saying nothing", "ecs:CreateService", webService, map[string]string{"ecs:task-definition": revision}, orders.tags(), nil},
			{"give tasks the tags of their revision later", "ecs:UpdateService", webService, plus(asService, "ecs:propagate-tags", "TASK_DEFINITION"), nil, isOwn},
			{"register a revision with the tag", "ecs:RegisterTaskDefinition", revision, nil, map[string]string{tagNamespace: "mesh-billing-1"}, nil},
			{"tag a revision with it", "ecs:TagResource", revision, nil, map[string]string{tagNamespace: "mesh-billing-1"}, nil},
			{"make tasks in it by a task set", "ecs:CreateTaskSet", at.ARN("ecs", "task-set/mesh-orders-1/web/1"), nil, neighbour, nil},
			{"start a task on an instance", "ecs:StartTask", revision, ownCluster, neighbour, nil},
			{"change a service of a shared namespace", "ecs:UpdateService", webService, asService, nil, map[string]string{tagNamespace: "mesh-shared"}},
			{"take a service of a shared namespace out of it", "ecs:TagResource", webService, nil, isOwn, map[string]string{tagNamespace: "mesh-shared"}},
			{"remove the service account, which makes it the default one", "ecs:UntagResource", webService, nil, map[string]string{tagServiceAccount: "-"}, isOwn},
			{"create a service without a service account", "ecs:CreateService", webService, asService, orders.tags(tagServiceAccount, ""), nil},
			{"run a task without a service account", "ecs:RunTask", revision, ownCluster, orders.tags(tagServiceAccount, ""), nil},
			{"empty the service account", "ecs:TagResource", webService, nil, map[string]string{tagServiceAccount: ""}, isOwn},
		},
		"hostname": {
			{"create a service with it", "ecs:CreateService", webService, asService, plus(orders.tags(), tagHostname, "web.mesh-billing-1.ecs.external"), nil},
			{"tag a new service with it", "ecs:TagResource", webService, created, plus(orders.tags(), tagHostname, "web.mesh-billing-1.ecs.external"), nil},
			{"tag a living service with it", "ecs:TagResource", webService, nil, map[string]string{tagHostname: "web.mesh-billing-1.ecs.external"}, isOwn},
			{"run a task with it", "ecs:RunTask", revision, ownCluster, plus(orders.tags(), tagHostname, "web.mesh-billing-1.ecs.external"), nil},
			{"take the name of a shared service", "ecs:CreateService", webService, asService, plus(orders.tags(), tagHostname, "shop.mesh.ecs.local"), nil},
			{"take the name of a service of Kubernetes", "ecs:CreateService", webService, asService, plus(orders.tags(), tagHostname, "echo.default.svc.cluster.local"), nil},
			{"take its own domain itself", "ecs:CreateService", webService, asService, plus(orders.tags(), tagHostname, "mesh-orders-1.ecs.external"), nil},
			{"take a name that only ends like its own", "ecs:CreateService", webService, asService, plus(orders.tags(), tagHostname, "xmesh-orders-1.ecs.external"), nil},
		},
		"endpoint": {
			{"create a service in the other's cluster", "ecs:CreateService", theirs, asService, orders.tags(), nil},
			{"run a task in the other's cluster", "ecs:RunTask", revision, elsewhere, orders.tags(), nil},
			{"change the other's service", "ecs:UpdateService", theirs, asService, nil, map[string]string{tagNamespace: "mesh-billing-1"}},
			{"scale it to nothing by a scaler", "application-autoscaling:RegisterScalableTarget", "*", nil, nil, nil},
			{"delete the other's service", "ecs:DeleteService", theirs, nil, nil, map[string]string{tagNamespace: "mesh-billing-1"}},
			{"stop a task of a shared service", "ecs:StopTask", task, ownCluster, nil, map[string]string{tagNamespace: "mesh-shared"}},
			{"stop the other's task", "ecs:StopTask", at.ARN("ecs", "task/mesh-billing-1/0123"), elsewhere, nil, nil},
			{"stop the other's task through its own cluster's name", "ecs:StopTask", at.ARN("ecs", "task/mesh-billing-1/0123"), ownCluster, nil, nil},
			{"make a cluster that istiod reads", "ecs:CreateCluster", at.ARN("ecs", "cluster/mesh-orders-9"), nil, map[string]string{"ecs.solo.io/discovery-enabled": "true"}, nil},
			{"delete the other's cluster", "ecs:DeleteCluster", at.ARN("ecs", "cluster/mesh-billing-1"), nil, nil, nil},
			{"open a security group", "ec2:AuthorizeSecurityGroupIngress", "*", nil, nil, nil},
			{"let ECS take requests without tags", "ecs:PutAccountSettingDefault", "*", nil, nil, nil},
		},
		"labels": {
			{"send its callers through another's waypoint", "ecs:CreateService", webService, asService, plus(orders.tags(), "istio.io/use-waypoint", "waypoint"), nil},
			{"put a living service into another network", "ecs:TagResource", webService, nil, map[string]string{"topology.istio.io/network": "eks"}, isOwn},
			{"name a task as another workload", "ecs:RunTask", revision, ownCluster, plus(orders.tags(), "service.istio.io/workload-name", "web"), nil},
			{"set a tag that is not in the list", "ecs:CreateService", webService, asService, plus(orders.tags(), "app", "billing"), nil},
			{"say that the service is the program's", "ecs:CreateService", webService, asService, plus(orders.tags(), InstallTag, "mesh"), nil},
			{"switch discovery of its own cluster off", "ecs:TagResource", at.ARN("ecs", "cluster/mesh-orders-1"), nil, map[string]string{"ecs.solo.io/discovery-enabled": "false"}, nil},
			{"remove the tags of its own cluster", "ecs:UntagResource", at.ARN("ecs", "cluster/mesh-orders-1"), nil, map[string]string{"ecs.solo.io/discovery-enabled": "-"}, nil},
			{"tag the other's service", "ecs:TagResource", theirs, nil, map[string]string{"CostCenter": "7"}, map[string]string{tagNamespace: "mesh-billing-1"}},
			{"remove a tag of a shared service's member", "ecs:UntagResource", webService, nil, map[string]string{tagHostname: "-"}, map[string]string{tagNamespace: "mesh-shared"}},
			{"tag a service with keys that IAM does not see", "ecs:TagResource", webService, nil, nil, isOwn},
			{"remove tags with keys that IAM does not see", "ecs:UntagResource", webService, nil, nil, isOwn},
			{"tag a revision with keys that IAM does not see", "ecs:TagResource", revision, nil, nil, nil},
		},
		"secrets": {
			{"read the other's contract", "ssm:GetParameter", at.ARN("ssm", "parameter/ambient-ecs/mesh/v1/billing-1/contract"), nil, nil, nil},
			{"read the other's token", "ssm:GetParameter", at.ARN("ssm", "parameter/ambient-ecs/mesh/v1/billing-1/tokens/ecs"), nil, nil, nil},
			{"read all contracts", "ssm:GetParametersByPath", at.ARN("ssm", "parameter/ambient-ecs/mesh/v1"), nil, nil, nil},
			{"write its own contract", "ssm:PutParameter", at.ARN("ssm", "parameter/ambient-ecs/mesh/v1/orders-1/contract"), nil, nil, nil},
			{"read the other's parameter", "ssm:GetParameter", at.ARN("ssm", "parameter/teams/mesh/billing/password"), nil, nil, nil},
			{"read the other's secret", "secretsmanager:GetSecretValue", at.ARN("secretsmanager", "secret:teams/mesh/billing/password-AbCdEf"), nil, nil, nil},
			{"read the other's logs", "logs:GetLogEvents", at.ARN("logs", "log-group:/ecs/mesh-billing-1:log-stream:web/web/1"), nil, nil, nil},
			{"read logs of a group whose name begins alike", "logs:GetLogEvents", at.ARN("logs", "log-group:/ecs/mesh-orders-10:log-stream:web/web/1"), nil, nil, nil},
			{"read task definitions of another region", "ecs:DescribeTaskDefinition", "*", map[string]string{"aws:RequestedRegion": "us-east-1"}, nil, nil},
			{"list the other's tasks", "ecs:ListTasks", "*", elsewhere, nil, nil},
		},
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
	if size := TeamBoundary(largest, []Statement{statement}).Size(); size > MaxManaged {
		t.Errorf("the boundary has %d characters, and IAM allows %d", size, MaxManaged)
	}
}

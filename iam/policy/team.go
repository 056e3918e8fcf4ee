package policy

import (
	"slices"
	"strings"
)

// Team says what one team owns in one account.
type Team struct {
	Place Place
	// Path is the path of the roles that the team makes, from slash to slash. Prefix begins their names, and the families of its
	// task definitions.
	Path, Prefix string
	// Secrets begins the names of its secrets and, after a slash, of its parameters. It ends in a slash.
	Secrets string
	// Boundary is the ARN of the policy that bounds the roles that it makes. Empty: it makes none.
	Boundary string
	// Clusters are its ECS clusters in the account. None: the account is the home account, where the team is in Kubernetes only.
	Clusters []TeamCluster
	// TaskRoles are the ARNs of the task roles of its identities, ExecutionRole that of the role with which ECS starts its tasks.
	TaskRoles     []string
	ExecutionRole string
	// TagKeys are the keys of tags that it may set besides those of the mesh. RoleTagKeys are those among them that it may set on its
	// roles: a policy of somebody else may trust the others.
	TagKeys, RoleTagKeys []string
	// EKSCluster is the ARN of the EKS cluster in the home account. Empty: another account.
	EKSCluster string
	// Platform and Teams match the ARNs of the platform's roles and of all roles that teams make. Named are the ARNs of those of the
	// platform's that Platform does not match.
	Platform, Teams string
	Named           []string
}

// TeamCluster is an ECS cluster of a team.
type TeamCluster struct {
	// Name is the cluster's name in ECS.
	Name string
	// Namespace is the Kubernetes namespace of its services, Domain ends their hostnames.
	Namespace, Domain string
	// LogGroup is the log group of its tasks.
	LogGroup string
	// Contract is the path of the SSM parameters of its contract, with a slash before it.
	Contract string
}

// The tags that istiod reads from services and tasks.
const (
	tagNamespace      = "ecs.solo.io/namespace"
	tagServiceAccount = "ecs.solo.io/service-account"
	tagHostname       = "ecs.solo.io/hostname"
	tagPorts          = "ecs.solo.io/ports"
	requestTag        = "aws:RequestTag/"
	resourceTag       = "aws:ResourceTag/"
	tagKeys           = "aws:TagKeys"
)

// TeamTrust lets the listed roles, of whatever account, assume a team's role. The principals are their accounts, narrowed by
// aws:PrincipalArn, for the reasons that DiscoveryTrust gives. A session cannot bring tags of its own.
func TeamTrust(partition string, deployers []string) Document {
	var accounts Values
	for _, arn := range deployers {
		if parts := strings.Split(arn, ":"); len(parts) > 4 {
			accounts = append(accounts, Place{Partition: partition, Account: parts[4]}.IAM("root"))
		}
	}
	return Document{Statements: []Statement{{
		Sid: "DeployersOfTheTeam", Principal: &Principal{AWS: accounts}, Actions: []string{"sts:AssumeRole"},
		Condition: Condition{"ArnEquals": {"aws:PrincipalArn": deployers}},
	}}}
}

// TeamPermissions are what the role of a team has besides the policies of its clusters: it finds the EKS cluster, registers task
// definitions, makes roles within the boundary, and hands ECS those and its identities' task roles. The tags of a task definition
// reach no task of a service, and add to those of a standalone task: so the mesh's are not among them.
func TeamPermissions(t Team) Document {
	var d Document
	if t.EKSCluster != "" {
		d.Statements = append(d.Statements, Statement{Sid: "FindKubernetes", Actions: eks("DescribeCluster"), Resources: []string{t.EKSCluster}})
	}
	if len(t.Clusters) > 0 {
		d.Statements = slices.Concat(d.Statements, t.registers(), t.ownsRoles(), waysPastZtunnel())
	}
	return d
}

// TeamClusterPermissions let a team deploy its own services in one of its clusters.
//
// istiod takes namespace, service account, hostname, ports and labels of a workload from tags of ECS, and cannot know who set
// them. So whatever sets a tag is conditioned:
//
//   - A service or a standalone task must have the tag of the namespace: without it istiod takes istio-system.
//   - Tasks must get the tags of their service: those of a task definition could be others, and without any it is istio-system.
//   - The set of keys is closed. It is compared with upper and lower case, and the name of a condition key is not: a tag
//     Ecs.solo.io/namespace would meet the condition on the tag ecs.solo.io/namespace, and istiod would not read it.
//   - The tag of the namespace cannot be removed.
//
// A family of task definitions has a revision at the end of its ARN. AWS takes no resource for ListServices, ListTasks and
// DescribeTaskDefinition, and none for DeregisterTaskDefinition, which is therefore not allowed.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html, 2026-11-29.
func TeamClusterPermissions(t Team, c TeamCluster) Document {
	return Document{Statements: slices.Concat(t.deploys(c), t.reads(c))}
}

// registers are the task definitions of the team.
func (t Team) registers() []Statement {
	statements := []Statement{
		{Sid: "RegisterRevisions", Actions: ecs("RegisterTaskDefinition"), Resources: t.families(), Condition: onlyTags(t.TagKeys)},
		{
			Sid: "ReadRevisions", Actions: ecs("DescribeTaskDefinition"), Resources: []string{"*"},
			Condition: Condition{"StringEquals": {"aws:RequestedRegion": {t.Place.Region}}},
		},
		{Sid: "ReadTagsOfRevisions", Actions: ecs("ListTagsForResource"), Resources: t.families()},
	}
	if len(t.TagKeys) > 0 {
		statements = append(statements, Statement{Sid: "TagRevisions", Actions: ecsTags, Resources: t.families(), Condition: someTags(t.TagKeys)})
	}
	return statements
}

// waysPastZtunnel deny the settings of a service that open a way past its ztunnel: a public address, Service Connect and VPC
// Lattice. They hold against other policies of the role too. RunTask has neither of the last two settings, and no condition key for the
// first. A request that does not name a setting has no key, or the value "false"
// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_service-with-iam.html,
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html, 2026-11-29).
func waysPastZtunnel() (all []Statement) {
	for _, way := range []struct{ sid, operator, key string }{
		{"NoPublicAddress", "Bool", "ecs:auto-assign-public-ip"}, {"NoServiceConnect", "StringEquals", "ecs:enable-service-connect"}, {"NoLattice", "StringEquals", "ecs:enable-vpc-lattice"},
	} {
		all = append(all, Statement{
			Sid: way.sid, Deny: true, Actions: ecs("*Service"), Resources: []string{"*"}, Condition: Condition{way.operator: {way.key: {"true"}}},
		})
	}
	return all
}

// deploys are the writes to ECS.
func (t Team) deploys(c TeamCluster) []Statement {
	cluster, services, tasks := t.in("cluster", c.Name), t.in("service", c.Name+"/*"), t.in("task", c.Name+"/*")
	all, namespace, domain := append(slices.Clone(services), tasks...), c.Namespace, "*."+c.Domain
	free := Values(t.TagKeys)
	mesh := append(Values{tagNamespace, tagServiceAccount, tagHostname, tagPorts}, free...)
	identity := onlyTags(mesh).and("StringEquals", requestTag+tagNamespace, namespace).and("StringLike", requestTag+tagServiceAccount, "?*").
		and("StringLikeIfExists", requestTag+tagHostname, domain)
	return []Statement{
		{
			Sid: "CreateServices", Actions: ecs("CreateService"), Resources: services,
			Condition: identity.and("StringEquals", "ecs:propagate-tags", "SERVICE").and("ArnLike", "ecs:task-definition", t.families()...),
		},
		{
			// A service that has the tag of another namespace is a member of a shared service, which the platform deploys.
			Sid: "ChangeServices", Actions: ecs("DeleteService", "UpdateService"), Resources: services,
			Condition: Condition{
				"StringEquals":         {resourceTag + tagNamespace: {namespace}},
				"StringEqualsIfExists": {"ecs:propagate-tags": {"SERVICE"}},
				"ArnLikeIfExists":      {"ecs:task-definition": t.families()},
			},
		},
		{Sid: "RunTasks", Actions: ecs("RunTask"), Resources: t.families(), Condition: identity.and("ArnEquals", "ecs:cluster", cluster...)},
		{
			// A task that has the tag of another namespace is one of a shared service, with an identity that is not the team's.
			Sid: "ControlTasks", Actions: ecs("ExecuteCommand", "StopTask"), Resources: tasks,
			Condition: Condition{"StringEquals": {resourceTag + tagNamespace: {namespace}}},
		},
		{Sid: "ExecInCluster", Actions: ecs("ExecuteCommand"), Resources: cluster},
		{
			// What is made has no tags yet. What has a namespace keeps to it.
			Sid: "TagServicesAndTasks", Actions: ecs("TagResource"), Resources: all,
			Condition: someTags(mesh).and("StringEqualsIfExists", requestTag+tagNamespace, namespace).and("StringEqualsIfExists", resourceTag+tagNamespace, namespace).
				and("StringLikeIfExists", requestTag+tagHostname, domain).and("StringLikeIfExists", requestTag+tagServiceAccount, "?*"),
		},
		{
			Sid: "UntagServicesAndTasks", Actions: ecs("UntagResource"), Resources: all,
			Condition: someTags(append(Values{tagHostname, tagPorts}, free...)).and("StringEquals", resourceTag+tagNamespace, namespace),
		},
	}
}

// reads are what a deployment looks at.
func (t Team) reads(c TeamCluster) []Statement {
	cluster := t.in("cluster", c.Name)
	return []Statement{
		{
			Sid: "ReadOwn",
			Actions: append(ecs("DescribeClusters", "DescribeServiceDeployments", "DescribeServices", "DescribeTasks", "ListServiceDeployments", "ListTagsForResource"),
				logs("DescribeLogStreams", "FilterLogEvents", "GetLogEvents")...),
			Resources: slices.Concat(cluster, t.in("service", c.Name+"/*"), t.in("service-deployment", c.Name+"/*"), t.in("task", c.Name+"/*"), []string{t.logs(c)}),
		},
		{
			Sid: "ListOwn", Actions: ecs("ListServices", "ListTasks"), Resources: []string{"*"},
			Condition: Condition{"ArnEquals": {"ecs:cluster": cluster}},
		},
		{Sid: "ReadContract", Actions: ssm("GetParameter", "GetParameters"), Resources: []string{t.Place.ARN("ssm", "parameter"+c.Contract+"/*")}},
	}
}

// ownsRoles are the roles that the team makes, each within its boundary, and passes. The denials hold against other policies of the role.
func (t Team) ownsRoles() []Statement {
	own := []string{t.ownRoles()}
	pass := Statement{
		Sid: "PassOwnRoles", Actions: iam("PassRole"), Resources: append(slices.Clone(t.TaskRoles), t.ExecutionRole),
		Condition: Condition{"StringEquals": {"iam:PassedToService": {ecsTasks}}},
	}
	if t.Boundary == "" {
		return []Statement{pass}
	}
	pass.Resources = append(pass.Resources, own...)
	statements := []Statement{
		pass,
		{
			Sid: "MakeRolesWithinTheBoundary", Actions: iam("AttachRolePolicy", "CreateRole", "PutRolePermissionsBoundary", "PutRolePolicy"), Resources: own,
			Condition: onlyTags(t.RoleTagKeys).and("StringEquals", boundaryKey, t.Boundary),
		},
		{
			Sid: "OwnRoles",
			Actions: iam("DeleteRole", "DeleteRolePolicy", "DetachRolePolicy", "GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListInstanceProfilesForRole",
				"ListRolePolicies", "ListRoleTags", "UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription"),
			Resources: own,
		},
		{Sid: "KeepTheBoundary", Deny: true, Actions: iam("DeleteRolePermissionsBoundary"), Resources: []string{"*"}},
		{
			Sid: "NoOtherBoundary", Deny: true, Actions: iam("PutRolePermissionsBoundary"), Resources: []string{"*"},
			Condition: Condition{"StringNotEquals": {boundaryKey: {t.Boundary}}},
		},
		{
			Sid: "LeaveTheBoundary", Deny: true, Actions: iam("CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion", "SetDefaultPolicyVersion"),
			Resources: []string{t.Boundary},
		},
	}
	if len(t.RoleTagKeys) > 0 {
		statements = append(statements, Statement{Sid: "TagOwnRoles", Actions: iam("TagRole", "UntagRole"), Resources: own, Condition: someTags(t.RoleTagKeys)})
	}
	return statements
}

// TeamBoundary is the most that a role which the team makes may do: write the logs of its clusters, pull images, open ECS Exec, and
// read the team's own secrets and parameters. allowed is what the platform lets it do besides. The denials hold against that too:
// no role of the team changes IAM, takes a role of the mesh or of a team, or starts and tags tasks. So nothing that runs can do what
// its team's deployer cannot.
func TeamBoundary(t Team, allowed []Statement) Document {
	secrets := ownSecrets(t.Place, t.Secrets, "ssm:GetParameter", "ssm:GetParameters", "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue")
	exec := TaskPermissions(t.Place, &TaskExec{}).Statements
	statements := []Statement{
		{Sid: "WriteLogs", Actions: logs("CreateLogStream", "DescribeLogStreams", "PutLogEvents"), Resources: t.logStreams()},
		{Sid: "LogInToECR", Actions: []string{"ecr:GetAuthorizationToken"}, Resources: []string{"*"}},
		{
			Sid: "PullImages", Actions: []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
			Resources: []string{t.Place.anyAccount().ARN("ecr", "repository/*")},
		},
	}
	statements = append(statements, secrets...)
	for i, s := range allowed {
		s.Sid = "Allowed" + string(rune('A'+i%26)) + strings.Repeat("x", i/26)
		statements = append(statements, s)
	}
	return Document{Statements: slices.Concat(exec, statements, []Statement{
		{Sid: "NoIAM", Deny: true, Actions: []string{"iam:*"}, Resources: []string{"*"}},
		{Sid: "NoRoleOfTheMesh", Deny: true, Actions: []string{"sts:*"}, Resources: append([]string{t.Platform, t.Teams}, t.Named...)},
		{
			Sid: "NoTasksAndTags", Deny: true, Resources: []string{"*"},
			Actions: ecs("Create*", "Delete*", "Deregister*", "ExecuteCommand", "Put*", "Register*", "RunTask", "StartTask", "TagResource", "UntagResource", "Update*"),
		},
		{Sid: "NoContracts", Deny: true, Actions: ssm("Delete*", "Put*", "AddTagsToResource", "RemoveTagsFromResource"), Resources: []string{t.Place.ARN("ssm", "parameter/ambient-ecs/*")}},
	})}
}

// ownRoles are the roles that the team makes.
func (t Team) ownRoles() string { return t.Place.IAM("role" + t.Path + t.Prefix + "*") }

// families are the task definitions of the team, in every revision, and without one: RunTask of a family means its latest.
func (t Team) families() []string {
	return []string{t.Place.ARN("ecs", "task-definition/"+t.Prefix+"*")}
}

// in is a resource of a kind in ECS.
func (t Team) in(kind, name string) []string { return []string{t.Place.ARN("ecs", kind+"/"+name)} }

// logs are the log streams of a cluster's tasks.
func (t Team) logs(c TeamCluster) string { return t.Place.ARN("logs", "log-group:"+c.LogGroup+":*") }

func (t Team) logStreams() (all []string) {
	for _, c := range t.Clusters {
		all = append(all, t.logs(c))
	}
	return all
}

// onlyTags holds for a request whose tags have no other key, with or without tags.
func onlyTags(keys Values) Condition {
	if len(keys) == 0 {
		return Condition{"Null": {tagKeys: {"true"}}}
	}
	return Condition{"ForAllValues:StringEquals": {tagKeys: keys}}
}

// someTags holds for a request whose tags have no other key, if it has tags. AWS advises against a set operator with an Allow and
// without this.
func someTags(keys Values) Condition { return onlyTags(keys).and("Null", tagKeys, "false") }

// and is a condition with one more part.
func (c Condition) and(operator, key string, values ...string) Condition {
	all := Condition{}
	for o, keys := range c {
		all[o] = map[string]Values{}
		for k, v := range keys {
			all[o][k] = v
		}
	}
	if all[operator] == nil {
		all[operator] = map[string]Values{}
	}
	all[operator][key] = values
	return all
}

package aws

import (
	"strings"
	"testing"
)

// inBounds is a policy as a team's role has it: one cluster, one namespace, a closed set of tags.
const inBounds = `{"Version":"2012-10-17","Statement":[
	{"Effect":"Allow","Action":"ecs:RegisterTaskDefinition","Resource":"arn:aws:ecs:*:*:task-definition/orders_*:*"},
	{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::*:role/own","Condition":{"StringEquals":{"iam:PassedToService":"ecs-tasks.amazonaws.com"}}},
	{"Effect":"Allow","Action":["ecs:CreateService","ecs:TagResource"],"Resource":"arn:aws:ecs:*:*:service/mesh/*","Condition":{
		"StringEqualsIfExists":{"aws:RequestTag/ns":"orders","ecs:propagate-tags":"SERVICE"},"ForAllValues:StringEquals":{"aws:TagKeys":["ns"]}}},
	{"Effect":"Allow","Action":["ecs:UpdateService","ecs:DeleteService","ecs:DescribeServices","ecs:UntagResource"],"Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/ns":"orders"}}},
	{"Effect":"Deny","Action":"ecs:*Service","Resource":"*","Condition":{"Bool":{"ecs:auto-assign-public-ip":"true"}}},
	{"Effect":"Allow","Action":"ecs:DescribeTaskDefinition","Resource":"*"},
	{"Effect":"Allow","Action":"eks:DescribeCluster","Resource":"arn:aws:eks:eu-central-1:` + home + `:cluster/mesh"},
	{"Effect":"Allow","Action":"ssm:GetParameter","Resource":"arn:aws:ssm:*:*:parameter/orders/*"}]}`

// A role that the world knows may do what its policies allow, in IAM's words.
func TestARoleOfTheWorldMayDoWhatItsPoliciesAllow(t *testing.T) {
	s := newSandbox(t)
	admin := s.login(home)
	deployer := admin.create(roleKind, "deployer", props{"name": "deployer", "assumeRolePolicy": trust("ecs-tasks.amazonaws.com")})
	admin.create(rolePolicyKind, "bounds", props{"role": deployer.ID, "policy": inBounds})
	own := admin.create(roleKind, "own", props{"name": "own", "assumeRolePolicy": trust("ecs-tasks.amazonaws.com")})
	admin.create(roleKind, "other", props{"name": "other", "assumeRolePolicy": trust("ecs-tasks.amazonaws.com")})
	for _, name := range []string{"/orders/contract", "/billing/contract"} {
		admin.create(ParameterKind, strings.ReplaceAll(name[1:], "/", "-"), props{"name": name, "type": "String", "insecureValue": "x"})
	}
	team := s.loginWith(map[string]any{"region": "eu-central-1", "assumeRole": map[string]any{"roleArn": deployer.out("arn")}})
	definition := func(family, role string) props {
		return props{"family": family, "networkMode": "awsvpc", "requiresCompatibilities": []any{"FARGATE"}, "cpu": "256", "memory": "512", "taskRoleArn": strings.Replace(own.out("arn"), "role/own", "role/"+role, 1),
			"containerDefinitions": `[{"name":"web","image":"registry.example/web:1","essential":true}]`}
	}
	const denied = "AccessDeniedException"
	registered := team.create(TaskDefinitionKind, "web", definition("orders_web", "own"))
	refused(t, team.delete(registered), denied, "ecs:DeregisterTaskDefinition on resource: *")
	kept := definition("orders_web", "own")
	kept["skipDestroy"] = true
	if err := team.delete(team.create(TaskDefinitionKind, "kept", kept)); err != nil {
		t.Errorf("a revision that stays registered: %v", err)
	}
	team.refuses(TaskDefinitionKind, "theirs", definition("billing_web", "own"), denied, "is not authorized to perform: ecs:RegisterTaskDefinition on resource", "task-definition/billing_web:*")
	team.refuses(TaskDefinitionKind, "identity", definition("orders_web", "other"), denied, "iam:PassRole", "role/other")
	team.refuses(roleKind, "role", props{"name": "free", "assumeRolePolicy": trust("ecs-tasks.amazonaws.com")}, denied, "iam:CreateRole")
	team.refuses("aws:ecs/cluster:Cluster", "cluster", props{"name": "more"}, denied, "ecs:CreateCluster")
	service := func(public bool) props {
		return props{"cluster": "arn:aws:ecs:eu-central-1:" + home + ":cluster/mesh", "name": "web", "taskDefinition": registered.out("arn"), "propagateTags": "SERVICE", "desiredCount": 1, "launchType": "FARGATE",
			"tags": props{"ns": "orders"}, "networkConfiguration": props{"subnets": []any{"subnet-1"}, "securityGroups": []any{"sg-1"}, "assignPublicIp": public}}
	}
	team.refuses(ServiceKind, "public", service(true), denied, "is not authorized to perform: ecs:CreateService on resource")
	if _, err := team.try(ServiceKind, "private", service(false)); err == nil || strings.Contains(err.Error(), denied) {
		t.Errorf("a service without a public address is refused only for its cluster, which does not exist: %v", err)
	}
	// It may ask for the cluster that its policy names, which does not exist here, and for no other.
	for name, words := range map[string]string{"mesh": "couldn't find resource", "other": "is not authorized to perform: eks:DescribeCluster on resource: arn:aws:eks:eu-central-1:" + home + ":cluster/other"} {
		if _, err := team.session.Invoke(t.Context(), "aws:eks/getCluster:getCluster", props{"name": name}); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("the EKS cluster %s: %v", name, err)
		}
	}
	if got := team.asked("aws:ssm/getParameter:getParameter", props{"name": "/orders/contract"}); text(got, "insecureValue") != "x" {
		t.Errorf("its parameter is %v", got)
	}
}

// ownRoles are a team's rights to its roles, as package policy writes them: only within its boundary.
const ownRoles = `{"Version":"2012-10-17","Statement":[
	{"Effect":"Allow","Action":["iam:CreateRole","iam:AttachRolePolicy","iam:PutRolePolicy","iam:PutRolePermissionsBoundary"],"Resource":"arn:aws:iam::*:role/teams/*",
		"Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::` + home + `:policy/bounds"},"ForAllValues:StringEquals":{"aws:TagKeys":["CostCenter"]}}},
	{"Effect":"Allow","Action":["iam:DeleteRole","iam:DeleteRolePolicy","iam:DetachRolePolicy","iam:GetRole","iam:GetRolePolicy","iam:ListAttachedRolePolicies","iam:ListInstanceProfilesForRole",
		"iam:ListRolePolicies","iam:UpdateAssumeRolePolicy","iam:UpdateRoleDescription"],"Resource":"arn:aws:iam::*:role/teams/*"},
	{"Effect":"Allow","Action":["iam:TagRole","iam:UntagRole"],"Resource":"arn:aws:iam::*:role/teams/*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["CostCenter"]}}},
	{"Effect":"Deny","Action":"iam:AttachRolePolicy","Resource":"*","Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/AdministratorAccess"}}}]}`

// Every change of a role, and of its policies, is asked for as the provider calls IAM: by the role's ARN, its boundary, the policy and the tags.
func TestAChangeOfARoleNeedsTheRightToEachOfItsParts(t *testing.T) {
	s := newSandbox(t)
	admin := s.login(home)
	deployer := admin.create(roleKind, "deployer", props{"name": "deployer", "assumeRolePolicy": trust("ecs-tasks.amazonaws.com")})
	admin.create(rolePolicyKind, "rights", props{"role": deployer.ID, "policy": ownRoles})
	bounds := admin.create(policyKind, "bounds", props{"name": "bounds", "policy": permission([]string{"s3:*"})})
	admin.create(roleKind, "other", props{"name": "other", "assumeRolePolicy": trust("ecs-tasks.amazonaws.com")})
	team := s.loginWith(map[string]any{"region": "eu-central-1", "assumeRole": map[string]any{"roleArn": deployer.out("arn")}})

	in := props{"name": "web", "path": "/teams/", "assumeRolePolicy": trust("ecs-tasks.amazonaws.com"), "permissionsBoundary": bounds.ID, "tags": props{"CostCenter": "7"}}
	role := team.create(roleKind, "web", in)
	inline := team.create(rolePolicyKind, "inline", props{"name": "inline", "role": "web", "policy": permission([]string{"s3:GetObject"})})
	attached := team.create(attachmentKind, "attached", props{"role": "web", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"})
	for what, changed := range map[string]props{
		"description": {"description": "of the team"}, "trust": {"assumeRolePolicy": trust("lambda.amazonaws.com")}, "tag": {"tags": props{"CostCenter": "8"}}, "no tag": {"tags": props{}},
	} {
		if err := team.change(role, with(in, changed)); err != nil {
			t.Errorf("its own %s: %v", what, err)
		}
	}

	const denied = "AccessDeniedException"
	for action, changed := range map[string]props{
		"iam:DeleteRolePermissionsBoundary": {"permissionsBoundary": nil}, "iam:PutRolePermissionsBoundary": {"permissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"},
		"iam:TagRole": {"tags": props{"CostCenter": "8", "team": "billing"}}, "iam:UpdateRole": {"maxSessionDuration": 7200},
	} {
		refused(t, team.change(role, with(in, changed)), denied, "is not authorized to perform: "+action+" on resource: "+role.out("arn"))
	}
	if err := admin.change(role, with(in, props{"tags": props{"owner": "platform"}})); err != nil {
		t.Fatal(err)
	}
	refused(t, team.change(role, with(in, props{"tags": props{}})), denied, "iam:UntagRole on resource: "+role.out("arn"))
	team.refuses(rolePolicyKind, "theirs", props{"name": "more", "role": "other", "policy": permission([]string{"s3:*"})}, denied, "iam:PutRolePolicy on resource: arn:aws:iam::"+home+":role/other")
	team.refuses(attachmentKind, "admin", props{"role": "web", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}, denied, "iam:AttachRolePolicy on resource: "+role.out("arn"))
	edited := bounds.Inputs
	refused(t, team.change(bounds, with(edited, props{"policy": permission([]string{"*"})})), denied, "iam:CreatePolicyVersion on resource: "+bounds.ID)
	refused(t, team.delete(bounds), denied, "iam:DeletePolicy on resource: "+bounds.ID)

	// Without its boundary even its own role is out of reach.
	if err := admin.change(role, with(in, props{"permissionsBoundary": nil})); err != nil {
		t.Fatal(err)
	}
	refused(t, team.change(inline, with(inline.Inputs, props{"policy": permission([]string{"*"})})), denied, "iam:PutRolePolicy on resource: "+role.out("arn"))
	for _, one := range []*made{inline, attached, role} {
		if err := team.delete(one); err != nil {
			t.Errorf("delete %s: %v", one.ID, err)
		}
	}
}

// An update of whatever else needs what the provider calls for it, and tags have actions of their own.
func TestTagsNeedRightsOfTheirOwn(t *testing.T) {
	s := newSandbox(t)
	admin := s.login(home)
	deployer := admin.create(roleKind, "deployer", props{"name": "deployer", "assumeRolePolicy": trust("ecs-tasks.amazonaws.com")})
	rights := admin.create(rolePolicyKind, "rights", props{"name": "rights", "role": deployer.ID, "policy": permission([]string{"logs:AssociateKmsKey", "logs:DescribeLogGroups", "logs:ListTagsForResource"})})
	in := props{"name": "/own", "retentionInDays": 7, "tags": props{"a": "1"}}
	group := admin.create(logGroupKind, "group", in)
	team := s.loginWith(map[string]any{"region": "eu-central-1", "assumeRole": map[string]any{"roleArn": deployer.out("arn")}})
	refused(t, team.change(group, with(in, props{"tags": props{"a": "2"}})), "logs:TagResource")
	refused(t, team.change(group, with(in, props{"tags": props{}})), "logs:UntagResource")
	refused(t, team.change(group, with(in, props{"retentionInDays": 14})), "logs:DeleteRetentionPolicy")
	if err := admin.change(rights, with(rights.Inputs, props{"policy": permission([]string{"logs:*"})})); err != nil {
		t.Fatal(err)
	}
	if err := team.change(group, with(in, props{"retentionInDays": 14, "tags": props{"a": "2"}})); err != nil {
		t.Errorf("with all of them: %v", err)
	}
}

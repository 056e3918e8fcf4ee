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

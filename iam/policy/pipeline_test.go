package policy

import (
	"testing"

	"ambient-ecs/iam/evaluation"
)

func TestAPipelineDeploysItsServiceAndNoOther(t *testing.T) {
	place := externalPlace
	document := pipelineDocuments(place)["pipeline-permissions"]
	text := document.JSON()
	role := evaluation.Role{ARN: place.IAM("role/pipeline"), Policies: map[string]string{"pipeline": text}}
	family, service := place.ARN("ecs", "task-definition/mesh-3-orders:7"), place.ARN("ecs", "service/mesh-3/orders")
	tasks := map[string]string{"iam:PassedToService": "ecs-tasks.amazonaws.com"}
	for _, c := range []struct {
		action, resource string
		context          map[string]string
		want             bool
	}{
		{"ecs:RegisterTaskDefinition", family, nil, true},
		{"ecs:RegisterTaskDefinition", place.ARN("ecs", "task-definition/mesh-3-orders-2:1"), nil, false},
		{"ecs:DeregisterTaskDefinition", family, nil, false},
		{"ecs:TagResource", family, map[string]string{"ecs:CreateAction": "RegisterTaskDefinition"}, true},
		{"ecs:TagResource", family, nil, false},
		{"ecs:DescribeTaskDefinition", "*", map[string]string{"aws:RequestedRegion": place.Region}, true},
		{"ecs:UpdateService", service, map[string]string{"ecs:task-definition": family}, true},
		{"ecs:UpdateService", service, map[string]string{"ecs:task-definition": place.ARN("ecs", "task-definition/mesh-3-other:1")}, false},
		{"ecs:UpdateService", service, nil, false},
		{"ecs:UpdateService", service + "-2", map[string]string{"ecs:task-definition": family}, false},
		{"ecs:DescribeServices", service, nil, true},
		{"ecs:DeleteService", service, nil, false},
		{"iam:PassRole", place.IAM("role/mesh-3-orders"), tasks, true},
		{"iam:PassRole", place.IAM("role/mesh-3-orders-execution"), tasks, true},
		{"iam:PassRole", place.IAM("role/mesh-3-orders"), map[string]string{"iam:PassedToService": "lambda.amazonaws.com"}, false},
		{"iam:PassRole", place.IAM("role/mesh-3-other"), tasks, false},
	} {
		if got := evaluation.Allows(&role, evaluation.Caller{RoleARN: role.ARN}, c.action, c.resource, c.context).OK(); got != c.want {
			t.Errorf("%s on %s with %v: allowed %v, want %v", c.action, c.resource, c.context, got, c.want)
		}
	}
}

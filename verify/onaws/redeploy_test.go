package onaws

import (
	"context"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/onaws/awstest"
)

func TestADeploymentIsForcedAndRead(t *testing.T) {
	s := newScene(t)
	ctx := context.Background()
	described := map[string]any{"serviceName": "echo-service", "deployments": []any{
		map[string]any{"id": "ecs-svc/1", "status": "ACTIVE", "rolloutState": "COMPLETED"},
		map[string]any{"id": "ecs-svc/2", "status": "PRIMARY", "rolloutState": "IN_PROGRESS", "rolloutStateReason": "in progress."},
	}}
	s.aws.On("ecs:UpdateService", func(in awstest.Input) any {
		if len(in) != 3 || in.Text("cluster") != "mesh-1" || in.Text("service") != "echo-service" || in["forceNewDeployment"] != true {
			t.Errorf("the update changes more than it should: %v", in)
		}
		return map[string]any{"service": described}
	})
	if id, err := s.Redeploy(ctx, "ecs-1", "echo-service"); err != nil || id != "ecs-svc/2" {
		t.Errorf("deployment %q, %v", id, err)
	}
	services := []any{described}
	s.aws.On("ecs:DescribeServices", func(awstest.Input) any { return map[string]any{"services": services} })
	all, err := s.Deployments(ctx, "ecs-1", "echo-service")
	if want := (backend.Deployment{ID: "ecs-svc/2", Rollout: backend.RolloutInProgress, Reason: "in progress."}); err != nil || len(all) != 2 || all[0] != want || all[1].ID != "ecs-svc/1" {
		t.Errorf("%+v, %v", all, err)
	}
	services = nil
	if _, err := s.Deployments(ctx, "ecs-1", "echo-service"); err == nil || !strings.Contains(err.Error(), "has no service echo-service") {
		t.Errorf("a service that is gone: %v", err)
	}
	s.aws.On("ecs:UpdateService", nil)
	if _, err := s.Redeploy(ctx, "ecs-1", "echo-service"); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("an update that is refused: %v", err)
	}
	if _, err := s.Redeploy(ctx, "ecs-9", "echo-service"); err == nil || !strings.Contains(err.Error(), "no ECS cluster") {
		t.Errorf("an unknown cluster: %v", err)
	}
}

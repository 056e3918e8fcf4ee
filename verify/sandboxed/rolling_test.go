package sandboxed_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/run"
)

// deployable makes the echo service of the first cluster one that ECS can deploy anew. image is that of the next task.
func (f *fixture) deployable(image string) func(tx *world.Tx) {
	return func(tx *world.Tx) {
		c := f.stack.Clusters["ecs-1"]
		account := f.stack.Accounts[c.Account].ID
		definition := tx.Get(account, aws.TaskDefinitionKind, definitionARN(c, "echo-service"))
		var containers []api.Object
		if err := json.Unmarshal([]byte(definition.String("containerDefinitions")), &containers); err != nil {
			f.Fatal(err)
		}
		for _, one := range containers {
			one["image"] = image
			if one["name"] == "ztunnel" {
				delete(one, "logConfiguration") // ECS would write it, and needs more for that.
				one["healthCheck"] = props{"command": []any{"CMD-SHELL", "true"}, "interval": 5}
			}
		}
		text, err := json.Marshal(containers)
		if err != nil {
			f.Fatal(err)
		}
		role := "arn:aws:iam::" + account + ":role/" + c.Name + "-ecs"
		definition.Props = props{"containerDefinitions": string(text), "family": "echo", "revision": 1.0, "arn": definition.ID, "taskRoleArn": role}
		service := tx.Get(account, aws.ServiceKind, serviceARN(c, "echo-service"))
		service.Props["_deployments"] = []any{props{"id": "ecs-svc/old", "taskDefinition": definition.ID, "rolloutState": "COMPLETED", "failed": 0.0}}
		service.Props["_lastGood"], service.Props["_definition"], service.Props["_status"] = "ecs-svc/old", definition.ID, "ACTIVE"
		service.Props["taskDefinition"], service.Props["launchType"] = definition.ID, "FARGATE"
		service.Props["deploymentMinimumHealthyPercent"], service.Props["deploymentMaximumPercent"] = 100.0, 200.0
		service.Props["deploymentCircuitBreaker"] = props{"enable": true, "rollback": true}
		service.Props["propagateTags"], service.Props["enableExecuteCommand"] = "SERVICE", true
		service.Props["networkConfiguration"] = props{"subnets": []any{"private-" + account}, "securityGroups": []any{"sg-client", "sg-server"}}
		task := tx.Get(account, aws.TaskKind, strings.Replace(c.ARN, ":cluster/", ":task/", 1)+"/echo-service")
		task.Props["serviceArn"], task.Props["deploymentId"], task.Props["stopCode"] = service.ID, "ecs-svc/old", ""
	}
}

func TestARollingUpdateCountsWhatItsCallsLose(t *testing.T) {
	const image = "public.ecr.aws/nginx/nginx:1"
	for name, c := range map[string]struct {
		image    string
		waypoint bool
		verdict  run.Verdict
		words    string
	}{
		"without a waypoint": {image, false, run.Wrong, "call "},
		"behind a waypoint":  {image, true, run.Right, "every call was answered"},
		"that fails":         {"registry.invalid/nginx:1", true, run.Undecided, "took the place of this one"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.do(f.deployable(c.image))
			if c.waypoint {
				f.do(f.withWaypoint)
			}
			controllers := aws.Controllers(mesh.Readiness)
			f.world.Control(controllers[len(controllers)-1]) // the scheduler: the rest of this small AWS stays as it is
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			r, err := run.Rolling(ctx, f.backend, f.stack, "ecs-1/echo-service", run.Options{Every: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Results[0]; got.Verdict != c.verdict || !strings.Contains(got.Why, c.words) {
				t.Errorf("%s, seen %s: %s", got.Verdict, got.Seen, got.Why)
			}
		})
	}
}

func TestAnUnknownServiceIsNotDeployed(t *testing.T) {
	f := newFixture(t)
	var b backend.Redeployer = f.backend
	if _, err := b.Redeploy(context.Background(), "ecs-1", "nobody"); err == nil || !strings.Contains(err.Error(), "no ECS service ecs-1/nobody") {
		t.Errorf("got %v", err)
	}
	if _, err := b.Deployments(context.Background(), "ecs-1", "nobody"); err == nil {
		t.Error("an unknown service has deployments")
	}
}

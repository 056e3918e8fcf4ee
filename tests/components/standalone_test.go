package components

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/ecs"
	format "ambient-ecs/ecs/task/definition"
	"ambient-ecs/tests/recorder"
)

const (
	scheduleGroup = "aws:scheduler/scheduleGroup:ScheduleGroup"
	schedule      = "aws:scheduler/schedule:Schedule"
)

func oneStandalone(t *testing.T, change func(*ecs.StandaloneTaskArgs), see func(*ecs.StandaloneTask)) *recorder.Recording {
	t.Helper()
	return made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validStandalone(f)
		if change != nil {
			change(args)
		}
		task, err := ecs.NewStandaloneTask(ctx, "shop/cart", args)
		if err == nil && see != nil {
			see(task)
		}
		return err
	})
}

func TestAStandaloneTaskTellsDiscoveryWhoItIs(t *testing.T) {
	r := oneStandalone(t, nil, nil)
	children(t, r, ecs.StandaloneTaskTypeToken, externalProvider)
	// There is no service whose tags the tasks could get.
	says(t, only(t, r, taskDefinition), map[string]any{
		"ecs.solo.io/namespace": "mesh-shop", "ecs.solo.io/service-account": "cart", "ecs.solo.io/hostname": "cart.mesh-shop.ecs.external",
	}, "tags")
	if n := len(r.OfType(ecsService)); n != 0 {
		t.Errorf("%d services keep the task running", n)
	}
}

// ECS stops the other containers of a task when an essential one ends. The application ends the task, and a task without its
// proxy ends too. The application starts with a proxy that works.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html, 2026-11-29.
func TestAStandaloneTaskEndsWithItsApplication(t *testing.T) {
	var containers []struct {
		Name      string
		Essential *bool
		DependsOn []struct{ ContainerName, Condition string }
	}
	if err := json.Unmarshal([]byte(containersOf(t, oneStandalone(t, nil, nil))), &containers); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, c := range containers {
		names[c.Name] = true
		if c.Essential != nil && !*c.Essential {
			t.Errorf("the task goes on without %s", c.Name)
		}
		if c.Name != "ztunnel" && (len(c.DependsOn) != 1 || c.DependsOn[0].ContainerName != "ztunnel" || c.DependsOn[0].Condition != "HEALTHY") {
			t.Errorf("%s waits for %+v", c.Name, c.DependsOn)
		}
	}
	if !reflect.DeepEqual(names, map[string]bool{"cart": true, "ztunnel": true}) {
		t.Errorf("the containers are %v", names)
	}
}

func TestWhoeverStartsATaskByHandStartsItAsTheScheduleDoes(t *testing.T) {
	var input, arn string
	oneStandalone(t, func(a *ecs.StandaloneTaskArgs) { a.PlatformVersion = "1.4.0" }, func(task *ecs.StandaloneTask) {
		pulumi.All(task.RunInput, task.TaskDefinitionARN).ApplyT(func(values []any) string {
			input, arn = values[0].(string), values[1].(string)
			return input
		})
	})
	want := `{"cluster":"arn:aws:ecs:cluster/mesh-shop","taskDefinition":"` + arn + `","launchType":"FARGATE","platformVersion":"1.4.0",` +
		`"propagateTags":"TASK_DEFINITION","enableECSManagedTags":true,"networkConfiguration":{"awsvpcConfiguration":{"subnets":["subnet-1","subnet-2"],` +
		`"securityGroups":["sg-client","sg-server"],"assignPublicIp":"DISABLED"}}}`
	if input != want {
		t.Errorf("run-task gets %s\nwant %s", input, want)
	}
}

func oneSchedule(t *testing.T, change func(*ecs.TaskScheduleArgs)) *recorder.Recording {
	t.Helper()
	return made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validSchedule(f)
		if change != nil {
			change(args)
		}
		_, err := ecs.NewTaskSchedule(ctx, "shop/cart", args)
		return err
	})
}

func TestAScheduleStartsOneTaskInTheMesh(t *testing.T) {
	r := oneSchedule(t, nil)
	children(t, r, ecs.TaskScheduleTypeToken, externalProvider)
	made := only(t, r, schedule)
	says(t, made, "cart", "name")
	says(t, made, "mesh-shop", "groupName")
	says(t, made, "cron(30 3 * * ? *)", "scheduleExpression")
	says(t, made, "Europe/Berlin", "scheduleExpressionTimezone")
	says(t, made, map[string]any{"mode": "OFF"}, "flexibleTimeWindow")
	says(t, made, "ENABLED", "state")
	says(t, made, map[string]any{
		"arn": "arn:aws:ecs:cluster/mesh-shop", "roleArn": "arn:aws:iam::444455556666:role/mesh-shop-cart-schedule",
		"retryPolicy": map[string]any{"maximumRetryAttempts": 185.0, "maximumEventAgeInSeconds": 86400.0},
		"ecsParameters": map[string]any{
			"taskDefinitionArn": "arn:aws:ecs:eu-central-1:444455556666:task-definition/mesh-shop-cart:1", "taskCount": 1.0, "launchType": "FARGATE",
			// Discovery reads the identity from the task's tags, which are the definition's.
			"propagateTags": "TASK_DEFINITION", "enableEcsManagedTags": true,
			"networkConfiguration": map[string]any{"assignPublicIp": false, "subnets": []any{"subnet-1", "subnet-2"}, "securityGroups": []any{"sg-client", "sg-server"}},
		},
	}, "target")
}

func TestWhatAScheduleMaySayBesides(t *testing.T) {
	made := only(t, oneSchedule(t, func(a *ecs.TaskScheduleArgs) {
		a.FlexibleMinutes, a.Paused, a.QueueARN, a.PlatformVersion = 15, true, "arn:aws:sqs:eu-central-1:444455556666:lost", "1.4.0"
	}), schedule)
	says(t, made, map[string]any{"mode": "FLEXIBLE", "maximumWindowInMinutes": 15.0}, "flexibleTimeWindow")
	says(t, made, "DISABLED", "state")
	says(t, made, map[string]any{"arn": "arn:aws:sqs:eu-central-1:444455556666:lost"}, "target", "deadLetterConfig")
	says(t, made, "1.4.0", "target", "ecsParameters", "platformVersion")
}

func TestOnlyAClusterWithSchedulesHasAGroup(t *testing.T) {
	if n := len(oneCluster(t).OfType(scheduleGroup)); n != 0 {
		t.Errorf("%d groups", n)
	}
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validCluster(f)
		args.Schedules = true
		_, err := ecs.NewCluster(ctx, "shop", args)
		return err
	})
	says(t, only(t, r, scheduleGroup), "mesh-shop", "name")
	children(t, r, ecs.ClusterTypeToken, externalProvider)
}

func TestADefinitionsOwnTagsStay(t *testing.T) {
	r := oneStandalone(t, func(a *ecs.StandaloneTaskArgs) {
		given, err := format.Parse([]byte(`{"family": "cart", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
			"tags": [{"key": "team", "value": "shop"}], "containerDefinitions": [{"name": "cart", "image": "public.ecr.aws/demo/cart:1"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		a.Task.App, a.Task.Definition = nil, given
	}, nil)
	says(t, only(t, r, taskDefinition), "shop", "tags", "team")
	says(t, only(t, r, taskDefinition), "mesh-shop", "tags", "ecs.solo.io/namespace")
	if containers := containersOf(t, r); !strings.Contains(containers, `"ztunnel"`) {
		t.Errorf("the task is not in the mesh: %s", containers)
	}
}

package onaws

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/onaws/awstest"
	"ambient-ecs/verify/stack"
)

func TestSchedulesAreReadWithTheDefinitionsOfTheirTasks(t *testing.T) {
	e, aws := newEvidence(t, nil)
	recordECS(aws)
	const report = "arn:aws:ecs:eu-central-1:111122223333:task-definition/mesh-1-report:3"
	c := e.stack.Clusters["ecs-1"]
	c.Tasks = map[string]stack.Task{
		"report": {TaskDefinitionARN: report, Schedule: &stack.Schedule{ARN: "arn:schedule", Group: "mesh-1"}},
		"gone":   {TaskDefinitionARN: report, Schedule: &stack.Schedule{Group: "mesh-1"}},
		"byhand": {TaskDefinitionARN: report},
	}
	e.stack.Clusters["ecs-1"] = c
	aws.On("ecs:DescribeTaskDefinition", func(in awstest.Input) any {
		return m{"taskDefinition": m{"taskDefinitionArn": in.Text("taskDefinition")}, "tags": l{m{"key": "ecs.solo.io/namespace", "value": "mesh-1"}}}
	})
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	e.evidence.cli = func(_ context.Context, _ []string, args ...string) ([]byte, error) {
		switch strings.Join(args, " ") {
		case "scheduler get-schedule --group-name mesh-1 --name report --output json":
			return []byte(`{"Arn": "arn:schedule", "State": "ENABLED", "Target": {"Arn": "` + clusterARN + `", "RoleArn": "arn:role", "EcsParameters": {"TaskDefinitionArn": "` + report + `",
				"PropagateTags": "TASK_DEFINITION", "NetworkConfiguration": {"awsvpcConfiguration": {"Subnets": ["subnet-1"], "SecurityGroups": ["sg-1"], "AssignPublicIp": "DISABLED"}}}}}`), nil
		case "scheduler get-schedule --group-name mesh-1 --name gone --output json":
			return nil, errors.New("An error occurred (ResourceNotFoundException) when calling the GetSchedule operation")
		}
		return nil, errors.New("not recorded: " + strings.Join(args, " "))
	}
	facts, err := e.ECS(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := []doctor.Schedule{{ARN: "arn:schedule", State: "ENABLED", Cluster: clusterARN, Definition: report, Role: "arn:role", PropagateTags: "TASK_DEFINITION", Subnets: []string{"subnet-1"}, Groups: []string{"sg-1"}}}
	if !reflect.DeepEqual(facts.Schedules, want) {
		t.Errorf("schedules: %+v", facts.Schedules)
	}
	for _, d := range facts.Definitions {
		if d.ARN == report && d.Tags["ecs.solo.io/namespace"] == "mesh-1" {
			return
		}
	}
	t.Errorf("definitions: %+v", facts.Definitions)
}

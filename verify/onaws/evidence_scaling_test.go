package onaws

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/stack"
)

// The answers are those of the AWS CLI's reference, shortened.
// https://docs.aws.amazon.com/cli/latest/reference/application-autoscaling/describe-scalable-targets.html, 2026-11-30.
func TestScalersAreReadOfServicesThatAreDeclaredToScale(t *testing.T) {
	e, aws := newEvidence(t, nil)
	recordECS(aws)
	c := e.stack.Clusters["ecs-1"]
	declared := &stack.Scaling{Targets: map[string]float64{"cpu": 60}}
	c.Services = map[string]stack.Service{
		"web":   {ARN: "arn:aws:ecs:eu-central-1:111122223333:service/mesh-1/web", Scaling: declared},
		"gone":  {ARN: "arn:aws:ecs:eu-central-1:111122223333:service/mesh-1/gone", Scaling: declared},
		"fixed": {ARN: "arn:aws:ecs:eu-central-1:111122223333:service/mesh-1/fixed"},
	}
	e.stack.Clusters["ecs-1"] = c
	answers := map[string]string{
		"describe-scalable-targets --service-namespace ecs --resource-ids service/" + c.Name + "/web": `{"ScalableTargets": [{"ServiceNamespace": "ecs", "ResourceId": "service/mesh-1/web",
			"MinCapacity": 2, "MaxCapacity": 6, "RoleARN": "arn:r", "CreationTime": 1462558906.199,
			"SuspendedState": {"DynamicScalingInSuspended": false, "DynamicScalingOutSuspended": true, "ScheduledScalingSuspended": false}}]}`,
		"describe-scaling-policies --service-namespace ecs --resource-id service/" + c.Name + "/web": `{"ScalingPolicies": [{"PolicyName": "cpu", "PolicyType": "TargetTrackingScaling",
			"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 60.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}, "Alarms": []}]}`,
		"describe-scheduled-actions --service-namespace ecs --resource-id service/" + c.Name + "/web": `{"ScheduledActions": [{"ScheduledActionName": "at-night", "Schedule": "cron(0 22 * * ? *)",
			"Timezone": "Europe/Berlin", "ScalableTargetAction": {"MinCapacity": 1}}]}`,
		"describe-scalable-targets --service-namespace ecs --resource-ids service/" + c.Name + "/gone": `{"ScalableTargets": []}`,
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	e.evidence.cli = func(_ context.Context, _ []string, args ...string) ([]byte, error) {
		asked := strings.TrimSuffix(strings.TrimPrefix(strings.Join(args, " "), "application-autoscaling "), " --output json")
		if answer, recorded := answers[asked]; recorded {
			return []byte(answer), nil
		}
		return nil, errors.New("not recorded: " + asked)
	}
	facts, err := e.ECS(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := []doctor.Scaler{{Service: c.Services["web"].ARN, Min: 2, Max: 6, Suspended: []string{"scaling out"}, Targets: map[string]float64{"cpu": 60}, Schedules: map[string]string{"at-night": "cron(0 22 * * ? *)"}}}
	if !reflect.DeepEqual(facts.Scalers, want) {
		t.Errorf("scalers: %+v", facts.Scalers)
	}
}

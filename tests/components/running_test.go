package components

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/ecs"
	"ambient-ecs/iam"
	"ambient-ecs/tests/recorder"
)

const (
	scalableTarget   = "aws:appautoscaling/target:Target"
	scalingPolicy    = "aws:appautoscaling/policy:Policy"
	scheduledAction  = "aws:appautoscaling/scheduledAction:ScheduledAction"
	clusterProviders = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
)

func scales() *ecs.Scaling {
	two, pause := 2, 60
	return &ecs.Scaling{
		Min: 1, Max: 4, ScaleOutCooldown: &pause, DisableScaleIn: true,
		Targets: map[string]ecs.Target{
			"cpu": {Value: 60, Predefined: ecs.AverageCPU},
			"metric-Depth": {Value: 2.5, Metric: &ecs.Metric{Namespace: "AWS/SQS", Name: "Depth", Statistic: "Average", Unit: "Count",
				Dimensions: map[string]string{"QueueName": "orders"}}},
			"metric-backlog": {Value: 100, Queries: []ecs.Query{
				{ID: "queued", Metric: &ecs.Metric{Namespace: "AWS/SQS", Name: "Depth", Statistic: "p90", Unit: "Count", Dimensions: map[string]string{"QueueName": "orders"}}},
				{ID: "backlog", Expression: "queued / 2", Label: "backlog", Returned: true},
			}},
		},
		Schedules: map[string]ecs.Schedule{"at-morning": {When: "cron(0 6 ? * MON-FRI *)", Timezone: "Europe/Berlin", Min: &two}},
	}
}

func TestTheNumberOfTasksBelongsToTheScaler(t *testing.T) {
	r := oneService(t, func(a *ecs.ServiceArgs) { a.Scaling = scales() })
	children(t, r, ecs.ServiceTypeToken, externalProvider)
	service, target := only(t, r, ecsService), only(t, r, scalableTarget)
	says(t, service, 1.0, "desiredCount")
	says(t, service, "true", "tags", "ambient-ecs-scaling")
	if !slices.Equal(service.IgnoreChanges, []string{"desiredCount"}) {
		t.Errorf("an update sets %v back", service.IgnoreChanges)
	}
	says(t, target, "service/mesh-shop/cart", "resourceId")
	says(t, target, "ecs:service:DesiredCount", "scalableDimension")
	says(t, target, 1.0, "minCapacity")
	says(t, target, 4.0, "maxCapacity")
	// The schedule sets min, and nothing sets max.
	if !slices.Equal(target.IgnoreChanges, []string{"minCapacity"}) {
		t.Errorf("updates leave %v alone", target.IgnoreChanges)
	}
	needs(t, r, target, service)
	// What AWS drops with the service is replaced with it: the engine follows the outputs that an id is made of.
	if from := target.From["resourceId"]; !slices.Contains(from, service.URN) {
		t.Errorf("the target's id comes from %v, and not from the service", from)
	}
	for _, res := range append(r.OfType(scalingPolicy), r.OfType(scheduledAction)...) {
		if from := res.From["resourceId"]; !slices.Contains(from, target.URN) {
			t.Errorf("the id of %s comes from %v, and not from the target", res.Name, from)
		}
	}

	cpu := r.Get(t, scalingPolicy, "cart/cpu")
	says(t, cpu, "ECSServiceAverageCPUUtilization", "targetTrackingScalingPolicyConfiguration", "predefinedMetricSpecification", "predefinedMetricType")
	says(t, cpu, 60.0, "targetTrackingScalingPolicyConfiguration", "targetValue")
	says(t, cpu, 60.0, "targetTrackingScalingPolicyConfiguration", "scaleOutCooldown")
	says(t, cpu, true, "targetTrackingScalingPolicyConfiguration", "disableScaleIn")
	says(t, r.Get(t, scalingPolicy, "cart/metric-Depth"), map[string]any{"namespace": "AWS/SQS", "metricName": "Depth", "statistic": "Average", "unit": "Count",
		"dimensions": []any{map[string]any{"name": "QueueName", "value": "orders"}}}, "targetTrackingScalingPolicyConfiguration", "customizedMetricSpecification")
	says(t, r.Get(t, scalingPolicy, "cart/metric-backlog"), map[string]any{"metrics": []any{
		map[string]any{"id": "queued", "returnData": false, "metricStat": map[string]any{"stat": "p90", "unit": "Count", "metric": map[string]any{
			"namespace": "AWS/SQS", "metricName": "Depth", "dimensions": []any{map[string]any{"name": "QueueName", "value": "orders"}}}}},
		map[string]any{"id": "backlog", "expression": "queued / 2", "label": "backlog", "returnData": true},
	}}, "targetTrackingScalingPolicyConfiguration", "customizedMetricSpecification")
	morning := only(t, r, scheduledAction)
	says(t, morning, "Europe/Berlin", "timezone")
	says(t, morning, map[string]any{"minCapacity": 2.0}, "scalableTargetAction")
	for _, res := range append(r.OfType(scalingPolicy), morning) {
		needs(t, r, res, target)
	}
}

func TestAServiceWithoutScalingKeepsItsNumber(t *testing.T) {
	r := oneService(t, nil)
	if n := len(r.OfType(scalableTarget)); n != 0 || len(only(t, r, ecsService).IgnoreChanges) > 0 {
		t.Errorf("%d targets", n)
	}
	says(t, only(t, r, ecsService), nil, "tags", "ambient-ecs-scaling")
}

func TestTasksAreSharedWithSpot(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validCluster(f)
		args.CapacityProviders = []string{"FARGATE", "FARGATE_SPOT"}
		cluster, err := ecs.NewCluster(ctx, "shop", args)
		if err != nil {
			return err
		}
		service := validService(f)
		service.Cluster, service.MinimumHealthyPercent, service.MaximumPercent = cluster, 50, 150
		service.CapacityProviders = []ecs.CapacityProvider{{Name: "FARGATE", Base: 1}, {Name: "FARGATE_SPOT", Weight: 3}}
		_, err = ecs.NewService(ctx, "cart", service)
		return err
	})
	providers, service := only(t, r, clusterProviders), only(t, r, ecsService)
	says(t, providers, []any{"FARGATE", "FARGATE_SPOT"}, "capacityProviders")
	says(t, service, []any{map[string]any{"capacityProvider": "FARGATE", "base": 1.0, "weight": 0.0},
		map[string]any{"capacityProvider": "FARGATE_SPOT", "base": 0.0, "weight": 3.0}}, "capacityProviderStrategies")
	says(t, service, nil, "launchType")
	says(t, service, true, "forceNewDeployment")
	says(t, service, 50.0, "deploymentMinimumHealthyPercent")
	says(t, service, 150.0, "deploymentMaximumPercent")
	needs(t, r, service, providers)
	if service.DeleteBeforeReplace {
		t.Error("a replacement that nobody wanted would delete the service")
	}
}

func TestSessionsAreLoggedAndEncrypted(t *testing.T) {
	const key = "arn:aws:kms:eu-central-1:444455556666:key/1"
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validCluster(f)
		args.Exec = ecs.Exec{LogGroupName: "/ecs/mesh-shop/exec", KMSKeyARN: key}
		_, err := ecs.NewCluster(ctx, "shop", args)
		return err
	})
	logs := r.Get(t, logGroup, "shop-exec")
	says(t, logs, "/ecs/mesh-shop/exec", "name")
	says(t, logs, key, "kmsKeyId")
	says(t, only(t, r, ecsCluster), map[string]any{"kmsKeyId": key, "logging": "OVERRIDE",
		"logConfiguration": map[string]any{"cloudWatchLogGroupName": "/ecs/mesh-shop/exec", "cloudWatchEncryptionEnabled": true}}, "configuration", "executeCommandConfiguration")
	says(t, only(t, oneCluster(t), ecsCluster), nil, "configuration")
}

func TestWithoutExecNobodyEntersATask(t *testing.T) {
	says(t, only(t, oneService(t, func(a *ecs.ServiceArgs) { a.Exec = false }), ecsService), false, "enableExecuteCommand")
	roles := func(exec bool) *recorder.Recording {
		return made(t, func(ctx *pulumi.Context, f *fixture) error {
			args := validTask(f)
			if !exec {
				args.Exec = nil
			}
			role, err := iam.NewTaskRole(ctx, "task", args)
			if err != nil {
				return err
			}
			service := validService(f)
			service.TaskRoleARN, service.TaskRole = role.RoleARN, role.Ready
			_, err = ecs.NewService(ctx, "cart", service)
			return err
		})
	}
	if n := len(roles(false).OfType(rolePolicy)); n != 0 {
		t.Errorf("the role has %d policies", n)
	}
	without := roles(false)
	needs(t, without, only(t, without, ecsService), only(t, without, role))
	if text, _ := at(t, only(t, roles(true), rolePolicy), "policy").(string); !strings.Contains(text, "ssmmessages:OpenDataChannel") {
		t.Errorf("the role may do %s", text)
	}
}

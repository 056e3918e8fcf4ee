package aws

import (
	"testing"

	"ambient-ecs/sandbox/world"
)

func TestTheScalerNeedsItsServiceAndKeepsItsBounds(t *testing.T) {
	a := newSandbox(t).app()
	target := func(least, most float64) props {
		return props{"resourceId": "service/mesh-1/echo", "scalableDimension": "ecs:service:DesiredCount", "serviceNamespace": "ecs", "minCapacity": least, "maxCapacity": most}
	}
	policy := props{"name": "cpu", "policyType": "TargetTrackingScaling", "resourceId": "service/mesh-1/echo", "scalableDimension": "ecs:service:DesiredCount", "serviceNamespace": "ecs",
		"targetTrackingScalingPolicyConfiguration": props{"targetValue": 60.0, "predefinedMetricSpecification": props{"predefinedMetricType": "ECSServiceAverageCPUUtilization"}}}
	a.refuses(scalableTargetKind, "echo", target(1, 4), "ECS service doesn't exist")
	a.refuses(scalingPolicyKind, "cpu", policy, "No scalable target registered")
	definition := a.define(nil)
	service := a.create(ServiceKind, "echo", a.service(definition, nil))
	a.refuses(scalableTargetKind, "echo", target(5, 4), "Maximum capacity cannot be less")
	made := a.create(scalableTargetKind, "echo", target(1, 4))
	a.unchanged(made)
	tracked := a.create(scalingPolicyKind, "cpu", policy)
	a.unchanged(tracked)
	a.imported(made, "ecs/service/mesh-1/echo/ecs:service:DesiredCount")
	a.imported(tracked, "ecs/service/mesh-1/echo/ecs:service:DesiredCount/cpu")
	action := a.create(scheduledActionKind, "morning", props{"name": "morning", "resourceId": "service/mesh-1/echo", "scalableDimension": "ecs:service:DesiredCount", "serviceNamespace": "ecs",
		"schedule": "rate(1 day)", "scalableTargetAction": props{"minCapacity": 2.0}})
	a.unchanged(action)
	if err := a.change(made, target(3, 4)); err != nil {
		t.Fatal(err)
	}
	a.see(func(tx *world.Tx) {
		if got := number(tx.Get(home, ServiceKind, service.ID).Props, "desiredCount"); got != 3 {
			t.Errorf("%d tasks are wanted", got)
		}
	})
	a.mustDelete(action, tracked, made)
}

func TestAStrategyNeedsTheClustersProviders(t *testing.T) {
	a := newSandbox(t).app()
	definition := a.define(nil)
	spot := props{"launchType": nil, "forceNewDeployment": true, "capacityProviderStrategies": []any{props{"capacityProvider": "FARGATE_SPOT", "weight": 1.0}}}
	a.refuses(ServiceKind, "echo", a.service(definition, spot), "not associated with the cluster")
	providers := a.create(clusterProvidersKind, "mesh-1", props{"clusterName": "mesh-1", "capacityProviders": []any{"FARGATE", "FARGATE_SPOT"}})
	a.unchanged(providers)
	a.imported(providers, "mesh-1")
	a.refuses(ServiceKind, "echo", a.service(definition, with(spot, props{"launchType": "FARGATE"})), "both a launch type and capacity provider strategy")
	service := a.create(ServiceKind, "echo", a.service(definition, spot))
	a.unchanged(service)
	if service.out("launchType") != "" {
		t.Errorf("ECS shows the launch type %q", service.out("launchType"))
	}
	refused(t, a.delete(providers), "ResourceInUseException")
	a.mustDelete(service, providers)
}

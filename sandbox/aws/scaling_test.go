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

func TestMetricMathReturnsOneResult(t *testing.T) {
	a := newSandbox(t).app()
	named := props{"resourceId": "service/mesh-1/echo", "scalableDimension": "ecs:service:DesiredCount", "serviceNamespace": "ecs"}
	a.create(ServiceKind, "echo", a.service(a.define(nil), nil))
	a.create(scalableTargetKind, "echo", with(named, props{"minCapacity": 1.0, "maxCapacity": 4.0}))
	policy := func(customized props) props {
		return with(named, props{"name": "backlog", "policyType": "TargetTrackingScaling",
			"targetTrackingScalingPolicyConfiguration": props{"targetValue": 100.0, "customizedMetricSpecification": customized}})
	}
	queued := props{"id": "queued", "returnData": false, "metricStat": props{"stat": "Sum", "metric": props{"namespace": "AWS/SQS", "metricName": "Depth"}}}
	backlog := props{"id": "backlog", "expression": "queued / 2", "returnData": true}
	for words, metrics := range map[string][]any{
		"Exactly one element":       {queued, with(backlog, props{"returnData": false})},
		"should return data":        {with(queued, props{"returnData": nil}), backlog},
		"is not unique":             {queued, with(backlog, props{"id": "queued"})},
		"Exactly one of Expression": {queued, with(backlog, props{"expression": nil})},
	} {
		a.refuses(scalingPolicyKind, "backlog", policy(props{"metrics": metrics}), "ValidationException", words)
	}
	a.refuses(scalingPolicyKind, "backlog", policy(props{"metricName": "Depth", "metrics": []any{queued, backlog}}), "either a metric or metrics")
	a.unchanged(a.create(scalingPolicyKind, "backlog", policy(props{"metrics": []any{queued, backlog}})))
}

func TestAServiceTakesItsScalerAlong(t *testing.T) {
	a := newSandbox(t).app()
	named := props{"resourceId": "service/mesh-1/echo", "scalableDimension": "ecs:service:DesiredCount", "serviceNamespace": "ecs"}
	definition := a.define(nil)
	service := a.create(ServiceKind, "echo", a.service(definition, nil))
	a.create(ServiceKind, "other", a.service(definition, props{"name": "other"}))
	for _, name := range []string{"echo", "other"} {
		named["resourceId"] = "service/mesh-1/" + name
		a.create(scalableTargetKind, name, with(named, props{"minCapacity": 1.0, "maxCapacity": 4.0}))
		a.create(scalingPolicyKind, name, with(named, props{"name": "cpu", "policyType": "TargetTrackingScaling",
			"targetTrackingScalingPolicyConfiguration": props{"targetValue": 60.0, "predefinedMetricSpecification": props{"predefinedMetricType": "ECSServiceAverageCPUUtilization"}}}))
		a.create(scheduledActionKind, name, with(named, props{"name": "morning", "schedule": "rate(1 day)", "scalableTargetAction": props{"minCapacity": 2.0}}))
	}
	a.mustDelete(service)
	a.see(func(tx *world.Tx) {
		for _, kind := range []string{scalableTargetKind, scalingPolicyKind, scheduledActionKind} {
			if left := tx.Find(home, kind, nil); len(left) != 1 || left[0].String("resourceId") != "service/mesh-1/other" {
				t.Errorf("%d of %s are left", len(left), kind)
			}
		}
	})
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

package aws

import (
	"slices"
	"strings"

	"ambient-ecs/sandbox/world"
)

const (
	scalableTargetKind  = "aws:appautoscaling/target:Target"
	scalingPolicyKind   = "aws:appautoscaling/policy:Policy"
	scheduledActionKind = "aws:appautoscaling/scheduledAction:ScheduledAction"
)

// scalable adds the inputs that name a scalable target.
func scalable(more map[string]input) map[string]input {
	more["resourceId"] = input{required: true, replace: true}
	more["scalableDimension"] = input{required: true, replace: true, check: oneOf("ecs:service:DesiredCount")}
	more["serviceNamespace"] = input{required: true, replace: true, check: oneOf("ecs")}
	return more
}

const clusterProvidersKind = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"

func clusterProvidersType() *resourceType {
	return &resourceType{
		token: clusterProvidersKind, service: "ECS", noun: "ECS Cluster Capacity Providers",
		creates: "PutClusterCapacityProviders", updates: "PutClusterCapacityProviders", deletes: "PutClusterCapacityProviders",
		inputs: map[string]input{
			"capacityProviders": {same: sameSet}, "clusterName": {required: true, replace: true}, "defaultCapacityProviderStrategies": {},
		},
		key:   arn("ecs", "cluster-capacity-providers/${clusterName}"),
		known: "${clusterName}",
		check: func(c *call, _ *world.Resource) error {
			if c.activeCluster(text(c.in, "clusterName")) == nil {
				return c.refuse("ClusterNotFoundException", "Cluster not found.")
			}
			return nil
		},
		remove: func(c *call, res *world.Resource) error {
			cluster := c.arn("ecs", "cluster/"+res.String("clusterName"))
			for _, service := range c.each(ServiceKind, Has("_cluster", cluster, "_status", "ACTIVE")) {
				if len(list(service.Props, "capacityProviderStrategies")) > 0 {
					return c.refuse("ResourceInUseException", "The specified capacity provider is in use and cannot be removed.")
				}
			}
			return nil
		},
	}
}

// checkStrategy refuses capacity providers that the service's cluster does not have, and a strategy besides a launch type.
func (c *call) checkStrategy() error {
	strategy := list(c.in, "capacityProviderStrategies")
	if len(strategy) == 0 {
		return nil
	}
	if text(c.in, "launchType") != "" {
		return c.invalid("Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.")
	}
	if provider := lackingProvider(c.Tx, c.activeCluster(text(c.in, "cluster")), strategy); provider != "" {
		return c.invalid("The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster: %s", provider)
	}
	return nil
}

// lackingProvider is the first provider of a strategy that the cluster does not have, "" if it has all.
func lackingProvider(tx *world.Tx, cluster *world.Resource, strategy []any) string {
	has := CapacityProviders(tx, cluster)
	for _, item := range strategy {
		entry, _ := item.(map[string]any)
		if provider := text(entry, "capacityProvider"); !slices.Contains(has, provider) {
			return provider
		}
	}
	return ""
}

// CapacityProviders are those of a cluster.
func CapacityProviders(tx *world.Tx, cluster *world.Resource) []string {
	if cluster == nil {
		return nil
	}
	providers := tx.Get(cluster.Account, clusterProvidersKind, clusterProvidersARN(cluster))
	if providers == nil {
		return nil
	}
	return texts(providers.Props, "capacityProviders")
}

// clusterProvidersARN is the id of what the provider keeps of a cluster's providers.
func clusterProvidersARN(cluster *world.Resource) string {
	return strings.Replace(cluster.ID, ":cluster/", ":cluster-capacity-providers/", 1)
}

// strategyReplaces says when the provider makes a service anew for another strategy: always, unless it forces a deployment and
// neither the old nor the new strategy is empty (Terraform's provider 5.100, capacityProviderStrategyCustomizeDiff).
func strategyReplaces(old, new map[string]any) []string {
	before, after := list(old, "capacityProviderStrategies"), list(new, "capacityProviderStrategies")
	if sameSet(before, after) || len(before) > 0 && len(after) > 0 && flag(new, "forceNewDeployment") {
		return nil
	}
	return []string{"capacityProviderStrategies"}
}

// The sandbox has no metrics, so nothing scales by itself. A new target moves the number of tasks between its bounds.
func scalableTargetType() *resourceType {
	return &resourceType{
		token: scalableTargetKind, service: "Application Auto Scaling", noun: "Application AutoScaling Target",
		creates: "RegisterScalableTarget", updates: "RegisterScalableTarget", deletes: "DeregisterScalableTarget",
		inputs: scalable(map[string]input{
			"maxCapacity": {required: true}, "minCapacity": {required: true}, "roleArn": {computed: true}, "tags": tags,
		}),
		outputs: values{"arn": "${id}", "roleArn": "arn:${Partition}:iam::${Account}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService"},
		key:     arn("application-autoscaling", "scalable-target/${resourceId}"),
		known:   "${resourceId}",
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			id, _ = scaled(id)
			return c.get(scalableTargetKind, c.arn("application-autoscaling", "scalable-target/"+id))
		},
		parts: []link{{kind: scalingPolicyKind, property: "resourceId", of: "resourceId"},
			{kind: scheduledActionKind, property: "resourceId", of: "resourceId"}},
		check: checkScalableTarget,
	}
}

// scaled is the resource in an id that an import names, ecs/RESOURCE/DIMENSION, and the name of a policy where one follows.
// Another id is itself the resource.
func scaled(id string) (resource, name string) {
	inner, imported := strings.CutPrefix(id, "ecs/")
	resource, rest, found := strings.Cut(inner, "/ecs:service:")
	if !imported || !found {
		return id, ""
	}
	_, name, _ = strings.Cut(rest, "/")
	return resource, name
}

// checkScalableTarget refuses a target of nothing, and bounds that cross. It moves the service between the bounds.
func checkScalableTarget(c *call, _ *world.Resource) error {
	least, most := number(c.in, "minCapacity"), number(c.in, "maxCapacity")
	if least > most {
		return c.refuse("ValidationException", "Maximum capacity cannot be less than minimum capacity")
	}
	service := c.get(ServiceKind, c.arn("ecs", text(c.in, "resourceId")))
	if service == nil || service.String("_status") != "ACTIVE" {
		return c.refuse("ValidationException", "ECS service doesn't exist: %s", text(c.in, "resourceId"))
	}
	if want := number(service.Props, "desiredCount"); want < least || want > most {
		service.Props["desiredCount"] = float64(min(max(want, least), most))
		c.Changed(service)
	}
	return nil
}

func scalingPolicyType() *resourceType {
	return &resourceType{
		token: scalingPolicyKind, service: "Application Auto Scaling", noun: "Application AutoScaling Policy",
		creates: "PutScalingPolicy", updates: "PutScalingPolicy", deletes: "DeleteScalingPolicy",
		inputs: scalable(map[string]input{
			"name":       {required: true, replace: true},
			"policyType": {preset: "StepScaling", check: oneOf("TargetTrackingScaling")},
			"targetTrackingScalingPolicyConfiguration": {},
		}),
		outputs: values{"arn": "${id}", "alarmArns": []any{}},
		key:     arn("autoscaling", "scalingPolicy:resource/ecs/${resourceId}:policyName/${name}"),
		known:   "${name}",
		find: func(c *call, id string, state map[string]any) *world.Resource {
			resource := text(state, "resourceId")
			if named, name := scaled(id); resource == "" {
				resource, id = named, name
			}
			return c.get(scalingPolicyKind, c.arn("autoscaling", "scalingPolicy:resource/ecs/"+resource+":policyName/"+id))
		},
		check: func(c *call, _ *world.Resource) error {
			tracking := object(c.in, "targetTrackingScalingPolicyConfiguration")
			if (tracking["predefinedMetricSpecification"] == nil) == (tracking["customizedMetricSpecification"] == nil) {
				return c.refuse("ValidationException", "Exactly one metric specification must be given")
			}
			if strings.HasPrefix(text(tracking, "predefinedMetricSpecification", "predefinedMetricType"), "ALBRequestCount") {
				return c.refuse("ValidationException", "Resource label must be specified for a load balancer's target group")
			}
			if reason := metricMath(object(tracking, "customizedMetricSpecification")); reason != "" {
				return c.refuse("ValidationException", "%s", reason)
			}
			return c.needsTarget()
		},
	}
}

// metricMath says what AWS refuses in the metrics of a customized metric, or "". A metric that does not say otherwise is returned.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingMetricDataQuery.html, 2026-11-30.
func metricMath(customized map[string]any) string {
	metrics := list(customized, "metrics")
	if len(metrics) == 0 {
		return ""
	}
	if text(customized, "metricName") != "" {
		return "A customized metric specification has either a metric or metrics"
	}
	ids, returned := map[string]bool{}, 0
	for _, item := range metrics {
		query, _ := item.(map[string]any)
		id := text(query, "id")
		switch {
		case ids[id]:
			return "The id " + id + " is not unique"
		case (text(query, "expression") == "") == (query["metricStat"] == nil):
			return "Exactly one of Expression and MetricStat must be given for " + id
		}
		ids[id] = true
		if _, said := query["returnData"]; !said || flag(query, "returnData") {
			returned++
		}
	}
	if returned != 1 {
		return "Exactly one element of the metrics list should return data"
	}
	return ""
}

func scheduledActionType() *resourceType {
	return &resourceType{
		token: scheduledActionKind, service: "Application Auto Scaling", noun: "Application AutoScaling Scheduled Action",
		creates: "PutScheduledAction", updates: "PutScheduledAction", deletes: "DeleteScheduledAction",
		inputs: scalable(map[string]input{
			"name": {required: true, replace: true}, "scalableTargetAction": {required: true}, "schedule": {required: true}, "timezone": {preset: "UTC"},
		}),
		outputs: values{"arn": "${id}"},
		key:     arn("autoscaling", "scheduledAction:resource/ecs/${resourceId}:scheduledActionName/${name}"),
		known:   "${name}-ecs-${resourceId}",
		find: func(c *call, _ string, state map[string]any) *world.Resource {
			return c.get(scheduledActionKind, c.arn("autoscaling", "scheduledAction:resource/ecs/"+text(state, "resourceId")+":scheduledActionName/"+text(state, "name")))
		},
		check: func(c *call, _ *world.Resource) error { return c.needsTarget() },
	}
}

// deregister plays what Application Auto Scaling does when an ECS service is gone: its scalable target goes, with policies and
// scheduled actions (https://github.com/hashicorp/terraform-provider-aws/issues/10432 and 14254, 2026-11-30).
func deregister(tx *world.Tx, service *world.Resource) {
	id := "service/" + NameOf(service.String("_cluster")) + "/" + service.String("name")
	for _, kind := range []string{scheduledActionKind, scalingPolicyKind, scalableTargetKind} {
		for _, r := range tx.Find(service.Account, kind, Has("resourceId", id)) {
			if r.Region == service.Region {
				tx.Drop(r)
			}
		}
	}
}

// needsTarget refuses what belongs to a scalable target that nobody registered.
func (c *call) needsTarget() error {
	id := text(c.in, "resourceId")
	if c.get(scalableTargetKind, c.arn("application-autoscaling", "scalable-target/"+id)) == nil {
		return c.refuse("ObjectNotFoundException", "No scalable target registered for service namespace: ecs, resource ID: %s, scalable dimension: ecs:service:DesiredCount", id)
	}
	return nil
}

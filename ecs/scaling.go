package ecs

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/problem"
)

// Scaling is how Application Auto Scaling changes the number of a service's tasks.
type Scaling struct {
	// Min and Max bound the number of tasks.
	Min, Max int
	// Targets are what the scaler keeps, by the names of the scaling policies.
	Targets map[string]Target
	// ScaleOutCooldown and ScaleInCooldown are pauses after an action, in seconds. Nil: Application Auto Scaling's.
	ScaleOutCooldown, ScaleInCooldown *int
	// DisableScaleIn keeps the targets from removing tasks.
	DisableScaleIn bool
	// Schedules change the bounds, by the names of the scheduled actions.
	Schedules map[string]Schedule
}

// Target is a metric and the value that it is kept at. Either Predefined or Metric is set.
type Target struct {
	Value float64
	// Predefined is a metric that Application Auto Scaling knows: AverageCPU or AverageMemory.
	Predefined string
	Metric     *Metric
}

// The metrics of an ECS service that Application Auto Scaling knows by a name.
const (
	AverageCPU    = "ECSServiceAverageCPUUtilization"
	AverageMemory = "ECSServiceAverageMemoryUtilization"
)

// Metric is a metric of CloudWatch.
type Metric struct {
	Namespace, Name, Statistic string
	// Unit is empty for a metric that is published without one.
	Unit       string
	Dimensions map[string]string
}

// Schedule sets the bounds at a time.
type Schedule struct {
	// When is at(…), rate(…) or cron(…), and Timezone the IANA name of its time zone.
	When, Timezone string
	// Min and Max are the new bounds. Nil: as they are.
	Min, Max *int
}

// What Application Auto Scaling calls the number of tasks of an ECS service.
const (
	scalingNamespace = "ecs"
	scalingDimension = "ecs:service:DesiredCount"
)

// validate records what Application Auto Scaling would refuse.
func (s *Scaling) validate(p *problem.List, count int) {
	if s == nil {
		return
	}
	if s.Min < 0 || s.Max < max(s.Min, 1) {
		p.Refuse("Scaling", fmt.Sprintf("%d to %d", s.Min, s.Max), "the bounds of the number of tasks must hold at least one task, the first not above the second")
	} else if count < s.Min || count > s.Max {
		p.Refuse("DesiredCount", count, "the scaler would change it at once: it keeps the tasks between %d and %d", s.Min, s.Max)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Targets)) {
		if t := s.Targets[name]; t.Value <= 0 || (t.Predefined == "") == (t.Metric == nil) {
			p.Refuse("Scaling.Targets", name, "a target is a value above 0 and one metric")
		}
	}
	if len(s.Targets)+len(s.Schedules) == 0 {
		p.Missing("Scaling.Targets", "the scaler would have nothing to scale by")
	}
}

// scale hands the number of tasks of a service over to Application Auto Scaling.
func (s *Service) scale(ctx *pulumi.Context, name string, args *ServiceArgs, service *ecs.Service) error {
	scaling := args.Scaling
	if scaling == nil {
		return nil
	}
	target, err := appautoscaling.NewTarget(ctx, name, &appautoscaling.TargetArgs{
		ServiceNamespace:  pulumi.String(scalingNamespace),
		ScalableDimension: pulumi.String(scalingDimension),
		// The id has the fixed names, not outputs of the service: it is known at preview.
		ResourceId:  pulumi.String("service/" + args.Cluster.Name + "/" + args.ecsName()),
		MinCapacity: pulumi.Int(scaling.Min),
		MaxCapacity: pulumi.Int(scaling.Max),
	}, component.Child(s, args.Provider, pulumi.DependsOn([]pulumi.Resource{service}), pulumi.DeleteBeforeReplace(true),
		pulumi.IgnoreChanges(scaling.scheduled()))...)
	if err != nil {
		return fmt.Errorf("register the scalable target: %w", err)
	}
	for _, key := range slices.Sorted(maps.Keys(scaling.Targets)) {
		if err := s.track(ctx, name, key, args, target); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(scaling.Schedules)) {
		schedule := scaling.Schedules[key]
		_, err := appautoscaling.NewScheduledAction(ctx, name+"/"+key, &appautoscaling.ScheduledActionArgs{
			Name:              pulumi.String(key),
			ServiceNamespace:  target.ServiceNamespace,
			ScalableDimension: target.ScalableDimension,
			ResourceId:        target.ResourceId,
			Schedule:          pulumi.String(schedule.When),
			Timezone:          pulumi.String(schedule.Timezone),
			ScalableTargetAction: appautoscaling.ScheduledActionScalableTargetActionArgs{
				MinCapacity: optionalInt(schedule.Min), MaxCapacity: optionalInt(schedule.Max),
			},
		}, component.Child(s, args.Provider, pulumi.DependsOn([]pulumi.Resource{target}), pulumi.DeleteBeforeReplace(true))...)
		if err != nil {
			return fmt.Errorf("register the scheduled action %s: %w", key, err)
		}
	}
	return nil
}

// scheduled are the properties of the scalable target that scheduled actions set. AWS shows there what the last action set, so
// that a refresh would find a change and an update would undo the schedule.
func (s *Scaling) scheduled() (properties []string) {
	for _, name := range slices.Sorted(maps.Keys(s.Schedules)) {
		if s.Schedules[name].Min != nil {
			properties = append(properties, "minCapacity")
		}
		if s.Schedules[name].Max != nil {
			properties = append(properties, "maxCapacity")
		}
	}
	slices.Sort(properties)
	return slices.Compact(properties)
}

// track registers the scaling policy of one target.
func (s *Service) track(ctx *pulumi.Context, name, key string, args *ServiceArgs, target *appautoscaling.Target) error {
	t, scaling := args.Scaling.Targets[key], args.Scaling
	configuration := appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
		TargetValue:      pulumi.Float64(t.Value),
		ScaleOutCooldown: optionalInt(scaling.ScaleOutCooldown),
		ScaleInCooldown:  optionalInt(scaling.ScaleInCooldown),
		DisableScaleIn:   pulumi.Bool(scaling.DisableScaleIn),
	}
	if t.Metric == nil {
		configuration.PredefinedMetricSpecification = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
			PredefinedMetricType: pulumi.String(t.Predefined),
		}
	} else {
		var dimensions appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensionArray
		for _, dimension := range slices.Sorted(maps.Keys(t.Metric.Dimensions)) {
			dimensions = append(dimensions, appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensionArgs{
				Name: pulumi.String(dimension), Value: pulumi.String(t.Metric.Dimensions[dimension]),
			})
		}
		configuration.CustomizedMetricSpecification = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs{
			Namespace: pulumi.String(t.Metric.Namespace), MetricName: pulumi.String(t.Metric.Name),
			Statistic: pulumi.String(t.Metric.Statistic), Unit: component.Optional(t.Metric.Unit), Dimensions: dimensions,
		}
	}
	_, err := appautoscaling.NewPolicy(ctx, name+"/"+key, &appautoscaling.PolicyArgs{
		Name:                                     pulumi.String(key),
		PolicyType:                               pulumi.String("TargetTrackingScaling"),
		ServiceNamespace:                         target.ServiceNamespace,
		ScalableDimension:                        target.ScalableDimension,
		ResourceId:                               target.ResourceId,
		TargetTrackingScalingPolicyConfiguration: configuration,
	}, component.Child(s, args.Provider, pulumi.DependsOn([]pulumi.Resource{target}), pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return fmt.Errorf("register the scaling policy %s: %w", key, err)
	}
	return nil
}

func optionalInt(n *int) pulumi.IntPtrInput {
	if n == nil {
		return nil
	}
	return pulumi.IntPtr(*n)
}

package ecs

import "ambient-ecs/config"

// TagScaling marks a service whose number of tasks belongs to the scaler. A look-up of what lives knows by it that scaling was on.
const TagScaling = config.ScalingTag

// The names of the scaling policies of the two metrics that Application Auto Scaling knows.
const (
	cpuPolicy    = "cpu"
	memoryPolicy = "memory"
)

// scaling is how the service scales, nil if it does not.
func (d deployment) scaling() *Scaling {
	s := d.service.Scaling
	if s == nil {
		return nil
	}
	all := &Scaling{
		Min: s.MinOrZero(), Max: s.MaxOrZero(), Targets: map[string]Target{}, Schedules: map[string]Schedule{},
		ScaleOutCooldown: s.ScaleOutCooldown, ScaleInCooldown: s.ScaleInCooldown, DisableScaleIn: s.DisableScaleIn,
	}
	if s.CPU != nil {
		all.Targets[cpuPolicy] = Target{Value: float64(*s.CPU), Predefined: AverageCPU}
	}
	if s.Memory != nil {
		all.Targets[memoryPolicy] = Target{Value: float64(*s.Memory), Predefined: AverageMemory}
	}
	for _, m := range s.Metrics {
		all.Targets[metricPolicy(m)] = target(m)
	}
	for name, schedule := range s.Schedules {
		all.Schedules[schedulePrefix+name] = Schedule{
			When: schedule.Schedule, Timezone: schedule.TimezoneOrDefault(), Min: schedule.Min, Max: schedule.Max,
		}
	}
	return all
}

// schedulePrefix begins the names of scheduled actions, so that Pulumi's resource names differ from those of policies.
const schedulePrefix = "at-"

// metricPolicy is the name of the scaling policy of a metric.
func metricPolicy(m config.ScalingMetric) string { return "metric-" + m.Name() }

// target is a metric of the service's own, or what is computed from several.
func target(m config.ScalingMetric) Target {
	if len(m.Metrics) == 0 {
		return Target{Value: m.Target, Metric: &Metric{
			Namespace: m.Namespace, Name: m.MetricName, Statistic: m.Statistic, Unit: m.Unit, Dimensions: m.Dimensions,
		}}
	}
	computed := Target{Value: m.Target}
	for _, q := range m.Metrics {
		query := Query{ID: q.ID, Expression: q.Expression, Label: q.Label, Returned: q.Returns()}
		if stat := q.MetricStat; stat != nil {
			query.Metric = &Metric{
				Namespace: stat.Metric.Namespace, Name: stat.Metric.MetricName, Statistic: stat.Stat, Unit: stat.Unit, Dimensions: stat.Metric.Dimensions,
			}
		}
		computed.Queries = append(computed.Queries, query)
	}
	return computed
}

// capacity is the service's strategy.
func (d deployment) capacity() (all []CapacityProvider) {
	for _, item := range d.service.CapacityProviderStrategy {
		all = append(all, CapacityProvider{Name: item.CapacityProvider, Base: item.Base, Weight: item.Weight})
	}
	return all
}

package outputs

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/ecs"
)

// running adds how a service runs to its description, as far as it says so.
func running(described pulumi.Map, service *ecs.Service) {
	if service.Scaling != nil {
		described["scaling"] = scaling(service.Scaling)
	}
	if len(service.CapacityProviders) == 0 {
		return
	}
	strategy := pulumi.Array{}
	for _, item := range service.CapacityProviders {
		strategy = append(strategy, pulumi.Map{"capacityProvider": pulumi.String(item.Name), "base": pulumi.Int(item.Base), "weight": pulumi.Int(item.Weight)})
	}
	described["capacityProviderStrategy"] = strategy
}

// scaling is what Application Auto Scaling is told: the bounds, the targets of the policies and the times of the scheduled actions, by
// their names. A bound that a scheduled action sets is left out: it is the schedules'.
func scaling(s *ecs.Scaling) pulumi.Map {
	described := pulumi.Map{"min": pulumi.Int(s.Min), "max": pulumi.Int(s.Max)}
	targets, schedules := pulumi.Map{}, pulumi.StringMap{}
	for name, target := range s.Targets {
		targets[name] = pulumi.Float64(target.Value)
	}
	for name, schedule := range s.Schedules {
		schedules[name] = pulumi.String(schedule.When)
		if schedule.Min != nil {
			delete(described, "min")
		}
		if schedule.Max != nil {
			delete(described, "max")
		}
	}
	described["targets"], described["schedules"] = targets, schedules
	return described
}

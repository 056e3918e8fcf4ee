package cost

import (
	"fmt"
	"math"
)

// included is the ephemeral storage of a task in GiB that costs nothing.
const included = 20

// tasks are the tasks of an ECS service, as many as it desires.
func tasks(a *adder, r *resource) {
	if count, known := number(r.Inputs, "desiredCount"); known && count == 0 {
		return
	}
	definition := behind(a.stack, r, "taskDefinition", typeTaskDefinition)
	if definition == nil {
		a.unknown(r, "tasks of "+r.Name, "the task definition is not in the stack")
		return
	}
	count, counted := number(r.Inputs, "desiredCount")
	cpu, sized := number(definition.Inputs, "cpu")
	memory, also := number(definition.Inputs, "memory")
	if !counted || !sized || !also {
		a.unknown(r, "tasks of "+r.Name, "the preview does not know their number or size")
		return
	}
	spot, elsewhere := shares(r, count)
	if elsewhere {
		a.unknown(r, "tasks of "+r.Name, "they do not run on Fargate")
		return
	}
	architecture := text(definition.Inputs, "runtimePlatform", "cpuArchitecture")
	if architecture == "" {
		architecture = "X86_64"
	}
	cpu, memory = cpu/1024, memory/1024
	item := fmt.Sprintf("%v vCPU, %v GB, %s", cpu, memory, architecture)
	parts := []part{{"fargate.vcpu." + architecture, cpu}, {"fargate.gb." + architecture, memory}}
	if storage, given := number(definition.Inputs, "ephemeralStorage", "sizeInGib"); given && storage > included {
		item += fmt.Sprintf(", %v GB storage", storage)
		parts = append(parts, part{"fargate.storage", storage - included})
	}
	if spot > 0 {
		a.use(fmt.Sprintf("Fargate Spot: tasks of %s, %v × %s, whose price changes", r.Name, spot, item))
	}
	a.line(r, "Fargate task, "+item, count-spot, parts...)
	if public, _ := at(r.Inputs, "networkConfiguration", "assignPublicIp").(bool); public {
		a.line(r, addresses, count, part{"ipv4", 1})
	}
}

// shares returns how many of a service's tasks run on Fargate Spot. elsewhere reports that some do not run on Fargate.
// ECS starts the base of a provider first. Of the rest each provider gets its weight's share.
func shares(r *resource, count float64) (spot float64, elsewhere bool) {
	strategies, _ := r.Inputs["capacityProviderStrategies"].([]any)
	if len(strategies) == 0 {
		return 0, text(r.Inputs, "launchType") != "FARGATE"
	}
	var weights, spotWeight, bases, spotBase float64
	for _, strategy := range strategies {
		base, _ := number(strategy, "base")
		weight, _ := number(strategy, "weight")
		bases, weights = bases+base, weights+weight
		switch text(strategy, "capacityProvider") {
		case "FARGATE":
		case "FARGATE_SPOT":
			spotBase, spotWeight = spotBase+base, spotWeight+weight
		default:
			return 0, true
		}
	}
	spot = math.Min(spotBase, count)
	if rest := count - bases; rest > 0 && weights > 0 {
		spot += math.Round(rest * spotWeight / weights)
	}
	return spot, false
}

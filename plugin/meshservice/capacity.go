package meshservice

import (
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/ecs"
	"ambient-ecs/problem"
)

// strategy is the strategy of the inputs, as the platform's stack file has it.
func (d *design) strategy() (all []config.CapacityProvider) {
	for _, item := range d.args.CapacityProviderStrategy {
		all = append(all, config.CapacityProvider{CapacityProvider: item.CapacityProvider, Base: value(item.Base), Weight: value(item.Weight)})
	}
	return all
}

// capacity is the strategy of the service.
func (d *design) capacity() (all []ecs.CapacityProvider) {
	for _, item := range d.strategy() {
		all = append(all, ecs.CapacityProvider{Name: item.CapacityProvider, Base: item.Base, Weight: item.Weight})
	}
	return all
}

// checkCapacity records the providers that the cluster does not have. ECS refuses a service with one of them.
func (m *member) checkCapacity(p *problem.List) {
	c := m.contract.Cluster
	for i, item := range m.strategy() {
		if slices.Contains(c.CapacityProviders, item.CapacityProvider) {
			continue
		}
		has := "none"
		if len(c.CapacityProviders) > 0 {
			has = strings.Join(c.CapacityProviders, " and ")
		}
		p.Refuse(fmt.Sprintf("capacityProviderStrategy[%d].capacityProvider", i), item.CapacityProvider,
			"the cluster %s has %s: let the platform add it to clusters.%s.capacityProviders", c.Name, has, c.Key)
	}
}

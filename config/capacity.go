package config

import (
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

// CapacityProvider is one entry of a service's strategy, as AWS writes it.
type CapacityProvider struct {
	// CapacityProvider is FARGATE or FARGATE_SPOT. Required.
	CapacityProvider string `config:"capacityProvider"`
	// Base is how many tasks run on this provider before the weights count, on one provider at most. Empty: none.
	Base int `config:"base"`
	// Weight is the share of this provider in the tasks beyond the base, 0 to 1000. Empty: 0, as in AWS's API.
	Weight int `config:"weight"`
}

// DeploymentConfiguration bounds the tasks of a service while a deployment runs, as AWS names them.
type DeploymentConfiguration struct {
	// MinimumHealthyPercent is how much of desiredCount stays healthy during a deployment, 0 to 100. Empty: 100.
	MinimumHealthyPercent *int `config:"minimumHealthyPercent"`
	// MaximumPercent is how much of desiredCount may run during a deployment, 101 to 200. Empty: 200.
	MaximumPercent *int `config:"maximumPercent"`
}

// The capacity providers of Fargate.
const (
	OnDemand = "FARGATE"
	Spot     = "FARGATE_SPOT"
)

// The percentages of a service that says nothing: new tasks first, then the old ones go, so that also a service of one task is
// never without.
const (
	DefaultMinimumHealthyPercent = 100
	DefaultMaximumPercent        = 200
)

// Deployment returns the percentages of a deployment, with their defaults.
func (s Service) Deployment() (minimumHealthy, maximum int) {
	minimumHealthy, maximum = DefaultMinimumHealthyPercent, DefaultMaximumPercent
	if d := s.DeploymentConfiguration; d != nil && d.MinimumHealthyPercent != nil {
		minimumHealthy = *d.MinimumHealthyPercent
	}
	if d := s.DeploymentConfiguration; d != nil && d.MaximumPercent != nil {
		maximum = *d.MaximumPercent
	}
	return minimumHealthy, maximum
}

// CapacityProvidersOf are the providers that the services of a cluster use, and those for services of other stacks, sorted. None: all
// have the launch type FARGATE.
func (c Config) CapacityProvidersOf(cluster string) (all []string) {
	all = slices.Clone(c.Clusters[cluster].CapacityProviders)
	for _, s := range c.Clusters[cluster].Services {
		for _, p := range s.CapacityProviderStrategy {
			all = append(all, p.CapacityProvider)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// What ECS takes. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html, 2026-11-29.
const (
	maxBase  = 100000
	maxShare = 1000
)

// CheckStrategy records what ECS would refuse of a strategy, and says whether it names Fargate Spot.
func CheckStrategy(p *problem.List, at string, strategy []CapacityProvider) (spot bool) {
	seen, based, weight := map[string]string{}, "", 0
	for i, item := range strategy {
		entry := fmt.Sprintf("%s[%d]", at, i)
		switch {
		case item.CapacityProvider == "":
			p.Missing(entry+".capacityProvider", "choose %s or %s", OnDemand, Spot)
		case item.CapacityProvider != OnDemand && item.CapacityProvider != Spot:
			p.Refuse(entry+".capacityProvider", item.CapacityProvider, "choose %s or %s: tasks run on Fargate only, because the discovery of others was never shown to work", OnDemand, Spot)
		case seen[item.CapacityProvider] != "":
			p.Refuse(entry+".capacityProvider", item.CapacityProvider, "%s has it already", seen[item.CapacityProvider])
		}
		seen[item.CapacityProvider], spot = entry, spot || item.CapacityProvider == Spot
		p.Between(entry+".base", item.Base, 0, maxBase, "it is a number of tasks")
		p.Between(entry+".weight", item.Weight, 0, maxShare, "it is a share of the tasks beyond the base")
		if item.Base > 0 && based != "" {
			p.Refuse(entry+".base", item.Base, "%s has one, and ECS takes one base in a strategy", based)
		} else if item.Base > 0 {
			based = entry
		}
		weight += max(item.Weight, 0)
	}
	if len(strategy) > 0 && weight == 0 {
		p.Refuse(at, "weight 0", "without a weight ECS starts no task beyond the base: give at least one provider a weight above 0")
	}
	return spot
}

// checkCapacity checks what a service's tasks run on.
func (c Config) checkCapacity(p *problem.List, field string, s Service) {
	at := field + ".capacityProviderStrategy"
	spot := CheckStrategy(p, at, s.CapacityProviderStrategy)
	if spot && s.architecture() == armArchitecture {
		switch {
		case strings.HasPrefix(c.Region, "cn-"):
			p.Refuse(at, Spot, "Fargate Spot runs no ARM64 tasks in the regions of China")
		case s.PlatformVersion == "1.3.0":
			p.Refuse(field+".platformVersion", s.PlatformVersion, "Fargate Spot runs ARM64 tasks from 1.4.0 on")
		}
	}
	checkDeployment(p, field+".deploymentConfiguration", s)
}

// checkClusterCapacity checks the providers that a cluster has for services of other stacks.
func (c Config) checkClusterCapacity(p *problem.List, field string, cluster Cluster) {
	for i, provider := range cluster.CapacityProviders {
		at := fmt.Sprintf("%s.capacityProviders[%d]", field, i)
		switch {
		case provider != OnDemand && provider != Spot:
			p.Refuse(at, provider, "choose %s or %s: tasks run on Fargate only, because the discovery of others was never shown to work", OnDemand, Spot)
		case slices.Contains(cluster.CapacityProviders[:i], provider):
			p.Refuse(at, provider, "it is in the list twice")
		}
	}
	if len(cluster.CapacityProviders) > 0 && cluster.Existing != "" {
		p.Add(field+".capacityProviders", problem.IsSet, "the capacity providers of an existing cluster are its owner's: leave the key out")
	}
}

const armArchitecture = "ARM64"

// architecture is the processor that the tasks of the service want.
func (s Service) architecture() string {
	if s.definition != nil && s.definition.RuntimePlatform != nil {
		return string(s.definition.RuntimePlatform.CpuArchitecture)
	}
	return s.Architecture
}

// checkDeployment checks the percentages of a deployment.
func checkDeployment(p *problem.List, at string, s Service) {
	if s.DeploymentConfiguration == nil {
		return
	}
	healthy, most := s.Deployment()
	p.Between(at+".minimumHealthyPercent", healthy, 0, 100, "it is the part of desiredCount that stays healthy")
	switch {
	case most == 100:
		p.Refuse(at+".maximumPercent", most, "ECS balances the tasks between availability zones, and starts the new task first: it needs more than 100")
	case most < 100 || most > 200:
		p.Refuse(at+".maximumPercent", most, "must be between 101 and 200: it is the part of desiredCount that may run during a deployment")
	}
	if least := s.fewest(); least > 0 && healthy == 100 && most > 100 && most <= 200 && least*most/100 <= least {
		p.Refuse(at+".maximumPercent", most, "of %d tasks that is no task more, and minimumHealthyPercent 100 lets none stop, so no deployment could begin", least)
	}
}

// fewest is the least number of tasks that a service may have when a deployment begins.
func (s Service) fewest() int {
	if s.Scaling != nil {
		return s.Scaling.MinOrZero()
	}
	return s.DesiredCountOrDefault()
}

// onSpotAlone tells of new services that can lose all tasks at once.
func (c Config) onSpotAlone(lives Lives) (all []string) {
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].ServiceKeys() {
			s := c.Clusters[key].Services[name]
			spot := len(s.CapacityProviderStrategy) > 0 && !lives.Members[key+"/"+name]
			for _, item := range s.CapacityProviderStrategy {
				spot = spot && (item.CapacityProvider == Spot || item.Base == 0 && item.Weight == 0)
			}
			if spot {
				all = append(all, fmt.Sprintf("clusters.%s.services.%s.capacityProviderStrategy has %s alone: AWS may take back all of its tasks at once, with two minutes of notice. A base on %s keeps some", key, name, Spot, OnDemand))
			}
		}
	}
	return all
}

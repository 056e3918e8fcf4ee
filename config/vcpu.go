package config

import "cmp"

// unitsPerVCPU are the units of CPU in which ECS counts a task's.
const unitsPerVCPU = 1024

// vCPUs is the number of whole vCPUs that units of CPU begin.
func vCPUs(units int) int { return (units + unitsPerVCPU - 1) / unitsPerVCPU }

// accountRegion is what AWS counts in: two entries of accounts may be one AWS account in one region.
type accountRegion struct{ account, region string }

func (a accountRegion) compare(b accountRegion) int {
	return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.region, b.region))
}

// entryOf is an entry of accounts that is an AWS account in a region.
func (c Config) entryOf(at accountRegion) string {
	for _, key := range c.AccountKeys() {
		if c.Accounts[key].ID == at.account && c.RegionOf(key) == at.region {
			return key
		}
	}
	return ""
}

// fargateUnits are the units of CPU of the tasks that Fargate runs on demand, for each AWS account and region: the services' own
// number, or the most that a scaler may start. A deployment starts more for a while. Tasks that a schedule or a call starts do not count, and
// neither do those of a service that its owner keeps.
func (c Config) fargateUnits() map[accountRegion]int {
	units := map[accountRegion]int{}
	for key, cluster := range c.Clusters {
		at := accountRegion{c.Accounts[cluster.Account].ID, c.RegionOfCluster(key)}
		for _, s := range cluster.Services {
			if !s.ByOwner() {
				units[at] += s.CPUOrDefault() * s.onDemandTasks()
			}
		}
	}
	return units
}

// onDemandTasks is how many tasks of a service run outside Spot at most.
func (s Service) onDemandTasks() int {
	tasks := s.DesiredCountOrDefault()
	if s.Scaling != nil {
		tasks = max(tasks, s.Scaling.MaxOrZero())
	}
	base, weight, all := 0, 0, 0
	rest := tasks
	for _, p := range s.CapacityProviderStrategy {
		has := min(p.Base, rest)
		rest -= has
		all += p.Weight
		if p.CapacityProvider == OnDemand {
			base, weight = base+has, weight+p.Weight
		}
	}
	if all == 0 {
		if len(s.CapacityProviderStrategy) > 0 {
			return base
		}
		return tasks
	}
	return base + (rest*weight+all-1)/all
}

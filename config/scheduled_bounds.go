package config

import "fmt"

// oneBoundScheduled are the notices about scalers of which schedules set one bound and leave the other to the stack file. The AWS provider sends
// both when either changes (hashicorp/terraform-provider-aws, internal/service/appautoscaling/target.go, resourceTargetUpdate, 2026-12-01), and
// for the one of the schedules what Pulumi's state has.
func (c Config) oneBoundScheduled(lives Lives) (all []string) {
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].ServiceKeys() {
			scaling := c.Clusters[key].Services[name].Scaling
			if scaling == nil || lives.Members[key+"/"+name] {
				continue
			}
			least, most := false, false
			for _, schedule := range scaling.Schedules {
				least, most = least || schedule.Min != nil, most || schedule.Max != nil
			}
			ours, theirs := "max", "min"
			if most {
				ours, theirs = theirs, ours
			}
			if least != most {
				all = append(all, fmt.Sprintf("%s.scaling: schedules set %s. When you change %s later, run `pulumi up --refresh`: a plain update takes %s back to what Pulumi last read (docs/running.md)", c.Field(key, name), theirs, ours, theirs))
			}
		}
	}
	return all
}

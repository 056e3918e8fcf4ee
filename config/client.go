package config

import (
	"cmp"
	"fmt"

	"ambient-ecs/ecs/task/enrol"
)

// DefaultClient is what an application calls others with.
const DefaultClient = enrol.DefaultClient

// ClientOrDefault is what the application calls others with.
func (s Service) ClientOrDefault() enrol.Client {
	return cmp.Or(enrol.Client(s.Client), DefaultClient)
}

// astray warns of variables with which a service in the short form replaces what its client needs. For task definitions
// enrolment says the same.
func (c Config) astray() (all []string) {
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].WorkloadKeys() {
			s := c.asService(key, name)
			if s.definition != nil {
				continue
			}
			for _, v := range s.ClientOrDefault().Leading() {
				if said := s.Environment[v.Name]; said != "" && !v.Leads(said) {
					all = append(all, fmt.Sprintf("%s.environment.%s does not lead to ztunnel: the application's calls may go past the mesh. Add %s, or set client to none", c.Field(key, name), v.Name, v.Value))
				}
			}
		}
	}
	return all
}

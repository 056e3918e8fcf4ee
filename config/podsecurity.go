package config

import (
	"ambient-ecs/mesh/podsecurity"
	"ambient-ecs/problem"
)

// PodSecuritySettings are what pods of the program's namespaces may ask for.
type PodSecuritySettings struct {
	// PodSecurity is the Pod Security Standard of the namespaces that the program makes.
	PodSecurity podsecurity.Level `config:"podSecurity"`
}

func (c Config) checkPodSecurity(p *problem.List) {
	if c.PodSecurity != "" {
		problem.OneOf(p, "podSecurity", c.PodSecurity, podsecurity.Baseline, podsecurity.Restricted)
	}
}

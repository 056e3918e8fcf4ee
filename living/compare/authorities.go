package compare

import (
	"strings"

	"ambient-ecs/mesh/values"
)

// authorities refuses a step from one certificate authority to another after which tasks that run and workloads that start do not accept
// each other. Everything restarts in a step, one after the other, so both kinds live side by side.
func (c *comparison) authorities() {
	if !c.cfg.MeshCA.IsSet() {
		c.authorityGone()
		return
	}
	var strangers, early []string
	for _, service := range sorted(c.world.Enrolled) {
		switch runs := c.world.Enrolled[service]; {
		case !c.cfg.SignsUnder(runs.Roots):
			strangers = append(strangers, service)
		case c.cfg.Forgets(runs.Roots) && c.world.RestartTrusting != nil && c.world.RestartTrusting(runs.Roots)[values.AnnotationCA] != runs.Labels[values.AnnotationCA]:
			early = append(early, service)
		}
	}
	if strangers != nil {
		c.problems.Add("meshCa.certificate", "leads to no root that living tasks trust", "the tasks of %s would accept neither istiod nor any workload that has restarted. Trust both first: "+
			"put the new root into meshCa.root beside the old one, keep meshCa.certificate and meshCa.key, and run `pulumi up` (docs/root-ca.md)", strings.Join(strangers, ", "))
	}
	if early != nil {
		c.problems.Add("meshCa.root", "lacks a root of living tasks", "the tasks of %s may have certificates that lead to it, because the update changes who signs as well. Keep every root, change meshCa.certificate and meshCa.key, "+
			"run `pulumi up`, and take the old root away in the next update (docs/root-ca.md)", strings.Join(early, ", "))
	}
}

// authorityGone warns where istiod would make a root of its own, which no living task trusts.
func (c *comparison) authorityGone() {
	var services []string
	for _, service := range sorted(c.world.Enrolled) {
		if c.world.Enrolled[service].Labels[values.AnnotationCA] != "" {
			services = append(services, service)
		}
	}
	if services != nil {
		c.warn("meshCa: it is gone from the stack file, and the tasks of %s trust its root alone. istiod goes on with the old authority until it next starts, makes a root of its own then, "+
			"and no task gets a certificate until it has a new token. docs/root-ca.md has the way back in one go.", strings.Join(services, ", "))
	}
}

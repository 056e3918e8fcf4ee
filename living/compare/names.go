package compare

import (
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/config"
)

// names warns of a living service that gets another name, port or identity: how long it is not to be had is not in a preview. Policies
// change before the tasks do, so from a stage with policies on it is longer than the rolling update itself.
func (c *comparison) names() {
	for _, cluster := range c.cfg.ClusterKeys() {
		for _, name := range c.cfg.Clusters[cluster].ServiceKeys() {
			if living := c.world.Services[cluster+"/"+name].Tags; living[config.TagHostname] != "" {
				c.called(cluster, name, living)
				c.calling(cluster, name, living)
			}
		}
	}
}

// called warns about the callers of a service. Whoever only calls has none.
func (c *comparison) called(cluster, name string, living map[string]string) {
	want, lost := c.cfg.DiscoveryTags(cluster, name), []string(nil)
	if was := living[config.TagHostname]; was != want[config.TagHostname] && living[config.TagPorts] != "" {
		lost = append(lost, was)
	}
	for _, was := range portsIn(living[config.TagPorts]) {
		if !slices.Contains(portsIn(want[config.TagPorts]), was) {
			lost = append(lost, "port "+was)
		}
	}
	if lost == nil {
		return
	}
	refuses := ""
	if stage := c.cfg.StageOf(config.Namespace{Cluster: cluster, Shared: c.cfg.Clusters[cluster].Services[name].Shared}); stage != config.StagePermissive {
		refuses = fmt.Sprintf(", and with policyStage %s the tasks that run refuse every call until then", stage)
	}
	c.warn("%s: this up takes %s away from a service that lives. Calls to it fail from then on. What replaces it answers when new tasks run%s. Without a loss: add a second service, move the callers, and remove this one (docs/living-stack.md).",
		c.cfg.Field(cluster, name), strings.Join(lost, ", "), refuses)
}

// calling warns about the services that admit a caller by its service account.
func (c *comparison) calling(cluster, name string, living map[string]string) {
	next := c.cfg.IdentityOf(cluster, name)
	if living[config.TagServiceAccount] == "" || living[config.TagNamespace] == next.Namespace && living[config.TagServiceAccount] == next.ServiceAccount {
		return
	}
	var by []string
	for _, d := range c.cfg.Destinations() {
		stage := c.cfg.StageOf(config.Namespace{Cluster: d.Cluster, Shared: d.Shared})
		if stage != config.StageL4 && stage != config.StageL7 {
			continue
		}
		allow, _ := c.cfg.Admissions(d)
		if slices.ContainsFunc(allow, func(a config.Admission) bool {
			return slices.Contains(a.ServiceAccounts, config.ServiceAccount{Namespace: next.Namespace, Name: next.ServiceAccount})
		}) {
			by = append(by, d.Field())
		}
	}
	if by != nil {
		c.warn("%s: this up changes its identity from %s/%s to %s/%s. %s admit it by its service account, and refuse its calls until its new tasks run. Without a loss: let them admit cluster:%s for the time of the change (docs/living-stack.md).",
			c.cfg.Field(cluster, name), living[config.TagNamespace], living[config.TagServiceAccount], next.Namespace, next.ServiceAccount, strings.Join(by, ", "), cluster)
	}
}

// portsIn are the numbers of the ports in the tag of discovery.
func portsIn(tag string) (numbers []string) {
	for _, port := range strings.Split(tag, "/") {
		if _, number, found := strings.Cut(port, ":"); found {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

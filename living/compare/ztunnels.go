package compare

import (
	"strings"

	"ambient-ecs/config"
)

// unsetIstio refuses a default version of Istio that is not the one that runs in the tasks.
func (c *comparison) unsetIstio() (refused bool) {
	if !c.cfg.Unset("istioVersion") {
		return false
	}
	running, services := "", []string(nil)
	for _, service := range sorted(c.world.Ztunnels) {
		cluster, _, _ := strings.Cut(service, "/")
		image := c.world.Ztunnels[service]
		tag := image[strings.LastIndexByte(image, ':')+1:]
		if _, known := config.IstioMinor(tag); !known || c.cfg.Clusters[cluster].ZtunnelVersion != "" || tag == c.cfg.IstioVersion || strings.HasPrefix(tag, c.cfg.IstioVersion+"-") {
			continue
		}
		running, services = strings.TrimSuffix(tag, "-"+c.cfg.ImageVariant), append(services, service)
	}
	if services == nil {
		return false
	}
	c.keep("istioVersion", c.cfg.IstioVersion, "ztunnel "+running+" runs in the tasks of "+strings.Join(services, ", "), running)
	return true
}

// ztunnels refuses an istiod that is more than one minor version ahead of a ztunnel that runs. The configuration alone does not
// show it: there both may move at once, and tasks move last.
func (c *comparison) ztunnels() {
	if c.unsetIstio() {
		return
	}
	control := c.cfg.ControlVersion()
	next, known := config.IstioMinor(control)
	if !known {
		return
	}
	oldest, behind := next, []string(nil)
	for _, service := range sorted(c.world.Ztunnels) {
		image := c.world.Ztunnels[service]
		minor, known := config.IstioMinor(image[strings.LastIndexByte(image, ':')+1:])
		if !known || next <= minor+1 {
			continue
		}
		oldest, behind = min(oldest, minor), append(behind, service)
	}
	if behind == nil {
		return
	}
	field := "istioVersion"
	if len(c.cfg.IstioRevisions) > 0 {
		field = "istioRevisions." + c.cfg.IstioDefaultRevision
	}
	c.problems.Refuse(field, control, "ztunnel 1.%d runs in the tasks of %s, and it may be one minor version behind istiod, and no more: bring up Istio 1.%d first, and let these tasks follow (docs/upgrade.md)",
		oldest, strings.Join(behind, ", "), oldest+1)
}

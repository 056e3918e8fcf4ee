package compare

import (
	"strings"

	"ambient-ecs/config"
)

// ztunnels refuses an istiod that is more than one minor version ahead of a ztunnel that runs. The configuration alone does not
// show it: there both may move at once, and tasks move last.
func (c *comparison) ztunnels() {
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

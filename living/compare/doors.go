package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/mesh/loadbalancer"
)

// doors refuses to remove a load balancer whose address is in the bootstrap token of a service. Its tasks would lose istiod,
// and so their certificates and their view of the mesh.
func (c *comparison) doors() {
	used := map[string][]string{}
	for _, service := range slices.Sorted(maps.Keys(c.world.Doors)) {
		if maker := string(loadbalancer.MakerOf(c.world.Doors[service])); maker != "" && !c.cfg.HasDoor(maker) {
			used[maker] = append(used[maker], service)
		}
	}
	for _, maker := range slices.Sorted(maps.Keys(used)) {
		c.problems.Refuse("gatewayLoadBalancers", fmt.Sprint(c.cfg.Doors()), "it takes away the load balancer of %[1]s, and its address is in the bootstrap token of %[2]s. Their tasks would lose istiod. "+
			"Keep %[1]s at the end of the list, run `pulumi up`, and let pipelines enrol their services again. Take it out when every service runs the new token",
			maker, strings.Join(used[maker], ", "))
	}
}

package doctor

import (
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/verify/doctor/network"
)

// openings are the findings about the ways past the mesh to the tasks of an owner's service. The owner may keep a security group of its
// own beside the mesh's, for a load balancer, and nothing but the doctor sees what that group admits. Of a service that has not joined
// there is nothing to say yet.
func (w *walk) openings(d deployed) (all []*Finding) {
	if !d.want.byOwner || d.definition.container(ztunnel) == nil {
		return nil
	}
	if d.service.Connect {
		all = append(all, missing("service-connect", d.String(), "its owner switches Service Connect off, and deploys again",
			"service %s uses Service Connect, whose proxy takes the same calls as ztunnel", d.member))
	}
	for _, port := range d.service.Balancers {
		if len(w.admitting(d.service.Groups, port)) == 0 {
			all = append(all, missing("service-shut", d.String(),
				"its owner adds the group that admits the load balancer, or detaches the target group and lets the ingress of the mesh take the requests (docs/adoption.md)",
				"a load balancer checks port %d of service %s, and no security group of its tasks admits that port: ECS stops each new task", port, d.member))
			break
		}
	}
	var open []string
	ports := slices.Clone(d.service.Balancers)
	for _, c := range d.definition.Containers {
		if c.Name != ztunnel {
			ports = append(ports, c.Ports...)
		}
	}
	slices.Sort(ports)
	for _, port := range slices.Compact(ports) {
		open = append(open, w.admitting(d.service.Groups, port)...)
	}
	if len(open) > 0 {
		f := missing("service-open", d.String(), "its owner narrows the group to the load balancer's own group, or takes it from the tasks when nothing needs it (docs/adoption.md)",
			"past the mesh %s of service %s, without mTLS and policy", strings.Join(open, ", "), d.member)
		f.Warning = true
		all = append(all, f)
	}
	return all
}

// admitting says which rules of security groups admit which peers to a port, in words.
func (w *walk) admitting(groups []string, port int) (rules []string) {
	for _, id := range groups {
		group := find(w.network.Groups, func(g network.Group) bool { return g.ID == id })
		if group == nil {
			continue
		}
		for _, rule := range group.Ingress {
			if rule.Protocol == "-1" || rule.Protocol == "tcp" && rule.From <= port && port <= rule.To {
				rules = append(rules, fmt.Sprintf("group %s admits %s to port %d", id, rule.CIDR+rule.Group, port))
			}
		}
	}
	return rules
}

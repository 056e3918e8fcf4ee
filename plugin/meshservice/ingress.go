package meshservice

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/ecs"
	"ambient-ecs/mesh"
	"ambient-ecs/mesh/ingress"
	"ambient-ecs/mesh/traffic"
	"ambient-ecs/problem"
)

// objectName is what a service with a route may be called: the route has its name, in Kubernetes.
var objectName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)

// checkIngress records what is wrong with the way of users, as far as the inputs show it.
func (d *design) checkIngress(p *problem.List) {
	in := d.args.Ingress
	if in == nil {
		return
	}
	if !objectName.MatchString(d.name) {
		p.Refuse("name", d.name, "with ingress the service has a route of its name in Kubernetes, which takes lower-case letters, digits and -")
	}
	if len(in.Hosts) == 0 {
		p.Missing("ingress.hosts", "name the hosts that users ask for")
	}
	for i, host := range in.Hosts {
		at := fmt.Sprintf("ingress.hosts[%d]", i)
		switch {
		case strings.Contains(host, "*"):
			p.Refuse(at, host, "a wildcard would take names that nobody granted: name each host")
		case slices.Contains(in.Hosts[:i], host):
			p.Refuse(at, host, "it is in the list twice")
		}
	}
	if prefix := value(in.PathPrefix); prefix != "" {
		if reason := config.DefaultPathNormalization.CheckPathPrefix(prefix); reason != "" {
			p.Refuse("ingress.pathPrefix", prefix, "%s", reason)
		}
	}
	ports := d.ports()
	switch port, known := d.ingressPort(); {
	case len(ports) == 0:
		p.Add("ingress", problem.IsSet, "the service has no port that could be called: give ports")
	case !known:
		p.Refuse("ingress.port", *in.Port, "it is no port of the service")
	case port.Protocol == ecs.ProtocolTCP:
		p.Refuse("ingress.port", port.Number, "to the mesh the port is tcp, and the ingress passes on HTTP requests: give the port the protocol http, http2 or grpc")
	}
}

// ingressPort is the port that users reach.
func (d *design) ingressPort() (ecs.Port, bool) {
	ports := d.ports()
	if want := d.args.Ingress.Port; want != nil {
		i := slices.IndexFunc(ports, func(port ecs.Port) bool { return port.Number == *want })
		if i < 0 {
			return ecs.Port{}, false
		}
		return ports[i], true
	}
	if len(ports) == 0 {
		return ecs.Port{}, false
	}
	return ports[0], true
}

// checkHosts records the hosts that are not the team's. The platform's admission policy would refuse a route with one of them.
func (m *member) checkHosts(p *problem.List) {
	in, granted := m.args.Ingress, m.contract.Ingress
	switch {
	case in == nil:
		return
	case len(granted.Hostnames) == 0 || len(granted.Gateways) == 0:
		p.Add("ingress", problem.IsSet, "the contract grants no hostnames: the platform needs ingress and teams.%s.hostnames in its stack file", cmp.Or(m.contract.Team.Name, "TEAM"))
		return
	}
	for i, host := range in.Hosts {
		if !slices.Contains(granted.Hostnames, host) {
			p.Refuse(fmt.Sprintf("ingress.hosts[%d]", i), host, "the platform has granted %s to the team %s, and no other", strings.Join(granted.Hostnames, ", "), m.contract.Team.Name)
		}
	}
}

// route registers the way of users, behind the service. It is removed before the service is.
func (m *member) route(ctx *pulumi.Context, name string, service *ecs.Service, out *MeshService) error {
	port, _ := m.ingressPort()
	var parents []ingress.Parent
	for _, gateway := range m.contract.Ingress.Gateways {
		parents = append(parents, ingress.Parent{Namespace: gateway.Namespace, Name: gateway.Name})
	}
	_, err := mesh.NewTraffic(ctx, name, &mesh.TrafficArgs{
		Object: ingress.GuestRoute(m.identity.Namespace, m.name, parents, m.args.Ingress.Hosts, []ingress.Route{{
			PathPrefix: value(m.args.Ingress.PathPrefix), To: []traffic.Backend{{Hostname: service.Hostname, Port: port.Number, Weight: 1}},
		}}, m.contract.Ingress.TLSAtLoadBalancer),
		Behind:    service.Ready,
		Provider:  component.Inherited,
		Namespace: component.Elsewhere[mesh.Namespace](),
		Istiod:    component.Elsewhere[mesh.Istiod](),
	}, pulumi.Parent(out))
	return err
}

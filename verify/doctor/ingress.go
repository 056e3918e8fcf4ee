package doctor

import (
	"maps"
	"slices"
	"strings"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/doctor/authz"
	"ambient-ecs/verify/doctor/network"
	"ambient-ecs/verify/stack"
)

// The ports of the ingress.
const (
	portHTTP  = 80
	portHTTPS = 443
)

// useWaypointLabel sends the requests of gateways through the waypoint of a service. By themselves they go past it.
const useWaypointLabel = "istio.io/ingress-use-waypoint"

// The annotations by which a load balancer ends TLS.
const (
	sslCertificate = "service.beta.kubernetes.io/aws-load-balancer-ssl-cert"
	sslPorts       = "service.beta.kubernetes.io/aws-load-balancer-ssl-ports"
)

// user is the member that stands for everybody outside the mesh.
var user = member{users: true}

// ingress walks the paths of users to the services behind the ingress.
func (w *walk) ingress() {
	in := w.stack.Ingress
	for _, host := range in.HostKeys() {
		for _, route := range in.Hosts[host].Routes {
			stops, shared := w.ingressRoute(host, route)
			if shared != nil {
				w.late(shared, "users of "+host)
			}
			for _, server := range w.behindAll(route.Backends()) {
				pair := "users of " + host + " → " + server.String()
				if f := first(
					w.once("ingress", w.entrance),
					func() *Finding { return stops },
					w.member(server), w.serving(server),
					func() *Finding { return w.inward(server) },
				); f != nil {
					w.found.add(f, pair)
				}
			}
		}
		if f := w.redirect(host); f != nil && w.once("ingress", w.entrance)() == nil {
			w.found.add(f, "users of http://"+host)
		}
	}
	if lb := w.network.Balancer(w.stack.IngressAddress); in.On() && lb != nil {
		if o := w.network.Foreign(lb, in.Sources, "the ingress's sources"); o != nil {
			w.late(missing("ingress-open", o.Subject, o.Fix, "%s", o.Sentence), "the ingress")
		}
		if f := w.balancerController(); f != nil && len(lb.Groups) > 0 {
			w.late(f, "the ingress")
		}
	}
}

// behindAll are the members that answer under any of several hostnames.
func (w *walk) behindAll(hosts []string) []member {
	var all []member
	for _, host := range hosts {
		all = append(all, w.behindName(host)...)
	}
	return all
}

// entrance checks the way of users to the gateway, and what the gateway needs for every call.
func (w *walk) entrance() *Finding {
	in := w.stack.Ingress
	subject := in.Namespace + "/" + stack.IngressName
	const up = remade
	g := find(w.kubernetes.Gateways, func(g KubernetesGateway) bool { return g.Namespace == in.Namespace && g.Name == stack.IngressName })
	if g == nil {
		return missing("ingress", subject, up, "there is no Gateway %s, through which users come", subject)
	}
	for _, port := range []int{portHTTP, portHTTPS} {
		if !slices.Contains(ports(g.Listeners), port) {
			return missing("ingress-listener", subject, up, "Gateway %s has no listener on port %d", subject, port)
		}
	}
	if len(g.Bare) > 0 {
		return missing("ingress-certificate", g.Bare[0], up, "Secret %s of Gateway %s does not hold tls.crt and tls.key, so no TLS connection begins", g.Bare[0], subject)
	}
	if !g.Programmed {
		return missing("ingress-not-programmed", subject, "look at the events of its Service: quotas, subnet tags and the certificate's ARN are common causes", "Gateway %s is not programmed: %s", subject, g.Message)
	}
	if len(w.entrancePods()) == 0 {
		return missing("ingress-pods", subject, "kubectl -n "+in.Namespace+" describe pods -l "+gatewayNameLabel+"="+stack.IngressName, "no pod of Gateway %s is ready", subject)
	}
	if g.Address != w.stack.IngressAddress {
		return missing("ingress-address", subject, "run `pulumi up`, and point the hosts' DNS names at the output ingressAddress", "Gateway %s is at %s, and the output ingressAddress says %s", subject, g.Address, w.stack.IngressAddress)
	}
	return first(func() *Finding { return w.certificateAtBalancer(subject) }, w.ingressBalancer, func() *Finding { return w.tunnels(subject) })
}

// entrancePods are the ready pods of the ingress gateway.
func (w *walk) entrancePods() []Pod {
	var all []Pod
	for _, p := range w.kubernetes.Pods {
		if p.Namespace == w.stack.Ingress.Namespace && p.Labels[gatewayNameLabel] == stack.IngressName && p.Ready {
			all = append(all, p)
		}
	}
	return all
}

// certificateAtBalancer checks the certificate with which the load balancer ends TLS.
func (w *walk) certificateAtBalancer(subject string) *Finding {
	in := w.stack.Ingress
	if in.CertificateARN == "" {
		return nil
	}
	s := find(w.kubernetes.Services, func(s KubernetesService) bool {
		return s.Namespace == in.Namespace && s.Labels[gatewayNameLabel] == stack.IngressName
	})
	switch {
	case s == nil:
		return missing("ingress-load-balancer", subject, remade, "Gateway %s has no Service, so nothing asks for its load balancer", subject)
	case s.Annotations[sslCertificate] != in.CertificateARN || s.Annotations[sslPorts] != "443":
		return missing("ingress-certificate", s.Namespace+"/"+s.Name, remade,
			"Service %s/%s gives the load balancer the certificate %s for the ports %s, and not %s for 443", s.Namespace, s.Name, quote(s.Annotations[sslCertificate]), quote(s.Annotations[sslPorts]), in.CertificateARN)
	}
	return nil
}

// ingressBalancer checks the load balancer of the ingress.
func (w *walk) ingressBalancer() *Finding {
	door := w.stack.Entrance()
	lb := w.network.Balancer(door.Address)
	if lb == nil {
		return missing("ingress-load-balancer", door.Address, remade+", and look at the events of Service "+w.stack.Ingress.Namespace+"/"+w.stack.Ingress.ServiceAccount, "no load balancer has the name %s", door.Address)
	}
	if lb.State != "active" {
		return missing("ingress-load-balancer", lb.Name, "wait for it, or look at the events of its Service", "load balancer %s is %s, not active", lb.Name, lb.State)
	}
	if lb.Internal == door.Public {
		have, want := "internet-facing", "internal"
		if lb.Internal {
			have, want = want, have
		}
		return missing("ingress-load-balancer", lb.Name, "let Kubernetes make the load balancer again", "load balancer %s is %s, and the stack says %s", lb.Name, have, want)
	}
	for _, port := range []int{portHTTP, portHTTPS} {
		if !slices.ContainsFunc(lb.Listeners, func(l network.Listener) bool { return l.Port == port }) {
			return missing("ingress-load-balancer", lb.Name, remade, "load balancer %s has no listener on port %d", lb.Name, port)
		}
		if why := lb.Unhealthy[port]; why != "" {
			return missing("ingress-load-balancer", lb.Name, "check the node group, the gateway's pods, and the rules for health checks", "load balancer %s has no healthy target for port %d: %s", lb.Name, port, why)
		}
	}
	if o := w.network.Excluded(lb, door.Sources); o != nil {
		return missing("ingress-source", o.Subject, o.Fix, "%s", o.Sentence)
	}
	return nil
}

// tunnels checks the setting of istiod by which its gateways call tasks by HBONE.
func (w *walk) tunnels(subject string) *Finding {
	if istiod := w.kubernetes.Istiod; istiod != nil && !istiod.PrefersTunnel {
		return missing("ingress-tunnel", istiod.Name, remade+": istiod gets the variable and restarts",
			"istiod runs without PILOT_PREFER_SENDING_HBONE=true, so Gateway %s calls the applications' ports, which are closed", subject)
	}
	return nil
}

// ingressRoute compares the routes of a host in the cluster with a declared one. Where only the shares of the same services differ, every request
// is answered: shared says so.
func (w *walk) ingressRoute(host string, want stack.Route) (stops, shared *Finding) {
	path := strings.TrimSuffix(want.PathPrefix, "/")
	declared := route{match: matching("", "prefix", path, nil), to: stack.Shares(want.To)}
	subject := host + path
	const fix = remade
	for _, r := range w.ingressRoutes(host) {
		for _, one := range r.routes() {
			switch {
			case one.match != declared.match || len(one.to) == 0:
			case maps.Equal(one.to, declared.to):
				return nil, nil
			default:
				other := missing("ingress-route", subject, fix, "%s shares the requests for %s out as %s, and the stack declares %s", r, subject, shares(one.to), shares(declared.to))
				if slices.Equal(sortedKeys(one.to), sortedKeys(declared.to)) {
					shared = other
				} else {
					stops = other
				}
			}
		}
	}
	if stops == nil && shared == nil {
		stops = missing("ingress-route", subject, fix, "no HTTPRoute of Gateway %s/%s is for %s, so users get 404", w.stack.Ingress.Namespace, stack.IngressName, subject)
	}
	return stops, shared
}

// ingressRoutes are the HTTPRoutes of the ingress that are for a host.
func (w *walk) ingressRoutes(host string) []Routing {
	return slices.DeleteFunc(slices.Clone(w.kubernetes.Routings), func(r Routing) bool {
		ours := backend.HasParent(r.Spec, r.Namespace, w.stack.Ingress.Namespace+"/"+stack.IngressName)
		return r.Kind != "HTTPRoute" || !ours || !slices.Contains(backend.Texts(r.Spec, "hostnames"), host)
	})
}

// redirect checks that plain HTTP for a host is redirected.
func (w *walk) redirect(host string) *Finding {
	for _, r := range w.ingressRoutes(host) {
		for _, rule := range backend.Objects(r.Spec, "rules") {
			for _, filter := range backend.Objects(rule, "filters") {
				if filter["type"] == "RequestRedirect" {
					return nil
				}
			}
		}
	}
	return missing("ingress-route", "http://"+host, remade, "no HTTPRoute of Gateway %s/%s redirects http://%s to HTTPS", w.stack.Ingress.Namespace, stack.IngressName, host)
}

// inward checks the way from the gateway to a service, with the decisions of the policies about users.
func (w *walk) inward(server member) *Finding {
	in := w.stack.Ingress
	d, known := w.destination(server)
	from := end{namespace: in.Namespace, account: in.ServiceAccount}
	if known && !slices.ContainsFunc(requests(d), func(r authz.Request) bool { return w.admits(server, from, r, "") }) {
		return missing("ingress-not-admitted", server.String(), `add {from: ["ingress"]} to its allow, or take the route away`,
			"a route of the ingress leads to %s, and no rule of it admits the ingress: users get an error", server)
	}
	if f := w.usesWaypoint(server); f != nil {
		return f
	}
	waypoint, f := w.waypoint(server)
	if f != nil {
		return f
	}
	var pods []end
	for _, pod := range w.entrancePods() {
		pods = append(pods, pod.end())
	}
	return w.arrival(user, server, pods, waypoint)
}

// usesWaypoint checks the label that leads the ingress through the waypoint of a server.
func (w *walk) usesWaypoint(server member) *Finding {
	d, _ := w.destination(server)
	if d.Waypoint == "" {
		return nil
	}
	namespace := w.namespaceOf(server)
	if ns := w.namespace(namespace); ns != nil && ns.Labels[useWaypointLabel] == "true" {
		return nil
	}
	for _, entry := range w.entriesOf(server) {
		if entry.Labels[useWaypointLabel] != "true" {
			return missing("ingress-waypoint-label", namespace+"/"+entry.Name, remade+", which tags the ECS service "+server.String(),
				"ServiceEntry %s/%s is not labelled %s=true, so the ingress goes past waypoint %s, and the tasks refuse it", namespace, entry.Name, useWaypointLabel, d.Waypoint)
		}
	}
	return nil
}

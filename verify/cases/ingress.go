package cases

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

// The ports of the ingress. portStatus is Istio's own, which the load balancer does not serve.
const (
	portHTTP   = 80
	portHTTPS  = 443
	portStatus = 15021
)

// unknownHost is a name that no ingress has. The domain is reserved. (RFC 2606)
const unknownHost = "nobody.invalid"

// ingress tries the way of users outside the mesh: what a route must pass on, and what must be refused at each step.
func (b *builder) ingress() {
	in := b.stack.Ingress
	if !in.On() {
		return
	}
	user := &caller{
		from: backend.Source{User: true}, namespace: in.Namespace, account: in.ServiceAccount,
		identity: b.stack.Identity(in.Namespace, in.ServiceAccount),
	}
	var control *Control
	for _, host := range in.HostKeys() {
		var first *Control
		for n := range in.Hosts[host].Routes {
			if passed := b.entry(user, host, n); first == nil {
				first = passed
			}
		}
		if first == nil {
			continue
		}
		control = cmp.Or(control, first)
		plain := request{From: user.from, Host: stack.Example(host), Port: portHTTP}
		b.failing("ingress/"+host+"/http", "plain HTTP to "+host, backend.Redirect, None, plain, differs(first, "by HTTPS"))
	}
	if control == nil {
		b.inapplicable("ingress", "calls from users", "no service behind the ingress is to run a task that admits a request without a body")
	} else {
		b.closedTo(user, control)
	}
	for _, port := range []int{portHTTP, portHTTPS} {
		b.add(Case{ID: "ingress/sources/" + number(port), Name: "ingress closed to other networks", Kind: Gateway, State: Base, Entrance: true, Port: port, Control: control})
	}
	b.aroundIngress(user)
}

// differs is a control with the ingredient in which it differs.
func differs(c *Control, ingredient string) *Control {
	copied := *c
	copied.Differs = ingredient
	return &copied
}

// entry adds the requests of one route, and returns one that is admitted, nil for none.
func (b *builder) entry(user *caller, host string, n int) *Control {
	of := b.stack.Ingress.Hosts[host]
	route, id := of.Routes[n], fmt.Sprintf("ingress/%s/%d", host, n)
	var targets []*target
	for _, name := range route.Backends() {
		if to := b.behind(name); to != nil {
			targets = append(targets, to)
		}
	}
	if len(targets) == 0 {
		b.inapplicable(id, "users to "+host, "none of its backends is to run a task")
		return nil
	}
	candidates := []sample{{method: "GET", path: cmp.Or(strings.TrimSuffix(route.PathPrefix, "/"), "/")}}
	if len(targets) == 1 {
		// Of several backends nobody can say which one decides.
		for _, s := range b.samples(targets[0].host) {
			if of.RouteFor(s.path) == n && s.String() != candidates[0].String() {
				candidates = append(candidates, s)
			}
		}
	}
	if len(route.Backends()) > 1 {
		b.add(Case{ID: id + "/shares", Name: "users to " + host + candidates[0].path + " are shared out", Kind: Shares, State: Base,
			Host: stack.Example(host), Path: candidates[0].path, Port: portHTTPS, Shares: route.To})
	}
	at := func(s sample) request {
		return request{From: user.from, Host: stack.Example(host), Port: portHTTPS, Method: s.method, Path: s.path, Headers: s.headers}
	}
	var control *Control
	for _, s := range candidates {
		if b.entered(user, targets, s) == answered {
			control = &Control{Base, at(s), answered, "with " + s.String()}
			break
		}
	}
	for k, s := range candidates {
		c := Case{ID: fmt.Sprintf("%s/%d", id, k), Name: "users to " + host + " with " + s.String(), Kind: Call, State: Base, Request: at(s),
			Host: targets[0].host, Expect: b.entered(user, targets, s)}
		switch {
		case c.Expect == answered:
			c.Client = user.identity
			for _, to := range targets {
				c.Servers = append(c.Servers, b.answering(to, s.of(to, user))...)
			}
		case c.Expect == backend.L7 && control != nil:
			c.Control = control
		default:
			b.inapplicable(c.ID, c.Name, "the stack's policies refuse it, and no other request of a user is admitted there")
			continue
		}
		b.add(c)
	}
	return control
}

// entered is the outcome of a request of a user by the stack's declaration: the same for all backends, or "".
func (b *builder) entered(user *caller, targets []*target, s sample) backend.Outcome {
	var outcome backend.Outcome
	for n, to := range targets {
		one := b.declared(user, to, s.of(to, user))
		if n > 0 && one != outcome {
			return ""
		}
		outcome = one
	}
	return outcome
}

// closedTo adds what the ingress must not pass on to anybody: requests for other hosts, and other ports.
func (b *builder) closedTo(user *caller, control *Control) {
	for _, port := range []int{portHTTP, portHTTPS} {
		b.failing("ingress/unknown-host/"+number(port), "users to a host that the ingress does not have", backend.Unrouted, None,
			request{From: user.from, Host: unknownHost, Port: port}, differs(control, "a host of the ingress"))
	}
	ports := []int{portStatus}
	for _, host := range b.stack.Hostnames() {
		if port := b.stack.Destinations[host].Port; !slices.Contains([]int{0, portHTTP, portHTTPS}, port) {
			ports = append(ports, port)
		}
	}
	slices.Sort(ports)
	for _, port := range slices.Compact(ports) {
		r := control.Request
		r.Port = port
		b.failing("ingress/port/"+number(port), "users to another port of the ingress", backend.Network, None, r, differs(control, "port 443"))
	}
}

// aroundIngress asks for every service whether its tasks refuse the ingress: those behind a waypoint, which alone they
// admit, and those that no rule opens to users.
func (b *builder) aroundIngress(user *caller) {
	for _, host := range b.stack.Hostnames() {
		d, to := b.stack.Destinations[host], b.behind(host)
		if to == nil || d.PolicyStage == "" || d.PolicyStage == stack.StagePermissive {
			continue
		}
		if d.Waypoint == "" && b.declared(user, to, to.request(user)) == answered {
			continue
		}
		b.add(Case{ID: "ingress/around/" + label(host, d), Name: "tasks of " + label(host, d) + " refuse the ingress", Kind: Refusal, State: Base,
			Host: host, Client: user.identity, Port: to.port})
	}
}

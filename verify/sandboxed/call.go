package sandboxed

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"istio.io/istio/pkg/workloadapi"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/policy"
)

// The exit codes of curl for what a model can see.
const (
	exitName      = 6
	exitRefused   = 7
	exitTimeout   = 28
	exitReset     = 56
	exitProxyName = 97
)

// Call decides one call.
func (b *Backend) Call(ctx context.Context, r backend.Request) backend.Answer {
	started := time.Now()
	var answer backend.Answer
	err := ctx.Err()
	if err == nil {
		err = b.look(func(m *model) error { answer = m.call(r); return nil })
	}
	if err != nil {
		answer = backend.Answer{Outcome: backend.Undecided, Why: err.Error()}
	}
	answer.Took = time.Since(started)
	return answer
}

func undecided(why string) backend.Answer {
	return backend.Answer{Outcome: backend.Undecided, Why: why}
}

func lost(why string) backend.Answer {
	return backend.Answer{Outcome: backend.Network, Exit: exitTimeout, Why: why}
}

func refused(why string) backend.Answer {
	return backend.Answer{Outcome: backend.Network, Exit: exitRefused, Why: why}
}

func reset(why string) backend.Answer {
	return backend.Answer{Outcome: backend.Policy, Exit: exitReset, Why: why}
}

// nameless is the result of an unknown name: the resolver or the SOCKS proxy reports it.
func (c *caller) nameless(why string) backend.Answer {
	exit := exitName
	if c.socks && c.names {
		exit = exitProxyName
	}
	return backend.Answer{Outcome: backend.Name, Exit: exit, Why: why}
}

// call follows a request from its start to the application.
func (m *model) call(r backend.Request) backend.Answer {
	if r.Task != "" {
		cluster, service, _ := strings.Cut(r.Task, "/")
		tasks := m.tasksOf(cluster, service)
		if len(tasks) == 0 {
			return undecided("no task of " + r.Task + " runs, so there is no address to call")
		}
		r.Host = tasks[0].title()
		if host, ok := m.host(tasks[0]); ok {
			r.Host = host.IP.String()
		}
	}
	if r.From.User {
		return m.enter(r)
	}
	c, why := m.caller(r)
	if why != "" {
		return undecided(why)
	}
	if c.dead != "" {
		return refused(c.dead)
	}
	ip, err := netip.ParseAddr(r.Host)
	switch {
	case !c.proxied && err == nil:
		return m.direct(c, ip, r)
	case !c.proxied:
		return m.directByName(c, r)
	case err == nil:
		return m.throughByAddress(c, ip, r)
	}
	return m.throughByName(c, r)
}

// throughByName is a call to a name that ztunnel takes.
func (m *model) throughByName(c *caller, r backend.Request) backend.Answer {
	service := m.istiod.Lookup(r.Host, c.namespace)
	switch {
	case service == nil:
		return m.outside(c, r)
	case !c.names && !(c.localNames && kubernetesName(service)):
		return c.nameless(fmt.Sprintf("%s is not resolved by ztunnel, and no other name server knows %s", c.name, r.Host))
	case c.names && !policy.Resolves(service, c.network):
		return c.nameless(fmt.Sprintf("ztunnel of %s is on mesh network %q, and %s has no virtual address there", c.name, c.network, r.Host))
	}
	return m.toService(c, service, r)
}

// throughByAddress calls an address that ztunnel handles, of a workload or of a service.
func (m *model) throughByAddress(c *caller, ip netip.Addr, r backend.Request) backend.Answer {
	if w := m.istiod.At(c.network, ip); w != nil {
		return m.toEndpoint(c, policy.Endpoint{Workload: w, Port: uint32(r.Port)}, r)
	}
	for _, s := range m.istiod.Services() {
		for _, vip := range policy.VIPs(s) {
			if vip == ip.String() && policy.Resolves(s, c.network) {
				return m.toService(c, s, r)
			}
		}
	}
	// ztunnel passes on what it does not know.
	return m.direct(c, ip, r)
}

// toService chooses an endpoint. A client takes any of them, so of several the worst answer counts.
func (m *model) toService(c *caller, s *workloadapi.Service, r backend.Request) backend.Answer {
	if policy.WaypointOf(s) != "" {
		return m.throughWaypoint(c, s, r)
	}
	return m.toEndpoints(s, r, 0, func(e policy.Endpoint) backend.Answer { return m.toEndpoint(c, e, r) })
}

// toEndpoints tries every endpoint. A client that repeats a call so many times, each time at another endpoint, fails only if it
// can meet no endpoint that answers.
func (m *model) toEndpoints(s *workloadapi.Service, r backend.Request, repeats int, try func(policy.Endpoint) backend.Answer) backend.Answer {
	var worst, best *backend.Answer
	dead := 0
	for _, e := range m.istiod.Endpoints(s, uint32(r.Port)) {
		if e.Status != workloadapi.WorkloadStatus_HEALTHY {
			continue
		}
		answer := try(e)
		if answer.Outcome == backend.Answered {
			best = &answer
		} else {
			dead++
		}
		if worst == nil || worst.Outcome == backend.Answered && answer.Outcome != backend.Answered {
			worst = &answer
		}
	}
	if best != nil && dead <= repeats {
		return *best
	}
	if worst == nil {
		return reset(fmt.Sprintf("%s has no endpoint for port %d: ztunnel has nowhere to connect to", s.Hostname, r.Port))
	}
	return *worst
}

// toEndpoint is a call that ztunnel makes to a workload it knows.
func (m *model) toEndpoint(c *caller, e policy.Endpoint, r backend.Request) backend.Answer {
	ip := policy.Address(e.Workload)
	if e.TunnelProtocol != workloadapi.TunnelProtocol_HBONE {
		r.Port = int(e.Port)
		answer := m.direct(c, ip, r)
		answer.Why = fmt.Sprintf("%s is not part of the mesh, so ztunnel speaks plain TCP to it: %s", e.Name, answer.Why)
		return answer
	}
	way := m.way(c, e.Workload, ip)
	if !way.open {
		return lost(way.why)
	}
	answer := m.tunnel(c, e, r)
	answer.Why = joined(answer.Why, way.unknown)
	return answer
}

// tunnel continues once two proxies can reach each other. Both prove their identities. The destination's proxy
// decides, and passes the bytes to the application.
func (m *model) tunnel(c *caller, e policy.Endpoint, r backend.Request) backend.Answer {
	if c.doubt != "" {
		return reset(c.doubt)
	}
	d := m.destination(policy.Address(e.Workload))
	if d.why != "" {
		return reset(d.why)
	}
	if expected := policy.Identity(e.Workload); d.identity != expected {
		return reset(fmt.Sprintf("the client's ztunnel expects %s to be %s, and it proves to be %s", e.Name, expected, d.identity))
	}
	if why := m.strangers(c.trust, d.trust); why != "" {
		return reset(fmt.Sprintf("%s and %s do not accept each other: %s", c.name, d.name, why))
	}
	allowed, by := m.istiod.Decide(policy.Connection{Identity: c.identity, Source: c.host.IP, Destination: e.Workload, Port: e.Port})
	if !allowed {
		return reset(by)
	}
	if !d.listens(e.Port) {
		return reset(fmt.Sprintf("nothing in %s listens on port %d", d.name, e.Port))
	}
	answer := m.answered(d, r, by)
	if d.logs {
		answer.Client, answer.Server = c.identity, d.identity
	} else {
		answer.Why += "; " + d.name + " writes no log of it"
	}
	return answer
}

// answered is the application's answer.
func (m *model) answered(d destination, r backend.Request, by string) backend.Answer {
	method := r.Method
	if method == "" {
		method = "GET"
	}
	path := r.Path
	if path == "" {
		path = "/"
	}
	body, err := json.Marshal(map[string]string{"hostname": d.hostname, "method": method, "path": path})
	if err != nil {
		return undecided(err.Error()) // strings always encode
	}
	return backend.Answer{Outcome: backend.Answered, Status: 200, Body: string(body), Why: by}
}

// joined appends a remark to a sentence.
func joined(why, remark string) string {
	if remark == "" {
		return why
	}
	return why + "; " + remark
}

func kubernetesName(s *workloadapi.Service) bool {
	return strings.HasSuffix(s.Hostname, ".svc.cluster.local")
}

// outside is a call through ztunnel to a name that the mesh does not have: the resolver of the place is asked.
func (m *model) outside(c *caller, r backend.Request) backend.Answer {
	if ok, why := aws.Dial(m.Tx, c.host, r.Host, r.Port); ok && m.public(r.Host) {
		return undecided(r.Host + " is a name of the internet: what it answers is not known here")
	} else if !m.public(r.Host) {
		return c.nameless("no name server knows " + r.Host)
	} else {
		return lost(why)
	}
}

// public reports whether a name could belong to the internet and not to the mesh, the VPC or the cluster.
func (m *model) public(host string) bool {
	for _, a := range m.stack.Accounts {
		if host == a.Domain || strings.HasSuffix(host, "."+a.Domain) {
			return false
		}
	}
	for _, suffix := range []string{".local", ".internal", ".invalid", ".test", ".example"} {
		if strings.HasSuffix(host, suffix) {
			return false
		}
	}
	return strings.Contains(host, ".")
}

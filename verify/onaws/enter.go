package onaws

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/curl"
	"ambient-ecs/verify/onaws/proxy"
	"ambient-ecs/verify/stack"
)

// visitor is the Deployment from whose pods an internal ingress is called.
var visitor = backend.Source{Namespace: "default", Workload: "eks-shell"}

// Visits says why no call of a user can be made, or "". An ingress with public addresses is called from this machine. An internal one
// is called from a pod of the test workloads, if its sources hold the pod's network.
func (b *AWS) Visits() string {
	door := b.stack.Entrance()
	home := b.stack.Accounts[b.stack.HomeAccount].CIDRs()
	switch {
	case door.Address == "":
		return "the stack's outputs name no address of the ingress"
	case door.Public:
		return ""
	case !b.stack.TestWorkloads:
		return "an internal ingress is called from a pod, and the stack has no test workloads (testWorkloads)"
	case !slices.ContainsFunc(home, door.Admits):
		return "an internal ingress is called from a pod, and the network of the pods, " + strings.Join(home, " or ") + ", is not among ingress.sources"
	}
	return ""
}

// attempts is how often a pod calls an internal ingress. A load balancer does not lead a connection back to the node that it came
// from, so an attempt can time out although all is well.
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-troubleshooting.html, 2026-11-29)
const attempts = 3

// enter makes a call of a user.
func (b *AWS) enter(ctx context.Context, r backend.Request) backend.Answer {
	if why := b.Visits(); why != "" {
		return undecided(errors.New(why))
	}
	// Envoy logs the query and routes without it. So the line of this call is known, whatever its client's address is.
	mark := curl.NewMarker()
	if !strings.HasPrefix(r.Path, "/") {
		r.Path = "/" + r.Path
	}
	r.Path += "?verify=" + mark
	since := time.Now().Add(-2 * time.Second)
	var result curl.Result
	if b.stack.Entrance().Public {
		result = visit(ctx, b.stack.IngressAddress, r)
	} else {
		from, err := b.place(ctx, visitor)
		if err != nil {
			return undecided(fmt.Errorf("no call from %s: %w", visitor, err))
		}
		for range attempts {
			script, err := curl.NewVisit(curl.NewMarker(), b.stack.IngressAddress, r)
			if err != nil {
				return undecided(err)
			}
			limited, cancel := context.WithTimeout(ctx, curl.DefaultTimeout+overhead)
			shown, err := from.run(limited, script)
			cancel()
			if result = curl.Parse(script.Marker, shown); !result.Found {
				return undecided(fmt.Errorf("no result came back: %s", reason(shown, err)))
			}
			if result.Entered().Outcome != backend.Network {
				break
			}
		}
	}
	answer := result.Entered()
	if answer.Outcome == backend.Network && b.stack.Entrance().Public && !b.stack.Entrance().Admits("0.0.0.0/0") {
		answer.Outcome = backend.Undecided
		answer.Why += "; this machine may not be among ingress.sources"
	}
	if answer.Status != 0 && b.options.LogWait >= 0 {
		if err := b.followUser(ctx, r, since, &answer); err != nil {
			answer.Why += "; the access log could not be read: " + err.Error()
		}
	}
	return answer
}

// visit calls a load balancer from this machine. The certificate is not checked: it is for the host, and who trusts it is not known
// here.
func visit(ctx context.Context, address string, r backend.Request) curl.Result {
	ctx, cancel := context.WithTimeout(ctx, curl.DefaultTimeout)
	defer cancel()
	scheme := "http"
	if r.Port == 443 {
		scheme = "https"
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, scheme+"://"+net.JoinHostPort(r.Host, strconv.Itoa(r.Port))+r.Path, strings.NewReader(r.Data))
	if err != nil {
		return curl.Failed(err)
	}
	for name, value := range r.Headers {
		request.Header.Set(name, value)
	}
	transport := &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{ServerName: r.Host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort(address, strconv.Itoa(r.Port)))
		},
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return curl.Failed(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10)) // what came is enough to tell who answered
	result := curl.Result{Found: true, Status: response.StatusCode, Body: string(body)}
	for name, values := range response.Header {
		for _, value := range values {
			result.Headers = append(result.Headers, name+": "+value)
		}
	}
	return result
}

// followUser adds the identities of a user's call from the access logs of the gateway and, where it goes there, of the waypoint. An
// identity is the one that istiod gave to the workload at an address, since the proxies accept no other certificate.
func (b *AWS) followUser(ctx context.Context, r backend.Request, since time.Time, answer *backend.Answer) error {
	var hop proxy.Request
	at, known := netip.Addr{}, false
	if _, err := b.await(ctx, b.options.LogWait, func() (done bool, err error) {
		at, hop, known, err = b.entryLine(ctx, b.stack.Ingress.Namespace+"/"+stack.IngressName, r, since)
		return known, err
	}); err != nil || !known {
		return err
	}
	answer.Why += "; the gateway's log: " + hop.Details
	var err error
	if answer.Caller, err = b.identityAt(ctx, at); err != nil {
		return err
	}
	answer.Client = answer.Caller
	for _, waypoint := range b.waypointsOfUser(r) {
		from, next, passed, err := b.entryLine(ctx, waypoint, r, since)
		if err != nil {
			return err
		}
		if passed {
			hop = next
			answer.Why += "; the log of waypoint " + waypoint + ": " + hop.Details
			if answer.Client, err = b.identityAt(ctx, from); err != nil {
				return err
			}
		}
	}
	if answer.Outcome == backend.Answered && hop.Endpoint.IsValid() {
		answer.Server, err = b.identityAt(ctx, hop.Endpoint.Addr())
	}
	return err
}

// entryLine is the line of a user's call in the access logs of a gateway's pods, with the address of the pod.
func (b *AWS) entryLine(ctx context.Context, gateway string, r backend.Request, since time.Time) (at netip.Addr, hop proxy.Request, known bool, err error) {
	pods, err := b.waypointPods(ctx, gateway)
	if err != nil {
		return at, hop, false, err
	}
	for _, pod := range pods {
		texts, err := b.cluster.Logs(ctx, pod, proxyContainer, since)
		if err != nil {
			return at, hop, false, err
		}
		for _, text := range texts {
			if line, ok := proxy.ParseRequest(text); ok && line.Path == r.Path {
				at, _ = netip.ParseAddr(pod.Status.PodIP)
				hop, known = line, true
			}
		}
	}
	return at, hop, known, nil
}

// waypointsOfUser are the waypoints in front of the services to which a user's request may go.
func (b *AWS) waypointsOfUser(r backend.Request) []string {
	var all []string
	path, _, _ := strings.Cut(r.Path, "?")
	for _, host := range b.stack.Ingress.HostKeys() {
		of := b.stack.Ingress.Hosts[host]
		n := of.RouteFor(path)
		if stack.Example(host) != r.Host || n < 0 {
			continue
		}
		for _, name := range of.Routes[n].Backends() {
			if d := b.stack.Destinations[name]; d.Waypoint != "" && !slices.Contains(all, d.Namespace+"/"+d.Waypoint) {
				all = append(all, d.Namespace+"/"+d.Waypoint)
			}
		}
	}
	return all
}

var _ backend.Visitor = (*AWS)(nil)

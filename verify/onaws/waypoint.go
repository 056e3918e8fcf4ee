package onaws

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/onaws/proxy"
)

// labelGateway is on the pods of a gateway, which a waypoint is.
const labelGateway = "gateway.networking.k8s.io/gateway-name"

func (b *AWS) waypointPods(ctx context.Context, waypoint string) ([]corev1.Pod, error) {
	namespace, gateway := cutSlash(waypoint)
	return b.cluster.Pods(ctx, namespace, labelGateway+"="+gateway)
}

// identifyThroughWaypoint waits for the log lines of a call that a waypoint took. The line of the caller's ztunnel has the
// caller's identity, and the waypoint's line has the endpoint that answered.
//
// The ztunnel of the endpoint writes its line when the connection ends, and a waypoint keeps its connections open for the next
// request. Without that line, the endpoint's identity is the one that istiod gave to the workload at its address. The waypoint
// accepts no other certificate.
func (b *AWS) identifyThroughWaypoint(ctx context.Context, s search, answer *backend.Answer) error {
	through, err := b.waypointPods(ctx, s.to.waypoint)
	if err != nil {
		return err
	}
	if len(through) == 0 {
		// While the waypoint has no pod, Istio sends traffic directly.
		return b.identify(ctx, s, answer)
	}
	var hop proxy.Request
	var own proxy.Connection
	known := false
	if _, err := b.await(ctx, b.options.LogWait, func() (bool, error) {
		if hop, known, err = b.hop(ctx, s, through, answer.Status); err != nil {
			return true, err
		}
		lines, err := b.lines(ctx, []string{s.from.service}, s.since)
		if err != nil {
			return true, err
		}
		own = shown(lines, s)
		return known && own.SourceIdentity != "", nil
	}); err != nil {
		return err
	}
	if own.SourceIdentity != "" {
		answer.Caller = own.SourceIdentity
		answer.Why += "; the caller's ztunnel showed " + answer.Caller + " to the waypoint " + s.to.waypoint
	}
	lines, err := b.lines(ctx, s.to.services, s.since)
	if err != nil {
		return err
	}
	if known {
		lines = slices.DeleteFunc(lines, func(l proxy.Connection) bool { return l.Target != hop.Endpoint.String() })
	}
	via := origin{service: inEKS}
	for _, pod := range through {
		via.addresses = append(via.addresses, addresses(pod.Status.PodIP, pod.Status.HostIP)...)
	}
	line, seen := pick(lines, s.to, via)
	switch {
	case seen:
		answer.Client, answer.Server = line.SourceIdentity, line.DestinationIdentity
	case known:
		answer.Client = own.DestinationIdentity
		if answer.Server, err = b.identityAt(ctx, hop.Endpoint.Addr()); err != nil {
			return err
		}
		answer.Why += "; the waypoint's log says that " + hop.Endpoint.String() + " answered, which istiod knows as " + cmp.Or(answer.Server, "nobody")
	default:
		answer.Why += noLine
	}
	return nil
}

// identityAt is the identity that istiod sends to ztunnel for the workload at an address, "" for none.
func (b *AWS) identityAt(ctx context.Context, address netip.Addr) (string, error) {
	dump, err := b.oneDump(ctx)
	if err != nil {
		return "", err
	}
	for _, w := range dump.BackendWorkloads() {
		if w.Address == address.String() {
			return w.Identity, nil
		}
	}
	return "", nil
}

// askWaypoint looks in a waypoint's log for a call that it answered with an error.
func (b *AWS) askWaypoint(ctx context.Context, s search, answer *backend.Answer) error {
	through, err := b.waypointPods(ctx, s.to.waypoint)
	if err != nil {
		return err
	}
	_, err = b.await(ctx, min(b.options.LogWait, maxReset), func() (bool, error) {
		hop, known, err := b.hop(ctx, s, through, answer.Status)
		if err != nil || !known {
			return err != nil, err
		}
		answer.Why += "; waypoint " + s.to.waypoint + ": " + hop.Details
		if hop.Flags != "-" {
			answer.Why += ", flags " + hop.Flags
		}
		return true, nil
	})
	return err
}

// hop is the line of a call in the access logs of a waypoint's pods. Calls that differ in a header alone are told apart by how
// they ended.
func (b *AWS) hop(ctx context.Context, s search, through []corev1.Pod, status int) (hop proxy.Request, known bool, err error) {
	r := s.request
	method, path := cmp.Or(strings.ToUpper(r.Method), "GET"), cmp.Or(r.Path, "/")
	authorities := []string{r.Host, net.JoinHostPort(r.Host, strconv.Itoa(r.Port))}
	for _, pod := range through {
		texts, err := b.cluster.Logs(ctx, pod, proxyContainer, s.since)
		if err != nil {
			return proxy.Request{}, false, err
		}
		for _, text := range texts {
			line, ok := proxy.ParseRequest(text)
			if ok && !line.Time.Before(s.since) && line.Method == method && line.Path == path && line.Status == status &&
				slices.Contains(authorities, line.Authority) && slices.Contains(s.from.addresses, line.Client.Addr().Unmap()) && line.Time.After(hop.Time) {
				hop, known = line, true
			}
		}
	}
	return hop, known, nil
}

// shown is the line of the caller's ztunnel with the identity that it presented to the waypoint, empty if there is none.
func shown(lines []proxy.Connection, s search) proxy.Connection {
	for _, line := range slices.Backward(lines) {
		if s.from.wrote(line) && line.Error == "" && line.Service == s.request.Host && line.SourceIdentity != "" {
			return line
		}
	}
	return proxy.Connection{}
}

package sandboxed

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/doctor"
)

// No application runs in the sandbox, so nothing is logged. What ztunnels and flow logs would have recorded follows from what
// applications would do: each that a rule of the stack file admits to a service, or that names its client, calls as its variables say.
//
// clientLabel is a Docker label of an application's container. With clientDirect its client calls past every proxy, whatever its
// variables say.
const (
	clientLabel  = "ambient-ecs.sandbox/client"
	clientDirect = "direct"
	// applicationsPort is the local port of such a call.
	applicationsPort = 40000
)

var _ doctor.Recorder = (*Backend)(nil)

// Calls implements doctor.Recorder.
func (b *Backend) Calls(_ context.Context, q doctor.CallQuery) (*doctor.Calls, error) {
	return read(b, func(tx *world.Tx) *doctor.Calls {
		m := &model{Tx: tx, stack: b.stack}
		seen := &doctor.Calls{Outbound: map[string]doctor.Outbound{}}
		for _, caller := range q.Callers {
			m.outbound(caller, q.Since, seen)
		}
		m.refused(seen)
		m.unrecorded(q, seen)
		return seen
	})
}

// outbound is the access log of a service's ztunnels. The sandbox has no clock, so the tasks have always run.
func (m *model) outbound(caller string, since time.Time, seen *doctor.Calls) {
	cluster, service, _ := strings.Cut(caller, "/")
	log := doctor.Outbound{Since: since}
	for _, t := range m.tasksOf(cluster, service) {
		if !t.logs(ztunnel) {
			seen.Unseen = append(seen.Unseen, fmt.Sprintf("whether the calls of %s reach its ztunnel: the ztunnel of %s does not log to CloudWatch", caller, t.title()))
			return
		}
		log.Called = log.Called || t.started() && t.obeys()
	}
	seen.Outbound[caller] = log
}

// obeys reports whether the application hands its calls to its ztunnel.
func (t task) obeys() bool {
	return t.container(ztunnel) != nil && !t.direct() && strings.HasSuffix(variable(t.application(), "ALL_PROXY"), "://"+socks)
}

func (t task) direct() bool {
	return api.Strings(t.application(), "dockerLabels")[clientLabel] == clientDirect
}

// refused are the calls of applications that call past every proxy, as far as a security group refuses them and a flow log says so.
func (m *model) refused(seen *doctor.Calls) {
	for _, cluster := range m.stack.ClusterKeys() {
		for _, service := range m.stack.Clusters[cluster].ServiceKeys() {
			for _, t := range m.tasksOf(cluster, service) {
				host, ok := m.host(t)
				if !ok || !t.started() || !t.direct() {
					continue
				}
				for _, to := range m.calledBy(cluster, service) {
					port := m.stack.Destinations[to.hostname].Port
					if vpc := aws.RefusedAt(m.Tx, host, to.ip, port); vpc != "" && aws.RecordsRefusals(m.Tx, vpc) {
						seen.Refused = append(seen.Refused, doctor.Refusal{From: host.IP.String(), To: to.ip.String(), FromPort: applicationsPort, Port: port, Time: time.Now()})
					}
				}
			}
		}
	}
}

// callee is a task behind a hostname.
type callee struct {
	hostname string
	ip       netip.Addr
}

// calledBy are the tasks of the services to which a rule admits a service.
func (m *model) calledBy(cluster, service string) (all []callee) {
	own := m.stack.Clusters[cluster].Services[service]
	for _, host := range m.stack.Hostnames() {
		if host == own.Hostname || !m.stack.Destinations[host].Names(m.stack.NamespaceOf(cluster, service), own.ServiceAccount) {
			continue
		}
		for _, key := range m.stack.ClusterKeys() {
			for _, name := range m.stack.Clusters[key].ServiceKeys() {
				if m.stack.Clusters[key].Services[name].Hostname != host {
					continue
				}
				for _, t := range m.tasksOf(key, name) {
					if to, ok := m.host(t); ok {
						all = append(all, callee{host, to.IP})
					}
				}
			}
		}
	}
	return all
}

// unrecorded says in which accounts no flow log records refused connections.
func (m *model) unrecorded(q doctor.CallQuery, seen *doctor.Calls) {
	var without []string
	for _, account := range slices.Sorted(maps.Keys(q.Interfaces)) {
		if !aws.RecordsRefusals(m.Tx, m.stack.VpcIDs[account]) {
			without = append(without, account)
		}
	}
	if len(without) > 0 {
		seen.Unseen = append(seen.Unseen, fmt.Sprintf("connections that the network refused in account %s: its VPC has no flow log that records them in CloudWatch Logs (the key flowLogs)", strings.Join(without, ", ")))
	}
}

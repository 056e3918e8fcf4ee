package cases

import (
	"maps"
	"path"
	"slices"
	"strings"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

// The kinds of cases about observability. These cases are inspected and not tried, because only a real fault
// would show whether an alarm fires.
const (
	// Finding asks whether Prometheus finds the tasks of an account.
	Finding Kind = "finding"
	// Metrics asks whether Prometheus gets the metrics of a service's ztunnels.
	Metrics Kind = "metrics"
	// MetricsPort asks whether the port of these metrics is closed to everybody but Prometheus, or without metrics to all.
	MetricsPort Kind = "metrics-port"
	// Alarm asks whether an alarm exists, watches something that exists, and tells somebody.
	Alarm Kind = "alarm"
	// Counting asks whether a metric filter matches the lines that it is for, and no others.
	Counting Kind = "counting"
	// Query asks whether a saved query asks log groups that exist.
	Query Kind = "query"
	// Shipping asks whether the logs of istio-system reach their log group.
	Shipping Kind = "shipping"
	// Tracing compares where a waypoint sends traces with what is declared.
	Tracing Kind = "tracing"
)

// Observed are the kinds that only a backend.Observer can decide.
func Observed(k Kind) bool {
	return slices.Contains([]Kind{Finding, Metrics, MetricsPort, Alarm, Counting, Query, Shipping}, k)
}

// observability checks whether the observability tools see the mesh.
func (b *builder) observability() {
	o := b.stack.Observability
	if o == nil {
		return // the outputs of an older stack do not say
	}
	found := map[string]bool{}
	for _, p := range b.clusters {
		c := b.stack.Clusters[p.key]
		// Prometheus gets to no task of an account that only calls.
		metrics := o.Metrics && !b.stack.CallsOnly(p.account)
		if metrics && !found[p.account] {
			found[p.account] = true
			b.add(Case{ID: "scrape/" + p.account, Name: "Prometheus finds tasks in " + p.account, Kind: Finding, State: Base, Account: p.account})
		}
		for _, name := range c.ServiceKeys() {
			if c.Services[name].DesiredCount == 0 {
				continue
			}
			of := Case{State: Base, Cluster: p.key, Service: name, Port: backend.PortMetrics}
			if metrics {
				of.ID, of.Name, of.Kind = "metrics/"+p.key+"/"+name, "metrics of "+name+" in "+p.key+" are scraped", Metrics
				b.add(of)
			}
			of.ID, of.Name, of.Kind = "metrics-port/"+p.key+"/"+name, "metrics of "+name+" in "+p.key+" are for Prometheus only", MetricsPort
			b.add(of)
		}
	}
	b.alarms(o)
	for _, account := range slices.Sorted(maps.Keys(o.Queries)) {
		for _, name := range slices.Sorted(maps.Keys(o.Queries[account])) {
			b.add(Case{ID: "query/" + account + "/" + path.Base(name), Name: "saved query " + name, Kind: Query, State: Base, Account: account, Subject: name})
		}
	}
	if b.stack.MeshLogGroup != "" {
		b.add(Case{ID: "cluster-logs/" + b.stack.HomeAccount, Name: "logs of istio-system reach CloudWatch", Kind: Shipping, State: Base, Account: b.stack.HomeAccount})
	}
	if o.Tracing.Provider != "" {
		b.tracing()
	}
}

// alarms asks for every alarm, and for the metric filter behind it if it counts log lines.
func (b *builder) alarms(o *stack.Observability) {
	for _, account := range slices.Sorted(maps.Keys(o.Alarms)) {
		for _, name := range slices.Sorted(maps.Keys(o.Alarms[account])) {
			short := strings.TrimPrefix(name, b.stack.InstallName+"-")
			b.add(Case{ID: "alarm/" + account + "/" + short, Name: "alarm " + name, Kind: Alarm, State: Base, Account: account, Subject: name})
			if counts := o.Alarms[account][name].Counts; counts != nil {
				b.add(Case{ID: "counting/" + account + "/" + short, Name: "lines for alarm " + name, Kind: Counting, State: Base, Account: account, Subject: name, Of: counts.Of})
			}
		}
	}
}

// tracing asks every waypoint. ztunnel sees connections and no requests, and sends no traces.
func (b *builder) tracing() {
	waypoints := b.stack.Waypoints()
	if len(waypoints) == 0 {
		b.inapplicable("tracing", "waypoints send traces", "the stack has no waypoint, and nothing else sends traces")
	}
	for _, name := range waypoints {
		b.add(Case{ID: "tracing/" + name, Name: "waypoint " + name + " sends traces", Kind: Tracing, State: Base, Subject: name})
	}
}

// looking is the text for a case about observability, and whether the case is one.
func (c Case) looking() (source, destination, expected string, ok bool) {
	service := c.Cluster + "/" + c.Service
	switch c.Kind {
	case Finding:
		return "Prometheus", "tasks in " + c.Account, "finds them", true
	case Metrics:
		return "Prometheus", "ztunnel of " + service + ":" + number(c.Port), "scraped", true
	case MetricsPort:
		return "everybody else", "ztunnel of " + service + ":" + number(c.Port), "closed", true
	case Alarm:
		return "CloudWatch in " + c.Account, c.Subject, "watches", true
	case Counting:
		return "metric filter in " + c.Account, c.Subject, "counts its lines", true
	case Query:
		return "saved query in " + c.Account, c.Subject, "asks what exists", true
	case Shipping:
		return "istio-system", "log group in " + c.Account, "shipped", true
	case Tracing:
		return "waypoint " + c.Subject, "collector", "as declared", true
	}
	return "", "", "", false
}

// Lines are log lines that a metric filter must count, and lines of the same writer that it must not. ztunnel's are as its
// source writes them (istio/ztunnel, src/xds/client.rs and src/proxy/metrics.rs), istiod's as Solo's distribution 1.28 was seen to.
func Lines(of string) (counted, others []string) {
	const at = "2026-01-09T10:00:00.000000Z\t"
	switch of {
	case stack.OfZtunnel:
		return []string{
				at + "warn\txds::client:xds{id=7}\tXDS client connection error: gRPC connection error connecting to https://gateway:15012: status: Unknown, message: \"client error (Connect)\", source: tcp connect error, retrying in 15s",
				at + "warn\txds::client:xds{id=8}\tXDS client connection error: gRPC connection error:status: Unauthenticated, message: \"authentication failure\", retrying in 10ms",
			}, []string{
				at + "info\txds::client:xds{id=7}\tStream established",
				at + "info\taccess\tconnection complete\tsrc.addr=10.0.1.9:4711 dst.service=\"echo\" direction=\"inbound\" bytes_sent=1 bytes_recv=1 duration=\"13ms\"",
				at + "error\taccess\tconnection failed\tsrc.addr=10.0.1.9:4711 direction=\"outbound\" error=\"connection closed due to policy rejection: allow policies exist, but none allowed\"",
			}
	case stack.OfIstiod:
		return []string{
				at + "error\tecs\tfailed to discover clusters with role arn:aws:iam::444455556666:role/discovery: operation error ECS: ListClusters, api error AccessDeniedException: not authorized",
			}, []string{
				at + "info\tecs\tdiscovered 3 clusters",
				at + "info\tads\tADS: new connection for node:ztunnel-1",
			}
	}
	return nil, nil
}

package policy

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	trace "github.com/envoyproxy/go-control-plane/envoy/config/trace/v3"
	manager "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
)

// Traces is the destination of a waypoint's traces of the requests to one service, by OpenTelemetry's protocol. The zero value
// means none.
type Traces struct {
	// Service and Port are those of the collector. Known says that istiod has sent its endpoints to the waypoint.
	Service string
	Port    uint32
	Known   bool
	// Sampling is the share of the requests, in percent.
	Sampling float64
}

// Traces are the tracing settings that istiod sends to a waypoint ("namespace/name"), one for each of its HTTP filter
// chains.
func (i *Istiod) Traces(waypoint string) ([]Traces, error) {
	known, ok := i.waypoints[waypoint]
	if !ok {
		return nil, fmt.Errorf("istiod has no listeners for the waypoint %s", waypoint)
	}
	var all []Traces
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if t := known[name].traces; t != nil {
			all = append(all, *t)
		}
	}
	return all, nil
}

// readTraces reads the tracing of a connection manager. A provider that does not use OpenTelemetry's protocol is shown by its
// name. Known are the names of the waypoint's clusters.
func readTraces(connections *manager.HttpConnectionManager, known map[string]bool) (*Traces, error) {
	tracing := connections.GetTracing()
	if tracing.GetProvider() == nil {
		return &Traces{}, nil
	}
	traces := &Traces{Service: tracing.GetProvider().GetName(), Sampling: 100}
	if share := tracing.GetRandomSampling(); share != nil {
		traces.Sampling = share.GetValue()
	}
	typed := &trace.OpenTelemetryConfig{}
	if any := tracing.GetProvider().GetTypedConfig(); any.MessageIs(typed) {
		if err := any.UnmarshalTo(typed); err != nil {
			return nil, fmt.Errorf("tracing: %w", err)
		}
		cluster := typed.GetGrpcService().GetEnvoyGrpc().GetClusterName()
		traces.Service, traces.Known = cluster, known[cluster]
		// "outbound|port|subset|hostname"
		if parts := strings.Split(cluster, "|"); len(parts) == 4 {
			port, err := strconv.ParseUint(parts[1], 10, 16)
			if err != nil {
				return nil, fmt.Errorf("tracing: the cluster %s has no port: %w", cluster, err)
			}
			traces.Service, traces.Port = parts[3], uint32(port)
		}
	}
	return traces, nil
}

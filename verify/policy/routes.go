package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	routes "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	faults "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/fault/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"istio.io/istio/pkg/workloadapi"
)

// faultFilter is the name of Envoy's fault filter in a route's configuration.
const faultFilter = "envoy.filters.http.fault"

// Route is how a waypoint handles the requests that match. The first matching route of a service applies.
type Route struct {
	Match Match
	// Backends share the requests by weight. A backend without a weight gets none.
	Backends []Backend
	// Timeout limits the duration of a request. 0 means no limit.
	Timeout time.Duration
	Retries Retries
	// Fault is the injected fault, nil for none.
	Fault *Fault
}

// Match are the conditions on a request. The zero value matches all.
type Match struct {
	// Path is the exact path. Prefix is a prefix of the path, of whole segments if Segments is set. Empty means any.
	Path, Prefix string
	Segments     bool
	// Headers are names in lower case with exact values; ":method" is the method. "*" is any value.
	Headers map[string]string
}

// Backend is a destination for a share of the requests.
type Backend struct {
	Hostname string
	Port     uint32
	Weight   uint32
	// Known says that istiod has sent the backend's endpoints to the waypoint. The waypoint answers the share of an
	// unknown backend with an error.
	Known bool
}

// Retries says how often a request is retried, and on which conditions.
type Retries struct {
	Attempts uint32
	PerTry   time.Duration
	On       string
}

// Fault delays or aborts a percentage of the requests.
type Fault struct {
	DelayPercent float64
	Delay        time.Duration
	AbortPercent float64
	AbortStatus  uint32
}

// Routes are the routes that istiod sends to the service's waypoint for a port, in the order in which they are
// tried.
func (i *Istiod) Routes(s *workloadapi.Service, port uint32) ([]Route, error) {
	found, why := i.chainOf(s, port)
	if found == nil {
		return nil, fmt.Errorf("routes of %s:%d: %s", s.Hostname, port, why)
	}
	return found.routes, nil
}

// readRoutes reads the routes of a chain. Known are the names of the waypoint's clusters.
func readRoutes(configuration *routes.RouteConfiguration, known map[string]bool) ([]Route, error) {
	var all []Route
	for _, host := range configuration.GetVirtualHosts() {
		for _, r := range host.Routes {
			route := Route{Match: readMatch(r.Match)}
			if action := r.GetRoute(); action != nil {
				route.Backends = readBackends(action, known)
				route.Timeout = action.GetTimeout().AsDuration()
				if p := action.GetRetryPolicy(); p != nil {
					route.Retries = Retries{Attempts: p.GetNumRetries().GetValue(), PerTry: p.GetPerTryTimeout().AsDuration(), On: p.RetryOn}
				}
			}
			if typed := r.TypedPerFilterConfig[faultFilter]; typed != nil {
				fault := &faults.HTTPFault{}
				if err := typed.UnmarshalTo(fault); err != nil {
					return nil, fmt.Errorf("fault of the route %s: %w", r.Name, err)
				}
				route.Fault = &Fault{
					DelayPercent: percent(fault.GetDelay().GetPercentage()), Delay: fault.GetDelay().GetFixedDelay().AsDuration(),
					AbortPercent: percent(fault.GetAbort().GetPercentage()), AbortStatus: fault.GetAbort().GetHttpStatus(),
				}
			}
			all = append(all, route)
		}
	}
	return all, nil
}

func readMatch(m *routes.RouteMatch) Match {
	match := Match{Path: m.GetPath(), Prefix: m.GetPrefix()}
	if prefix := m.GetPathSeparatedPrefix(); prefix != "" {
		match.Prefix, match.Segments = prefix, true
	}
	if match.Prefix == "/" {
		match.Prefix = ""
	}
	for _, h := range m.GetHeaders() {
		if match.Headers == nil {
			match.Headers = map[string]string{}
		}
		value := h.GetStringMatch().GetExact()
		if h.GetStringMatch() == nil {
			value = "*"
		}
		match.Headers[strings.ToLower(h.Name)] = value
	}
	return match
}

func readBackends(action *routes.RouteAction, known map[string]bool) []Backend {
	if name := action.GetCluster(); name != "" {
		return []Backend{readBackend(name, 1, known[name])}
	}
	var all []Backend
	for _, c := range action.GetWeightedClusters().GetClusters() {
		all = append(all, readBackend(c.Name, c.GetWeight().GetValue(), known[c.Name]))
	}
	return all
}

// readBackend reads "inbound-vip|port|protocol|hostname" and "outbound|port|subset|hostname". A backend that istiod
// could not find has the cluster's name as its hostname.
func readBackend(cluster string, weight uint32, known bool) Backend {
	parts := strings.Split(cluster, "|")
	if len(parts) != 4 {
		return Backend{Hostname: cluster, Weight: weight, Known: known}
	}
	port, _ := strconv.ParseUint(parts[1], 10, 16)
	return Backend{Hostname: parts[3], Port: uint32(port), Weight: weight, Known: known}
}

func percent(p *typev3.FractionalPercent) float64 {
	switch p.GetDenominator() {
	case typev3.FractionalPercent_TEN_THOUSAND:
		return float64(p.GetNumerator()) / 100
	case typev3.FractionalPercent_MILLION:
		return float64(p.GetNumerator()) / 10_000
	}
	return float64(p.GetNumerator())
}

// Matches reports whether the route is for a request.
func (m Match) Matches(r Request) bool {
	path, _, _ := strings.Cut(r.Path, "?")
	switch {
	case m.Path != "" && path != m.Path,
		m.Segments && path != m.Prefix && !strings.HasPrefix(path, strings.TrimSuffix(m.Prefix, "/")+"/"),
		!m.Segments && !strings.HasPrefix(path, m.Prefix):
		return false
	}
	for name, want := range m.Headers {
		value, ok := r.Headers[name]
		if name == ":method" {
			value, ok = r.Method, true
		}
		if !ok || want != "*" && value != want {
			return false
		}
	}
	return true
}

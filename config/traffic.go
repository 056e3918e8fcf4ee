package config

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"ambient-ecs/problem"
)

// TrafficSettings are what all waypoints do.
type TrafficSettings struct {
	// PathNormalization is what waypoints do to a path before rules look at it, in Istio's words.
	PathNormalization PathNormalization `config:"pathNormalization"`
}

// PathNormalization is one of Istio's ways to make paths alike that an application takes for the same.
type PathNormalization string

// DefaultPathNormalization is that of a stack file which says nothing.
const DefaultPathNormalization PathNormalization = "DECODE_AND_MERGE_SLASHES"

const (
	// PathBase resolves "." and ".." (RFC 3986) and leaves the rest.
	PathBase PathNormalization = "BASE"
	// PathMergeSlashes also merges slashes.
	PathMergeSlashes PathNormalization = "MERGE_SLASHES"
	// PathDecodeAndMergeSlashes also decodes %2F and %5C.
	PathDecodeAndMergeSlashes PathNormalization = "DECODE_AND_MERGE_SLASHES"
)

var pathNormalizations = []PathNormalization{PathBase, PathMergeSlashes, PathDecodeAndMergeSlashes}

// Traffic shapes the requests to a service, on its waypoint.
//
// A backend is named as the service file does: "NAME" is a service of the same cluster (beside a shared service: a shared
// service), "CLUSTER/NAME" one of any cluster. The service itself is one of its backends.
type Traffic struct {
	// Routes are tried in their order before split.
	Routes []Route `config:"routes"`
	// Split shares the requests out by weight, by backend. Empty: all to the service itself.
	Split map[string]int `config:"split"`
	// Timeout is how long a request may take with all its retries, for example 5s. Empty: no limit.
	Timeout string `config:"timeout"`
	// Retries repeats a request that failed. Empty: twice, as waypoints do by themselves.
	Retries *Retries `config:"retries"`
	// Fault breaks some requests on purpose, to test the callers.
	Fault *Fault `config:"fault"`
}

// Route sends the requests that match somewhere else. At least one of Headers, PathPrefix and Method.
type Route struct {
	// Headers are headers with the exact value that each must have.
	Headers map[string]string `config:"headers" restricts:"true"`
	// PathPrefix is what the path begins with, in whole segments.
	PathPrefix string `config:"pathPrefix" restricts:"true"`
	// Method is the HTTP method.
	Method string `config:"method" restricts:"true"`
	// To are the backends with their weights. Required.
	To map[string]int `config:"to"`
}

// Fault is what is done to some of the requests.
type Fault struct {
	// Delay holds some requests back.
	Delay *Delay `config:"delay"`
	// Abort answers some requests without passing them on.
	Abort *Abort `config:"abort"`
}

// Delay holds requests back.
type Delay struct {
	// Percent is the share of the requests, 1 to 100. Required.
	Percent int `config:"percent"`
	// Duration is how long a request is held back, for example 2s. Required.
	Duration string `config:"duration"`
}

// Abort answers requests without passing them on.
type Abort struct {
	// Percent is the share of the requests, 1 to 100. Required.
	Percent int `config:"percent"`
	// Status is the HTTP status of the answer, 200 to 599. Required.
	Status int `config:"status"`
}

// TrafficOf shapes the requests to a destination. Nil: nothing does.
func (c Config) TrafficOf(d Destination) *Traffic {
	if d.Shared != "" {
		return c.SharedServices[d.Shared].Traffic
	}
	return c.Clusters[d.Cluster].Services[d.Service].Traffic
}

// Backend is the destination that the traffic of another one names: "CLUSTER/NAME" in any cluster, and "NAME" in its own
// cluster or, for a shared service, a shared service.
func (c Config) Backend(of Destination, name string) (Destination, bool) {
	cluster, service, anywhere := strings.Cut(name, "/")
	for _, d := range c.Destinations() {
		switch {
		case anywhere && d.Shared == "" && d.Cluster == cluster && d.Service == service,
			!anywhere && of.Shared != "" && d.Shared == name,
			!anywhere && of.Shared == "" && d.Shared == "" && d.Cluster == of.Cluster && d.Service == name:
			return d, true
		}
	}
	return Destination{}, false
}

// Backends are all that the traffic of a destination names, in the order of their names.
func (c Config) Backends(d Destination) []Destination {
	traffic := c.TrafficOf(d)
	if traffic == nil {
		return nil
	}
	names := map[string]int{}
	for _, weights := range append([]map[string]int{traffic.Split}, toOf(traffic.Routes)...) {
		for name, weight := range weights {
			names[name] += weight
		}
	}
	var all []Destination
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if backend, known := c.Backend(d, name); known && !slices.Contains(all, backend) {
			all = append(all, backend)
		}
	}
	return all
}

func toOf(routes []Route) []map[string]int {
	var all []map[string]int
	for _, route := range routes {
		all = append(all, route.To)
	}
	return all
}

// The limits of one HTTPRoute: the last of its rules is the one for all other requests.
const (
	maxRoutes   = 15
	maxBackends = 16
	maxHeaders  = 16
	maxWeight   = 1_000_000
)

// maxDuration keeps durations in the form of the Gateway API, whose units have at most five digits.
const maxDuration = 24 * time.Hour

// routeMethods are those that the Gateway API can match.
var routeMethods = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}

func (c Config) checkTraffic(p *problem.List) {
	problem.OneOf(p, "pathNormalization", c.PathNormalization, pathNormalizations...)
	for _, d := range c.Destinations() {
		t := c.TrafficOf(d)
		if t == nil {
			continue
		}
		field := d.Field() + ".traffic"
		if d.Waypoint == "" {
			p.Add(field, problem.IsSet, "only a waypoint shapes traffic, and there is none in front of the service: set waypoint there, or for the whole cluster")
		}
		if c.protocolOf(d, d.Port) == ProtocolTCP {
			p.Add(field, problem.IsSet, "it shapes requests, and to the mesh port %d is tcp, which has none: give the port the protocol http, http2 or grpc", d.Port)
		}
		if len(t.Routes) == 0 && len(t.Split) == 0 && t.Timeout == "" && t.Retries == nil && t.Fault == nil {
			p.Missing(field, "it says nothing: give routes, split, timeout, retries or fault, or leave it out")
		}
		if len(t.Split) > 0 {
			c.checkWeights(p, field+".split", d, t.Split)
		}
		if len(t.Routes) > maxRoutes {
			p.Refuse(field+".routes", len(t.Routes), "there may be %d", maxRoutes)
		}
		for i, r := range t.Routes {
			c.checkRoute(p, fmt.Sprintf("%s.routes[%d]", field, i), d, r)
		}
		checkDuration(p, field+".timeout", t.Timeout)
		if t.Retries != nil {
			checkRetries(p, field+".retries", *t.Retries, t.Timeout)
		}
		if t.Fault != nil {
			checkFault(p, field+".fault", *t.Fault)
		}
	}
}

func (c Config) checkRoute(p *problem.List, field string, d Destination, r Route) {
	if len(r.Headers) == 0 && r.Method == "" && strings.Trim(r.PathPrefix, "/") == "" {
		p.Missing(field, "it would match every request: give headers, pathPrefix or method, or put the backends into split")
	}
	if reason := c.PathNormalization.CheckPathPrefix(r.PathPrefix); r.PathPrefix != "" && reason != "" {
		p.Refuse(field+".pathPrefix", r.PathPrefix, "%s", reason)
	}
	if r.Method != "" && !slices.Contains(routeMethods, r.Method) {
		p.Refuse(field+".method", r.Method, "choose one of %s", strings.Join(routeMethods, ", "))
	}
	if len(r.Headers) > maxHeaders {
		p.Refuse(field+".headers", len(r.Headers), "there may be %d", maxHeaders)
	}
	folded := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		switch reason := checkHeaderValue(r.Headers[name]); {
		case !headerName.MatchString(name):
			p.Refuse(field+".headers", name, "this is no name of an HTTP header")
		case len(name) > maxHeaderName:
			p.Refuse(field+".headers", name, "the Gateway API admits %d characters", maxHeaderName)
		case slices.Contains(notHeaders, strings.ToLower(name)):
			p.Refuse(field+".headers", name, "Istio's VirtualService ignores a header of this name, so the route would match more: use method and pathPrefix")
		case r.Headers[name] == "":
			p.Missing(field+".headers."+name, "give the value that the header must have")
		case reason != "":
			p.Refuse(field+".headers."+name, r.Headers[name], "%s", reason)
		}
		if other, twice := folded[strings.ToLower(name)]; twice {
			p.Refuse(field+".headers", name, "headers do not differ in upper and lower case, and %s is there", other)
		}
		folded[strings.ToLower(name)] = name
	}
	if len(r.To) == 0 {
		p.Missing(field+".to", "name the backends and their weights")
		return
	}
	c.checkWeights(p, field+".to", d, r.To)
}

// notHeaders are keys under which a VirtualService does not look at headers (istio.io, HTTPMatchRequest, 2026-11-29).
var notHeaders = []string{"uri", "scheme", "method", "authority"}

// The limits of the Gateway API (v1.4.0, HTTPHeaderMatch).
const (
	maxHeaderName  = 256
	maxHeaderValue = 4096
)

// checkHeaderValue says why no request has a header with a value, or returns "".
func checkHeaderValue(value string) string {
	switch {
	case len(value) > maxHeaderValue:
		return fmt.Sprintf("the Gateway API admits %d characters", maxHeaderValue)
	case strings.TrimSpace(value) != value || strings.ContainsFunc(value, unicode.IsControl):
		return "no request has this value: blanks at the ends and control characters are no part of one"
	}
	return ""
}

// checkWeights checks backends and their weights.
func (c Config) checkWeights(p *problem.List, field string, d Destination, weights map[string]int) {
	if len(weights) > maxBackends {
		p.Refuse(field, len(weights), "there may be %d backends", maxBackends)
	}
	sum := 0
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		weight := weights[name]
		if weight < 0 || weight > maxWeight {
			p.Refuse(field+"."+name, weight, "a weight is between 0 and %d", maxWeight)
		}
		sum += max(weight, 0)
		backend, known := c.Backend(d, name)
		switch {
		case !known:
			p.Refuse(field, name, "%s", c.noSuchBackend(d, name))
		case weight > 0:
			if reason := c.notForwarded(d, backend); reason != "" {
				p.Refuse(field, name, "%s", reason)
			}
		}
	}
	if sum == 0 {
		p.Refuse(field, strings.Join(slices.Sorted(maps.Keys(weights)), ", "), "the weights add up to 0, so no request would be answered")
	}
}

// notForwarded says why the waypoint of a destination may not pass requests on to a backend, or returns "". The backend's own
// waypoint is not asked about them, so what it is to refuse must be refused here.
func (c Config) notForwarded(d, backend Destination) string {
	if backend == d || backend.Namespace == d.Namespace && backend.Waypoint == d.Waypoint {
		return ""
	}
	waypoint := Callers{ServiceAccounts: []ServiceAccount{{d.Namespace, d.Waypoint}}}
	_, deny := c.Admissions(backend)
	for _, a := range deny {
		if a.Callers.Covers(waypoint) {
			return fmt.Sprintf("%s denies %s, and with it the waypoint %s/%s that would pass the requests on", backend.Field(), strings.Join(a.From, ", "), d.Namespace, d.Waypoint)
		}
	}
	return ""
}

// openDoors warns of services that admit everybody and pass them on to a backend that does not.
func (c Config) openDoors() []string {
	var all []string
	stages := c.Stages()
	for _, d := range c.Destinations() {
		for _, backend := range c.Backends(d) {
			if stages[d.Namespace] == StagePermissive && stages[backend.Namespace] != StagePermissive {
				all = append(all, fmt.Sprintf("%s is %s, which admits everybody, and its traffic passes them on to %s, which is %s: close the first one as well",
					d.Field(), StagePermissive, backend.Field(), stages[backend.Namespace]))
			}
		}
	}
	return all
}

// noSuchBackend says why a name is no backend of a destination.
func (c Config) noSuchBackend(d Destination, name string) string {
	cluster, service, anywhere := strings.Cut(name, "/")
	if !anywhere && d.Shared != "" {
		return "there is no such shared service" + problem.DidYouMean(name, c.SharedKeys()) + "; an ECS service is written CLUSTER/NAME"
	}
	if !anywhere {
		cluster, service = d.Cluster, name
	}
	of, known := c.Clusters[cluster]
	if !known {
		return "there is no such key in clusters" + problem.DidYouMean(cluster, c.ClusterKeys())
	}
	s, known := of.Services[service]
	switch {
	case !known:
		return "there is no such service in clusters." + cluster + problem.DidYouMean(service, of.ServiceKeys())
	case s.ClientOnly:
		return "the service is clientOnly and serves nothing"
	default:
		return "the service belongs to sharedServices." + s.Shared + " and has no name of its own to be called by"
	}
}

// checkDuration checks a duration that may be empty.
func checkDuration(p *problem.List, field, text string) {
	if text == "" {
		return
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		p.Refuse(field, text, "a duration is a number and a unit, for example 500ms, 5s or 1m30s")
	case d < time.Millisecond || d > maxDuration || d%time.Millisecond != 0:
		p.Refuse(field, text, "a duration is between 1ms and 24h, in whole milliseconds")
	}
}

func checkFault(p *problem.List, field string, f Fault) {
	if f.Delay == nil && f.Abort == nil {
		p.Missing(field, "it does nothing: give delay or abort, or leave it out")
	}
	const percent = "it is the share of requests in percent"
	if d := f.Delay; d != nil {
		p.Between(field+".delay.percent", d.Percent, 1, 100, percent)
		if d.Duration == "" {
			p.Missing(field+".delay.duration", "say how long requests are held back, for example 2s")
		}
		checkDuration(p, field+".delay.duration", d.Duration)
	}
	if a := f.Abort; a != nil {
		p.Between(field+".abort.percent", a.Percent, 1, 100, percent)
		p.Between(field+".abort.status", a.Status, 200, 599, "it is the HTTP status of the answer")
	}
}

// Retries repeats a request.
type Retries struct {
	// Attempts is how often a request is repeated at most, 0 to 10. 0 switches off the two that waypoints make by themselves.
	// Required.
	Attempts *int `config:"attempts"`
	// PerTryTimeout is how long one attempt may take, for example 1s. Empty: as long as the request.
	PerTryTimeout string `config:"perTryTimeout"`
	// On are the reasons to repeat: Envoy's words (5xx, connect-failure, reset) and status codes (503). Empty: Istio's own.
	On []string `config:"on"`
}

// maxAttempts is the most that a request is repeated.
const maxAttempts = 10

// retryReasons are Envoy's words that Istio admits (istio 1.29.1, pkg/config/validation/validation.go,
// supportedRetryOnPolicies), without the two below.
var retryReasons = []string{
	"5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "envoy-ratelimited", "retriable-4xx", "refused-stream",
	"http3-post-connect-failure", "cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable",
}

const (
	// reasonCodes stands for the status codes in the list. Istio adds it to codes by itself.
	reasonCodes = "retriable-status-codes"
	// reasonHeaders stands for headers of the answer, which Istio has no place to name.
	reasonHeaders = "retriable-headers"
)

func checkRetries(p *problem.List, field string, r Retries, timeout string) {
	if r.Attempts == nil {
		p.Missing(field+".attempts", "say how often a request is repeated, 0 to %d; 0 switches off the two attempts that waypoints make by themselves", maxAttempts)
	} else {
		p.Between(field+".attempts", *r.Attempts, 0, maxAttempts, "that is how often a request is repeated, and every time is load on a service that fails")
		if *r.Attempts == 0 {
			const nothing = "attempts is 0 and nothing is repeated: remove one of the two"
			if r.PerTryTimeout != "" {
				p.Refuse(field+".perTryTimeout", r.PerTryTimeout, nothing)
			}
			if len(r.On) > 0 {
				p.Refuse(field+".on", r.On, nothing)
			}
			return
		}
	}
	checkDuration(p, field+".perTryTimeout", r.PerTryTimeout)
	whole, err := time.ParseDuration(timeout)
	try, tryErr := time.ParseDuration(r.PerTryTimeout)
	if err == nil && tryErr == nil && try > whole {
		p.Refuse(field+".perTryTimeout", r.PerTryTimeout, "the whole request may take %s, so no attempt can take longer", timeout)
	}
	checkReasons(p, field+".on", r.On)
}

// checkReasons checks the reasons to repeat. Istio takes a number among them for a status code.
func checkReasons(p *problem.List, field string, reasons []string) {
	codes := 0
	for _, reason := range reasons {
		if _, err := strconv.Atoi(reason); err == nil {
			codes++
		}
	}
	for i, reason := range reasons {
		at := fmt.Sprintf("%s[%d]", field, i)
		code, err := strconv.Atoi(reason)
		switch {
		case slices.Contains(reasons[:i], reason):
			p.Refuse(at, reason, "it is in the list twice")
		case err == nil && (len(reason) != 3 || code < http.StatusBadRequest || http.StatusText(code) == ""):
			p.Refuse(at, reason, "a status code of a failure is between 400 and 511, for example 503")
		case err == nil, slices.Contains(retryReasons, reason):
		case reason == reasonCodes && codes == 0:
			p.Refuse(at, reason, "it stands for status codes, and the list has none: write the codes, for example 503")
		case reason == reasonCodes:
		case reason == reasonHeaders:
			p.Refuse(at, reason, "it needs the names of headers, which Istio's VirtualService cannot hold, so it would repeat nothing")
		default:
			p.Refuse(at, reason, "choose from %s, or write a status code such as 503%s", strings.Join(retryReasons, ", "), problem.DidYouMean(reason, retryReasons))
		}
	}
}

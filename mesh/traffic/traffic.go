package traffic

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Service is a service and how to shape the requests to it.
type Service struct {
	Namespace, Name string
	// Hostname is the name that callers use.
	Hostname string
	// Entry is the service's ServiceEntry. Empty: it has several.
	Entry string
	// Routes are tried in their order. Default takes all other requests.
	Routes  []Route
	Default []Backend
	// Timeout is how long a request may take with all its retries. 0: no limit.
	Timeout time.Duration
	Retries *Retries
	Fault   *Fault
}

// Backend is where a share of the requests goes.
type Backend struct {
	Hostname     string
	Port, Weight int
}

// Route sends matching requests to backends.
type Route struct {
	// Headers have exactly these values.
	Headers []Header
	// PathPrefix is the beginning of the path, in whole segments. Empty: any path.
	PathPrefix string
	// Method is the HTTP method. Empty: any.
	Method string
	To     []Backend
}

// Header is the name and the value of a header.
type Header struct{ Name, Value string }

// Retries repeats a request that failed. Without any, Istio repeats it twice (1.29.1, pilot/pkg/networking/core/route/retry).
type Retries struct {
	// Attempts is how often. 0: never.
	Attempts int
	// PerTry is how long one attempt may take. 0: as long as the request.
	PerTry time.Duration
	// On are the reasons for a retry, in Envoy's words. Empty: Istio's defaults.
	On []string
}

// Fault delays or refuses some of the requests. A percentage of 0: none.
type Fault struct {
	DelayPercent int
	Delay        time.Duration
	AbortPercent int
	AbortStatus  int
}

// Object is a Kubernetes object.
type Object struct {
	APIVersion, Kind, Namespace, Name string
	Spec                              map[string]any
}

// Object makes the one object that shapes the traffic of the service.
func (s Service) Object() (Object, error) {
	if err := s.check(); err != nil {
		return Object{}, fmt.Errorf("traffic of %s/%s: %w", s.Namespace, s.Name, err)
	}
	o := Object{Namespace: s.Namespace, Name: s.Name}
	if s.needsIstio() {
		o.APIVersion, o.Kind, o.Spec = "networking.istio.io/v1", "VirtualService", s.virtualService()
	} else {
		o.APIVersion, o.Kind, o.Spec = "gateway.networking.k8s.io/v1", "HTTPRoute", s.httpRoute()
	}
	return o, nil
}

// needsIstio reports whether the traffic needs Istio's VirtualService, because the Gateway API cannot express it.
func (s Service) needsIstio() bool {
	return s.Entry == "" || s.Retries != nil || s.Fault != nil || !slices.IsSortedFunc(s.Routes, precedence)
}

// precedence is the order in which the Gateway API tries routes.
func precedence(a, b Route) int {
	method := func(r Route) int { return min(len(r.Method), 1) }
	return -cmp.Or(
		cmp.Compare(len(a.path()), len(b.path())),
		cmp.Compare(method(a), method(b)),
		cmp.Compare(len(a.Headers), len(b.Headers)),
	)
}

// path returns the prefix without a slash at its end. The slash makes no difference to whole segments.
func (r Route) path() string {
	if trimmed := strings.TrimRight(r.PathPrefix, "/"); trimmed != "" {
		return trimmed
	}
	return "/"
}

func (s Service) check() error {
	problems := []error{checkBackends("default", s.Default)}
	for i, r := range s.Routes {
		at := fmt.Sprintf("route %d", i)
		problems = append(problems, checkBackends(at, r.To))
		if len(r.Headers) == 0 && r.path() == "/" && r.Method == "" {
			problems = append(problems, fmt.Errorf("%s matches everything", at))
		}
	}
	if s.Timeout < 0 || s.Timeout%time.Millisecond != 0 {
		problems = append(problems, fmt.Errorf("timeout %s is no whole number of milliseconds", s.Timeout))
	}
	return errors.Join(problems...)
}

func checkBackends(at string, backends []Backend) error {
	sum := 0
	for _, b := range backends {
		if b.Weight < 0 || b.Hostname == "" || b.Port == 0 {
			return fmt.Errorf("%s has the backend %s:%d with weight %d", at, b.Hostname, b.Port, b.Weight)
		}
		sum += b.Weight
	}
	if sum == 0 {
		return fmt.Errorf("%s has no backend with a weight", at)
	}
	return nil
}

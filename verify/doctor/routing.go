package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

// String is the object's name in reports.
func (r Routing) String() string { return r.Kind + " " + r.Namespace + "/" + r.Name }

// routings are the objects that configure how waypoints route requests to a hostname.
func (w *walk) routings(host string) []Routing {
	var all []Routing
	for _, r := range w.kubernetes.Routings {
		hosts := backend.Texts(r.Spec, "hosts")
		for _, parent := range backend.Objects(r.Spec, "parentRefs") {
			if backend.Text(parent, "kind") != "ServiceEntry" {
				continue
			}
			entry := find(w.kubernetes.Entries, func(e Entry) bool {
				return e.Service && e.Namespace == r.Namespace && e.Name == backend.Text(parent, "name")
			})
			if entry != nil {
				hosts = append(hosts, entry.Hosts...)
			}
		}
		if slices.Contains(hosts, host) {
			all = append(all, r)
		}
	}
	return all
}

// routes reads an object's routes, in the order in which they are tried.
func (r Routing) routes() []route {
	var all []route
	if r.Kind == "HTTPRoute" {
		for _, rule := range backend.Objects(r.Spec, "rules") {
			all = append(all, httpRule(rule))
		}
		return all
	}
	for _, http := range backend.Objects(r.Spec, "http") {
		all = append(all, virtualRoute(http))
	}
	return all
}

// httpRule reads a rule of an HTTPRoute.
func httpRule(rule map[string]any) route {
	one := route{timeout: span(backend.Text(rule, "timeouts", "request"))}
	weights := map[string]float64{}
	for _, b := range backend.Objects(rule, "backendRefs") {
		weight := 1.0
		if b["weight"] != nil {
			weight = amount(b["weight"])
		}
		weights[backend.Text(b, "name")] += weight
	}
	one.to = stack.Shares(weights)
	var matches []string
	for _, m := range backend.Objects(rule, "matches") {
		headers := map[string]string{}
		for _, h := range backend.Objects(m, "headers") {
			headers[backend.Text(h, "name")] = backend.Text(h, "value")
		}
		path := backend.Map(m, "path")
		how := "prefix"
		if backend.Text(path, "type") == "Exact" {
			how = "path"
		}
		matches = append(matches, matching(backend.Text(m, "method"), how, strings.TrimSuffix(backend.Text(path, "value"), "/"), headers))
	}
	one.match = either(matches)
	return one
}

// virtualRoute reads a route of a VirtualService.
func virtualRoute(http map[string]any) route {
	one := route{timeout: span(backend.Text(http, "timeout"))}
	weights := map[string]float64{}
	for _, to := range backend.Objects(http, "route") {
		weight := amount(to["weight"])
		if len(backend.Objects(http, "route")) == 1 {
			weight = 1
		}
		weights[backend.Text(to, "destination", "host")] += weight
	}
	one.to = stack.Shares(weights)
	var matches []string
	exact := map[string]bool{}
	for _, m := range backend.Objects(http, "match") {
		headers := map[string]string{}
		for _, name := range sortedKeys(backend.Map(m, "headers")) {
			headers[name] = comparison(backend.Map(m, "headers", name))
		}
		uri, method := backend.Map(m, "uri"), backend.Text(m, "method", "exact")
		path := backend.Text(uri, "exact")
		if path != "" {
			// A prefix of whole segments gives two matches: the path itself, and the paths below it.
			exact[matching(method, "prefix", path, headers)] = true
			matches = append(matches, matching(method, "path", path, headers))
			continue
		}
		before, whole := strings.CutSuffix(backend.Text(uri, "prefix"), "/")
		if text := matching(method, "prefix", before, headers); whole && exact[text] {
			matches = slices.DeleteFunc(matches, func(other string) bool { return other == matching(method, "path", before, headers) })
			matches = append(matches, text)
			continue
		}
		matches = append(matches, matching(method, "characters", backend.Text(uri, "prefix"), headers))
	}
	one.match = either(matches)
	if r := backend.Map(http, "retries"); r != nil {
		one.retries = retries(amount(r["attempts"]), backend.Text(r, "perTryTimeout"), backend.Text(r, "retryOn"))
	}
	fault := backend.Map(http, "fault")
	if d := backend.Map(fault, "delay"); d != nil {
		one.fault += delay(amount(backend.At(d, "percentage", "value")), backend.Text(d, "fixedDelay"))
	}
	if a := backend.Map(fault, "abort"); a != nil {
		one.fault += abort(amount(backend.At(a, "percentage", "value")), amount(a["httpStatus"]))
	}
	return one
}

// comparison is the comparison of a header in words: its exact value, or another kind of match.
func comparison(m map[string]any) string {
	if value, ok := m["exact"]; ok {
		return fmt.Sprint(value)
	}
	var parts []string
	for _, how := range sortedKeys(m) {
		parts = append(parts, fmt.Sprintf("%s %v", how, m[how]))
	}
	return orNone(strings.Join(parts, " "))
}

// either joins matches. If one of them matches all requests, the others do not count.
func either(matches []string) string {
	if slices.Contains(matches, "") {
		return ""
	}
	return strings.Join(matches, ", or ")
}

func retries(attempts float64, perTry, on string) string {
	if attempts == 0 {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%g of %s on %s", attempts, orNone(span(perTry)), orNone(on)))
}

func delay(percent float64, duration string) string {
	if percent == 0 {
		return ""
	}
	return fmt.Sprintf("delay of %s for %g %% ", span(duration), percent)
}

func abort(percent, status float64) string {
	if percent == 0 {
		return ""
	}
	return fmt.Sprintf("status %g for %g %% ", status, percent)
}

// span writes a duration in one canonical way. A text that is not a duration stays as it is.
func span(text string) string {
	d, err := time.ParseDuration(text)
	if err != nil {
		return text
	}
	if d == 0 {
		return ""
	}
	return d.String()
}

// amount is a number of decoded JSON, which may be of several types.
func amount(v any) float64 {
	switch n := v.(type) {
	case float64:
		return n
	case int64:
		return float64(n)
	case int:
		return float64(n)
	}
	return 0
}

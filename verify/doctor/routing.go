package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ambient-ecs/verify/stack"
)

// String is the object as it is named to people.
func (r Routing) String() string { return r.Kind + " " + r.Namespace + "/" + r.Name }

// routings are the objects that tell waypoints what to do with requests to a hostname.
func (w *walk) routings(host string) []Routing {
	var all []Routing
	for _, r := range w.kubernetes.Routings {
		hosts := texts(r.Spec["hosts"])
		for _, parent := range objects(r.Spec["parentRefs"]) {
			if word(parent, "kind") != "ServiceEntry" {
				continue
			}
			entry := find(w.kubernetes.Entries, func(e Entry) bool {
				return e.Service && e.Namespace == r.Namespace && e.Name == word(parent, "name")
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
		for _, rule := range objects(r.Spec["rules"]) {
			all = append(all, httpRule(rule))
		}
		return all
	}
	for _, http := range objects(r.Spec["http"]) {
		all = append(all, virtualRoute(http))
	}
	return all
}

// httpRule reads a rule of an HTTPRoute.
func httpRule(rule map[string]any) route {
	one := route{timeout: span(word(object(rule["timeouts"]), "request"))}
	weights := map[string]float64{}
	for _, b := range objects(rule["backendRefs"]) {
		weight := 1.0
		if b["weight"] != nil {
			weight = amount(b["weight"])
		}
		weights[word(b, "name")] += weight
	}
	one.to = stack.Shares(weights)
	var matches []string
	for _, m := range objects(rule["matches"]) {
		headers := map[string]string{}
		for _, h := range objects(m["headers"]) {
			headers[word(h, "name")] = word(h, "value")
		}
		path := object(m["path"])
		how := "prefix"
		if word(path, "type") == "Exact" {
			how = "path"
		}
		matches = append(matches, matching(word(m, "method"), how, strings.TrimSuffix(word(path, "value"), "/"), headers))
	}
	one.match = either(matches)
	return one
}

// virtualRoute reads a route of a VirtualService.
func virtualRoute(http map[string]any) route {
	one := route{timeout: span(word(http, "timeout"))}
	weights := map[string]float64{}
	for _, to := range objects(http["route"]) {
		weight := amount(to["weight"])
		if len(objects(http["route"])) == 1 {
			weight = 1
		}
		weights[word(object(to["destination"]), "host")] += weight
	}
	one.to = stack.Shares(weights)
	var matches []string
	exact := map[string]bool{}
	for _, m := range objects(http["match"]) {
		headers := map[string]string{}
		for _, name := range sortedKeys(object(m["headers"])) {
			headers[name] = comparison(object(object(m["headers"])[name]))
		}
		uri, method := object(m["uri"]), word(object(m["method"]), "exact")
		path := word(uri, "exact")
		if path != "" {
			// Whole segments are two matches: the path itself, and what goes on after a slash.
			exact[matching(method, "prefix", path, headers)] = true
			matches = append(matches, matching(method, "path", path, headers))
			continue
		}
		before, whole := strings.CutSuffix(word(uri, "prefix"), "/")
		if text := matching(method, "prefix", before, headers); whole && exact[text] {
			matches = slices.DeleteFunc(matches, func(other string) bool { return other == matching(method, "path", before, headers) })
			matches = append(matches, text)
			continue
		}
		matches = append(matches, matching(method, "characters", word(uri, "prefix"), headers))
	}
	one.match = either(matches)
	if r := object(http["retries"]); r != nil {
		one.retries = retries(amount(r["attempts"]), word(r, "perTryTimeout"), word(r, "retryOn"))
	}
	fault := object(http["fault"])
	if d := object(fault["delay"]); d != nil {
		one.fault += delay(amount(object(d["percentage"])["value"]), word(d, "fixedDelay"))
	}
	if a := object(fault["abort"]); a != nil {
		one.fault += abort(amount(object(a["percentage"])["value"]), amount(a["httpStatus"]))
	}
	return one
}

// comparison is what a header is compared with: its exact value, or how else.
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

// either joins matches. One that matches all requests is all that counts.
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

// span writes a duration in one way. What is none stays as it is.
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

// The parts of decoded JSON. What is of another type is as if it were not there.

func object(v any) map[string]any { m, _ := v.(map[string]any); return m }

func word(m map[string]any, key string) string { s, _ := m[key].(string); return s }

func objects(v any) []map[string]any {
	var all []map[string]any
	list, _ := v.([]any)
	for _, e := range list {
		if m := object(e); m != nil {
			all = append(all, m)
		}
	}
	return all
}

func texts(v any) []string {
	var all []string
	list, _ := v.([]any)
	for _, e := range list {
		if s, ok := e.(string); ok {
			all = append(all, s)
		}
	}
	return all
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

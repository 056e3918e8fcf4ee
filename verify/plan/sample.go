package plan

import (
	"maps"
	"slices"
	"strings"

	"ambient-ecs/verify/backend"
)

// sample is a request that stands for all requests that the policies treat alike.
type sample struct {
	method, path string
	headers      map[string]string
}

// String is the request as text: "GET /", "POST /orders/x with x-team: blue".
func (s sample) String() string {
	text := s.method + " " + s.path
	for _, name := range slices.Sorted(maps.Keys(s.headers)) {
		text += " with " + name + ": " + s.headers[name]
	}
	return text
}

// samples are requests that some policy of the objects treats differently. The first is a plain GET of /.
func samples(objects []backend.Object) []sample {
	all := []sample{{method: "GET", path: "/"}}
	add := func(s sample) {
		if !slices.ContainsFunc(all, func(known sample) bool { return known.String() == s.String() }) {
			all = append(all, s)
		}
	}
	for _, o := range objects {
		if backend.Text(o, "kind") != "AuthorizationPolicy" {
			continue
		}
		for _, rule := range backend.Objects(o, "spec", "rules") {
			headers := headersOf(rule)
			operations := backend.Objects(rule, "to")
			if len(operations) == 0 {
				operations = []map[string]any{{}}
			}
			for _, to := range operations {
				operation, _ := to["operation"].(map[string]any)
				methods, paths := texts(operation["methods"]), texts(operation["paths"])
				if len(methods)+len(paths)+len(headers) == 0 {
					continue
				}
				for _, method := range or(methods, "GET") {
					for _, path := range or(paths, "/") {
						add(sample{method: method, path: strings.ReplaceAll(path, "*", "x")})
						if len(headers) > 0 {
							add(sample{method: method, path: strings.ReplaceAll(path, "*", "x"), headers: headers})
						}
					}
				}
			}
		}
	}
	return all
}

// headersOf are the headers that a rule requires, each with the first of its values.
func headersOf(rule map[string]any) map[string]string {
	headers := map[string]string{}
	for _, condition := range backend.Objects(rule, "when") {
		key := backend.Text(condition, "key")
		name, isHeader := strings.CutPrefix(key, "request.headers[")
		if values := texts(condition["values"]); isHeader && len(values) > 0 {
			headers[strings.ToLower(strings.TrimSuffix(name, "]"))] = strings.ReplaceAll(values[0], "*", "x")
		}
	}
	return headers
}

func texts(v any) []string {
	list, _ := v.([]any)
	var all []string
	for _, entry := range list {
		if s, ok := entry.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

func or(values []string, otherwise string) []string {
	if len(values) == 0 {
		return []string{otherwise}
	}
	return values
}

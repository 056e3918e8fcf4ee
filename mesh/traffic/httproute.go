package traffic

import (
	"strconv"
	"strings"
	"time"
)

// httpRoute is the spec of an HTTPRoute that is bound to the service's ServiceEntry. Backends are named by hostname,
// which is Istio's extension of the Gateway API. The spec includes the fields that the API server would fill in, so
// that a later preview shows no difference.
func (s Service) httpRoute() map[string]any {
	var rules []any
	for _, r := range s.Routes {
		match := map[string]any{"path": map[string]any{"type": "PathPrefix", "value": r.path()}}
		if r.Method != "" {
			match["method"] = r.Method
		}
		var headers []any
		for _, h := range r.Headers {
			headers = append(headers, map[string]any{"type": "Exact", "name": h.Name, "value": h.Value})
		}
		if len(headers) > 0 {
			match["headers"] = headers
		}
		rules = append(rules, s.httpRule(match, r.To))
	}
	rules = append(rules, s.httpRule(map[string]any{"path": map[string]any{"type": "PathPrefix", "value": "/"}}, s.Default))
	return map[string]any{
		"parentRefs": []any{map[string]any{"group": "networking.istio.io", "kind": "ServiceEntry", "name": s.Entry}},
		"rules":      rules,
	}
}

func (s Service) httpRule(match map[string]any, to []Backend) map[string]any {
	var backends []any
	for _, b := range to {
		backends = append(backends, map[string]any{
			"group": "networking.istio.io", "kind": "Hostname", "name": b.Hostname, "port": b.Port, "weight": b.Weight,
		})
	}
	rule := map[string]any{"matches": []any{match}, "backendRefs": backends}
	if s.Timeout > 0 {
		rule["timeouts"] = map[string]any{"request": gatewayDuration(s.Timeout)}
	}
	return rule
}

// gatewayDuration writes a duration in the Gateway API's form: units of at most five digits.
func gatewayDuration(d time.Duration) string {
	var text strings.Builder
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}, {time.Millisecond, "ms"}} {
		if n := d / unit.size; n > 0 {
			text.WriteString(strconv.FormatInt(int64(n), 10) + unit.name)
			d -= n * unit.size
		}
	}
	return text.String()
}

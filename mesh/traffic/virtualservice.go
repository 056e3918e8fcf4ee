package traffic

import (
	"strings"
)

// virtualService is the spec of a VirtualService for the service's name.
func (s Service) virtualService() map[string]any {
	var routes []any
	for _, r := range s.Routes {
		route := s.http(r.To)
		route["match"] = r.matches()
		routes = append(routes, route)
	}
	return map[string]any{"hosts": []any{s.Hostname}, "http": append(routes, s.http(s.Default))}
}

// matches returns the conditions under which a request may match. Istio compares a prefix by characters. Whole
// segments therefore need two conditions: the path itself, and the path with a slash behind it.
func (r Route) matches() []any {
	uris := []any{nil}
	if path := r.path(); path != "/" {
		uris = []any{map[string]any{"exact": path}, map[string]any{"prefix": path + "/"}}
	}
	var list []any
	for _, uri := range uris {
		match := map[string]any{}
		if uri != nil {
			match["uri"] = uri
		}
		if r.Method != "" {
			match["method"] = map[string]any{"exact": r.Method}
		}
		headers := map[string]any{}
		for _, h := range r.Headers {
			headers[strings.ToLower(h.Name)] = map[string]any{"exact": h.Value}
		}
		if len(headers) > 0 {
			match["headers"] = headers
		}
		list = append(list, match)
	}
	return list
}

// http returns a route without its match. Timeout, retries and faults belong to the service, so every route has them.
func (s Service) http(to []Backend) map[string]any {
	var destinations []any
	for _, b := range to {
		destinations = append(destinations, map[string]any{
			"destination": map[string]any{"host": b.Hostname, "port": map[string]any{"number": b.Port}},
			"weight":      b.Weight,
		})
	}
	route := map[string]any{"route": destinations}
	if s.Timeout > 0 {
		route["timeout"] = gatewayDuration(s.Timeout)
	}
	if r := s.Retries; r != nil {
		retries := map[string]any{"attempts": r.Attempts}
		if r.PerTry > 0 {
			retries["perTryTimeout"] = gatewayDuration(r.PerTry)
		}
		if len(r.On) > 0 {
			retries["retryOn"] = strings.Join(r.On, ",")
		}
		route["retries"] = retries
	}
	if f := s.Fault; f != nil {
		fault := map[string]any{}
		if f.DelayPercent > 0 {
			fault["delay"] = map[string]any{"percentage": map[string]any{"value": f.DelayPercent}, "fixedDelay": gatewayDuration(f.Delay)}
		}
		if f.AbortPercent > 0 {
			fault["abort"] = map[string]any{"percentage": map[string]any{"value": f.AbortPercent}, "httpStatus": f.AbortStatus}
		}
		route["fault"] = fault
	}
	return route
}

package policy

import (
	"regexp"
	"slices"
	"strings"

	envoyrbac "github.com/envoyproxy/go-control-plane/envoy/config/rbac/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	matcher "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
)

// peerPrincipal is the filter state that holds the client's identity in a waypoint.
const peerPrincipal = "io.istio.peer_principal"

// permits evaluates one RBAC policy as Envoy does: some permission and some principal must match. Matchers that
// istiod does not generate for a waypoint match nothing.
func permits(p *envoyrbac.Policy, r Request) bool {
	return slices.ContainsFunc(p.Permissions, func(x *envoyrbac.Permission) bool { return permission(x, r) }) &&
		slices.ContainsFunc(p.Principals, func(x *envoyrbac.Principal) bool { return principal(x, r) })
}

func permission(p *envoyrbac.Permission, r Request) bool {
	is := func(x *envoyrbac.Permission) bool { return permission(x, r) }
	switch rule := p.Rule.(type) {
	case *envoyrbac.Permission_AndRules:
		return !slices.ContainsFunc(rule.AndRules.Rules, func(x *envoyrbac.Permission) bool { return !is(x) })
	case *envoyrbac.Permission_OrRules:
		return slices.ContainsFunc(rule.OrRules.Rules, is)
	case *envoyrbac.Permission_NotRule:
		return !is(rule.NotRule)
	case *envoyrbac.Permission_Any:
		return rule.Any
	case *envoyrbac.Permission_DestinationPort:
		return rule.DestinationPort == r.Port
	case *envoyrbac.Permission_UrlPath:
		path, _, _ := strings.Cut(r.Path, "?")
		return matches(rule.UrlPath.GetPath(), path)
	case *envoyrbac.Permission_Header:
		return header(rule.Header, r)
	}
	return false
}

func principal(p *envoyrbac.Principal, r Request) bool {
	is := func(x *envoyrbac.Principal) bool { return principal(x, r) }
	switch id := p.Identifier.(type) {
	case *envoyrbac.Principal_AndIds:
		return !slices.ContainsFunc(id.AndIds.Ids, func(x *envoyrbac.Principal) bool { return !is(x) })
	case *envoyrbac.Principal_OrIds:
		return slices.ContainsFunc(id.OrIds.Ids, is)
	case *envoyrbac.Principal_NotId:
		return !is(id.NotId)
	case *envoyrbac.Principal_Any:
		return id.Any
	case *envoyrbac.Principal_FilterState:
		return id.FilterState.Key == peerPrincipal && r.Identity != "" && matches(id.FilterState.GetStringMatch(), r.Identity)
	case *envoyrbac.Principal_Authenticated_:
		return r.Identity != "" && (id.Authenticated.PrincipalName == nil || matches(id.Authenticated.PrincipalName, r.Identity))
	case *envoyrbac.Principal_Header:
		return header(id.Header, r)
	}
	return false
}

func header(h *route.HeaderMatcher, r Request) bool {
	value, ok := r.Headers[strings.ToLower(h.Name)]
	switch h.Name {
	case ":method":
		value, ok = r.Method, true
	case ":path":
		value, ok = r.Path, true
	case ":authority":
		value, ok = r.Service.Hostname, true
	}
	switch m := h.HeaderMatchSpecifier.(type) {
	case *route.HeaderMatcher_StringMatch:
		return ok && matches(m.StringMatch, value) != h.InvertMatch
	case *route.HeaderMatcher_PresentMatch:
		return ok == m.PresentMatch != h.InvertMatch
	}
	return false
}

func matches(m *matcher.StringMatcher, value string) bool {
	if m.GetIgnoreCase() {
		value = strings.ToLower(value)
	}
	fold := func(s string) string {
		if m.GetIgnoreCase() {
			return strings.ToLower(s)
		}
		return s
	}
	switch p := m.GetMatchPattern().(type) {
	case *matcher.StringMatcher_Exact:
		return value == fold(p.Exact)
	case *matcher.StringMatcher_Prefix:
		return strings.HasPrefix(value, fold(p.Prefix))
	case *matcher.StringMatcher_Suffix:
		return strings.HasSuffix(value, fold(p.Suffix))
	case *matcher.StringMatcher_Contains:
		return strings.Contains(value, fold(p.Contains))
	case *matcher.StringMatcher_SafeRegex:
		// Envoy matches the whole value.
		whole, err := regexp.Compile("^(?:" + p.SafeRegex.Regex + ")$")
		return err == nil && whole.MatchString(value)
	}
	return false
}

package policy

import (
	"net/netip"
	"slices"
	"strings"

	"istio.io/istio/pkg/workloadapi"
	"istio.io/istio/pkg/workloadapi/security"
)

// Connection is a connection as the destination's ztunnel sees it when it decides.
type Connection struct {
	// Identity is the SPIFFE id of the client's certificate, "" for a connection without one.
	Identity string
	// Source is the address that the connection seems to come from.
	Source netip.Addr
	// Destination and Port are its destination.
	Destination *workloadapi.Workload
	Port        uint32
}

// Decide is ztunnel's decision. A matching DENY policy wins. A workload without ALLOW policies is open.
// Otherwise an ALLOW policy has to match. by names the policy that decided, or says that none did.
func (i *Istiod) Decide(c Connection) (allowed bool, by string) {
	var allow []string
	matched := ""
	for _, p := range i.policies {
		if p.DryRun || !p.concerns(c.Destination) {
			continue
		}
		switch {
		case p.Action == security.Action_DENY && p.matches(c):
			return false, "policy " + p.id() + " denies it"
		case p.Action == security.Action_ALLOW:
			allow = append(allow, p.id())
			if matched == "" && p.matches(c) {
				matched = p.id()
			}
		}
	}
	switch {
	case len(allow) == 0:
		return true, "no policy applies"
	case matched != "":
		return true, "policy " + matched + " allows it"
	case len(allow) == 1:
		return false, "policy " + allow[0] + " does not allow it"
	}
	return false, "none of the policies " + strings.Join(allow, ", ") + " allows it"
}

// authorization is one policy as ztunnel gets it.
type authorization struct{ *security.Authorization }

func (a *authorization) id() string { return a.Namespace + "/" + a.Name }

// concerns reports whether the policy applies to a workload.
func (a *authorization) concerns(w *workloadapi.Workload) bool {
	switch a.Scope {
	case security.Scope_GLOBAL:
		return true
	case security.Scope_NAMESPACE:
		return a.Namespace == w.Namespace
	}
	return slices.Contains(w.AuthorizationPolicies, a.id())
}

// matches reports whether any group of rules matches: all rules of the group, each by any of its matches. A policy
// without groups matches nothing, a rule without matches everything.
func (a *authorization) matches(c Connection) bool {
	return slices.ContainsFunc(a.Groups, func(g *security.Group) bool {
		return !slices.ContainsFunc(g.Rules, func(r *security.Rules) bool {
			return len(r.Matches) > 0 && !slices.ContainsFunc(r.Matches, func(m *security.Match) bool { return match(m, c) })
		})
	})
}

// match reports whether a match holds in every attribute that it names. One that names none matches nothing.
func match(m *security.Match, c Connection) bool {
	namespace, account := parts(c.Identity)
	principal, hasIdentity := strings.CutPrefix(c.Identity, "spiffe://")
	destination := Address(c.Destination)
	tests := []attribute{
		either(m.Namespaces, m.NotNamespaces, func(s *security.StringMatch) bool { return text(s, namespace) }),
		either(m.Principals, m.NotPrincipals, func(s *security.StringMatch) bool { return hasIdentity && text(s, principal) }),
		either(m.ServiceAccounts, m.NotServiceAccounts, func(s *security.ServiceAccountMatch) bool {
			return hasIdentity && s.Namespace == namespace && s.ServiceAccount == account
		}),
		either(m.SourceIps, m.NotSourceIps, func(a *security.Address) bool { return within(a, c.Source) }),
		either(m.DestinationIps, m.NotDestinationIps, func(a *security.Address) bool { return within(a, destination) }),
		either(m.DestinationPorts, m.NotDestinationPorts, func(p uint32) bool { return p == c.Port }),
	}
	named := false
	for _, t := range tests {
		if !t.holds {
			return false
		}
		named = named || t.named
	}
	return named
}

// attribute is the result of one attribute: whether the match names it, and whether it holds.
type attribute struct{ named, holds bool }

// either holds if a positive value matches, or there are no positive values, and if no negative value matches.
func either[T any](positive, negative []T, is func(T) bool) attribute {
	return attribute{
		named: len(positive)+len(negative) > 0,
		holds: (len(positive) == 0 || slices.ContainsFunc(positive, is)) && !slices.ContainsFunc(negative, is),
	}
}

func text(s *security.StringMatch, value string) bool {
	switch m := s.MatchType.(type) {
	case *security.StringMatch_Exact:
		return value == m.Exact
	case *security.StringMatch_Prefix:
		return strings.HasPrefix(value, m.Prefix)
	case *security.StringMatch_Suffix:
		return strings.HasSuffix(value, m.Suffix)
	case *security.StringMatch_Presence:
		return value != ""
	}
	return false
}

func within(a *security.Address, ip netip.Addr) bool {
	base, ok := netip.AddrFromSlice(a.Address)
	return ok && netip.PrefixFrom(base, int(a.Length)).Contains(ip)
}

// parts are the namespace and the service account of a SPIFFE id.
func parts(identity string) (namespace, account string) {
	_, rest, _ := strings.Cut(identity, "/ns/")
	namespace, account, _ = strings.Cut(rest, "/sa/")
	return namespace, account
}

package evaluation

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Caller is the principal that makes a request: a service, or the session of a role.
type Caller struct {
	// Service is for example "ecs-tasks.amazonaws.com".
	Service string
	// RoleARN is the role of a session.
	RoleARN string
	// Tags are the session's tags. All of them are transitive, as EKS Pod Identity makes them.
	Tags map[string]string
}

// Cause is the part of a decision that refused.
type Cause string

const (
	// None means that nothing refused.
	None Cause = ""
	// Stale is a trust that is bound to a deleted principal.
	Stale Cause = "stale principal"
	// Principal is a trust that does not name the caller.
	Principal Cause = "principal"
	// Condition is a statement whose condition the request does not meet.
	Condition Cause = "condition"
	// Action is a document that does not name the action, or not for the resource.
	Action Cause = "action"
	// Boundary is a permissions boundary that does not allow what the role's policies do.
	Boundary Cause = "permissions boundary"
	// Denied is a statement with the effect Deny.
	Denied Cause = "deny"
	// Unreadable is a text that is no IAM document.
	Unreadable Cause = "document"
	// Unjudged is a decision that depends on a condition on a number, a date or an address. This package does not
	// know their values.
	Unjudged Cause = "unjudged condition"
)

// Verdict is a decision. Cause says what refused, and Why says it in half a sentence.
type Verdict struct {
	Cause Cause
	Why   string
}

// OK reports whether nothing is known to refuse the request. A caller that needs certainty compares Cause with None.
func (v Verdict) OK() bool { return v.Cause == None || v.Cause == Unjudged }

// orphan matches a deleted principal, which AWS shows by its unique id.
var orphan = regexp.MustCompile(`^A[RI][OD]A[A-Z0-9]{8,}$`)

// Trusts decides whether a role's trust document lets a caller perform an action ("sts:AssumeRole"). Request holds
// the condition keys of the request, such as aws:SourceAccount or aws:RequestTag/kubernetes-namespace.
func Trusts(role *Role, who Caller, action string, request map[string]string) Verdict {
	d, err := Parse(role.Trust)
	if err != nil {
		return Verdict{Unreadable, err.Error()}
	}
	facts := who.context(request, nil)
	for k, v := range who.Tags {
		facts["aws:requesttag/"+strings.ToLower(k)] = []string{v}
	}
	var orphans []string
	about := func(s Statement) bool {
		for _, name := range s.Principal["AWS"] {
			if orphan.MatchString(name) {
				orphans = append(orphans, name)
			}
		}
		return s.names(who)
	}
	verdict := decide(d.Statement, action, role.ARN, facts, about)
	if verdict.Cause == Principal && len(orphans) > 0 {
		return Verdict{Stale, "it is bound to " + strings.Join(orphans, ", ") + ", a principal that was deleted"}
	}
	if verdict.Cause == Principal {
		verdict.Why = "it does not name " + who.String()
	}
	return verdict
}

// TrustsToken decides whether a role's trust document lets whoever has a token of an identity provider, given by its ARN, take the role. Claims are
// the condition keys that STS makes of the token, such as token.actions.githubusercontent.com:sub.
func TrustsToken(role *Role, provider string, claims map[string]string) Verdict {
	d, err := Parse(role.Trust)
	if err != nil {
		return Verdict{Unreadable, err.Error()}
	}
	about := func(s Statement) bool { return slices.Contains(s.Principal["Federated"], provider) }
	verdict := decide(d.Statement, "sts:AssumeRoleWithWebIdentity", role.ARN, Caller{}.context(claims, nil), about)
	if verdict.Cause == Principal {
		verdict.Why = "it does not name " + provider
	}
	return verdict
}

// Request is a call as IAM sees it.
type Request struct {
	// Action is for example "ecs:TagResource", Resource an ARN or "*".
	Action, Resource string
	// Keys are the condition keys with one value, Sets those that may have several, such as aws:TagKeys.
	Keys map[string]string
	Sets map[string][]string
}

// Allows decides whether a role's own policies, and its permissions boundary, allow an action on a resource.
func Allows(role *Role, who Caller, action, resource string, request map[string]string) Verdict {
	return Permits(role, who, Request{Action: action, Resource: resource, Keys: request})
}

// Permits is Allows for a request with condition keys of several values.
func Permits(role *Role, who Caller, r Request) Verdict {
	action, resource, facts := r.Action, r.Resource, who.context(r.Keys, r.Sets)
	var all []Statement
	for _, name := range slices.Sorted(maps.Keys(role.Policies)) {
		d, err := Parse(role.Policies[name])
		if err != nil {
			return Verdict{Unreadable, name + ": " + err.Error()}
		}
		all = append(all, d.Statement...)
	}
	anybody := func(Statement) bool { return true }
	verdict := decide(all, action, resource, facts, anybody)
	if verdict.Cause == Principal {
		return Verdict{Action, "no policy allows " + action + " on " + resource}
	}
	if !verdict.OK() || role.Boundary == "" {
		return verdict
	}
	d, err := Parse(role.Boundary)
	if err != nil {
		return Verdict{Unreadable, "its permissions boundary: " + err.Error()}
	}
	switch bound := decide(d.Statement, action, resource, facts, anybody); bound.Cause {
	case None:
		return verdict
	case Unjudged:
		return bound
	case Denied:
		return Verdict{Denied, "its permissions boundary: " + bound.Why}
	default:
		return Verdict{Boundary, "its permissions boundary does not allow " + action + " on " + resource}
	}
}

// Direct reports whether a trust names a role of the trust's own account. Such a role needs no permission of its own.
func Direct(role *Role, who Caller) bool {
	d, err := Parse(role.Trust)
	return err == nil && who.RoleARN != "" && Account(who.RoleARN) == Account(role.ARN) &&
		slices.ContainsFunc(d.Statement, func(s Statement) bool {
			return s.Effect == "Allow" && slices.Contains(s.Principal["AWS"], who.RoleARN)
		})
}

// String names the caller for a message.
func (c Caller) String() string {
	if c.Service != "" {
		return c.Service
	}
	return c.RoleARN
}

// facts are the condition keys of a request, in lower case, each with its values.
type facts map[string][]string

// context returns the condition keys of a request.
func (c Caller) context(keys map[string]string, sets map[string][]string) facts {
	all := facts{}
	for k, v := range keys {
		all[strings.ToLower(k)] = []string{v}
	}
	for k, v := range sets {
		if len(v) > 0 {
			all[strings.ToLower(k)] = v
		}
	}
	if c.RoleARN != "" {
		all["aws:principalarn"], all["aws:principalaccount"] = []string{c.RoleARN}, []string{Account(c.RoleARN)}
	}
	for k, v := range c.Tags {
		all["aws:principaltag/"+strings.ToLower(k)] = []string{v}
	}
	return all
}

// names reports whether a trust statement names a caller.
func (s Statement) names(who Caller) bool {
	if who.Service != "" {
		// In China some service principals have another ending.
		return slices.ContainsFunc(s.Principal["Service"], func(name string) bool {
			return strings.TrimSuffix(name, ".cn") == strings.TrimSuffix(who.Service, ".cn")
		})
	}
	account := Account(who.RoleARN)
	return slices.ContainsFunc(s.Principal["AWS"], func(name string) bool {
		root := strings.HasPrefix(name, "arn:") && strings.HasSuffix(name, ":root") && Account(name) == account
		return name == "*" || name == account || name == who.RoleARN || root
	})
}

// Covers reports whether a statement covers an action. A pattern with variables matches no action.
func (s Statement) Covers(action string) bool {
	return covered(s.Action, s.NotAction, action, true, nil)
}

// variable is a policy variable such as ${aws:PrincipalTag/team}.
var variable = regexp.MustCompile(`\$\{[^}]*\}`)

// Reaches reports whether a statement is about an action on a resource in some request: whatever its conditions, and whatever
// value its variables have.
func (s Statement) Reaches(action, resource string) bool {
	open := func(patterns []string) (all []string) {
		for _, p := range patterns {
			all = append(all, variable.ReplaceAllString(p, "*"))
		}
		return all
	}
	return s.Covers(action) && covered(open(s.Resource), s.NotResource, resource, false, nil)
}

// decide evaluates statements as IAM does. A deny wins. Without an allow the answer is no, and the cause is that of
// the statement that came nearest.
func decide(all []Statement, action, resource string, facts facts, about func(Statement) bool) Verdict {
	miss := Verdict{Principal, ""}
	var unjudged Verdict
	allowed, perhapsAllowed, perhapsDenied := false, false, false
	for _, s := range all {
		if !about(s) {
			continue
		}
		if !covered(s.Action, s.NotAction, action, true, facts) ||
			(len(s.Resource) > 0 || len(s.NotResource) > 0) && !covered(s.Resource, s.NotResource, resource, false, facts) {
			if s.Effect != "Deny" && miss.Cause != Condition {
				miss = Verdict{Action, "it does not allow " + action}
			}
			continue
		}
		failed := broken(s.Condition, facts)
		switch {
		case failed.Cause == Unjudged:
			unjudged = failed
			perhapsDenied = perhapsDenied || s.Effect == "Deny"
			perhapsAllowed = perhapsAllowed || s.Effect != "Deny"
		case s.Effect == "Deny" && failed.Cause == None:
			return Verdict{Denied, fmt.Sprintf("statement %q denies %s", s.Sid, action)}
		case s.Effect == "Deny":
		case failed.Cause == None:
			allowed = true
		default:
			miss = failed
		}
	}
	switch {
	case allowed && !perhapsDenied:
		return Verdict{}
	case allowed || perhapsAllowed:
		return unjudged
	}
	return miss
}

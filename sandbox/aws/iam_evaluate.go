package aws

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/sandbox/world"
)

// Principal is who asks AWS for something: a service, or a role with the tags of its session.
type Principal struct {
	// Service is a service principal such as "ecs-tasks.amazonaws.com".
	Service string
	// RoleARN is the role of the session.
	RoleARN string
	// Tags are the session's tags. They are transitive, as those of EKS Pod Identity are.
	Tags map[string]string
}

func (p Principal) String() string {
	if p.Service != "" {
		return "Service: " + p.Service
	}
	return fmt.Sprintf("User: arn:%s:sts::%s:assumed-role/%s/session", partitionIn(p.RoleARN), accountOf(p.RoleARN), nameOf(p.RoleARN))
}

func partitionIn(arn string) string {
	if parts := strings.SplitN(arn, ":", 3); len(parts) == 3 {
		return parts[1]
	}
	return "aws"
}

func denied(p Principal, action, resource string) error {
	return fmt.Errorf("AccessDenied: %s is not authorized to perform: %s on resource: %s", p, action, resource)
}

// MayAssume reports as an error why a principal may not take a role. Request holds condition keys of the
// request, for example aws:SourceAccount or aws:RequestTag/kubernetes-namespace.
//
// A role's permissions and the other role's trust must both allow it, unless both are in one account and the
// trust names the role itself. Session tags that travel on need sts:TagSession as well.
func MayAssume(tx *world.Tx, p Principal, roleARN string, request map[string]string) error {
	role := roleByARN(tx, roleARN)
	if role == nil {
		return denied(p, "sts:AssumeRole", roleARN)
	}
	actions := []string{"sts:AssumeRole"}
	if len(p.Tags) > 0 || slices.ContainsFunc(slices.Collect(maps.Keys(request)), func(k string) bool { return strings.HasPrefix(k, "aws:RequestTag/") }) {
		actions = append(actions, "sts:TagSession")
	}
	facts := contextOf(p, request)
	for k, v := range p.Tags {
		facts["aws:requesttag/"+strings.ToLower(k)] = v
	}
	document, err := parseDocument(role.String("assumeRolePolicy"))
	if err != nil {
		return denied(p, "sts:AssumeRole", roleARN)
	}
	for _, action := range actions {
		direct := false
		verdict := decide(document.Statement, action, roleARN, facts, func(s statement) bool {
			named, asRole := trusts(tx, role, s, p)
			direct = direct || asRole && s.Effect == "Allow"
			return named
		})
		if !verdict {
			return denied(p, action, roleARN)
		}
		if p.Service != "" || direct && accountOf(p.RoleARN) == role.Account {
			continue
		}
		if err := Allowed(tx, p, action, roleARN, request); err != nil {
			return err
		}
	}
	return nil
}

// trusts reports whether a trust statement is about a principal, and whether it names the role itself.
func trusts(tx *world.Tx, role *world.Resource, s statement, p Principal) (named, asRole bool) {
	if p.Service != "" {
		return slices.ContainsFunc(s.Principal["Service"], func(name string) bool { return sameService(name, p.Service) }), false
	}
	account := accountOf(p.RoleARN)
	for _, arn := range s.Principal["AWS"] {
		switch {
		case arn == "*", arn == account, rootPattern.MatchString(arn) && accountOf(arn) == account:
			named = true
		case arn == p.RoleARN:
			// IAM compares the id that it stored, not the name.
			now := roleByARN(tx, arn)
			if now != nil && object(role.Props, "_principals")[arn] == now.Props["uniqueId"] {
				named, asRole = true, true
			}
		}
	}
	return named, asRole
}

// sameService compares service principals; China writes some of them with its own ending.
func sameService(a, b string) bool {
	return strings.TrimSuffix(a, ".cn") == strings.TrimSuffix(b, ".cn")
}

// Allowed reports as an error why a role's own policies do not allow an action on a resource.
func Allowed(tx *world.Tx, p Principal, action, resource string, request map[string]string) error {
	role := roleByARN(tx, p.RoleARN)
	if role == nil {
		return denied(p, action, resource)
	}
	var all []statement
	for _, r := range tx.Find(role.Account, rolePolicyKind, func(r *world.Resource) bool { return r.String("role") == role.ID }) {
		if d, err := parseDocument(r.String("policy")); err == nil {
			all = append(all, d.Statement...)
		}
	}
	for _, r := range tx.Find(role.Account, attachmentKind, func(r *world.Resource) bool { return r.String("role") == role.ID }) {
		arn := r.String("policyArn")
		all = append(all, statement{Effect: "Allow", Action: managedPolicy(partitionIn(arn), arn), Resource: oneOrMany{"*"}})
	}
	if !decide(all, action, resource, contextOf(p, request), func(statement) bool { return true }) {
		return denied(p, action, resource)
	}
	return nil
}

// contextOf are the condition keys of a request, in lower case.
func contextOf(p Principal, request map[string]string) map[string]string {
	facts := map[string]string{}
	for k, v := range request {
		facts[strings.ToLower(k)] = v
	}
	if p.RoleARN != "" {
		facts["aws:principalarn"], facts["aws:principalaccount"] = p.RoleARN, accountOf(p.RoleARN)
	}
	for k, v := range p.Tags {
		facts["aws:principaltag/"+strings.ToLower(k)] = v
	}
	return facts
}

// decide is IAM's evaluation of statements: a deny wins, and without an allow the answer is no.
func decide(all []statement, action, resource string, facts map[string]string, about func(statement) bool) bool {
	allowed := false
	for _, s := range all {
		if !about(s) || !covered(s.Action, s.NotAction, action, true, facts) || !holds(s.Condition, facts) {
			continue
		}
		if (len(s.Resource) > 0 || len(s.NotResource) > 0) && !covered(s.Resource, s.NotResource, resource, false, facts) {
			continue
		}
		if s.Effect == "Deny" {
			return false
		}
		allowed = true
	}
	return allowed
}

func covered(patterns, except []string, value string, fold bool, facts map[string]string) bool {
	match := func(p string) bool {
		p, v := expand(p, facts), value
		if fold {
			p, v = strings.ToLower(p), strings.ToLower(v)
		}
		return glob(p, v)
	}
	if len(except) > 0 {
		return !slices.ContainsFunc(except, match)
	}
	return slices.ContainsFunc(patterns, match)
}

// expand fills in policy variables such as ${aws:PrincipalTag/kubernetes-namespace}.
func expand(pattern string, facts map[string]string) string {
	for {
		start := strings.Index(pattern, "${")
		if start < 0 {
			return pattern
		}
		end := strings.Index(pattern[start:], "}")
		if end < 0 {
			return pattern
		}
		key := strings.ToLower(pattern[start+2 : start+end])
		pattern = pattern[:start] + facts[key] + pattern[start+end+1:]
	}
}

// glob matches * and ?.
func glob(pattern, value string) bool {
	for pattern != "" {
		switch pattern[0] {
		case '*':
			for i := 0; i <= len(value); i++ {
				if glob(pattern[1:], value[i:]) {
					return true
				}
			}
			return false
		case '?':
			if value == "" {
				return false
			}
		default:
			if value == "" || value[0] != pattern[0] {
				return false
			}
		}
		pattern, value = pattern[1:], value[1:]
	}
	return value == ""
}

// arnGlob matches ARNs part by part: no wildcard reaches over a colon, except in the last part.
func arnGlob(pattern, value string) bool {
	p, v := strings.SplitN(pattern, ":", 6), strings.SplitN(value, ":", 6)
	if len(p) != len(v) {
		return false
	}
	for i := range p {
		if !glob(p[i], v[i]) {
			return false
		}
	}
	return true
}

// holds evaluates all conditions of a statement.
func holds(conditions map[string]map[string]values, facts map[string]string) bool {
	for operator, keys := range conditions {
		operator = strings.TrimPrefix(strings.TrimPrefix(operator, "ForAnyValue:"), "ForAllValues:")
		operator, ifExists := strings.CutSuffix(operator, "IfExists")
		for key, wanted := range keys {
			have, exists := facts[strings.ToLower(key)]
			if operator == "Null" {
				if exists == slices.Contains(wanted, "true") {
					return false
				}
				continue
			}
			if !exists && ifExists {
				continue
			}
			negated := strings.Contains(operator, "Not")
			matched := slices.ContainsFunc(wanted, func(w string) bool { return compare(operator, expand(w, facts), have) })
			if !exists && !negated || matched == negated {
				return false
			}
		}
	}
	return true
}

// compare is one comparison of a condition, without its negation.
func compare(operator, wanted, have string) bool {
	switch operator = strings.Replace(operator, "Not", "", 1); operator {
	case "StringEquals":
		return wanted == have
	case "StringEqualsIgnoreCase", "Bool":
		return strings.EqualFold(wanted, have)
	case "StringLike":
		return glob(wanted, have)
	case "ArnLike", "ArnEquals":
		return arnGlob(wanted, have)
	}
	// Numbers, dates and addresses do not occur in this project's policies.
	return false
}

package policy

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
)

// The ports that ztunnel keeps for itself in a task. No service can serve one.
const (
	FirstReservedPort = 15000
	LastReservedPort  = 15090
)

// label is a Kubernetes namespace name, subdomain any other object's.
var (
	label     = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	subdomain = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
)

// maxName is the length of the longest object name.
const maxName = 253

// Check reports every fault of the policies, or returns nil. Known are the namespaces that will exist.
//
// It understands what ztunnel decides by: an action, and rules of source namespaces and ports. It refuses
// the rest, because ztunnel would ignore an ALLOW rule with a condition that only a waypoint understands,
// and refuse calls that the policy seems to allow.
func Check(policies []Policy, known []string) error {
	var problems []error
	seen := map[string]bool{}
	for _, p := range policies {
		id := p.Namespace + "/" + p.Name
		refuse := func(format string, args ...any) {
			problems = append(problems, fmt.Errorf("policy %s: %w", id, fmt.Errorf(format, args...)))
		}
		if seen[id] {
			refuse("it is there twice")
		}
		seen[id] = true
		if !label.MatchString(p.Namespace) {
			refuse("%q is no namespace name", p.Namespace)
		} else if !slices.Contains(known, p.Namespace) {
			refuse("its namespace does not exist")
		}
		if len(p.Name) > maxName || !subdomain.MatchString(p.Name) {
			refuse("%q is no object name", p.Name)
		}
		for _, err := range checkSpec(p.Spec, known) {
			refuse("%w", err)
		}
	}
	return errors.Join(problems...)
}

func checkSpec(spec map[string]any, known []string) []error {
	if spec == nil {
		return []error{errors.New("spec is missing: an empty one denies everything, none is a mistake")}
	}
	if len(spec) == 0 {
		return nil
	}
	var problems []error
	if action := spec["action"]; action != "ALLOW" && action != "DENY" {
		problems = append(problems, fmt.Errorf("spec.action is %v: want ALLOW or DENY", action))
	}
	problems = append(problems, onlyKeys("spec", spec, "action", "rules")...)
	rules, ok := spec["rules"].([]any)
	if !ok || len(rules) == 0 {
		return append(problems, errors.New("spec.rules is empty"))
	}
	for i, r := range rules {
		at := fmt.Sprintf("spec.rules[%d]", i)
		rule, ok := r.(map[string]any)
		if !ok {
			problems = append(problems, fmt.Errorf("%s is no object", at))
			continue
		}
		problems = append(problems, onlyKeys(at, rule, "from", "to")...)
		problems = append(problems, eachOf(at+".from", rule["from"], "source", "namespaces", func(value string) error {
			if !slices.Contains(known, value) {
				return fmt.Errorf("namespace %q does not exist", value)
			}
			return nil
		})...)
		problems = append(problems, eachOf(at+".to", rule["to"], "operation", "ports", checkPort)...)
	}
	return problems
}

// eachOf checks the strings in list[].<object>.<field>. An absent list is no fault: the rule does not
// look at it.
func eachOf(at string, list any, object, field string, check func(string) error) []error {
	if list == nil {
		return nil
	}
	entries, ok := list.([]any)
	if !ok || len(entries) == 0 {
		return []error{fmt.Errorf("%s is empty", at)}
	}
	var problems []error
	for i, e := range entries {
		where := fmt.Sprintf("%s[%d]", at, i)
		entry, _ := e.(map[string]any)
		inner, _ := entry[object].(map[string]any)
		values, _ := inner[field].([]any)
		problems = append(problems, onlyKeys(where, entry, object)...)
		problems = append(problems, onlyKeys(where+"."+object, inner, field)...)
		if len(values) == 0 {
			problems = append(problems, fmt.Errorf("%s.%s.%s is empty", where, object, field))
		}
		for _, v := range values {
			value, ok := v.(string)
			if !ok || value == "" {
				problems = append(problems, fmt.Errorf("%s.%s.%s has %v: want a string that is not empty", where, object, field, v))
				continue
			}
			if err := check(value); err != nil {
				problems = append(problems, fmt.Errorf("%s.%s.%s: %w", where, object, field, err))
			}
		}
	}
	return problems
}

func checkPort(value string) error {
	port, err := strconv.Atoi(value)
	switch {
	case err != nil:
		return fmt.Errorf("port %q is no number", value)
	case port < 1 || port > 65535:
		return fmt.Errorf("port %d is not between 1 and 65535", port)
	case port >= FirstReservedPort && port <= LastReservedPort:
		return fmt.Errorf("port %d is one of ztunnel's own, %d to %d", port, FirstReservedPort, LastReservedPort)
	}
	return nil
}

func onlyKeys(at string, object map[string]any, allowed ...string) []error {
	var problems []error
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if !slices.Contains(allowed, key) {
			problems = append(problems, fmt.Errorf("%s.%s is nothing that ztunnel decides by", at, key))
		}
	}
	return problems
}

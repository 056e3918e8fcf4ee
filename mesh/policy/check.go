package policy

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The ports that ztunnel keeps for itself in a task. No service can serve one.
const (
	FirstReservedPort = 15000
	LastReservedPort  = 15090
)

// label matches a Kubernetes namespace name, subdomain any other object's name.
var (
	label     = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	subdomain = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
)

// maxName is the length of the longest object name.
const maxName = 253

// Known lists what will exist when the policies do.
type Known struct {
	// Namespaces are those that policies and callers may be in.
	Namespaces []string
	// Principals are the identities of callers, as policies write them.
	Principals []string
	// Gateways and Entries are the objects that a policy may be bound to. Hostnames are those that it may select.
	// Each is written as "namespace/name".
	Gateways, Entries, Hostnames []string
	// principalPrefixes are those of namespaces in which any service account may exist.
	principalPrefixes []string
}

// Check reports every fault of the policies, or returns nil.
//
// It understands the fields that matter for ECS services: an action, and rules of source namespaces, principals and
// ports. For a waypoint it also understands methods, paths and request headers. It refuses all other fields. ztunnel
// would ignore an ALLOW rule with a condition that only a waypoint understands, and would refuse calls that the
// policy seems to allow.
func Check(policies []Policy, known Known) error {
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
		} else if !slices.Contains(known.Namespaces, p.Namespace) {
			refuse("its namespace does not exist")
		}
		if len(p.Name) > maxName || !subdomain.MatchString(p.Name) {
			refuse("%q is no object name", p.Name)
		}
		for _, err := range (checker{p.Namespace, known}).spec(p.Spec) {
			refuse("%w", err)
		}
	}
	return errors.Join(problems...)
}

// checker checks the spec of a policy of one namespace.
type checker struct {
	namespace string
	known     Known
}

func (c checker) spec(spec map[string]any) []error {
	if spec == nil {
		return []error{errors.New("spec is missing: an empty one denies everything, none is a mistake")}
	}
	if len(spec) == 0 {
		return nil
	}
	problems := onlyKeys("spec", spec, "action", "rules", "selector", "targetRefs")
	_, selects := spec["selector"]
	refs, waypoint := spec["targetRefs"]
	if selects && waypoint {
		problems = append(problems, errors.New("spec has a selector and targetRefs: it is for tasks or for a waypoint"))
	}
	if selects {
		problems = append(problems, c.selector(spec["selector"])...)
	}
	if waypoint {
		problems = append(problems, c.targets(refs)...)
	}
	if len(spec) == 1 && waypoint {
		return problems // it allows nothing
	}
	if action := spec["action"]; action != "ALLOW" && action != "DENY" {
		problems = append(problems, fmt.Errorf("spec.action is %v: want ALLOW or DENY", action))
	}
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
		problems = append(problems, c.rule(at, rule, waypoint, spec["action"] == "DENY")...)
	}
	return problems
}

// rule checks a rule. Only a DENY may use notPrincipals and its like: in an ALLOW they would admit unknown callers.
func (c checker) rule(at string, rule map[string]any, waypoint, denies bool) []error {
	sources := map[string]func(string) error{"namespaces": c.source, "principals": c.principal}
	if denies {
		sources["notPrincipals"] = c.principal
	}
	parts, operations := []string{"from", "to"}, map[string]func(string) error{"ports": checkPort}
	if waypoint {
		parts = append(parts, "when")
		operations["methods"], operations["paths"] = checkMethod, checkPath
	}
	return slices.Concat(
		onlyKeys(at, rule, parts...),
		eachOf(at+".from", rule["from"], "source", sources),
		eachOf(at+".to", rule["to"], "operation", operations),
		conditions(at+".when", rule["when"]),
	)
}

func (c checker) source(namespace string) error {
	if !slices.Contains(c.known.Namespaces, namespace) {
		return fmt.Errorf("namespace %q does not exist", namespace)
	}
	return nil
}

func (c checker) principal(principal string) error {
	outside := slices.ContainsFunc(c.known.principalPrefixes, func(prefix string) bool {
		account, found := strings.CutPrefix(principal, prefix)
		return found && subdomain.MatchString(account)
	})
	if !outside && !slices.Contains(c.known.Principals, principal) {
		return fmt.Errorf("principal %q does not exist", principal)
	}
	return nil
}

// selector checks that a policy selects the tasks of one service, by the one label that tells services apart.
func (c checker) selector(value any) []error {
	selector, _ := value.(map[string]any)
	labels, _ := selector["matchLabels"].(map[string]any)
	problems := slices.Concat(onlyKeys("spec.selector", selector, "matchLabels"), onlyKeys("spec.selector.matchLabels", labels, LabelHostname))
	hostname, _ := labels[LabelHostname].(string)
	if !slices.Contains(c.known.Hostnames, c.namespace+"/"+hostname) {
		problems = append(problems, fmt.Errorf("spec.selector matches nothing: no service of the namespace has the hostname %q", hostname))
	}
	return problems
}

// targets checks that a policy is bound to a waypoint or an entry of its namespace.
func (c checker) targets(value any) []error {
	refs, _ := value.([]any)
	if len(refs) == 0 {
		return []error{errors.New("spec.targetRefs is empty")}
	}
	var problems []error
	for i, r := range refs {
		at := fmt.Sprintf("spec.targetRefs[%d]", i)
		ref, _ := r.(map[string]any)
		problems = append(problems, onlyKeys(at, ref, "group", "kind", "name")...)
		exist := c.known.Gateways
		switch {
		case ref["group"] == groupGateway && ref["kind"] == kindGateway:
		case ref["group"] == groupEntry && ref["kind"] == kindEntry:
			exist = c.known.Entries
		default:
			problems = append(problems, fmt.Errorf("%s is a %v of %v: want a %s or a %s", at, ref["kind"], ref["group"], kindGateway, kindEntry))
			continue
		}
		if name, _ := ref["name"].(string); !slices.Contains(exist, c.namespace+"/"+name) {
			problems = append(problems, fmt.Errorf("%s: there is no %v %q in the namespace", at, ref["kind"], name))
		}
	}
	return problems
}

// eachOf checks the strings in list[].<object>.<field>. An absent list is valid: the rule does not look at the field.
func eachOf(at string, list any, object string, fields map[string]func(string) error) []error {
	if list == nil {
		return nil
	}
	entries, ok := list.([]any)
	if !ok || len(entries) == 0 {
		return []error{fmt.Errorf("%s is empty", at)}
	}
	names := slices.Sorted(maps.Keys(fields))
	var problems []error
	for i, e := range entries {
		where := fmt.Sprintf("%s[%d]", at, i)
		entry, _ := e.(map[string]any)
		inner, _ := entry[object].(map[string]any)
		problems = append(problems, onlyKeys(where, entry, object)...)
		problems = append(problems, onlyKeys(where+"."+object, inner, names...)...)
		if len(inner) == 0 {
			problems = append(problems, fmt.Errorf("%s.%s is empty", where, object))
		}
		for _, field := range names {
			if values, set := inner[field]; set {
				problems = append(problems, texts(where+"."+object+"."+field, values, fields[field])...)
			}
		}
	}
	return problems
}

// texts checks a list of strings.
func texts(at string, value any, check func(string) error) []error {
	values, _ := value.([]any)
	if len(values) == 0 {
		return []error{fmt.Errorf("%s is empty", at)}
	}
	var problems []error
	for _, v := range values {
		text, ok := v.(string)
		if !ok || text == "" {
			problems = append(problems, fmt.Errorf("%s has %v: want a string that is not empty", at, v))
			continue
		}
		if err := check(text); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", at, err))
		}
	}
	return problems
}

func onlyKeys(at string, object map[string]any, allowed ...string) []error {
	var problems []error
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if !slices.Contains(allowed, key) {
			problems = append(problems, fmt.Errorf("%s.%s is not supported here", at, key))
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

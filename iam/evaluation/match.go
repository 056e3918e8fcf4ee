package evaluation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// covered matches an action or a resource against patterns, or against everything except some patterns.
func covered(patterns, except []string, value string, fold bool, facts facts) bool {
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
func expand(pattern string, facts facts) string {
	before, rest, ok := strings.Cut(pattern, "${")
	if !ok {
		return pattern
	}
	key, after, ok := strings.Cut(rest, "}")
	if !ok {
		return pattern
	}
	return before + strings.Join(facts[strings.ToLower(key)], "") + expand(after, facts)
}

// glob matches * and ?.
func glob(pattern, value string) bool {
	// The last star, and the place in value up to which the star has matched.
	star, mark := -1, 0
	p, v := 0, 0
	for v < len(value) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, v
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == value[v]):
			p++
			v++
		case star >= 0:
			mark++
			p, v = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// arnGlob matches ARNs part by part: a wildcard never matches a colon, except in the last part.
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

// broken returns the condition that the request does not meet, or else one that cannot be judged.
func broken(conditions map[string]map[string]Texts, facts facts) Verdict {
	var unjudged Verdict
	for _, name := range slices.Sorted(maps.Keys(conditions)) {
		o := parseOperator(name)
		for _, key := range slices.Sorted(maps.Keys(conditions[name])) {
			wanted := conditions[name][key]
			have, exists := facts[strings.ToLower(key)]
			met, known := o.holds(wanted, have, exists, facts)
			switch {
			case !known:
				unjudged = Verdict{Unjudged, fmt.Sprintf("its condition %s on %s cannot be judged", name, key)}
			case met:
			case !exists:
				return Verdict{Condition, fmt.Sprintf("its condition %s on %s is not met: the request has no such key", name, key)}
			default:
				return Verdict{Condition, fmt.Sprintf("its condition %s wants %s to be %s, and it is %s", name, key, strings.Join(wanted, " or "), strings.Join(have, ", "))}
			}
		}
	}
	return unjudged
}

// operator is the parsed operator of a condition: "ForAllValues:StringNotLikeIfExists".
type operator struct {
	base string
	// each means that every value of the key must fit, some that one is enough. Of a key with one value both say the same.
	each, some bool
	// negated means "Not". ifMissing means that a request without the key meets the condition.
	negated, ifMissing bool
}

func parseOperator(name string) operator {
	rest, each := strings.CutPrefix(name, "ForAllValues:")
	rest, some := strings.CutPrefix(rest, "ForAnyValue:")
	rest, ifExists := strings.CutSuffix(rest, "IfExists")
	base := strings.Replace(rest, "Not", "", 1)
	return operator{base: base, each: each, some: some, negated: base != rest, ifMissing: each || ifExists}
}

// holds compares the values that a request has for a key with those that a condition wants. Without a set operator one value
// that fits is enough, as with ForAnyValue, and a condition with Not holds for a request without the key.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html, 2026-11-29.
func (o operator) holds(wanted Texts, have []string, exists bool, facts facts) (met, known bool) {
	if o.base == "Null" {
		return exists != slices.Contains(wanted, "true"), true
	}
	same, known := comparisons[o.base]
	switch {
	case !known:
		return false, false
	case !exists:
		return o.ifMissing || o.negated && !o.some, true
	}
	fits := func(value string) bool {
		return slices.ContainsFunc(wanted, func(w string) bool { return same(expand(w, facts), value) }) != o.negated
	}
	if o.each {
		return !slices.ContainsFunc(have, func(value string) bool { return !fits(value) }), true
	}
	return slices.ContainsFunc(have, fits), true
}

// comparisons are the operators without their negations. The roles of a mesh need no numbers, dates or addresses.
var comparisons = map[string]func(wanted, have string) bool{
	"StringEquals":           func(wanted, have string) bool { return wanted == have },
	"StringEqualsIgnoreCase": strings.EqualFold,
	"Bool":                   strings.EqualFold,
	"StringLike":             glob,
	"ArnLike":                arnGlob,
	"ArnEquals":              arnGlob,
}

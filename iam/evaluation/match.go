package evaluation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// covered matches an action or a resource against patterns, or against everything except some patterns.
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
	before, rest, ok := strings.Cut(pattern, "${")
	if !ok {
		return pattern
	}
	key, after, ok := strings.Cut(rest, "}")
	if !ok {
		return pattern
	}
	return before + facts[strings.ToLower(key)] + expand(after, facts)
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
func broken(conditions map[string]map[string]Texts, facts map[string]string) Verdict {
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
				return Verdict{Condition, fmt.Sprintf("its condition %s wants %s to be %s, and it is %s", name, key, strings.Join(wanted, " or "), have)}
			}
		}
	}
	return unjudged
}

// operator is the parsed operator of a condition: "ForAllValues:StringNotLikeIfExists".
type operator struct {
	base string
	// negated means "Not". ifMissing means that a request without the key meets the condition.
	negated, ifMissing bool
}

func parseOperator(name string) operator {
	rest, forAll := strings.CutPrefix(name, "ForAllValues:")
	rest, ifExists := strings.CutSuffix(strings.TrimPrefix(rest, "ForAnyValue:"), "IfExists")
	base := strings.Replace(rest, "Not", "", 1)
	return operator{base: base, negated: base != rest, ifMissing: forAll || ifExists}
}

func (o operator) holds(wanted Texts, have string, exists bool, facts map[string]string) (met, known bool) {
	if o.base == "Null" {
		return exists != slices.Contains(wanted, "true"), true
	}
	same, known := comparisons[o.base]
	switch {
	case !known:
		return false, false
	case !exists && o.ifMissing:
		return true, true
	}
	matched := exists && slices.ContainsFunc(wanted, func(w string) bool { return same(expand(w, facts), have) })
	return matched != o.negated, true
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

package controls

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Unknown stands in inputs for a value that cannot be read: only the update will know it, or it is encrypted.
type Unknown struct{}

// Inputs are the inputs of a resource as plain values: map[string]any, []any, string, float64, bool, nil and Unknown. A rule
// reads them through its methods and functions only, so that an Unknown cannot be taken for a value.
type Inputs struct{ values map[string]any }

// Of wraps the inputs of a resource.
func Of(values map[string]any) Inputs { return Inputs{values} }

// at returns the value at a path of keys and indices, or nil.
func (in Inputs) at(path ...any) any { return at(in.values, path...) }

// list returns the list at a path.
func (in Inputs) list(path ...any) []any { return list(in.values, path...) }

// undecided is the panic of a rule that reads an Unknown. decide recovers it.
type undecided struct{}

// decide runs a rule.
func decide(rule func() Verdict) (verdict Verdict) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case undecided:
			verdict = Undecided
		default:
			panic(cause)
		}
	}()
	return rule()
}

// known returns a value that is not Unknown.
func known(value any) any {
	if _, is := value.(Unknown); is {
		panic(undecided{})
	}
	return value
}

// at returns the value at a path of keys and indices, or nil.
func at(value any, path ...any) any {
	for _, step := range path {
		switch key := step.(type) {
		case string:
			object, _ := known(value).(map[string]any)
			value = object[key]
		case int:
			list, _ := known(value).([]any)
			if key >= len(list) {
				return nil
			}
			value = list[key]
		}
	}
	return known(value)
}

// list returns the list at a path.
func list(value any, path ...any) []any {
	all, _ := at(value, path...).([]any)
	for _, element := range all {
		known(element)
	}
	return all
}

// is compares the input at a path, as text.
func is(want any, path ...any) func(Inputs) bool {
	return func(in Inputs) bool { return fmt.Sprint(in.at(path...)) == fmt.Sprint(want) }
}

// given reports whether the input at a path is there.
func given(path ...any) func(Inputs) bool {
	return func(in Inputs) bool { return in.at(path...) != nil }
}

// document decodes a value that AWS takes as JSON text.
func document(value any) any {
	text, _ := value.(string)
	var decoded any
	if json.Unmarshal([]byte(text), &decoded) != nil {
		return nil
	}
	return decoded
}

// texts are one or more texts.
func texts(value any) []string {
	if one, ok := value.(string); ok {
		return []string{one}
	}
	var all []string
	for _, v := range list(value) {
		all = append(all, fmt.Sprint(v))
	}
	return all
}

// statements are those of an IAM document that allow something. IAM takes a single statement without a list.
func statements(policy any) []any {
	stated := at(document(policy), "Statement")
	all, several := stated.([]any)
	if !several && stated != nil {
		all = []any{stated}
	}
	return slices.DeleteFunc(slices.Clone(all), func(s any) bool { return at(s, "Effect") != "Allow" })
}

// conditioned reports whether a statement has a condition on one of the keys. IAM takes keys in any case.
func conditioned(statement any, keys ...string) bool {
	conditions, _ := at(statement, "Condition").(map[string]any)
	for _, of := range conditions {
		operands, _ := of.(map[string]any)
		for key := range operands {
			if slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, key) }) {
				return true
			}
		}
	}
	return false
}

// containers judges every container of a task definition.
func containers(keeps func(container any) bool) func(Inputs) bool {
	return func(in Inputs) bool {
		all := list(document(in.at("containerDefinitions")))
		return len(all) > 0 && !slices.ContainsFunc(all, func(c any) bool { return !keeps(c) })
	}
}

// volumes judges every volume of a launch template.
func volumes(keeps func(ebs any) bool) func(Inputs) bool {
	return func(in Inputs) bool {
		all := in.list("blockDeviceMappings")
		return len(all) > 0 && !slices.ContainsFunc(all, func(d any) bool { return !keeps(at(d, "ebs")) })
	}
}

// matches reports whether a pattern of IAM, with * and ?, matches a text in any case.
func matches(pattern, text string) bool {
	form := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
	return regexp.MustCompile("(?is)^(?:" + form + ")$").MatchString(text)
}

// The widest networks that somebody can own: 10.0.0.0/8 and the like, a registry's share of the Internet Protocol's version 6, and what that
// version keeps for private networks. A wider one is everybody's, also half of the internet.
const widest, widest6 = 8, 16

var private6 = netip.MustParsePrefix("fc00::/7")

// anywhere reports whether a text is everybody's network.
func anywhere(cidr any) bool {
	text := fmt.Sprint(cidr)
	prefix, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return strings.HasSuffix(text, "/0")
	case prefix.Addr().Is4():
		return prefix.Bits() < widest
	}
	return prefix.Bits() < widest6 && !(prefix.Bits() >= private6.Bits() && private6.Contains(prefix.Addr()))
}

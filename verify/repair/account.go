package repair

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// account is the account in which a provider makes a resource. A resource of Kubernetes has none.
func (s *State) account(resource object) (Account, error) {
	reference := text(resource, "provider")
	provider := s.find(reference[:max(strings.LastIndex(reference, "::"), 0)])
	if provider == nil || text(provider, "type") != "pulumi:providers:aws" {
		return Account{}, nil
	}
	inputs, _ := provider["inputs"].(object)
	a := Account{Region: text(inputs, "region"), Profile: text(inputs, "profile")}
	ids, _ := nested(inputs["allowedAccountIds"]).([]any)
	for _, id := range texts(ids) {
		a.ID = id
	}
	role, _ := nested(inputs["assumeRole"]).(object)
	if external, set := role["externalId"]; set && plain(external) == "" || isSecret(inputs["assumeRole"]) {
		return Account{}, errors.New("the role's external id is encrypted")
	}
	a.Role, a.ExternalID, a.Session = text(role, "roleArn"), text(role, "externalId"), text(role, "sessionName")
	return a, nil
}

// nested is a nested value of a provider's configuration. Some engines keep it as text with JSON inside.
func nested(v any) any {
	var inner any
	if s, ok := v.(string); ok && json.Unmarshal([]byte(s), &inner) == nil {
		return inner
	}
	return v
}

// isSecret reports whether a value holds a secret at any depth.
func isSecret(v any) bool {
	switch v := v.(type) {
	case object:
		_, marked := v[secretMark]
		return marked || slices.ContainsFunc(slices.Collect(maps.Values(v)), isSecret)
	case []any:
		return slices.ContainsFunc(v, isSecret)
	}
	return false
}

// alike reports whether two values are equal but for their secrets, of which nobody knows.
func alike(a, b any) bool {
	x, xIsMap := a.(object)
	y, yIsMap := b.(object)
	if xIsMap && yIsMap {
		_, xHidden := x[secretMark]
		_, yHidden := y[secretMark]
		return xHidden && yHidden || maps.EqualFunc(x, y, alike)
	}
	all, aIsList := a.([]any)
	others, bIsList := b.([]any)
	if aIsList && bIsList {
		return slices.EqualFunc(all, others, alike)
	}
	return reflect.DeepEqual(a, b)
}

// secrets are the inputs that hold a secret at any depth.
func (p Pending) secrets() (keys []string) {
	for key, value := range p.inputs() {
		if isSecret(value) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// leaks reports whether read shows what is secret in made.
func leaks(made, read any) bool {
	switch m := made.(type) {
	case object:
		if _, marked := m[secretMark]; marked {
			break
		}
		r, _ := read.(object)
		_, hidden := r[secretMark]
		for key, value := range m {
			if !hidden && leaks(value, r[key]) {
				return true
			}
		}
		return false
	default:
		if !isSecret(made) {
			return false
		}
	}
	r, _ := read.(object)
	_, hidden := r[secretMark]
	return !hidden && read != nil && read != ""
}

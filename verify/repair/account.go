package repair

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Role is the role by which a stack's provider reaches an account.
type Role struct{ ARN, ExternalID, Session string }

// ExternalIDVariable is the environment variable with the external id of an account's role, by the account's key in the stack file.
func ExternalIDVariable(account string) string {
	return "AMBIENT_EXTERNAL_ID_" + strings.ToUpper(strings.ReplaceAll(account, "-", "_"))
}

// account is the account in which a provider makes a resource. A resource of Kubernetes has none. sealed says why nobody can ask AWS about the
// account: with an external id, the engine keeps the provider's whole role encrypted.
func (s *State) account(resource object, o Options) (a Account, sealed string) {
	reference := text(resource, "provider")
	provider := s.find(reference[:max(strings.LastIndex(reference, "::"), 0)])
	if provider == nil || text(provider, "type") != "pulumi:providers:aws" {
		return Account{}, ""
	}
	inputs, _ := provider["inputs"].(object)
	a = Account{Region: text(inputs, "region"), Profile: text(inputs, "profile")}
	ids, _ := nested(inputs["allowedAccountIds"]).([]any)
	for _, id := range texts(ids) {
		a.ID = id
	}
	role, _ := nested(inputs["assumeRole"]).(object)
	if external, set := role["externalId"]; set && plain(external) == "" || isSecret(inputs["assumeRole"]) {
		known, why := o.role(accountKeys(nameOf(text(provider, "urn")), a.Region))
		a.Role, a.ExternalID, a.Session = known.ARN, known.ExternalID, known.Session
		return a, why
	}
	a.Role, a.ExternalID, a.Session = text(role, "roleArn"), text(role, "externalId"), text(role, "sessionName")
	return a, ""
}

// accountKeys are the keys that the account of a provider may have: an account has further providers for its imports and for other regions.
func accountKeys(provider, region string) []string {
	key := strings.TrimPrefix(provider, "aws-")
	keys := []string{key, strings.TrimSuffix(key, "-imports"), strings.TrimSuffix(key, "-"+region)}
	slices.Sort(keys)
	slices.SortFunc(keys, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(keys)
}

// role is the role of the first of the keys that has one. why says what is missing.
func (o Options) role(keys []string) (role Role, why string) {
	const encrypted = "the role's external id is encrypted: "
	if o.Role == nil {
		return Role{}, encrypted + "set " + ExternalIDVariable(keys[0])
	}
	for _, key := range keys {
		role, known, err := o.Role(key)
		switch {
		case err != nil:
			return Role{}, encrypted + err.Error()
		case known && role.ExternalID == "":
			return Role{}, encrypted + "set " + ExternalIDVariable(key)
		case known:
			return role, ""
		}
	}
	return Role{}, encrypted + "and the stack file has no role of the account " + keys[len(keys)-1] + ": name --stack and --project"
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

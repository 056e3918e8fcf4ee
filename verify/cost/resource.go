package cost

import (
	"encoding/json"

	"ambient-ecs/verify/preview"
)

// Account is an AWS account in one region.
type Account struct {
	// ID is the account's number. It is empty if the provider of its resources does not name it.
	ID     string
	Region string
}

type resource = preview.Resource

// accountOf returns the account and the region of a resource's provider. Objects of Kubernetes are in the account of the EKS
// cluster.
func accountOf(s *preview.Stack, r *resource) Account {
	provider := s.At(r.Provider)
	if provider == nil {
		return Account{}
	}
	if provider.Type == typeKubernetesProvider {
		for _, other := range s.Resources {
			if other.Type == typeCluster {
				return accountOf(s, other)
			}
		}
		return Account{}
	}
	a := Account{Region: text(provider.Inputs, "region")}
	// The inputs of a provider may be JSON in a string.
	switch ids := decoded(provider.Inputs["allowedAccountIds"]).(type) {
	case []any:
		if len(ids) == 1 {
			a.ID, _ = ids[0].(string)
		}
	}
	return a
}

// behind returns the resource of a type that an input comes from, or nil.
func behind(s *preview.Stack, r *resource, input, kind string) *resource {
	for _, urn := range r.DependsOn[input] {
		if found := s.At(urn); found != nil && found.Type == kind {
			return found
		}
	}
	return nil
}

func decoded(value any) any {
	if written, is := value.(string); is {
		var inner any
		if json.Unmarshal([]byte(written), &inner) == nil {
			return inner
		}
	}
	return value
}

// at returns the value at a path of keys, or nil.
func at(value any, path ...string) any {
	for _, key := range path {
		object, is := value.(map[string]any)
		if !is {
			return nil
		}
		value = object[key]
	}
	return value
}

func text(value any, path ...string) string {
	result, _ := at(value, path...).(string)
	return result
}

// number returns a number, also one that is written as text. known is false for anything else, such as a value that only
// the update will know.
func number(value any, path ...string) (n float64, known bool) {
	switch found := at(value, path...).(type) {
	case float64:
		return found, true
	case string:
		if err := json.Unmarshal([]byte(found), &n); err == nil {
			return n, true
		}
	}
	return 0, false
}

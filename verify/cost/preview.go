package cost

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Account is an AWS account in one region.
type Account struct {
	// ID is the account's number. It is empty if the provider of its resources does not name it.
	ID     string
	Region string
}

// resource is a resource of the stack as it is after the update.
type resource struct {
	URN, Type, Name string
	// Provider is the URN of the resource's provider, without its id.
	Provider string
	Inputs   map[string]any
	// DependsOn has, by input, the URNs of the resources that the input comes from. A first preview does not know the
	// input itself.
	DependsOn map[string][]string
}

// Stack is the resources of a stack as they are after an update.
type Stack struct {
	// resources are in the order of the preview.
	resources []*resource
	byURN     map[string]*resource
}

type printed struct {
	Steps []struct {
		Op       string `json:"op"`
		URN      string `json:"urn"`
		NewState *struct {
			Type                 string              `json:"type"`
			Provider             string              `json:"provider"`
			Inputs               map[string]any      `json:"inputs"`
			PropertyDependencies map[string][]string `json:"propertyDependencies"`
		} `json:"newState"`
	} `json:"steps"`
	Diagnostics []struct {
		Severity, Message string
	} `json:"diagnostics"`
	ChangeSummary map[string]int `json:"changeSummary"`
}

// opSame is the step of an unchanged resource, and its key in the summary.
const opSame = "same"

// after are the steps whose new state is a resource of the stack after the update. A "read" step is a resource that the
// stack looks up and does not make.
var after = map[string]bool{opSame: true, "create": true, "update": true, "create-replacement": true, "replace": true, "import": true, "import-replacement": true}

// Read reads the output of `pulumi preview --json --show-sames`. It refuses the output of a preview that failed, and one
// without the unchanged resources.
func Read(preview []byte) (*Stack, error) {
	var p printed
	if err := json.Unmarshal(preview, &p); err != nil {
		return nil, fmt.Errorf("the file is not what `pulumi preview --json --show-sames` prints: %w", err)
	}
	for _, d := range p.Diagnostics {
		if d.Severity == "error" {
			return nil, fmt.Errorf("the preview failed, so there is nothing to add up: %s", strings.TrimSpace(d.Message))
		}
	}
	if len(p.Steps) == 0 || p.ChangeSummary == nil {
		return nil, errors.New("the file has no steps or no changeSummary: is it the whole output of `pulumi preview --json --show-sames`?")
	}
	unchanged := 0
	s := &Stack{byURN: map[string]*resource{}}
	for _, step := range p.Steps {
		if step.Op == opSame {
			unchanged++
		}
		if !after[step.Op] || step.NewState == nil || s.byURN[step.URN] != nil {
			continue
		}
		state := step.NewState
		r := &resource{
			URN: step.URN, Type: state.Type, Name: step.URN[strings.LastIndex(step.URN, "::")+2:], Inputs: state.Inputs, DependsOn: state.PropertyDependencies,
		}
		// A reference to a provider is its URN, "::" and its id.
		if end := strings.LastIndex(state.Provider, "::"); end > 0 {
			r.Provider = state.Provider[:end]
		}
		s.resources, s.byURN[r.URN] = append(s.resources, r), r
	}
	// The summary counts the unchanged resources in any case. Without --show-sames Pulumi prints the step of the stack alone.
	if hidden := p.ChangeSummary[opSame] - unchanged; hidden > 0 {
		return nil, fmt.Errorf("%d unchanged resources are not in the file, so the sum would be too small: preview with `pulumi preview --json --show-sames`", hidden)
	}
	return s, nil
}

// account returns the account and the region of a resource's provider. Objects of Kubernetes are in the account of the EKS
// cluster.
func (s *Stack) account(r *resource) Account {
	provider := s.byURN[r.Provider]
	if provider == nil {
		return Account{}
	}
	if provider.Type == typeKubernetesProvider {
		for _, other := range s.resources {
			if other.Type == typeCluster {
				return s.account(other)
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
func (s *Stack) behind(r *resource, input, kind string) *resource {
	for _, urn := range r.DependsOn[input] {
		if found := s.byURN[urn]; found != nil && found.Type == kind {
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

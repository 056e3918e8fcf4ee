// Package preview reads the output of `pulumi preview --json --show-sames`: the resources of a stack as they are after the update.
package preview

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Unknown is what Pulumi prints for a value that only the update will know, Secret for an encrypted one (pulumi/pkg v3.250.0,
// resource/stack).
const (
	Unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
	Secret  = "[secret]"
)

// Resource is a resource of the stack as it is after the update.
type Resource struct {
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
	// Resources are in the order of the preview.
	Resources []*Resource
	byURN     map[string]*Resource
}

// Of is a stack of resources. Of two with one URN, it keeps the first.
func Of(resources ...*Resource) *Stack {
	s := &Stack{byURN: map[string]*Resource{}}
	for _, r := range resources {
		if r.URN == "" || s.byURN[r.URN] == nil {
			s.Resources, s.byURN[r.URN] = append(s.Resources, r), r
		}
	}
	return s
}

// At returns the resource of a URN, or nil.
func (s *Stack) At(urn string) *Resource { return s.byURN[urn] }

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
func Read(output []byte) (*Stack, error) {
	var p printed
	if err := json.Unmarshal(output, &p); err != nil {
		return nil, fmt.Errorf("the file is not what `pulumi preview --json --show-sames` prints: %w", err)
	}
	for _, d := range p.Diagnostics {
		if d.Severity == "error" {
			return nil, fmt.Errorf("the preview failed, so it does not show the whole stack: %s", strings.TrimSpace(d.Message))
		}
	}
	if len(p.Steps) == 0 || p.ChangeSummary == nil {
		return nil, errors.New("the file has no steps or no changeSummary: is it the whole output of `pulumi preview --json --show-sames`?")
	}
	unchanged := 0
	var all []*Resource
	for _, step := range p.Steps {
		if step.Op == opSame {
			unchanged++
		}
		if !after[step.Op] || step.NewState == nil {
			continue
		}
		state := step.NewState
		r := &Resource{
			URN: step.URN, Type: state.Type, Name: step.URN[strings.LastIndex(step.URN, "::")+2:], Inputs: state.Inputs, DependsOn: state.PropertyDependencies,
		}
		// A reference to a provider is its URN, "::" and its id.
		if end := strings.LastIndex(state.Provider, "::"); end > 0 {
			r.Provider = state.Provider[:end]
		}
		all = append(all, r)
	}
	// The summary counts the unchanged resources in any case. Without --show-sames Pulumi prints the step of the stack alone.
	if hidden := p.ChangeSummary[opSame] - unchanged; hidden > 0 {
		return nil, fmt.Errorf("%d unchanged resources are not in the file: preview with `pulumi preview --json --show-sames`", hidden)
	}
	return Of(all...), nil
}

package repair

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

type object = map[string]any

// secretMark is the key by which the engine marks a value that is encrypted, or another special value
// (https://www.pulumi.com/docs/iac/concepts/secrets/, pulumi/sdk v3.250.0 resource.SigKey, 2026-11-29).
const secretMark = "4dabf18193072939515e22adb298388d"

// State is a stack as `pulumi stack export` prints it. Secrets stay encrypted. Fields that the package does not know stay as they
// are.
type State struct{ root, deployment object }

// Parse reads an exported stack.
func Parse(data []byte) (*State, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var root object
	if err := decoder.Decode(&root); err != nil {
		return nil, fmt.Errorf("the exported stack is no JSON: %w", err)
	}
	deployment, ok := root["deployment"].(object)
	if !ok {
		return nil, errors.New("the exported stack has no deployment: was it ever brought up?")
	}
	return &State{root, deployment}, nil
}

// Encode is the state as `pulumi stack import` reads it.
func (s *State) Encode() ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "    ")
	err := encoder.Encode(s.root)
	return out.Bytes(), err
}

func (s *State) resources() []object { return objects(s.deployment["resources"]) }

// find is the resource with a URN, or nil. It leaves out old ones that the engine has yet to delete.
func (s *State) find(urn string) object {
	for _, r := range s.resources() {
		if text(r, "urn") == urn && r["delete"] != true {
			return r
		}
	}
	return nil
}

// ids are the ids and ARNs of all resources in the state.
func (s *State) ids() map[string]bool {
	known := map[string]bool{}
	for _, r := range s.resources() {
		outputs, _ := r["outputs"].(object)
		known[text(r, "id")], known[text(outputs, "arn")] = true, true
	}
	return known
}

// Pending is an operation that the engine did not finish.
type Pending struct {
	// Operation is the engine's word: creating, updating, deleting, reading, importing.
	Operation string
	// URN, Type and Name say which resource of the program it is.
	URN, Type, Name string
	resource        object
}

// Pending lists the unfinished operations.
func (s *State) Pending() (all []Pending) {
	for _, o := range objects(s.deployment["pending_operations"]) {
		r, _ := o["resource"].(object)
		urn := text(r, "urn")
		all = append(all, Pending{
			Operation: text(o, "type"), URN: urn, Type: text(r, "type"), Name: urn[strings.LastIndex(urn, "::")+2:], resource: r,
		})
	}
	return all
}

func (p Pending) inputs() object { in, _ := p.resource["inputs"].(object); return in }

// Creating is the engine's word for a create.
const Creating = "creating"

// forget drops the pending creates of a URN.
func (s *State) forget(urn string) {
	kept := []any{}
	for _, o := range objects(s.deployment["pending_operations"]) {
		r, _ := o["resource"].(object)
		if text(o, "type") != Creating || text(r, "urn") != urn {
			kept = append(kept, o)
		}
	}
	s.deployment["pending_operations"] = kept
}

// take moves a pending create to the resources, under an id and without outputs: a refresh reads those, and the engine encrypts the outputs of
// the inputs that are secret. An old resource that made way for it leaves the state. Surplus is one more than the program wants: the engine
// deletes it in its next update.
func (s *State) take(p Pending, id string, surplus bool) {
	s.forget(p.URN)
	added := object{}
	for k, v := range p.resource {
		added[k] = v
	}
	added["id"], added["outputs"] = id, object{}
	if secrets := append(texts(added["additionalSecretOutputs"]), p.secrets()...); len(secrets) > 0 {
		slices.Sort(secrets)
		added["additionalSecretOutputs"] = slices.Compact(secrets)
	}
	if surplus {
		added["delete"] = true
	}
	needs := p.needs()
	all := slices.DeleteFunc(s.resources(), func(r object) bool { return text(r, "urn") == p.URN && r["pendingReplacement"] == true })
	at := 0
	for i, r := range all {
		if slices.Contains(needs, text(r, "urn")) {
			at = i + 1
		}
	}
	s.setResources(slices.Insert(all, at, added))
}

// takeOut drops a resource that was taken. The old resource that had made way for it returns, nil where there was none.
func (s *State) takeOut(p Pending, surplus bool, old object) {
	all := s.resources()
	at := slices.IndexFunc(all, func(r object) bool { return text(r, "urn") == p.URN && (r["delete"] == true) == surplus })
	if at < 0 {
		return
	}
	all = slices.Delete(all, at, at+1)
	if old != nil {
		delete(old, "delete")
		if here := slices.IndexFunc(all, func(r object) bool { return text(r, "urn") == p.URN && text(r, "id") == text(old, "id") }); here >= 0 {
			all[here] = old
		} else {
			all = slices.Insert(all, at, old)
		}
	}
	s.setResources(all)
}

func (s *State) setResources(all []object) {
	list := make([]any, len(all))
	for i, r := range all {
		list[i] = r
	}
	s.deployment["resources"] = list
}

// needs are the URNs that a resource refers to. They come before it in the state.
func (p Pending) needs() []string {
	provider := text(p.resource, "provider")
	needs := append(texts(p.resource["dependencies"]), text(p.resource, "parent"), provider[:max(strings.LastIndex(provider, "::"), 0)], text(p.resource, "deletedWith"))
	properties, _ := p.resource["propertyDependencies"].(object)
	for _, list := range properties {
		needs = append(needs, texts(list)...)
	}
	return slices.DeleteFunc(needs, func(urn string) bool { return urn == "" })
}

func text(o object, key string) string { s, _ := o[key].(string); return s }

// plain is a value as text. Secrets, lists and maps have none.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number, bool, float64:
		return fmt.Sprint(v)
	}
	return ""
}

func objects(v any) (all []object) {
	list, _ := v.([]any)
	for _, one := range list {
		if o, ok := one.(object); ok {
			all = append(all, o)
		}
	}
	return all
}

func texts(v any) (all []string) {
	list, _ := v.([]any)
	for _, one := range list {
		if s, ok := one.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

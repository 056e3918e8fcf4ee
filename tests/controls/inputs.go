package controls

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// at returns the value at a path of keys and indices, or nil.
func at(value any, path ...any) any {
	for _, step := range path {
		switch key := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[key]
		case int:
			list, _ := value.([]any)
			if key >= len(list) {
				return nil
			}
			value = list[key]
		}
	}
	return value
}

// list returns the list at a path.
func list(value any, path ...any) []any {
	all, _ := at(value, path...).([]any)
	return all
}

// is compares the input at a path, as text.
func is(want any, path ...any) func(map[string]any) bool {
	return func(in map[string]any) bool { return fmt.Sprint(at(in, path...)) == fmt.Sprint(want) }
}

// given reports whether the input at a path is there.
func given(path ...any) func(map[string]any) bool {
	return func(in map[string]any) bool { return at(in, path...) != nil }
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

// statements are those of an IAM document that allow something.
func statements(policy any) []any {
	return slices.DeleteFunc(slices.Clone(list(document(policy), "Statement")), func(s any) bool { return at(s, "Effect") != "Allow" })
}

// conditioned reports whether a statement has a condition on one of the keys.
func conditioned(statement any, keys ...string) bool {
	conditions, _ := at(statement, "Condition").(map[string]any)
	for _, of := range conditions {
		for _, key := range keys {
			if at(of, key) != nil {
				return true
			}
		}
	}
	return false
}

// containers judges every container of a task definition.
func containers(keeps func(container any) bool) func(map[string]any) bool {
	return func(in map[string]any) bool {
		all := list(document(in["containerDefinitions"]))
		return len(all) > 0 && !slices.ContainsFunc(all, func(c any) bool { return !keeps(c) })
	}
}

// volumes judges every volume of a launch template.
func volumes(keeps func(ebs any) bool) func(map[string]any) bool {
	return func(in map[string]any) bool {
		all := list(in, "blockDeviceMappings")
		return len(all) > 0 && !slices.ContainsFunc(all, func(d any) bool { return !keeps(at(d, "ebs")) })
	}
}

// ofType returns the resources of a type.
func ofType(stack []Resource, kind string) (all []Resource) {
	for _, r := range stack {
		if r.Type == kind {
			all = append(all, r)
		}
	}
	return all
}

// without returns the namespaces of a stack in which there is no object of a kind that keeps a rule.
func without(stack []Resource, kind string, keeps func(inputs map[string]any) bool) (broken []string) {
	kept := map[any]bool{}
	for _, r := range ofType(stack, kind) {
		if keeps(r.Inputs) {
			kept[at(r.Inputs, "metadata", "namespace")] = true
		}
	}
	namespaces := ofType(stack, namespace)
	for _, r := range namespaces {
		if !kept[at(r.Inputs, "metadata", "name")] {
			broken = append(broken, r.Name)
		}
	}
	if len(namespaces) == 0 {
		return []string{"there is no namespace"}
	}
	return broken
}

// anywhere reports whether a text is everybody's network.
func anywhere(cidr any) bool { return strings.HasSuffix(fmt.Sprint(cidr), "/0") }

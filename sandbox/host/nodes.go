package host

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// secure is the key that marks an encrypted value in a stack file.
const secure = "secure"

// A stack file is edited as YAML nodes, so that every scalar keeps the spelling that its author gave it: a version
// such as 1.30 is a number to a YAML decoder.

func scalar(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
}

func lookup(m *yaml.Node, key string) *yaml.Node {
	if i := index(m, key); i >= 0 {
		return m.Content[i+1]
	}
	return nil
}

func set(m *yaml.Node, key string, value *yaml.Node) {
	if i := index(m, key); i >= 0 {
		m.Content[i+1] = value
		return
	}
	m.Content = append(m.Content, scalar(key), value)
}

func remove(m *yaml.Node, key string) {
	if i := index(m, key); i >= 0 {
		m.Content = slices.Delete(m.Content, i, i+2)
	}
}

func index(m *yaml.Node, key string) int {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return i
		}
	}
	return -1
}

// reseal replaces every encrypted value at and below a node.
func reseal(node *yaml.Node, plain string, seal sealer) error {
	if node.Kind == yaml.MappingNode && len(node.Content) == 2 && node.Content[0].Value == secure {
		sealed, err := seal(plain)
		if err != nil {
			return err
		}
		*node = *sealed
		return nil
	}
	for _, child := range node.Content {
		if err := reseal(child, plain, seal); err != nil {
			return err
		}
	}
	return nil
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

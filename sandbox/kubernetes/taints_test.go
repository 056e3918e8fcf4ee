package kubernetes

import (
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
)

func TestAPodToleratesATaintByKeyValueAndEffect(t *testing.T) {
	t.Parallel()
	taint := func(key, value, effect string) api.Object {
		return api.Object{"key": key, "value": value, "effect": effect}
	}
	node := func(taints ...any) api.Object { return api.Object{"spec": api.Object{"taints": taints}} }
	pod := func(tolerations ...any) api.Object { return api.Object{"spec": api.Object{"tolerations": tolerations}} }
	data := taint("dedicated", "data", "NoSchedule")
	for _, c := range []struct {
		name      string
		pod, node api.Object
		want      bool
	}{
		{"no taint", pod(), node(), true},
		{"no toleration", pod(), node(data), false},
		{"a preference", pod(), node(taint("a", "", "PreferNoSchedule")), true},
		{"everything", pod(api.Object{"operator": "Exists"}), node(data), true},
		{"everything of one effect", pod(api.Object{"operator": "Exists", "effect": "NoSchedule"}), node(data), true},
		{"everything of another effect", pod(api.Object{"operator": "Exists", "effect": "NoExecute"}), node(data), false},
		{"the key", pod(api.Object{"key": "dedicated", "operator": "Exists"}), node(data), true},
		{"the value", pod(api.Object{"key": "dedicated", "value": "data"}), node(data), true},
		{"another value", pod(api.Object{"key": "dedicated", "value": "web"}), node(data), false},
		{"another key", pod(api.Object{"key": "other", "operator": "Exists"}), node(data), false},
		{"one of two", pod(api.Object{"key": "dedicated", "operator": "Exists"}), node(data, taint("b", "", "NoExecute")), false},
	} {
		if got := tolerates(c.pod, c.node); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

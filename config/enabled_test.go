package config

import (
	"maps"
	"slices"
	"testing"
)

// showcase is the dev stack with a shared service, one that a waypoint protects, and a canary of that.
func showcase(more ...edit) []edit {
	member := func(shared string) object { return object{"image": "registry.example/echo:1", "shared": shared} }
	return append([]edit{
		{"sharedServices", object{
			"checkout": object{"port": 8080},
			"orders": object{"port": 8080, "policyStage": "l7", "waypoint": true, "access": "declared",
				"allow":   list(object{"from": list("cluster:ecs-1", "shared:checkout"), "methods": list("GET")}, object{"from": list("shared:checkout"), "methods": list("POST")}),
				"traffic": object{"split": object{"orders": 90, "orders-canary": 10}, "routes": list(object{"headers": object{"x-canary": "yes"}, "to": object{"orders-canary": 1}})},
			},
			"orders-canary": object{"port": 8080},
		}},
		{"clusters/ecs-1/services/checkout", member("checkout")},
		{"clusters/ecs-3/services/checkout", member("checkout")},
		{"clusters/ecs-2/services/orders", member("orders")},
		{"clusters/ecs-2/services/orders-canary", member("orders-canary")},
	}, more...)
}

func TestASharedServiceThatIsSwitchedOffIsNowhere(t *testing.T) {
	off := func(name string) edit { return edit{"sharedServices/" + name + "/enabled", false} }
	all := mustLoad(t, with(showcase()...))
	if len(all.SharedServices) != 3 || len(all.Members("checkout")) != 2 {
		t.Fatalf("with nothing switched off there are %v", all.SharedKeys())
	}

	none := mustLoad(t, with(showcase(off("checkout"), off("orders"), off("orders-canary"))...))
	dev := mustLoad(t, stack("dev"))
	if !slices.Equal(none.Identities(), dev.Identities()) || !slices.Equal(none.Namespaces(), dev.Namespaces()) {
		t.Errorf("with all switched off there are the namespaces %v", none.Namespaces())
	}

	canary := mustLoad(t, with(showcase(off("orders-canary"))...))
	if traffic := canary.SharedServices["orders"].Traffic; traffic != nil {
		t.Errorf("without its canary, the traffic of orders is still shaped: %+v", traffic)
	}
	if _, there := canary.Clusters["ecs-2"].Services["orders-canary"]; there {
		t.Error("the member of a switched-off service is still there")
	}

	callers := mustLoad(t, with(showcase(off("checkout"))...))
	allow := callers.SharedServices["orders"].Allow
	if len(allow) != 1 || !slices.Equal(allow[0].From, []string{"cluster:ecs-1"}) {
		t.Errorf("without checkout, orders admits %+v; a rule without a caller would admit everybody", allow)
	}
	if split := callers.SharedServices["orders"].Traffic.Split; !maps.Equal(split, map[string]int{"orders": 90, "orders-canary": 10}) {
		t.Errorf("the split is %v", split)
	}
}

func TestWhatIsSwitchedOffIsCheckedNevertheless(t *testing.T) {
	run(t, []refusal{{"port of a switched-off service", []edit{{"sharedServices", object{"checkout": object{"enabled": false, "port": 99999}}}},
		[][]string{{"sharedServices.checkout.port = 99999", "65535"}}}})
}

func TestTheDevStackShowsItsExamplesBySwitchesAlone(t *testing.T) {
	values := stack("dev")
	shared := values["sharedServices"].(map[string]any)
	if len(mustLoad(t, stack("dev")).SharedServices) != 0 {
		t.Error("an example is on by default")
	}
	for _, name := range slices.Sorted(maps.Keys(shared)) {
		shared[name].(map[string]any)["enabled"] = true
	}
	c := mustLoad(t, values)
	if got, want := c.SharedKeys(), []string{"checkout", "orders", "orders-canary"}; !slices.Equal(got, want) {
		t.Errorf("the examples are %v, want %v", got, want)
	}
	if n := len(c.Members("checkout")); n != 2 {
		t.Errorf("checkout has %d members, want one in each account", n)
	}
}

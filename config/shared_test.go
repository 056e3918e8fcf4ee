package config

import (
	"maps"
	"slices"
	"testing"
)

// shares are the edits that make echo-service of two clusters one shared service.
func shares(more ...edit) []edit {
	return append([]edit{
		{"sharedServices", object{"checkout": object{"port": 8080}}},
		{"clusters/ecs-1/services/echo-service/shared", "checkout"},
		{"clusters/ecs-3/services/echo-service/shared", "checkout"},
	}, more...)
}

func TestRefusedSharedServices(t *testing.T) {
	const echo = "clusters/ecs-1/services/echo-service/"
	const member = "clusters.ecs-1.services.echo-service."
	run(t, []refusal{
		{"no port", []edit{{"sharedServices", object{"checkout": object{}}}}, [][]string{{"sharedServices.checkout.port is not set"}}},
		{"port of ztunnel", []edit{{"sharedServices", object{"checkout": object{"port": 15008}}}}, [][]string{{"sharedServices.checkout.port = 15008", "ztunnel"}}},
		{"port too high", []edit{{"sharedServices", object{"checkout": object{"port": 70000}}}}, [][]string{{"sharedServices.checkout.port = 70000", "65535"}}},
		{"name in upper case", []edit{{"sharedServices", object{"Checkout": object{"port": 80}}}}, [][]string{{`sharedServices = "Checkout"`, "lower-case"}}},
		{"unknown locality", shares(edit{"sharedServices/checkout/locality", "near"}), [][]string{{"sharedServices.checkout.locality", "same-zone, any"}}},
		{"hostname without a dot", shares(edit{"sharedServices/checkout/hostname", "checkout"}), [][]string{{"sharedServices.checkout.hostname", "with a dot"}}},
		{"hostname of Kubernetes", shares(edit{"sharedServices/checkout/hostname", "checkout.default.svc.cluster.local"}), [][]string{{"sharedServices.checkout.hostname", "Kubernetes services"}}},
		{"hostname that a service has", shares(edit{"sharedServices/checkout/hostname", "echo-service.ambient-ecs-2.ecs.local"}),
			[][]string{{`sharedServices = "checkout"`, "hostname would be echo-service.ambient-ecs-2.ecs.local", "clusters.ecs-2.services echo-service"}}},
		{"hostname too long for a label", shares(edit{"sharedServices/checkout/hostname", "a-very-long-name-for-a-service-that-nobody-would-type.ecs.shared.example"}),
			[][]string{{`sharedServices = "checkout"`, "hostname", "72", "63"}}},
		{"namespace of a cluster", []edit{{"sharedServices", object{"ecs-1": object{"port": 8080}}}},
			[][]string{{`sharedServices = "ecs-1"`, "namespace would be ambient-ecs-1", "clusters ecs-1"}}},
		one("no shared services", echo+"shared", "checkout", member+`shared = "checkout"`, "there are no sharedServices"),
		{"unknown shared service", shares(edit{echo + "shared", "chekout"}), [][]string{{member + `shared = "chekout"`, "did you mean checkout?"}}},
		{"client that is shared", shares(edit{"clusters/ecs-1/services/shell-task/shared", "checkout"}), [][]string{{"shell-task.shared", "clientOnly"}}},
		{"another port", shares(edit{echo + "port", 9090}), [][]string{{member + "port = 9090", "sharedServices.checkout.port is 8080"}}},
		{"service account of its own", shares(edit{echo + "serviceAccount", "mine"}), [][]string{{member + "serviceAccount", "checkout-ecs-1"}}},
		{"policy and waypoint of its own", shares(edit{echo + "access", "eks-only"}, edit{echo + "waypoint", true}),
			[][]string{{member + "access is set", "sharedServices.checkout.access"}, {member + "waypoint is set", "sharedServices.checkout.waypoint"}}},
		{"two roles with one name", shares(edit{"clusters/ecs-1/serviceAccount", "checkout-ecs-1"}), [][]string{{"clusters.ecs-1", "ambient-ecs-1-checkout-ecs-1"}}},
	})
}

func TestMembersOfASharedServiceHaveOneNameAndEachTheirOwnIdentity(t *testing.T) {
	c := mustLoad(t, with(shares()...))
	if got, want := c.Hostname("ecs-1", "echo-service"), "checkout.ambient.ecs.local"; got != want {
		t.Errorf("the hostname is %s, want %s", got, want)
	}
	if c.Hostname("ecs-3", "echo-service") != c.Hostname("ecs-1", "echo-service") {
		t.Error("the members have different names")
	}
	one, three := c.IdentityOf("ecs-1", "echo-service"), c.IdentityOf("ecs-3", "echo-service")
	if one.Namespace != "ambient-checkout" || three.Namespace != one.Namespace {
		t.Errorf("the members live in %s and %s, want both in ambient-checkout", one.Namespace, three.Namespace)
	}
	if one.ServiceAccount == three.ServiceAccount {
		t.Errorf("both members run as %s, and so as one task role", one.ServiceAccount)
	}
	for _, identity := range []Identity{one, three} {
		if n := count(c.Identities(), identity); n != 1 {
			t.Errorf("identity %v is there %d times", identity, n)
		}
	}
	if c.IdentityOf("ecs-1", "shell-task").Namespace != "ambient-ecs-1" {
		t.Error("a service that is not shared left its cluster's namespace")
	}
}

func TestAMemberThatNamesNoPortHasTheSharedOne(t *testing.T) {
	c := mustLoad(t, with(shares(edit{"clusters/ecs-1/services/echo-service/port", 0})...))
	if got := c.PortOf("ecs-1", "echo-service"); got != 8080 {
		t.Errorf("the port is %d, want 8080", got)
	}
}

func count(all []Identity, one Identity) (n int) {
	for _, identity := range all {
		if identity == one {
			n++
		}
	}
	return n
}

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
	if got, want := c.SharedKeys(), []string{"catalog", "checkout", "orders", "orders-canary", "search", "web"}; !slices.Equal(got, want) {
		t.Errorf("the examples are %v, want %v", got, want)
	}
	if n := len(c.Members("checkout")); n != 2 {
		t.Errorf("checkout has %d members, want one in each account", n)
	}
}

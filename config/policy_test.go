package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestRefusedPolicies(t *testing.T) {
	const echo, shell = "clusters/ecs-1/services/echo-service/", "clusters/ecs-1/services/shell-task/"
	const field = "clusters.ecs-1.services.echo-service."
	from := func(source string, words ...string) refusal {
		return one("caller "+source, echo+"allow", rule(nil, source), append([]string{field + "allow[0].from[0] = "}, words...)...)
	}
	declared := func(name string, more object, words ...string) refusal {
		return refusal{name, []edit{{echo + "access", "declared"}, {echo + "waypoint", true}, {echo + "allow", rule(more, "cluster:ecs-2")}}, [][]string{append([]string{field + "allow[0]."}, words...)}}
	}
	run(t, []refusal{
		one("unknown stage of a cluster", "clusters/ecs-1/policyStage", "l8", `clusters.ecs-1.policyStage = "l8"`, "permissive, deny-all, l4, l7"),
		{"unknown stage of a shared service", shares(edit{"sharedServices/checkout/policyStage", "open"}), [][]string{{"sharedServices.checkout.policyStage", "l7"}}},
		one("unknown choice of a cluster", "clusters/ecs-1/access", "eks", "clusters.ecs-1.access", "mesh, eks-only, same-account, declared"),
		one("unknown choice of a service", echo+"access", "same-acount", field+"access", "did you mean same-account?"),
		{"unknown choice of a shared service", shares(edit{"sharedServices/checkout/access", "all"}), [][]string{{"sharedServices.checkout.access", "declared"}}},
		one("rule without callers", echo+"deny", list(object{"port": 8080}), field+"deny[0].from is not set", "about everybody"),
		from("ecs-2", "a caller is cluster:KEY"),
		from("clustr:ecs-2", "did you mean cluster?"),
		from("cluster:", "a caller is"),
		from("cluster:ecs-1/echo", "a caller is"),
		from("service:ecs-1", "a caller is"),
		from("eks:default/", "a caller is"),
		from("cluster:esc-2", "no such key in clusters", "did you mean ecs-2?"),
		from("account:externl", "no such key in accounts", "did you mean external?"),
		from("shared:checkout", "no such key in sharedServices"),
		from("service:esc-1/shell-task", "no such key in clusters", "did you mean ecs-1?"),
		from("service:ecs-1/shel-task", "no such service in clusters.ecs-1", "did you mean shell-task?"),
		from("eks:Default", "a Kubernetes namespace", "lower-case"),
		from("eks:default/My_SA", "no name of a Kubernetes service account"),
		from("eks:ambient-ecs-2", "write cluster:ecs-2"),
		{"namespace of a shared service", shares(edit{"clusters/ecs-2/allow", rule(nil, "eks:ambient-checkout")}), [][]string{{"clusters.ecs-2.allow[0].from[0]", "write shared:checkout"}}},
		one("port too high", echo+"allow", rule(object{"port": 70000}, "cluster:ecs-2"), "allow[0].port = 70000", "65535"),
		one("port of ztunnel", echo+"allow", rule(object{"port": 15008}, "cluster:ecs-2"), "allow[0].port = 15008", "ztunnel"),
		one("port that nothing serves", echo+"allow", rule(object{"port": 9090}, "cluster:ecs-2"), "allow[0].port = 9090", "nothing that the rule is about"),
		declared("method in small letters", object{"methods": list("get")}, "methods[0]", "capitals"),
		declared("relative path", object{"paths": list("orders")}, "paths[0]", "begins with / or *"),
		declared("path with a star inside", object{"paths": list("/a/*/b")}, "paths[0]", "one end"),
		declared("path with two stars", object{"paths": list("*a*")}, "paths[0]", "one end"),
		declared("path with a query", object{"paths": list("/a?b=c")}, "paths[0]", "the path alone"),
		declared("malformed header", object{"headers": object{"x team": list("a")}}, "headers", "no name of an HTTP header"),
		declared("header without values", object{"headers": object{"x-team": list()}}, "headers.x-team is not set"),
		one("request without a waypoint", echo+"deny", rule(object{"methods": list("DELETE")}, "cluster:ecs-2"), field+"deny[0]", "only a waypoint sees", "echo-service has none"),
		{"request of a cluster without a waypoint", []edit{{"clusters/ecs-1/access", "declared"}, {"clusters/ecs-1/allow", rule(object{"methods": list("GET")}, "eks:default")}},
			[][]string{{"clusters.ecs-1.allow[0]", "clusters.ecs-1.services.echo-service has none"}}},
		{"request that is admitted anyway", []edit{{echo + "waypoint", true}, {echo + "allow", rule(object{"methods": list("GET")}, "cluster:ecs-2")}},
			[][]string{{field + "allow[0]", "access mesh", "would change nothing"}}},
		{"rules of a client", []edit{{shell + "allow", rule(nil, "cluster:ecs-2")}, {shell + "deny", rule(nil, "cluster:ecs-2")}, {shell + "access", "mesh"}, {shell + "waypoint", true}},
			[][]string{{"shell-task.access is set", "clientOnly"}, {"shell-task.allow is set"}, {"shell-task.deny is set"}, {"shell-task.waypoint is set"}}},
		{"waypoint of a cluster that serves nothing", []edit{{"clusters/ecs-1/services/echo-service", nil}, {"clusters/ecs-1/waypoint", true}},
			[][]string{{"clusters.ecs-1.waypoint = true", "nothing would go through"}}},
		{"waypoint with a service account's name", []edit{{"clusters/ecs-1/serviceAccount", "waypoint"}, {"clusters/ecs-1/waypoint", true}}, [][]string{{`clusters = "ecs-1"`, "service account of clusters.ecs-1"}}},
		{"waypoint that begins with a digit", []edit{{"clusters/ecs-1/services/1st", object{"image": "a", "port": 80, "waypoint": true}}}, [][]string{{`clusters.ecs-1.services = "1st"`, "begins with a letter"}}},
	})
}

func TestReadyMadeChoicesAdmitWhatTheirNamesSay(t *testing.T) {
	c := mustLoad(t, with(shares()...))
	for access, want := range map[Access]Callers{
		AccessMesh:        {Namespaces: []string{"ambient-checkout", "ambient-ecs-1", "ambient-ecs-2", "ambient-ecs-3", "default"}},
		AccessEKSOnly:     {Namespaces: []string{"default"}},
		AccessSameAccount: {Namespaces: []string{"ambient-ecs-1", "ambient-ecs-2"}, ServiceAccounts: []ServiceAccount{{"ambient-checkout", "checkout-ecs-1"}}},
		AccessDeclared:    {},
	} {
		if got := c.Choice(access, []string{"local"}); !reflect.DeepEqual(got, want) {
			t.Errorf("%s admits %+v, want %+v", access, got, want)
		}
	}
}

func TestWhatAServiceSaysComesOnTopOfItsCluster(t *testing.T) {
	rule := func(from string) []any { return list(object{"from": list(from)}) }
	c := mustLoad(t, with(
		edit{"clusters/ecs-1/access", "eks-only"},
		edit{"clusters/ecs-1/allow", rule("cluster:ecs-2")},
		edit{"clusters/ecs-1/services/echo-service/allow", rule("cluster:ecs-3")},
		edit{"clusters/ecs-2/services/echo-service/access", "declared"},
		edit{"clusters/ecs-2/services/echo-service/allow", rule("cluster:ecs-3")},
	))
	one, two, three := c.GuardOf("ecs-1", "echo-service"), c.GuardOf("ecs-2", "echo-service"), c.GuardOf("ecs-3", "echo-service")
	if one.Access != AccessEKSOnly || len(one.Allow) != 2 || one.Allow[0].From[0] != "cluster:ecs-2" {
		t.Errorf("the first guard is %+v", one)
	}
	if two.Access != AccessDeclared || three.Access != AccessMesh {
		t.Errorf("the choices are %s and %s", two.Access, three.Access)
	}
}

func TestRulesThatAreNotInForceAreWarnedOf(t *testing.T) {
	warned := func(edits ...edit) bool {
		return slices.ContainsFunc(mustLoad(t, with(edits...)).Warnings(), func(w string) bool {
			return strings.Contains(w, "access, allow and deny of clusters.ecs-1 are not in force")
		})
	}
	closed := edit{"clusters/ecs-1/services/echo-service/access", "eks-only"}
	if warned() || !warned(closed) || warned(closed, edit{"clusters/ecs-1/policyStage", "l4"}) || warned(closed, edit{"clusters/ecs-1/policyStage", "permissive"}) {
		t.Error("a rule is warned of where it is in force or meant for later, or not where it is not")
	}
}

func TestTheMeshIsGuardedOnlyWhereAStackSaysSo(t *testing.T) {
	if c := mustLoad(t, plain()); c.NetworkPolicies || !c.DefaultTokens {
		t.Errorf("a stack that says nothing has networkPolicies %t and defaultServiceAccountTokens %t", c.NetworkPolicies, c.DefaultTokens)
	}
	if c := mustLoad(t, with(edit{"networkPolicies", true}, edit{"defaultServiceAccountTokens", false})); !c.NetworkPolicies || c.DefaultTokens {
		t.Errorf("networkPolicies is %t and defaultServiceAccountTokens %t", c.NetworkPolicies, c.DefaultTokens)
	}
}

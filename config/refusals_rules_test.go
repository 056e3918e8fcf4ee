package config

import (
	"slices"
	"strings"
	"testing"
)

// guarded are the edits that put echo-service of ecs-1 behind a waypoint of its own, with rules.
func guarded(allow any, more ...edit) []edit {
	const echo = "clusters/ecs-1/services/echo-service/"
	return append([]edit{{echo + "waypoint", true}, {echo + "access", "declared"}, {echo + "allow", allow}}, more...)
}

func TestRefusedRulesThatWouldNotMeanWhatTheySay(t *testing.T) {
	const field = "clusters.ecs-1.services.echo-service."
	reading := object{"from": list("cluster:ecs-2"), "methods": list("GET")}
	run(t, []refusal{
		{"a whole caller beside a rule about its requests", guarded(list(object{"from": list("cluster:ecs-2")}, reading)),
			[][]string{{field + "allow[1]", "another allow", "whatever they request (cluster:ecs-2)"}}},
		{"a whole caller in the cluster's rules", guarded(list(reading), edit{"clusters/ecs-1/allow", list(object{"from": list("account:local")})}),
			[][]string{{field + "allow[0]", "of its cluster", "whatever they request (account:local)"}}},
		{"one header twice", guarded(list(object{"from": list("cluster:ecs-2"), "headers": object{"X-Team": list("a"), "x-team": list("b")}})),
			[][]string{{field + `allow[0].headers = "x-team"`, "upper and lower case"}}},
		{"a star inside a header's value", guarded(list(object{"from": list("cluster:ecs-2"), "headers": object{"accept": list("text/*")}})),
			[][]string{{field + `allow[0].headers.accept = "text/*"`, "compared whole"}}},
		one("paths left as they are", "pathNormalization", "NONE", `pathNormalization = "NONE"`, "DECODE_AND_MERGE_SLASHES"),
	})
}

func TestRefusedTrafficThatWouldGetAroundTheBackendsPolicy(t *testing.T) {
	const echo = "clusters/ecs-1/services/echo-service/"
	split := edit{echo + "traffic", object{"split": object{"echo-service": 1, "ecs-2/echo-service": 1}}}
	run(t, []refusal{
		{"a backend that denies the waypoint", guarded(list(object{"from": list("cluster:ecs-2")}), split,
			edit{"clusters/ecs-2/deny", list(object{"from": list("cluster:ecs-1")})}),
			[][]string{{`traffic.split = "ecs-2/echo-service"`, "denies cluster:ecs-1", "ambient-ecs-1/echo-service-waypoint"}}},
	})
	open := mustLoad(t, with(guarded(list(object{"from": list("cluster:ecs-2")}), split, edit{"clusters/ecs-2/policyStage", "l4"})...))
	if !slices.ContainsFunc(open.Warnings(), func(w string) bool {
		return strings.Contains(w, "passes them on to clusters.ecs-2.services.echo-service, which is l4")
	}) {
		t.Errorf("nothing warns of an open door before a closed one: %q", open.Warnings())
	}
}

func TestACallerThatMeansSeveralServicesIsWarnedOf(t *testing.T) {
	rule := edit{"clusters/ecs-2/allow", list(object{"from": list("service:ecs-1/shell-task")})}
	warned := func(c Config) bool {
		return slices.ContainsFunc(c.Warnings(), func(w string) bool { return strings.Contains(w, "service:ecs-1/shell-task means echo-service as well") })
	}
	if !warned(mustLoad(t, with(rule))) {
		t.Error("nothing says that the rule is about echo-service too")
	}
	if warned(mustLoad(t, with(rule, edit{"clusters/ecs-1/services/shell-task/serviceAccount", "shell"}))) {
		t.Error("a service with an identity of its own is warned of")
	}
}

func TestRulesThatAreNotInForceAreWarnedOf(t *testing.T) {
	warned := func(edits ...edit) bool {
		return slices.ContainsFunc(mustLoad(t, with(edits...)).Warnings(), func(w string) bool {
			return strings.Contains(w, "clusters.ecs-1: access, allow and deny are not in force")
		})
	}
	closed := edit{"clusters/ecs-1/services/echo-service/access", "eks-only"}
	if warned() || !warned(closed) || warned(closed, edit{"clusters/ecs-1/policyStage", "l4"}) {
		t.Error("a rule is warned of where it is in force, or not where it is not")
	}
}

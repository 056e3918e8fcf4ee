package config

import "testing"

// rule is a list of one rule that is about some callers.
func rule(more object, from ...any) []any {
	r := object{"from": list(from...)}
	for key, value := range more {
		r[key] = value
	}
	return list(r)
}

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

package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// fullStack is a stack that is accepted and sets keys of nearly every subject, those that look at each other above all.
func fullStack() map[string]any {
	const echo, second = "clusters/ecs-1/services/echo-service/", "clusters/ecs-2/services/echo-service/"
	const role = "arn:aws:iam::111122223333:role/"
	values := with(shares(
		edit{"accounts/external/roleArn", "arn:aws:iam::444455556666:role/deployer"},
		edit{"accounts/external/externalId", "agreed"},
		edit{"accounts/external/sessionName", "pulumi"},
		edit{"accounts/external/registrySecrets", object{"registry.example.com": "arn:aws:secretsmanager:eu-central-1:444455556666:secret:hub-AbCdEf"}},
		edit{"accounts/external/reach", "direct"},
		edit{"zoneIds", list("euc1-az1", "euc1-az2", "euc1-az3")},
		edit{"clusterAdmins", list(role + "admin")},
		edit{"clusterReaders", list(role + "reader")},
		edit{"apiPrivateCidrs", list("10.8.0.0/16")},
		edit{"deployerInsideNetwork", true},
		edit{"addonVersions", object{"coredns": "v1.12.1-eksbuild.2"}},
		edit{"istioRevisions", object{"default": "1.28.3-patch0-solo"}},
		edit{"chartUsername", "me"}, edit{"chartPassword", "hush"},
		edit{"pilotEnv", object{"A": "b"}},
		edit{"tags", object{"team": "mesh"}}, edit{"owner", "me"},
		edit{"gatewayAnnotations", object{"service.beta.kubernetes.io/load-balancer-source-ranges": "10.0.0.0/8"}},
		edit{"observability", object{"metrics": true, "dashboards": true, "tracing": true, "traceSampling": 5,
			"alarms": object{"enabled": true, "emails": list("me@example.com")}, "charts": object{"grafana": object{"version": "1.2.3"}}}},
		edit{"clusters/ecs-1/ztunnelVersion", "1.28.3-patch0-solo"},
		edit{"clusters/ecs-1/policyStage", "l7"},
		edit{"clusters/ecs-3/deny", rule(nil, "eks:batch")},
		edit{"sharedServices/checkout/waypoint", true},
		edit{"sharedServices/checkout/traffic", object{"timeout": "5s"}},
		edit{"sharedServices/checkout/access", "declared"},
		edit{"sharedServices/checkout/allow", rule(nil, "service:ecs-2/shell-task")},
		edit{second + "cpu", 1024}, edit{second + "memory", 2048}, edit{second + "desiredCount", 2},
		edit{second + "waypoint", true}, edit{second + "access", "declared"}, edit{second + "serviceAccount", "echo"},
		edit{second + "environment", object{"A": "b"}},
		edit{second + "egress", list(object{"cidr": "10.9.0.0/16", "port": 5432, "protocol": "tcp", "description": "database"})},
		edit{second + "allow", list(object{"from": list("shared:checkout", "account:external", "cluster:ecs-1"), "port": 8080, "methods": list("GET"),
			"paths": list("/a*"), "headers": object{"x-a": list("b")}})},
		edit{second + "traffic", object{
			"split": object{"echo-service": 1}, "timeout": "5s",
			"routes":  list(object{"method": "GET", "pathPrefix": "/b", "headers": object{"x-b": "c"}, "to": object{"echo-service": 1}}),
			"retries": object{"attempts": 2, "perTryTimeout": "1s", "on": list("5xx")},
			"fault":   object{"delay": object{"percent": 1, "duration": "1s"}, "abort": object{"percent": 1, "status": 503}},
		}},
	)...)
	return values
}

// changed is the value with what stands at one path replaced. Paths are those of walk.
func changed(value any, steps []any, to any) any {
	if len(steps) == 0 {
		return to
	}
	switch v := value.(type) {
	case map[string]any:
		c := maps.Clone(v)
		c[steps[0].(string)] = changed(v[steps[0].(string)], steps[1:], to)
		return c
	case []any:
		c := slices.Clone(v)
		c[steps[0].(int)] = changed(v[steps[0].(int)], steps[1:], to)
		return c
	}
	panic("no such path")
}

// walk visits every value at and below one, with the steps that lead there.
func walk(value any, steps []any, visit func(steps []any, value any)) {
	visit(steps, value)
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			walk(v[key], append(slices.Clone(steps), key), visit)
		}
	case []any:
		for i, element := range v {
			walk(element, append(slices.Clone(steps), i), visit)
		}
	}
}

func fieldOf(steps []any) string {
	field := ""
	for _, step := range steps {
		if i, index := step.(int); index {
			field += fmt.Sprintf("[%d]", i)
		} else {
			field = join(field, step.(string))
		}
	}
	return field
}

func TestWhatCannotBeReadIsToldOnceAndJudgedNoFurther(t *testing.T) {
	whole := fullStack()
	mustLoad(t, whole)
	tried := 0
	walk(whole, nil, func(steps []any, value any) {
		if len(steps) == 0 {
			return
		}
		var unreadable any
		switch value.(type) {
		case map[string]any:
			unreadable = list()
		case []any:
			unreadable = object{}
		case string:
			unreadable = "2024-01-31 00:00:00 +0000 UTC" // a date that YAML read
		default:
			unreadable = "perhaps"
		}
		tried++
		_, err := Load(raw(changed(whole, steps, unreadable).(map[string]any)))
		field := fieldOf(steps)
		if err == nil {
			t.Errorf("%s: accepted", field)
			return
		}
		lines := strings.Split(err.Error(), "\n")[1:]
		if len(lines) != 1 || !strings.HasPrefix(lines[0], field+" ") {
			t.Errorf("%s is told as\n\t%s", field, strings.Join(lines, "\n\t"))
		}
	})
	if tried < 150 {
		t.Errorf("only %d values were tried", tried)
	}
}

package config

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestRefusedTraffic(t *testing.T) {
	const echo, field = "clusters/ecs-1/services/echo-service/", "clusters.ecs-1.services.echo-service.traffic"
	shaped := func(name string, traffic object, words ...string) refusal {
		return refusal{name, []edit{{echo + "waypoint", true}, {echo + "traffic", traffic}}, [][]string{append([]string{field}, words...)}}
	}
	split := func(name string, weights object, words ...string) refusal {
		return shaped(name, object{"split": weights}, append([]string{".split"}, words...)...)
	}
	route := func(name string, r object, words ...string) refusal {
		return shaped(name, object{"routes": list(r)}, append([]string{".routes[0]"}, words...)...)
	}
	to := object{"echo-service": 1}
	run(t, []refusal{
		one("no waypoint", echo+"traffic", object{"timeout": "5s"}, field+" is set", "only a waypoint shapes traffic"),
		{"no waypoint of a shared service", shares(edit{"sharedServices/checkout/traffic", object{"timeout": "5s"}}), [][]string{{"sharedServices.checkout.traffic is set", "only a waypoint"}}},
		{"traffic of a member", shares(edit{echo + "traffic", object{"timeout": "5s"}}), [][]string{{field + " is set", "sharedServices.checkout.traffic"}}},
		one("traffic of a client", "clusters/ecs-1/services/shell-task/traffic", object{"timeout": "5s"}, "shell-task.traffic is set", "clientOnly"),
		shaped("nothing", object{}, "it says nothing"),
		split("unknown backend", object{"echo-servce": 1}, "no such service in clusters.ecs-1", "did you mean echo-service?"),
		split("unknown cluster", object{"esc-2/echo-service": 1}, "no such key in clusters", "did you mean ecs-2?"),
		split("backend that serves nothing", object{"shell-task": 1}, "clientOnly and serves nothing"),
		{"backend that is a member", shares(edit{"clusters/ecs-2/services/echo-service/waypoint", true}, edit{"clusters/ecs-2/services/echo-service/traffic", object{"split": object{"ecs-1/echo-service": 1}}}),
			[][]string{{"traffic.split", "sharedServices.checkout", "no name of its own"}}},
		{"unknown shared backend", shares(edit{"sharedServices/checkout/waypoint", true}, edit{"sharedServices/checkout/traffic", object{"split": object{"chekout": 1}}}),
			[][]string{{"sharedServices.checkout.traffic.split", "no such shared service", "did you mean checkout?"}}},
		split("less than no weight", object{"echo-service": -1, "ecs-2/echo-service": 1}, ".echo-service = -1", "between 0"),
		{"weights that are no whole numbers", []edit{{echo + "waypoint", true}, {echo + "traffic", object{"split": object{"echo-service": 99.5, "ecs-2/echo-service": 0.5}}}},
			[][]string{{field + ".split.echo-service = 99.5", "must be a whole number"}, {field + ".split.ecs-2/echo-service = 0.5", "must be a whole number"}}},
		split("no weight at all", object{"echo-service": 0}, "add up to 0"),
		route("route that matches everything", object{"pathPrefix": "/", "to": to}, "match every request"),
		route("route to nowhere", object{"method": "GET"}, ".to is not set"),
		route("route with a relative path", object{"pathPrefix": "v2", "to": to}, ".pathPrefix", "begins with /"),
		route("route with a star", object{"pathPrefix": "/v2*", "to": to}, ".pathPrefix", "without *"),
		route("route with an unknown method", object{"method": "get", "to": to}, ".method", "GET, HEAD"),
		route("route with a malformed header", object{"headers": object{"a b": "c"}, "to": to}, ".headers", "HTTP header"),
		route("route with an empty header", object{"headers": object{"x-a": ""}, "to": to}, ".headers.x-a is not set"),
		route("route with one header twice", object{"headers": object{"x-a": "1", "X-A": "2"}, "to": to}, ".headers", "upper and lower case"),
		shaped("malformed timeout", object{"timeout": "5"}, ".timeout", "a number and a unit"),
		shaped("timeout of nothing", object{"timeout": "0s"}, ".timeout", "between 1ms and 24h"),
		shaped("timeout in microseconds", object{"timeout": "1500us"}, ".timeout", "whole milliseconds"),
		shaped("no attempts", object{"retries": object{}}, ".retries.attempts is not set", "0 to 10", "the two attempts that waypoints make"),
		shaped("less than no attempt", object{"retries": object{"attempts": -1}}, ".retries.attempts = -1", "0 and 10"),
		shaped("too many attempts", object{"retries": object{"attempts": 11}}, ".retries.attempts = 11", "0 and 10"),
		shaped("time for no attempt", object{"retries": object{"attempts": 0, "perTryTimeout": "1s"}}, ".retries.perTryTimeout", "nothing is repeated"),
		shaped("reasons for no attempt", object{"retries": object{"attempts": 0, "on": list("5xx")}}, ".retries.on", "nothing is repeated"),
		shaped("codes without any", object{"retries": object{"attempts": 1, "on": list("5xx", "retriable-status-codes")}}, ".retries.on[1]", "write the codes, for example 503"),
		shaped("headers that nobody can name", object{"retries": object{"attempts": 1, "on": list("retriable-headers")}}, ".retries.on[0]", "names of headers"),
		shaped("reason twice", object{"retries": object{"attempts": 1, "on": list("503", "503")}}, ".retries.on[1]", "twice"),
		shaped("attempt longer than the request", object{"timeout": "1s", "retries": object{"attempts": 1, "perTryTimeout": "2s"}}, ".retries.perTryTimeout", "may take 1s"),
		shaped("unknown reason", object{"retries": object{"attempts": 1, "on": list("6xx")}}, ".retries.on[0]", "did you mean 5xx?"),
		shaped("fault of nothing", object{"fault": object{}}, ".fault", "it does nothing"),
		shaped("delay of nobody", object{"fault": object{"delay": object{"percent": 0, "duration": "1s"}}}, ".fault.delay.percent = 0", "1 and 100"),
		shaped("delay of no time", object{"fault": object{"delay": object{"percent": 1}}}, ".fault.delay.duration is not set"),
		shaped("abort with no status", object{"fault": object{"abort": object{"percent": 1, "status": 99}}}, ".fault.abort.status = 99", "200 and 599"),
		{"all at once", []edit{{echo + "waypoint", true}, {echo + "traffic", object{"timeout": "x", "split": object{"a": -1}}}},
			[][]string{{field + ".timeout"}, {field + ".split.a = -1"}, {field + `.split = "a"`, "no such service"}, {field + ".split", "add up to 0"}}},
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

func TestReasonsToRepeat(t *testing.T) {
	const echo = "clusters/ecs-1/services/echo-service/"
	load := func(on ...any) error {
		_, err := Load(raw(with(edit{echo + "waypoint", true}, edit{echo + "traffic", object{"retries": object{"attempts": 1, "on": on}}})))
		return err
	}
	for _, on := range [][]any{{503}, {"503", "retriable-status-codes"}, {"connect-failure", "429"}} {
		if err := load(on...); err != nil {
			t.Errorf("%v: %v", on, err)
		}
	}
	// Istio takes a number for a status code, so only codes of failures may be there. None is taken for a wider word.
	var codes []any
	for code := range 1000 {
		codes = append(codes, code)
	}
	said := fmt.Sprint(load(codes...))
	for code := range 1000 {
		refused := strings.Contains(said, fmt.Sprintf("traffic.retries.on[%d]", code))
		if want := code >= 400 && http.StatusText(code) != ""; refused == want {
			t.Errorf("%d is accepted: %v", code, !refused)
		}
	}
	if strings.Contains(said, "did you mean") {
		t.Errorf("a number is taken for something else: %s", said)
	}
	for _, reason := range retryReasons {
		if err := load(reason); err != nil {
			t.Error(err)
		}
	}
	c := mustLoad(t, with(edit{echo + "waypoint", true}, edit{echo + "traffic", object{"retries": object{"attempts": 0}}}))
	if r := c.Clusters["ecs-1"].Services["echo-service"].Traffic.Retries; r == nil || r.Attempts == nil || *r.Attempts != 0 {
		t.Errorf("no attempts are read as %+v", r)
	}
}

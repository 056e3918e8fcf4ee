package sandboxed_test

import (
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/backend"
)

// route is one of a VirtualService, to hosts with weights.
func route(match api.Object, weights ...any) api.Object {
	var destinations []any
	for i := 0; i < len(weights); i += 2 {
		destinations = append(destinations, api.Object{
			"destination": api.Object{"host": weights[i], "port": api.Object{"number": int64(8080)}}, "weight": int64(weights[i+1].(int)),
		})
	}
	r := api.Object{"route": destinations}
	if match != nil {
		r["match"] = []any{match}
	}
	return r
}

// shaped tells the waypoint of the first cluster what to do with requests to its echo.
func (f *fixture) shaped(routes ...api.Object) {
	f.do(func(tx *world.Tx) {
		o := object("networking.istio.io/v1", "VirtualService", "mesh-1", "echo")
		var list []any
		for _, r := range routes {
			list = append(list, r)
		}
		o["spec"] = api.Object{"hosts": []any{echo1}, "http": list}
		f.write(api.At(tx, eks), o)
	})
}

func TestWaypointFollowsTheFirstRouteThatMatches(t *testing.T) {
	f := newFixture(t)
	f.do(f.withWaypoint)
	canary := api.Object{"headers": api.Object{"x-canary": api.Object{"exact": "yes"}}}
	f.shaped(route(canary, echo2, 1), route(nil, echo1, 90, echo2, 10))
	plain := to(shellEKS, echo1)
	if got := f.call(plain); got.Outcome != backend.Answered || got.Server != id1 || !strings.Contains(got.Why, "largest share is tried, "+echo1+" with 90 of 100") {
		t.Errorf("a plain request: %+v", got)
	}
	asking := plain
	asking.Headers = map[string]string{"X-Canary": "yes"}
	if got := f.call(asking); got.Outcome != backend.Answered || got.Server != id2 || got.Client != idWaypoint {
		t.Errorf("a request with the header: %+v", got)
	}
}

func TestWaypointAnswersWhatItIsToldToBreak(t *testing.T) {
	f := newFixture(t)
	f.do(f.withWaypoint)
	broken := route(nil, echo1, 1)
	broken["fault"] = api.Object{"abort": api.Object{"percentage": api.Object{"value": 100.0}, "httpStatus": int64(418)}}
	f.shaped(broken)
	if got := f.call(to(shellEKS, echo1)); got.Outcome != backend.Undecided || got.Status != 418 || !strings.Contains(got.Why, "on purpose") {
		t.Errorf("%+v", got)
	}
}

func TestWaypointLosesTheShareOfAnUnknownBackend(t *testing.T) {
	f := newFixture(t)
	f.do(f.withWaypoint)
	f.shaped(route(nil, "nobody.ecs.home", 1))
	if got := f.call(to(shellEKS, echo1)); got.Outcome != backend.Undecided || got.Status != 503 || !strings.Contains(got.Why, "istiod does not know it") {
		t.Errorf("%+v", got)
	}
}

func TestWaypointHasNoRouteForWhatMatchesNone(t *testing.T) {
	f := newFixture(t)
	f.do(f.withWaypoint)
	f.shaped(route(api.Object{"uri": api.Object{"prefix": "/a"}}, echo1, 1))
	if got := f.call(to(shellEKS, echo1)); got.Outcome != backend.Undecided || got.Status != 404 {
		t.Errorf("%+v", got)
	}
}

func TestProxiesOfDifferentRootsDoNotAcceptEachOther(t *testing.T) {
	f := newFixture(t)
	// Both tasks get their certificates.
	if got := f.call(to(shell1, echo2)); got.Outcome != backend.Answered {
		t.Fatalf("%+v", got)
	}
	f.do(func(tx *world.Tx) {
		for _, task := range tx.Find("", "ecs:task", func(r *world.Resource) bool { return strings.HasSuffix(r.ID, "mesh-2/echo-service") }) {
			task.Props["_certificate"] = `{"certificate":` + quoted(otherRoot()) + `,"root":` + quoted(otherRoot()) + `}`
		}
	})
	if got := f.call(to(shell1, echo2)); got.Outcome != backend.Policy || !strings.Contains(got.Why, "UnknownIssuer") {
		t.Errorf("%+v", got)
	}
	if got := f.call(to(shell1, echo1)); got.Outcome != backend.Answered {
		t.Errorf("the others: %+v", got)
	}
}

func quoted(text string) string { return `"` + strings.ReplaceAll(text, "\n", `\n`) + `"` }

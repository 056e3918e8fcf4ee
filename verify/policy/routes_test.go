package policy_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/policy"
)

// shaped are the routes of a service with the program's object of an example.
func shaped(t *testing.T, example, to string, more ...backend.Object) []policy.Route {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../mesh/traffic/testdata", example+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var o backend.Object
	if err := json.Unmarshal(data, &o); err != nil {
		t.Fatal(err)
	}
	s := servers[to]
	i := istiod(t, append(more, o)...)
	routes, err := i.Routes(i.Lookup(s.host, "default"), uint32(s.port))
	if err != nil {
		t.Fatal(err)
	}
	return routes
}

func shares(old, new uint32) []policy.Backend {
	return []policy.Backend{{Hostname: "echo.demo-2.ecs.local", Port: 8080, Weight: old, Known: true}, {Hostname: "echo.demo-1.ecs.local", Port: 8080, Weight: new, Known: true}}
}

// taken is the index of the route that a request takes.
func taken(routes []policy.Route, method, path string, headers map[string]string) int {
	for i, r := range routes {
		if r.Match.Matches(policy.Request{Method: method, Path: path, Headers: headers}) {
			return i
		}
	}
	return -1
}

func TestASplitSharesRequestsByWeightWithinItsTimeout(t *testing.T) {
	routes := shaped(t, "split", "demo-2")
	if len(routes) != 1 || !reflect.DeepEqual(routes[0].Backends, shares(9, 1)) || routes[0].Timeout != 5*time.Second {
		t.Errorf("routes are %+v", routes)
	}
}

func TestWithoutTrafficAllRequestsGoToTheService(t *testing.T) {
	i := istiod(t)
	routes, err := i.Routes(i.Lookup("echo.demo-2.ecs.local", "default"), 8080)
	if err != nil || len(routes) != 1 || len(routes[0].Backends) != 1 || routes[0].Backends[0].Hostname != "echo.demo-2.ecs.local" {
		t.Errorf("routes are %+v, error %v", routes, err)
	}
	if _, err := i.Routes(i.Lookup("echo.demo-1.ecs.local", "default"), 8080); err == nil {
		t.Error("a service without a waypoint has routes")
	}
}

func TestRoutesAreTriedInTheirOrder(t *testing.T) {
	canary := map[string]string{"x-canary": "yes"}
	for example, c := range map[string][]struct {
		method, path string
		headers      map[string]string
		to           []policy.Backend
	}{
		"routes": {
			{"POST", "/orders", nil, shares(0, 1)}, {"POST", "/orders/7", nil, shares(0, 1)},
			{"POST", "/ordersome", nil, shares(1, 0)}, {"GET", "/orders", nil, shares(1, 0)},
			{"GET", "/", canary, shares(0, 1)}, {"GET", "/", map[string]string{"x-canary": "no"}, shares(1, 0)},
		},
		// The route with the header comes first, although its path is shorter.
		"order": {
			{"GET", "/orders/7", canary, shares(0, 1)}, {"GET", "/orders/7", nil, shares(1, 0)}, {"GET", "/orders", nil, shares(1, 0)},
			{"GET", "/ordersome", nil, shares(9, 1)}, {"GET", "/", nil, shares(9, 1)},
		},
	} {
		routes := shaped(t, example, "demo-2")
		for _, r := range c {
			i := taken(routes, r.method, r.path, r.headers)
			if i < 0 || !reflect.DeepEqual(weighted(routes[i].Backends), weighted(r.to)) {
				t.Errorf("%s: %s %s %v takes route %d of %+v, want %+v", example, r.method, r.path, r.headers, i, routes, r.to)
			}
		}
	}
}

// weighted are the backends that get requests, by hostname. istiod may leave out those without a weight.
func weighted(backends []policy.Backend) map[string]bool {
	found := map[string]bool{}
	for _, b := range backends {
		if b.Weight > 0 {
			found[b.Hostname] = true
		}
	}
	return found
}

func TestAFailedRequestIsRepeated(t *testing.T) {
	for _, r := range shaped(t, "retries", "demo-2") {
		if r.Timeout != 90*time.Second || r.Retries != (policy.Retries{Attempts: 3, PerTry: 1500 * time.Millisecond, On: "5xx,reset"}) {
			t.Errorf("route is %+v", r)
		}
	}
}

func TestFaultsAreMadeOnEveryRoute(t *testing.T) {
	routes := shaped(t, "fault", "demo-2")
	if len(routes) == 0 {
		t.Fatal("there is no route")
	}
	for _, r := range routes {
		if r.Fault == nil || *r.Fault != (policy.Fault{DelayPercent: 10, Delay: 2 * time.Second, AbortPercent: 5, AbortStatus: 503}) {
			t.Errorf("fault is %+v", r.Fault)
		}
	}
}

func TestASharedServiceKeepsItsRoutesWhenAMemberGoes(t *testing.T) {
	if routes := shaped(t, "shared", "pay-1"); len(routes) != 1 || routes[0].Timeout != time.Second {
		t.Errorf("routes are %+v", routes)
	}
	gone := servers["pay-1"]
	delete(servers, "pay-1")
	defer func() { servers["pay-1"] = gone }()
	if routes := shaped(t, "shared", "pay-2"); len(routes) != 1 || routes[0].Timeout != time.Second {
		t.Errorf("after a member is gone the routes are %+v", routes)
	}
}

func TestABackendThatIsNotThereYetKeepsItsShare(t *testing.T) {
	gone := servers["demo-1"]
	delete(servers, "demo-1")
	defer func() { servers["demo-1"] = gone }()
	for _, b := range shaped(t, "split", "demo-2")[0].Backends {
		if known := b.Hostname != "echo.demo-1.ecs.local"; b.Known != known {
			t.Errorf("%s is known %t", b.Hostname, b.Known)
		}
	}
}

package policy_test

import (
	"net/netip"
	"testing"

	"ambient-ecs/verify/policy"
)

// admitsAll are a team's own policies in its namespaces demo-1 and demo-2: everybody may do everything, at the tasks and at the waypoint.
const admitsAll = `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: team-all, namespace: demo-1}
spec: {action: ALLOW, rules: [{}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: team-all, namespace: demo-2}
spec: {action: ALLOW, rules: [{}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: team-all-at-waypoint, namespace: demo-2}
spec: {action: ALLOW, rules: [{}], targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: waypoint}]}
`

func TestTheDenialsOfThePlatformHoldAgainstATeamsOwnAllow(t *testing.T) {
	for _, stage := range []string{"owned-deny-all", "owned-l7"} {
		before := istiod(t, policies(t, stage)...)
		i := istiod(t, append(policies(t, stage), objects(t, admitsAll)...)...)
		task := func(i *policy.Istiod, to, identity string) (bool, string) {
			s := servers[to]
			return i.Decide(policy.Connection{Identity: identity, Source: netip.MustParseAddr("192.168.0.1"), Port: uint32(s.port), Destination: i.At("eks", netip.MustParseAddr(s.address))})
		}
		waypoint := func(i *policy.Istiod, to, identity, method string) (bool, string) {
			s := servers[to]
			return i.DecideL7(policy.Request{Identity: identity, Service: i.Lookup(s.host, "default"), Port: uint32(s.port), Method: method, Path: "/"})
		}
		for _, c := range []struct {
			to, identity string
			allowed      bool
		}{
			{"demo-1", id("stranger", "a"), true},  // the team's own decision about its own service
			{"other", id("stranger", "a"), true},   // and about one that the platform does not know
			{"demo-1", id("demo-3", "ecs"), false}, // the platform refuses the namespace
			{"other", id("demo-3", "ecs"), false},  // whatever it calls there
			{"demo-2", id("demo-2", "waypoint"), true},
			{"demo-2", id("stranger", "a"), false}, // nobody passes the waypoint by
			{"demo-2", id("demo-2", "ecs"), false},
			{"demo-2", id("demo-pay", "pay-1"), false},
			{"demo-3", id("stranger", "a"), false}, // nothing of another namespace is opened
			{"pay-1", id("stranger", "a"), false},
		} {
			if allowed, by := task(i, c.to, c.identity); allowed != c.allowed {
				t.Errorf("%s: the tasks of %s admit %s: %t, by %s", stage, c.to, c.identity, allowed, by)
			}
		}
		for _, c := range []struct {
			to, identity, method string
			allowed              bool
		}{
			{"demo-2", id("stranger", "a"), "GET", true},
			{"demo-2", id("demo-pay", "pay-1"), "GET", false},
			{"demo-2", id("default", "a"), "DELETE", stage == "owned-deny-all"}, // a denial of requests is in force from l7 on
			{"demo-3", id("stranger", "a"), "GET", false},
			{"pay-1", id("stranger", "a"), "GET", false},
		} {
			if allowed, by := waypoint(i, c.to, c.identity, c.method); allowed != c.allowed {
				t.Errorf("%s: the waypoint of %s admits %s of %s: %t, by %s", stage, c.to, c.method, c.identity, allowed, by)
			}
		}
		// What the team did not touch decides as before.
		for _, to := range []string{"demo-3", "pay-1", "pay-2"} {
			for _, identity := range []string{id("default", "a"), id("demo-1", "ecs"), id("shop", "a"), id("demo-pay", "waypoint"), id("demo-3", "echo-waypoint")} {
				was, _ := task(before, to, identity)
				if now, by := task(i, to, identity); now != was {
					t.Errorf("%s: the tasks of %s decide %t about %s, and %t before: %s", stage, to, now, identity, was, by)
				}
			}
		}
	}
}

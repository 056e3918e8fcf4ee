//go:build engine && exhaustive

package lifecycle

import (
	"slices"
	"strings"
	"testing"
)

// The engine is killed while it makes, changes and deletes each type of resource. After each kill one repair lets the next run go on.
func TestAStackThatIsKilledAtEveryTypeIsRepaired(t *testing.T) {
	t.Parallel()
	s := newStack(t, "single")
	s.configure("observability", everything)
	s.killedAtEvery(everyType("create"), nil, "up", "--skip-preview")
	s.nothingToDo()

	s.configure("owner", "another-team")
	s.killedAtEvery(everyType("update"), nil, "up", "--skip-preview")
	s.nothingToDo()
	s.verified()

	s.killedAtEvery(everyType("delete"), nil, "destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r) // what was made twice would stay
	}
}

// What joins two accounts is made by one and accepted by the other: by a peering, or by a transit gateway and its share. Each is taken
// into the state, or removed and made anew.
func TestWhatJoinsTwoAccountsIsRepaired(t *testing.T) {
	t.Parallel()
	for connect, flags := range map[string][]string{"peering": {"--remove"}, "transit-gateway": nil} {
		t.Run(connect, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, "dev")
			s.configure("connect", connect)
			joins := slices.DeleteFunc(everyType("create"), func(call string) bool {
				return !strings.Contains(strings.ToLower(call), "peering") && !strings.Contains(call, "transit") && !strings.Contains(call, ":ram/") && !strings.Contains(call, ":Route")
			})
			never := s.killedAtEvery(joins, flags, "up", "--skip-preview")
			if len(joins)-len(never) < 4 {
				t.Errorf("it was killed at few of %v: %v never came", joins, never)
			}
			s.nothingToDo()
			s.verified()
			s.run("destroy")
			for _, r := range s.remains() {
				t.Errorf("left after destroy: %s", r)
			}
		})
	}
}

// Other stacks have types that the others have not. Each of these is killed too.
func TestAStackThatIsKilledAtWhatOnlyItHasIsRepaired(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		raise func(t *testing.T) *stack
		// types are the ends of calls' names.
		types []string
	}{
		"the example for production": {newProd, []string{":FlowLog", ":VpcEndpoint", ":PodIdentityAssociation", ":Release load-balancer-controller", ":Addon", ":Key", ":TopicSubscription"}},
		"an account behind an endpoint": {
			func(t *testing.T) *stack { return newStack(t, "overlapping-networks") },
			[]string{":VpcEndpoint", ":VpcEndpointService", ":VpcEndpointServiceAllowedPrinciple", ":Zone", ":Record"},
		},
		"a shop with a contract and schedules": {
			func(t *testing.T) *stack {
				s := newStack(t, "shop")
				s.configure("publishContract", true)
				return s
			},
			[]string{":Schedule", ":ScheduleGroup", ":Parameter", ":Target", ":Policy"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := c.raise(t)
			calls := slices.DeleteFunc(append(everyType("create"), "create kubernetes:helm.sh/v3:Release load-balancer-controller"), func(call string) bool {
				return !slices.ContainsFunc(c.types, func(one string) bool { return strings.HasSuffix(call, one) })
			})
			never := s.killedAtEvery(calls, nil, "up", "--skip-preview")
			for _, one := range c.types {
				of := func(call string) bool { return strings.HasSuffix(call, one) }
				if !slices.ContainsFunc(calls, func(call string) bool { return of(call) && !slices.Contains(never, call) }) {
					t.Errorf("it was killed at no %s", one)
				}
			}
			s.nothingToDo()
			s.verified()
			s.leave()
		})
	}
}

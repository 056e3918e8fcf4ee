package topology

import "testing"

func TestWhatIsWrongWithAService(t *testing.T) {
	for want, n := range map[string]Node{
		"":                  {Found: true, Protocol: "HBONE", Endpoints: 2, Healthy: 2, Declared: 2},
		"unknown to istiod": {Declared: 1},
		"no workload":       {Found: true, Declared: 1},
		"called in plain text, without an identity": {Found: true, Protocol: "TCP", Endpoints: 1, Healthy: 1, Declared: 1},
		"1 of 2 healthy":        {Found: true, Protocol: "HBONE", Endpoints: 2, Healthy: 1, Declared: 2},
		"2 of 3 declared tasks": {Found: true, Protocol: "HBONE", Endpoints: 2, Healthy: 2, Declared: 3},
	} {
		n.group = &Group{ECS: true}
		if got := n.problem(); got != want {
			t.Errorf("%+v: %q, want %q", n, got, want)
		}
	}
	for _, n := range []Node{{group: &Group{ECS: true}}, {group: &Group{ECS: true}, Found: true}, {group: &Group{}, Found: true, Protocol: "HBONE", Endpoints: 1, Healthy: 1}} {
		if got := n.problem(); got != "" {
			t.Errorf("%+v has no task by intent or is well, and is called %q", n, got)
		}
	}
}

func TestASharedServiceIsWellWhileSomebodyAnswers(t *testing.T) {
	sick, well, stopped := &Node{Declared: 1, Endpoints: 1}, &Node{Declared: 1, Healthy: 1}, &Node{}
	for _, c := range []struct {
		members []*Node
		want    string
	}{{[]*Node{sick, well}, ""}, {[]*Node{sick, stopped}, "nobody answers"}, {[]*Node{stopped}, ""}, {nil, ""}} {
		if got := (Shared{Members: c.members}).problem(); got != c.want {
			t.Errorf("%d members: %q, want %q", len(c.members), got, c.want)
		}
	}
}

package cases

import (
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
	"ambient-ecs/verify/stack/stacktest"
)

// behindAWaypoint puts a waypoint in front of the echo service of a cluster, with a rule that admits GET from anybody.
func behindAWaypoint(s *stack.Stack, cluster, stage string) {
	echo := s.Clusters[cluster].Services["echo-service"]
	echo.Waypoint = "waypoint"
	s.Clusters[cluster].Services["echo-service"] = echo
	if s.Destinations == nil {
		s.Destinations = map[string]stack.Destination{}
	}
	var everybody []string
	for _, c := range s.Clusters {
		everybody = append(everybody, c.Namespace)
	}
	s.Destinations[echo.Hostname] = stack.Destination{
		Namespace: s.Clusters[cluster].Namespace, Port: echo.Port, Waypoint: "waypoint", PolicyStage: stage,
		Allow: []stack.Rule{{Namespaces: everybody, Methods: []string{"GET"}}},
	}
}

func TestTheGuidesPoliciesAreNotTriedWhereAWaypointHidesTheCaller(t *testing.T) {
	s := stacktest.New(home, home, "away")
	behindAWaypoint(s, "ecs-1", stack.StagePermissive)
	m := Of(s)
	for _, state := range m.States {
		for _, p := range state.Policies {
			if p.Namespace == s.Clusters["ecs-1"].Namespace {
				t.Fatalf("state %s has policies in the namespace behind the waypoint", state.ID)
			}
		}
	}
	reasons := map[string]string{}
	for _, i := range m.Inapplicable {
		reasons[i.ID] = i.Reason
	}
	if !strings.Contains(reasons["15"], "waypoint") {
		t.Errorf("case 15 is left out because %q", reasons["15"])
	}
}

func TestNobodyIsToGetAroundAWaypoint(t *testing.T) {
	s := stacktest.New(home, home, "away")
	behindAWaypoint(s, "ecs-1", stack.StageL7)
	all := byID(t, Of(s))
	// The pair by name and the way around differ in the address alone.
	name, around := all["pair/ecs-3/ecs-1"], all["around/echo-service.mesh-1/ecs-3"]
	if name.ID == "" {
		name = all["14"] // the guide's own number for the same call
	}
	if name.Expect != backend.Answered || around.Expect != backend.Policy || around.Control == nil {
		t.Errorf("by name %s, around the waypoint %s with control %+v", name.Expect, around.Expect, around.Control)
	}
	refused := 0
	for id, c := range all {
		if strings.HasPrefix(id, "l7/") && c.Expect == backend.L7 {
			refused++
			if c.Control == nil {
				t.Errorf("%s has no control", id)
			}
			if c.Request.Method == "PUT" && c.Extra != Writes {
				t.Errorf("%s sends a PUT to whatever is there, without being asked to", id)
			}
		}
	}
	if refused == 0 {
		t.Error("no request is to be refused by the waypoint")
	}
}

func TestAServiceThatIsToRunNoTaskTakesNoPart(t *testing.T) {
	s := stacktest.New(home, home)
	for _, name := range []string{"echo-service", "shell-task"} {
		service := s.Clusters["ecs-2"].Services[name]
		service.DesiredCount = 0
		s.Clusters["ecs-2"].Services[name] = service
	}
	for _, c := range Of(s).Cases {
		if c.Kind == Call && (c.Request.From.Cluster == "ecs-2" || strings.HasPrefix(c.Request.Task, "ecs-2/") || strings.Contains(c.Request.Host, "echo-service.mesh-2.")) {
			t.Errorf("%s calls from or to a cluster that runs nothing", c.ID)
		}
	}
}

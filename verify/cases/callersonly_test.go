package cases

import (
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
	"ambient-ecs/verify/stack/stacktest"
)

func TestServicesOfAnAccountThatOnlyCallsAreCalledByNobody(t *testing.T) {
	s := stacktest.New(home, home, "away")
	away := s.Accounts["away"]
	away.Connect = stack.ConnectPrivateLink
	s.Accounts["away"] = away
	cluster := s.Clusters["ecs-3"]
	delete(s.Destinations, cluster.Services["echo-service"].Hostname)
	delete(cluster.Services, "echo-service")
	uncalled, calls := 0, 0
	for _, c := range Of(s).Cases {
		switch {
		case c.ID == "live/away":
			t.Error("istiod does not look into away, and a case asks whether it does")
		case strings.HasPrefix(c.ID, "bypass/ecs-3/"):
			t.Errorf("%s: an address means somebody else there", c.ID)
		case strings.HasPrefix(c.ID, "uncalled/"):
			uncalled++
			if c.Expect != backend.Name || c.Request.Host != "shell-task.mesh-3.ecs.away" || c.Control == nil || c.Control.Expect != answered {
				t.Errorf("%s: %+v", c.ID, c)
			}
		case strings.HasPrefix(c.ID, "pair/ecs-3/"):
			calls++
		}
	}
	if uncalled == 0 || calls == 0 {
		t.Errorf("%d cases call its service, and it makes %d calls", uncalled, calls)
	}
}

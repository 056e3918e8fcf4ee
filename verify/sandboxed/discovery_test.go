package sandboxed_test

import (
	"context"
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/backend"
)

func TestDiscoveryThatStopsIsSeenThoughCallsGoOn(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(tx *world.Tx)
		words string
	}{
		"permission": {drop(away, "aws:iam/rolePolicy:RolePolicy", "discovery:p"), "fails to discover clusters: "},
		"istiod":     {edit("Pod", mesh.System, "istiod", func(o api.Object) { api.Unset(o, "status", "conditions") }), "no pod of istiod"},
		"account that istiod is not told of": {edit("Pod", mesh.System, "istiod", func(o api.Object) {
			for _, e := range api.Maps(api.Maps(o, "spec", "containers")[0], "env") {
				e["value"], _, _ = strings.Cut(api.String(e, "value"), ",ecs.away,")
			}
		}), "not told to look into account away"},
		"task that istiod does not know": {func(tx *world.Tx) {
			tx.Find(away, "aws:ecs/cluster:Cluster", nil)[0].Props["tags"] = props{}
		}, "istiod does not know it"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			live, err := f.backend.Discovering(context.Background())
			if err != nil || live["home"] != "" || live["away"] != "" || len(live) != 2 {
				t.Fatalf("nothing is missing: %v, %v", live, err)
			}
			f.do(c.spoil)
			live, err = f.backend.Discovering(context.Background())
			if err != nil || !strings.Contains(live["away"], c.words) {
				t.Errorf("%v, %v", live, err)
			}
			if name == "permission" {
				if got := f.call(to(shellEKS, echo2)); got.Outcome != backend.Answered || live["home"] != "" {
					t.Errorf("istiod keeps what it knows, but: %+v, and at home %q", got, live["home"])
				}
			}
		})
	}
}

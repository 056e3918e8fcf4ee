//go:build engine

package lifecycle

import (
	"strings"
	"testing"

	"ambient-ecs/sandbox/world"
)

// The number of tasks changes hands between the program and the scaler, and never jumps.
func TestTheScalersNumberIsItsOwn(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	cluster := strings.TrimPrefix(s.onlyCluster(), "single-")
	service := "clusters." + cluster + ".services.echo-service"
	echo := func(read func(r *world.Resource)) {
		s.look(func(tx *world.Tx) {
			for _, r := range tx.Find("", "aws:ecs/service:Service", nil) {
				if r.String("name") == "echo-service" {
					read(r)
					tx.Put(r)
				}
			}
		})
	}
	wants := func(tasks float64) {
		t.Helper()
		echo(func(r *world.Resource) {
			if r.Props["desiredCount"] != tasks {
				t.Errorf("AWS is asked for %v tasks, want %v", r.Props["desiredCount"], tasks)
			}
		})
	}
	s.configure(service+".scaling", map[string]any{"min": 2, "max": 4, "cpu": 60})
	s.refused([]string{"echo-service.scaling", "AWS is asked for 1 tasks"}, "preview")

	s.configure(service+".scaling", map[string]any{"min": 1, "max": 4, "cpu": 60})
	s.up()
	wants(1)
	echo(func(r *world.Resource) { r.Props["desiredCount"] = 3.0 })
	s.unchanged()
	s.run("refresh")
	s.unchanged()
	wants(3)

	s.unset("clusters", cluster, "services", "echo-service", "scaling")
	s.refused([]string{"echo-service.desiredCount = 1", "the scaler left 3 tasks"}, "preview")
	s.configure(service+".desiredCount", 3)
	s.up()
	wants(3)
}

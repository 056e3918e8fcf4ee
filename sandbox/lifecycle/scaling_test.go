//go:build engine

package lifecycle

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// service reads a service by its name, or changes it.
func (s *stack) service(name string, read func(r *world.Resource)) {
	s.t.Helper()
	s.look(func(tx *world.Tx) {
		for _, r := range tx.Find("", aws.ServiceKind, aws.Has("name", name)) {
			read(r)
			tx.Put(r)
		}
	})
}

// scales plays the scaler: it asks for another number of tasks.
func (s *stack) scales(name string, tasks float64) {
	s.t.Helper()
	s.service(name, func(r *world.Resource) { r.Props["desiredCount"] = tasks })
}

// wants asserts how many tasks AWS is asked for.
func (s *stack) wants(name string, tasks float64) {
	s.t.Helper()
	s.service(name, func(r *world.Resource) {
		if r.Props["desiredCount"] != tasks {
			s.t.Errorf("AWS is asked for %v tasks of %s, want %v", r.Props["desiredCount"], name, tasks)
		}
	})
}

// The number of tasks changes hands between the program and the scaler, and never jumps.
func TestTheScalersNumberIsItsOwn(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	cluster := strings.TrimPrefix(s.onlyCluster(), "single-")
	service := "clusters." + cluster + ".services.echo-service"
	s.configure(service+".scaling", map[string]any{"min": 2, "max": 4, "cpu": 60})
	s.refused([]string{"echo-service.scaling", "AWS is asked for 1 tasks"}, "preview")

	s.configure(service+".scaling", map[string]any{"min": 1, "max": 4, "cpu": 60})
	s.up()
	s.wants("echo-service", 1)
	s.scales("echo-service", 3)
	s.unchanged()
	s.run("refresh")
	s.unchanged()
	s.wants("echo-service", 3)

	s.unset("clusters", cluster, "services", "echo-service", "scaling")
	s.refused([]string{"echo-service.desiredCount = 1", "the scaler left 3 tasks"}, "preview")
	s.configure(service+".desiredCount", 3)
	s.up()
	s.wants("echo-service", 3)
}

// scalers are what Application Auto Scaling has for a service.
func (s *stack) scalers(name string) (all []string) {
	s.t.Helper()
	s.look(func(tx *world.Tx) {
		for _, kind := range []string{"target:Target", "policy:Policy", "scheduledAction:ScheduledAction"} {
			for _, r := range tx.Find("", "aws:appautoscaling/"+kind, nil) {
				if strings.HasSuffix(r.String("resourceId"), "/"+name) {
					all = append(all, kind+" "+r.String("name"))
				}
			}
		}
	})
	return all
}

// urn is the URN in Pulumi's state that ends in type and name.
func (s *stack) urn(ending string) string {
	s.t.Helper()
	for line := range strings.SplitSeq(s.run("stack", "--show-urns"), "\n") {
		if i := strings.Index(line, "urn:pulumi:"); i >= 0 && strings.HasSuffix(line, ending) {
			return line[i:]
		}
	}
	s.t.Fatalf("the state has no %s", ending)
	return ""
}

// AWS takes the scaler away with its service, and Pulumi's state would keep it.
func TestAServiceThatIsMadeAnewGetsItsScalerBack(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	cluster := strings.TrimPrefix(s.onlyCluster(), "single-")
	s.configure("clusters."+cluster+".services.echo-service.scaling", map[string]any{"min": 1, "max": 4, "cpu": 60,
		"schedules": map[string]any{"morning": map[string]any{"schedule": "rate(1 day)", "min": 2}}})
	s.up()
	s.unchanged()
	want := s.scalers("echo-service")
	if len(want) != 3 {
		t.Fatalf("the scaler has %q", want)
	}
	s.configure("clusters."+cluster+".services.echo-service.memory", 1024)
	planned := func(f *stack, flags ...string) (scalers []string) {
		for _, step := range f.preview(flags...) {
			if strings.Contains(step, "aws:appautoscaling/") {
				scalers = append(scalers, step)
			}
		}
		return scalers
	}
	if steps := planned(s); len(steps) > 0 {
		t.Errorf("an update of the service plans %q", steps)
	}
	s.up()
	if got := s.scalers("echo-service"); !slices.Equal(got, want) {
		t.Errorf("after an update of the service the scaler has %q, want %q", got, want)
	}
	for _, ending := range []string{"aws:ecs/service:Service::" + cluster + "/echo-service", "aws:ecs/cluster:Cluster::" + cluster} {
		f := s.fork(t)
		if steps := planned(f, "--replace", f.urn(ending)); len(steps) < len(want) {
			t.Errorf("the replacement of %s announces %q", ending, steps)
		}
		f.run("up", "--replace", f.urn(ending))
		if got := f.scalers("echo-service"); !slices.Equal(got, want) {
			t.Errorf("after the replacement of %s the scaler has %q, want %q", ending, got, want)
		}
		f.unchanged()
		f.run("refresh")
		f.unchanged()
	}
}

// bounds are the bounds of a service's scaler; set changes them as a schedule does.
func (s *stack) bounds(service string, set map[string]any) (least, most any) {
	s.t.Helper()
	s.look(func(tx *world.Tx) {
		for _, r := range tx.Find("", "aws:appautoscaling/target:Target", nil) {
			if strings.HasSuffix(r.String("resourceId"), "/"+service) {
				maps.Copy(r.Props, set)
				tx.Put(r)
				least, most = r.Props["minCapacity"], r.Props["maxCapacity"]
			}
		}
	})
	return least, most
}

// The AWS provider sends both bounds in every update of a scaler. So one that a schedule has set goes back with a change of the other one, unless
// the update reads it before. The first preview says so.
func TestABoundThatAScheduleSetOutlivesAChangeOfTheOther(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	scaling := "clusters." + strings.TrimPrefix(s.onlyCluster(), "single-") + ".services.echo-service.scaling"
	s.configure(scaling, map[string]any{"min": 1, "max": 4, "cpu": 60, "schedules": map[string]any{"morning": map[string]any{"schedule": "rate(1 day)", "min": 3}}})
	s.up()
	s.bounds("echo-service", map[string]any{"minCapacity": 3.0})
	s.unchanged()

	s.configure(scaling+".max", 8)
	f := s.fork(t)
	f.up()
	if least, most := f.bounds("echo-service", nil); least != 1.0 || most != 8.0 {
		t.Errorf("an update without a refresh leaves the bounds %v and %v", least, most)
	}
	s.run("up", "--refresh")
	if least, most := s.bounds("echo-service", nil); least != 3.0 || most != 8.0 {
		t.Errorf("an update after a refresh leaves the bounds %v and %v", least, most)
	}
}

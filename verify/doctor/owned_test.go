package doctor

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/verify/enrolled"
	"ambient-ecs/verify/stack"
)

// owned is the healthy mesh in which somebody else made and enrolled a service.
func owned() *facts {
	f := healthy()
	cluster := f.stack.Clusters["ecs-1"]
	service := cluster.Services["echo"]
	service.DeployedBy, service.TaskDefinitionARN, service.Parameter = "owner", "", "/ambient-ecs/m/v1/ecs-1/services/echo"
	service.Ports = []stack.Port{{Port: service.Port, Protocol: "http"}}
	cluster.Services["echo"] = service
	f.definition("m-ecs-1-echo:1").container(ztunnel).Labels = map[string]string{
		enrol.LabelIdentity: "m-ecs-1/ecs", enrol.LabelInputs: enrolled.Mesh(f.stack, "ecs-1", "ecs-1/ecs").Inputs(),
	}
	return f
}

func TestWhatAnOwnerHasToSetIsSaidToTheOwner(t *testing.T) {
	const subject = "m-ecs-1-echo:1"
	for _, c := range []struct {
		name  string
		spoil func(*facts)
		// ingredient is in a finding whose fix has the words.
		ingredient string
		words      []string
	}{
		{"another task role", func(f *facts) { f.definition(subject).TaskRole = "" }, "task-role", []string{"its owner names", "as taskRoleArn"}},
		{"no ztunnel", func(f *facts) {
			d := f.definition(subject)
			d.Containers = slices.DeleteFunc(d.Containers, func(c Container) bool { return c.Name == ztunnel })
		}, "ztunnel-container", []string{"its owner runs `ambient enrol`"}},
		{"no tags", func(f *facts) { f.service("echo").Tags = nil }, "service-tags", []string{tagNamespace + "=m-ecs-1", tagServiceAccount + "=ecs", tagHostname + "=", tagPorts + "=http:"}},
		{"one tag", func(f *facts) { f.service("echo").Tags[tagHostname] = "old" }, "service-tags", []string{"sets on the service " + tagHostname + "="}},
		{"no propagation", func(f *facts) { f.service("echo").PropagateTags = "" }, "propagate-tags", []string{"its owner sets propagateTags to SERVICE"}},
		{"other groups", func(f *facts) { f.service("echo").Groups = []string{"sg-theirs"} }, "task-security-group", []string{"/ambient-ecs/m/v1/ecs-1/services/echo"}},
		{"an old stamp", func(f *facts) {
			proxy := f.definition(subject).container(ztunnel)
			proxy.Labels[enrol.LabelInputs] = strings.Replace(proxy.Labels[enrol.LabelInputs], "image=", "image=0", 1)
		}, "enrol-stamp", []string{"let the owner of the service register"}},
		{"ECS Exec off", func(f *facts) { f.service("echo").Exec = false }, "exec-disabled", []string{"exec: false"}},
		{"no service", func(f *facts) {
			f.ecs.Services = slices.DeleteFunc(f.ecs.Services, func(s Service) bool { return s.ARN == f.stack.Clusters["ecs-1"].Services["echo"].ARN })
		}, "service", []string{"its owner makes it"}},
	} {
		f := owned()
		c.spoil(f)
		found := examine(t, f)
		i := slices.IndexFunc(found, func(one Finding) bool { return one.Ingredient == c.ingredient })
		if i < 0 {
			t.Errorf("%s: there is no %s among %v", c.name, c.ingredient, found)
			continue
		}
		for _, words := range c.words {
			if !strings.Contains(found[i].Fix, words) {
				t.Errorf("%s: the fix is %q, without %q", c.name, found[i].Fix, words)
			}
		}
		for _, one := range found {
			if strings.Contains(one.Subject, "echo") && strings.Contains(one.Fix, "pulumi up") && !strings.Contains(one.Subject, "ecs-2") {
				t.Errorf("%s: an `up` is to mend what is the owner's: %v", c.name, one)
			}
		}
	}
	f := owned()
	if found := examine(t, f); len(found) > 0 {
		t.Errorf("nothing is missing, and found is %v", found)
	}
}

// An owner does by hand what an `up` would do at once.
func TestAnOwnerHearsEverythingAtOnce(t *testing.T) {
	f := owned()
	f.definition("m-ecs-1-echo:1").TaskRole = ""
	service := f.service("echo")
	service.Tags, service.PropagateTags, service.Groups = nil, "", nil
	found := examine(t, f)
	for _, ingredient := range []string{"task-role", "service-tags", "propagate-tags", "task-security-group"} {
		if !slices.ContainsFunc(found, func(one Finding) bool { return one.Ingredient == ingredient }) {
			t.Errorf("nobody says %s: %v", ingredient, found)
		}
	}
}

// Until its owner has joined, a service waits, and nobody is to call that a fault of the mesh.
func TestAServiceWaitsUntilItsOwnerHasJoined(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*facts)
		want   string
	}{
		{"joined", func(*facts) {}, ""},
		{"no ztunnel yet", func(f *facts) {
			d := f.definition("m-ecs-1-echo:1")
			d.Containers = slices.DeleteFunc(d.Containers, func(c Container) bool { return c.Name == ztunnel })
		}, "m-ecs-1-echo:1 has no container ztunnel"},
		{"no service yet", func(f *facts) {
			f.ecs.Services = slices.DeleteFunc(f.ecs.Services, func(s Service) bool { return s.ARN == f.stack.Clusters["ecs-1"].Services["echo"].ARN })
		}, "ECS has no active service echo"},
		{"a ztunnel, and no tags", func(f *facts) { f.service("echo").Tags = nil }, ""},
	} {
		f := owned()
		c.change(f)
		waiting, err := Waiting(t.Context(), f, f.stack)
		if err != nil || waiting["ecs-1/echo"] != c.want || len(waiting) > 1 || c.want == "" && len(waiting) > 0 {
			t.Errorf("%s: %v, %v", c.name, waiting, err)
		}
	}
}

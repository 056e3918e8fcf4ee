package doctor

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/verify/doctor/network"
)

// A service that is taken over lives without the mesh until it is enrolled. Nothing of the mesh is missing at it.
func TestAServiceThatIsTakenOverWaitsForItsEnrolment(t *testing.T) {
	f := healthy()
	// It has nothing of the mesh.
	f.definition("m-ecs-1-echo:1").TaskRole = ""
	service := f.service("echo")
	service.Tags, service.PropagateTags, service.Groups = nil, "", []string{"sg-theirs"}
	if found := examine(t, f); len(found) == 0 {
		t.Fatal("a member of the mesh lacks everything, and nobody says so")
	}
	cluster := f.stack.Clusters["ecs-1"]
	echo := cluster.Services["echo"]
	echo.Import = "unchanged"
	cluster.Services["echo"] = echo

	found := examine(t, f)
	if len(found) != 1 || found[0].Ingredient != "import-unchanged" || !found[0].Warning || !strings.Contains(found[0].Sentence, "ecs-1/echo is taken over and not enrolled") || !strings.Contains(found[0].Fix, "import: enrolled") {
		t.Errorf("found is %v", found)
	}
	if waiting, err := Waiting(t.Context(), f, f.stack); err != nil || len(waiting) != 1 || !strings.Contains(waiting["ecs-1/echo"], "import is unchanged") {
		t.Errorf("%v, waiting %v", err, waiting)
	}
}

// A _ in a name of ECS may keep istiod from naming an object. Before the enrolment that is a reason to wait; afterwards it is why nobody finds the service.
func TestAnUnderscoreIsTheReasonForAMissingEntry(t *testing.T) {
	for _, imported := range []string{"unchanged", ""} {
		for _, known := range []bool{false, true} {
			f := healthy()
			echo := f.stack.Clusters["ecs-1"].Services["echo"]
			arn := strings.Replace(echo.ARN, ":service/", ":service/Apps_", 1)
			for i := range f.ecs.Tasks {
				f.ecs.Tasks[i].Service = strings.Replace(f.ecs.Tasks[i].Service, echo.ARN, arn, 1)
			}
			f.service("echo").ARN = arn
			entry := f.entry("service-ecs-1-echo")
			entry.ARN, entry.Service = arn, known
			echo.ARN, echo.Import = arn, imported
			f.stack.Clusters["ecs-1"].Services["echo"] = echo

			found := examine(t, f)
			i := slices.IndexFunc(found, func(one Finding) bool { return strings.Contains(one.Sentence, "may have a _ in its name") })
			switch {
			case known && i >= 0:
				t.Errorf("import %q: istiod knows the service, and %v", imported, found[i])
			case !known && (i < 0 || !strings.Contains(found[i].Fix, "move the callers") || !strings.Contains(found[i].Sentence, "Apps_")):
				t.Errorf("import %q: nobody says why: %v", imported, found)
			case !known && imported != "" && (found[i].Ingredient != "import-unchanged" || !found[i].Warning || !strings.Contains(found[i].Fix, "do not enrol")):
				t.Errorf("import %q: %v", imported, found[i])
			}
		}
	}
}

// Security groups of a service that has not joined are its team's: it has no ztunnel that anybody could ask, and a removed rule stops its calls.
func TestTheDoctorWantsNoRuleRemovedThatAServiceOutsideTheMeshNeeds(t *testing.T) {
	open := func(join bool, deployedBy, imported string) *watchedFacts {
		f := observed()
		group := f.group("sg-client-local")
		group.Ingress = append(group.Ingress, network.Rule{Protocol: "tcp", CIDR: "0.0.0.0/0", From: 0, To: 65535})
		if !join {
			d := f.definition("m-ecs-1-echo:1")
			d.Containers = slices.DeleteFunc(d.Containers, func(c Container) bool { return c.Name == ztunnel })
		}
		for cluster := range f.stack.Clusters {
			for name, s := range f.stack.Clusters[cluster].Services {
				if cluster+"/"+name != "ecs-1/echo" {
					delete(f.stack.Clusters[cluster].Services, name)
				} else {
					s.DeployedBy, s.Import = deployedBy, imported
					f.stack.Clusters[cluster].Services[name] = s
				}
			}
		}
		return f
	}
	for _, c := range []struct {
		name, deployedBy, imported string
		join                       bool
		fix                        string
	}{
		{name: "the stack's", join: true, fix: "remove the rule"},
		{name: "an owner's", deployedBy: "owner", join: true, fix: "its owner narrows the group"},
		{name: "an owner's that has not joined", deployedBy: "owner"},
		{name: "taken over and not enrolled", imported: "unchanged"},
	} {
		f := open(c.join, c.deployedBy, c.imported)
		result, err := Run(t.Context(), f, f.stack, Options{})
		if err != nil {
			t.Fatal(err)
		}
		found := result.Findings
		i := slices.IndexFunc(found, func(f Finding) bool { return f.Ingredient == "metrics-open" })
		switch {
		case c.fix == "" && i >= 0:
			t.Errorf("%s: %v", c.name, found[i])
		case c.fix != "" && (i < 0 || !strings.Contains(found[i].Fix, c.fix)):
			t.Errorf("%s: no finding says %q: %v", c.name, c.fix, found)
		}
	}
}

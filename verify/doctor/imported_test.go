package doctor

import (
	"strings"
	"testing"
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

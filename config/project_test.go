package config

import (
	"strings"
	"testing"
)

// With another name every default of Pulumi.yaml is somebody else's, and each key would be refused as not set.
func TestAnotherNameOfTheProjectIsTheOneProblem(t *testing.T) {
	err := CheckProject("my-mesh")
	if err == nil || !strings.Contains(err.Error(), `name = "my-mesh"`) || !strings.Contains(err.Error(), "name: ambient-ecs into Pulumi.yaml") {
		t.Errorf("got %v", err)
	}
	if err := CheckProject(Project); err != nil {
		t.Errorf("the project's own name: %v", err)
	}
}

package config

import (
	"slices"
	"strings"
	"testing"
)

func TestAPipelineDeploysWhatSaysSo(t *testing.T) {
	c := mustLoad(t, with(edit{"clusters/ecs-1/services/echo-service/deployedBy", "pipeline"}, edit{"clusters/ecs-1/services/shell-task/deployedBy", "program"}))
	if got := c.EnrolledServices("ecs-1"); !slices.Equal(got, []string{"echo-service"}) {
		t.Errorf("pipelines deploy %v", got)
	}
}

func TestRefusedDeployers(t *testing.T) {
	const echo, field = "clusters/ecs-1/services/echo-service/", "clusters.ecs-1.services.echo-service."
	run(t, []refusal{
		one("a deployer that is none", echo+"deployedBy", "jenkins", field+`deployedBy = "jenkins"`, "program, pipeline"),
		{"a ztunnel that enrol does not know", []edit{{echo + "deployedBy", "pipeline"}, {echo + "ztunnel", object{"cpu": 32}}}, [][]string{{field + "ztunnel is set", "ambient enrol", "top-level"}}},
	})
}

// What the program's first revision of a service has and what enrol gives to the next one must be the same.
func TestEnrolGivesWhatTheProgramGives(t *testing.T) {
	for _, edits := range [][]edit{nil, {{"trustDomain", "corp.example"}}, {{"ztunnel", object{"cpu": 64, "environment": object{"RUST_LOG": "debug"}}}, {"trustDomain", "corp.example"}}} {
		c := mustLoad(t, with(append([]edit{{"clusters/ecs-1/services/echo-service/deployedBy", "pipeline"}}, edits...)...))
		program, pipeline := c.TaskOf("ecs-1", "echo-service").Mesh, c.EnrolMesh("ecs-1", "echo-service", nil)
		program.Region, program.LogGroup, program.Labels = pipeline.Region, pipeline.LogGroup, pipeline.Labels
		if a, b := program.Inputs(), pipeline.Inputs(); a != b {
			t.Errorf("%v: the program gives\n%s\nand enrol\n%s", edits, a, b)
		}
	}
}

// ECS takes 256 characters in the value of a tag, and few that are neither letters nor digits.
func TestWhatIsGivenFitsIntoATag(t *testing.T) {
	c := mustLoad(t, with())
	given := Given(c.EnrolMesh("ecs-1", "echo-service", map[string]string{"ambient-ecs/mesh-ca": "1"}), c.ControlPlane())
	if len(given) > 256 || strings.Trim(given, "abcdefghijklmnopqrstuvwxyz0123456789= ") != "" {
		t.Errorf("%d characters: %s", len(given), given)
	}
	next := mustLoad(t, with(edit{"istioVersion", "1.29.1-solo"}))
	if next.ControlPlane() == c.ControlPlane() {
		t.Error("another version of istiod is the same control plane")
	}
}

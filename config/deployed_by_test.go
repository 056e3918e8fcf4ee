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

// theirService is the dev stack's echo-service, made by somebody else.
func theirService(more ...edit) map[string]any {
	const echo = "clusters/ecs-1/services/echo-service"
	return with(append([]edit{{echo, object{"deployedBy": "owner", "port": 8080}}}, more...)...)
}

func TestAServiceOfAnOwnerHasTheNamesThatItsOwnerChose(t *testing.T) {
	c := mustLoad(t, theirService())
	if got := c.OwnedServices("ecs-1"); !slices.Equal(got, []string{"echo-service"}) {
		t.Errorf("owned are %v", got)
	}
	const arn = "arn:aws:ecs:eu-central-1:111122223333:service/ambient-ecs-1/"
	if got := c.ServiceARN("ecs-1", "echo-service"); got != arn+"echo-service" {
		t.Errorf("without a name it is %s", got)
	}
	if got := c.ExecutionRoleOf("ecs-1", "echo-service"); got != c.ExecutionRoleIn("local") {
		t.Errorf("without a role of its own ECS starts it with %s", got)
	}
	const role = "arn:aws:iam::111122223333:role/echo-execution"
	c = mustLoad(t, theirService(edit{"clusters/ecs-1/services/echo-service/owned", object{"serviceName": "Echo_API", "executionRoleArn": role}}))
	if got := c.ServiceARN("ecs-1", "echo-service"); got != arn+"Echo_API" {
		t.Errorf("its ARN is %s", got)
	}
	if got := c.FamilyOf("ecs-1", "echo-service"); got != "Echo_API" {
		t.Errorf("without a family it is %s", got)
	}
	if got := c.ExecutionRoleOf("ecs-1", "echo-service"); got != role || !slices.Contains(c.RolesOfTeams("local"), role) {
		t.Errorf("ECS starts it with %s, and roles of others are %v", got, c.RolesOfTeams("local"))
	}
	if got := c.Hostname("ecs-1", "echo-service"); got != "echo-service.ambient-ecs-1.ecs.local" {
		t.Errorf("its hostname is %s: the mesh's name is the key's", got)
	}
	c = mustLoad(t, theirService(edit{"clusters/ecs-1/services/echo-service/owned", object{"family": "echo"}}))
	if got := c.FamilyOf("ecs-1", "echo-service"); got != "echo" {
		t.Errorf("its family is %s", got)
	}
}

// The deployer has rights on services of the stack alone.
func TestADeployerMayNotChangeAnOwnersService(t *testing.T) {
	c := mustLoad(t, theirService(edit{"clusters/ecs-1/existing", "Apps"}))
	if got := c.ExistingServiceARNs("local"); slices.Contains(got, c.ServiceARN("ecs-1", "echo-service")) || len(got) == 0 {
		t.Errorf("the deployer may change %v", got)
	}
	if got := c.OwnedServiceARNs("local"); !slices.Equal(got, []string{"arn:aws:ecs:eu-central-1:111122223333:service/Apps/echo-service"}) {
		t.Errorf("the deployer may read %v", got)
	}
}

func TestRefusedServicesOfOwners(t *testing.T) {
	const echo, field = "clusters/ecs-1/services/echo-service", "clusters.ecs-1.services.echo-service."
	theirs := func(more object) []edit {
		service := object{"deployedBy": "owner", "port": 8080}
		for key, value := range more {
			service[key] = value
		}
		return []edit{{echo, service}}
	}
	elsewhere := func(key string, value any) refusal {
		return refusal{key + " of somebody else's service", theirs(object{key: value}), [][]string{{field + key + " is set", "made elsewhere"}}}
	}
	run(t, []refusal{
		elsewhere("image", "a:1"), elsewhere("command", list("a")), elsewhere("entryPoint", list("a")), elsewhere("cpu", 256), elsewhere("memory", 512),
		elsewhere("environment", object{"A": "b"}), elsewhere("secrets", object{"A": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a"}),
		elsewhere("desiredCount", 2), elsewhere("scaling", object{"min": 1, "max": 2, "cpu": 50}), elsewhere("ztunnel", object{"cpu": 32}),
		elsewhere("platformVersion", "1.4.0"), elsewhere("architecture", "ARM64"), elsewhere("user", "1000"), elsewhere("stopTimeout", 10),
		elsewhere("healthCheck", object{"command": list("CMD", "true")}), elsewhere("deploymentConfiguration", object{"maximumPercent": 200}),
		elsewhere("capacityProviderStrategy", list(object{"capacityProvider": "FARGATE", "weight": 1})), elsewhere("import", "unchanged"),
		{"several at once", theirs(object{"image": "a:1", "cpu": 256}), [][]string{{field + "image is set"}, {field + "cpu is set"}}},
		{"no port", []edit{{echo, object{"deployedBy": "owner"}}}, [][]string{{field + "port is not set", "clientOnly"}}},
		{"ztunnel's port", theirs(object{"port": 15008}), [][]string{{field + "port = 15008"}}},
		{"an impossible name", theirs(object{"owned": object{"serviceName": "a/b"}}), [][]string{{field + `owned.serviceName = "a/b"`, "255"}}},
		{"an impossible family", theirs(object{"owned": object{"family": "a b"}}), [][]string{{field + `owned.family = "a b"`, "255"}}},
		{"no role", theirs(object{"owned": object{"executionRoleArn": "apps"}}), [][]string{{field + `owned.executionRoleArn = "apps"`, "ARN"}}},
		{"a role of another account", theirs(object{"owned": object{"executionRoleArn": "arn:aws:iam::999999999999:role/a"}}), [][]string{{field + "owned.executionRoleArn", "own account only"}}},
		{"the role of the account", append(theirs(object{"owned": object{"executionRoleArn": "arn:aws:iam::111122223333:role/a"}}), edit{"accounts/local/executionRoleArn", "arn:aws:iam::111122223333:role/a"}),
			[][]string{{field + "owned.executionRoleArn is set", "accounts.local"}}},
		{"names of a service of ours", []edit{{echo + "/owned", object{"serviceName": "a"}}}, [][]string{{field + "owned is set", "deployedBy to owner"}}},
		{"one service under two keys", append(theirs(nil), edit{"clusters/ecs-1/services/echo-again", object{"deployedBy": "owner", "port": 8080, "owned": object{"serviceName": "echo-service"}}}),
			[][]string{{`owned.serviceName = "echo-service"`, "the same ECS service"}}},
		{"a name beside owned", theirs(object{"serviceName": "a"}), [][]string{{field + "serviceName is set", "set owned.serviceName"}}},
		{"the name of a service of ours", theirs(object{"owned": object{"serviceName": "shell-task"}}), [][]string{{field + `owned.serviceName = "shell-task"`, "services.shell-task is the same"}}},
	})
}

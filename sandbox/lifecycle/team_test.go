//go:build engine

package lifecycle

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/tests/pages"
)

// guest returns a stack of an example in the sandbox of a platform, with a passphrase of its own.
func (s *stack) guest(t *testing.T, example, name string) *stack {
	t.Helper()
	guest := &stack{t: t, name: name, project: t.TempDir(), state: s.state, passphrase: "the team's own"}
	for _, file := range []string{"Pulumi.yaml", guest.file()} {
		write(t, filepath.Join(guest.project, file), read(t, filepath.Join(root, "examples", example, file)))
	}
	return guest
}

// team returns the stack of examples/team-go, whose program is in Go.
func (s *stack) team(t *testing.T) *stack {
	t.Helper()
	team := s.guest(t, "team-go", "orders")
	binary, err := filepath.Abs(filepath.Join(root, "bin", "team-go"))
	if err != nil {
		t.Fatal(err)
	}
	team.edit("Pulumi.yaml", func(project map[string]any) {
		project["runtime"] = map[string]any{"name": "go", "options": map[string]any{"binary": binary}}
	})
	return team
}

// with sets a value of a team's stack file, for example "team-go:image".
func (s *stack) with(key string, value any) {
	s.t.Helper()
	s.edit(s.file(), func(content map[string]any) { content["config"].(map[string]any)[key] = value })
}

// together runs a command of the verifier on the platform's stack with the team's services.
func (s *stack) together(team *stack, args ...string) (string, error) {
	s.t.Helper()
	services := filepath.Join(s.t.TempDir(), "team.json")
	s.write(services, team.run("stack", "output", "--json"))
	return s.ambient(append(args, "--services", services)...)
}

func TestATeamsStackLivesInThePlatformsMesh(t *testing.T) {
	t.Parallel()
	s := newStack(t, "single")
	team := s.team(t)
	s.up()
	// Without a contract the team's preview says what is missing.
	if _, all, err := team.try("preview"); err == nil || !strings.Contains(all, "the platform has published no /ambient-ecs/single/v1/ecs-1/contract") {
		t.Errorf("without a contract: %v\n%s", err, all)
	}
	s.configure("publishContract", true)
	for _, step := range s.preview() {
		if !strings.HasPrefix(step, "create ") {
			t.Errorf("publishing changes what lives: %s", step)
		}
	}
	s.up()
	team.up()
	team.nothingToDo()
	s.nothingToDo()
	s.verified()
	if out, err := s.together(team, "verify", "--policies-if-permissive"); err != nil || !strings.Contains(out, "service/ecs-1/orders") || !strings.Contains(out, "revision/ecs-1/orders") {
		t.Errorf("the verifier: %v\n%s", err, out)
	}
	if out, err := s.together(team, "doctor"); err != nil {
		t.Errorf("the doctor: %v\n%s", err, out)
	}

	// Neither passphrase opens the other's stack.
	thief, spy := *s, *team
	thief.passphrase, spy.passphrase = team.passphrase, ""
	for _, attempt := range []struct {
		by   *stack
		args []string
	}{
		{&thief, []string{"stack", "output", "kubeconfig", "--show-secrets"}}, {&thief, []string{"preview"}}, {&thief, []string{"stack", "export", "--show-secrets"}}, {&spy, []string{"preview"}},
	} {
		if out, all, err := attempt.by.try(attempt.args...); err == nil || !strings.Contains(all, "incorrect passphrase") || strings.Contains(out, "get-token") {
			t.Errorf("%s with another's passphrase: %v\n%s", strings.Join(attempt.args, " "), err, all)
		}
	}

	greeter := s.greeter(t)

	// The team scales.
	team.with("team-go:mostTasks", 3)
	team.up()
	team.unchanged()
	s.unchanged()

	// Another ztunnel is the next up of the team. Its tasks go on until then.
	s.configure("ztunnelHealthCheck", map[string]any{"interval": 20, "timeout": 5, "retries": 10, "startPeriod": 300})
	before, _ := s.revision("orders")
	s.up()
	if now, _ := s.revision("orders"); now != before {
		t.Errorf("the platform's up moved the team's service from %s to %s", before, now)
	}
	team.up()
	if now, containers := s.revision("orders"); now == before || containers[len(containers)-1]["healthCheck"].(map[string]any)["interval"] != 20.0 {
		t.Errorf("the team's up left the service at %s", now)
	}
	greeter.up()
	s.unchanged()

	t.Run("the team refers to a stack of the contract", func(t *testing.T) {
		t.Parallel()
		s, teams := allOf(t, s, team)
		team := teams[0]
		s.handsOut(t)
		// Neither passphrase is that of the contract's stack, and SSM has nothing any more.
		team.with("team-go:contractStack", "organization/ambient-ecs-contract/ecs-1")
		s.look(func(tx *world.Tx) {
			for _, p := range tx.Find(home, aws.ParameterKind, nil) {
				tx.Drop(p)
			}
		})
		if steps := team.preview(); len(steps) > 0 {
			t.Errorf("the same contract is another task:\n%s", strings.Join(steps, "\n"))
		}
		team.with("team-go:tasks", 2)
		team.with("team-go:mostTasks", 2)
		team.up()
		s.running(t, "orders", 2)
	})
	t.Run("the component takes a task definition, scales and has rights", func(t *testing.T) {
		t.Parallel()
		s, teams := allOf(t, s, greeter)
		greeter := teams[0]
		greeter.edit("Pulumi.yaml", func(project map[string]any) {
			properties := project["resources"].(map[string]any)["greeter"].(map[string]any)["properties"].(map[string]any)
			for _, short := range []string{"image", "ports", "environment", "desiredCount"} {
				delete(properties, short)
			}
			properties["taskDefinition"] = `{"networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "512", "memory": "1024", "containerDefinitions": [{
				"name": "app", "image": "public.ecr.aws/j8r2p7b6/echo-server:latest", "portMappings": [{"containerPort": 8080, "appProtocol": "http"}],
				"environment": [{"name": "PORT", "value": "8080"}], "healthCheck": {"command": ["CMD-SHELL", "true"]}}]}`
			properties["scaling"] = map[string]any{"min": 2, "max": 4, "cpu": 60}
			properties["policy"] = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::greetings/*"}]}`
		})
		greeter.up()
		greeter.nothingToDo()
		s.unchanged()
		if out, err := s.together(greeter, "verify"); err != nil || !strings.Contains(out, "service/ecs-1/greeter") {
			t.Errorf("the verifier: %v\n%s", err, out)
		}
		s.running(t, "greeter", 2)
		if got := s.scalers("greeter"); len(got) != 2 {
			t.Errorf("the scaler of the component is %q", got)
		}
		s.scales("greeter", 3)
		greeter.unchanged()
		greeter.run("destroy")
		s.nothingToDo()
		if got := s.scalers("greeter"); len(got) > 0 {
			t.Errorf("the component leaves %q", got)
		}
	})
	t.Run("the team leaves first", func(t *testing.T) {
		t.Parallel()
		s, teams := allOf(t, s, team, greeter)
		for _, team := range teams {
			team.run("destroy")
		}
		s.nothingToDo()
		s.verified()
		s.run("destroy")
		for _, r := range s.remains() {
			t.Errorf("left after both: %s", r)
		}
	})
	t.Run("the platform tries to leave first", func(t *testing.T) {
		t.Parallel()
		s, teams := allOf(t, s, team, greeter)
		team, greeter := teams[0], teams[1]
		if _, all, err := s.try("destroy"); err == nil || !strings.Contains(all, "The Cluster cannot be deleted while Services are active") {
			t.Fatalf("the platform is gone under the team's service: %v\n%s", err, all)
		}
		// Everything that the team's task needs is there.
		s.running(t, "orders", 1)
		s.running(t, "greeter", 2)
		left := strings.Join(s.remains(), "\n")
		for _, needed := range []string{"aws:ec2/natGateway", "aws:ec2/securityGroup", "aws:iam/rolePolicy:RolePolicy single-ecs-1-ecs:", "aws:iam/rolePolicy:RolePolicy single-execution-local:", "aws:eks/cluster:Cluster", "log-group:/ecs/single-ecs-1", "objects in"} {
			if !strings.Contains(left, needed) {
				t.Errorf("the failed destroy has taken %s:\n%s", needed, left)
			}
		}
		// The next up brings back what is gone.
		s.up()
		team.unchanged()
		greeter.unchanged()
		if out, err := s.together(team, "verify"); err != nil || !strings.Contains(out, "revision/ecs-1/orders") {
			t.Errorf("the verifier: %v\n%s", err, out)
		}
		team.run("destroy")
		greeter.run("destroy")
		s.run("destroy")
		for _, r := range s.remains() {
			t.Errorf("left after all: %s", r)
		}
	})
}

// handsOut brings up the stack of the contract as docs/consuming.md says, with a passphrase of its own.
func (s *stack) handsOut(t *testing.T) {
	t.Helper()
	clone := t.TempDir()
	write(t, filepath.Join(clone, "contract", "stack", "Pulumi.yaml"), read(t, filepath.Join(root, "contract", "stack", "Pulumi.yaml")))
	bin, err := filepath.Abs(filepath.Join(root, "bin"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(bin, filepath.Join(clone, "bin")); err != nil {
		t.Fatal(err)
	}
	// What make would build is built. `pulumi` keeps a backend of its own for the settings, and the sandbox is the accounts.
	script := `set -euo pipefail
make() { test -e "$1"; }
pulumi() {
	case "$1" in
	stack) ../../bin/pulumi "$@" --non-interactive ;;
	*) ../../bin/sandbox -state "$STATE" -passphrase "the contract's own" "$@" ;;
	esac
}
`
	for _, b := range pages.Section(t, filepath.Join(root, "docs", "consuming.md"), "The contract as a stack") {
		script += strings.NewReplacer("INSTALL", "single", "CLUSTER", "ecs-1").Replace(b.Text)
	}
	cmd := exec.Command("bash", "-c", script)
	cmd.Dir = clone
	cmd.Env = append(ownBackend(clone), "STATE="+s.state)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the commands of the page: %v\n%s", err, out)
	}
}

// component returns the stack of examples/team-yaml, which is a component of the project's own and nothing else.
func (s *stack) component(t *testing.T) *stack {
	t.Helper()
	greeter := s.guest(t, "team-yaml", "greeter")
	// The package is added as a built plugin: docs/consuming.md.
	tool := func(name string) string {
		file, err := filepath.Abs(filepath.Join(root, "bin", name))
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	add := exec.Command(tool("sandbox"), "-project", greeter.project, "-state", greeter.state, "package", "add", tool("pulumi-resource-ambient-ecs"))
	if out, err := add.CombinedOutput(); err != nil || !strings.Contains(string(read(t, filepath.Join(greeter.project, "Pulumi.yaml"))), "ambient-ecs: ambient-ecs@") {
		t.Errorf("the package is not added: %v\n%s", err, out)
	}
	return greeter
}

// greeter brings up the stack of examples/team-yaml. It returns the stack with two tasks.
func (s *stack) greeter(t *testing.T) *stack {
	t.Helper()
	greeter := s.component(t)
	// Bad inputs are refused with every problem at once.
	before := read(t, filepath.Join(greeter.project, "Pulumi.yaml"))
	greeter.edit("Pulumi.yaml", func(project map[string]any) {
		properties := project["resources"].(map[string]any)["greeter"].(map[string]any)["properties"].(map[string]any)
		properties["ports"], properties["client"] = []any{map[string]any{"port": 15008}}, "ruby"
	})
	if _, all, err := greeter.try("preview"); err == nil || !strings.Contains(all, "ports[0].port = 15008") || !strings.Contains(all, `client = "ruby"`) {
		t.Errorf("bad inputs: %v\n%s", err, all)
	}
	write(t, filepath.Join(greeter.project, "Pulumi.yaml"), before)
	greeter.with("team-yaml:tasks", 2)
	greeter.run("up", withPreview)
	greeter.nothingToDo()
	s.unchanged()
	if out, err := s.together(greeter, "verify"); err != nil || !strings.Contains(out, "service/ecs-1/greeter") || !strings.Contains(out, "revision/ecs-1/greeter") {
		t.Errorf("the verifier: %v\n%s", err, out)
	}
	// An edit is the step that it looks like.
	greeter.with("team-yaml:image", "public.ecr.aws/j8r2p7b6/echo-server:next")
	if steps := greeter.preview(); len(steps) != 2 || !strings.HasPrefix(steps[0], "replace aws:ecs/taskDefinition:TaskDefinition greeter") || !strings.HasPrefix(steps[1], "update aws:ecs/service:Service greeter") {
		t.Errorf("another image is %s", strings.Join(steps, "\n"))
	}
	return greeter
}

// allOf copies a platform's stack and those of teams into a sandbox of their own.
func allOf(t *testing.T, s *stack, teams ...*stack) (platform *stack, others []*stack) {
	t.Helper()
	platform = s.fork(t)
	for _, team := range teams {
		other := &stack{t: t, name: team.name, project: t.TempDir(), state: platform.state, passphrase: team.passphrase}
		copyFolder(t, team.project, other.project)
		others = append(others, other)
	}
	return platform, others
}

// `ambient enrol` from a contract is enough for a team without a Pulumi program of its own.
func TestAContractIsEnoughToEnrol(t *testing.T) {
	t.Parallel()
	s := newStack(t, "single")
	s.configure("publishContract", true)
	s.up()
	parameters := map[string]string{}
	s.look(func(tx *world.Tx) {
		for _, p := range tx.Find(home, aws.ParameterKind, nil) {
			parameters[p.ID] = p.String("insecureValue")
		}
	})
	folder := t.TempDir()
	files := map[string]string{}
	for name, parameter := range map[string]string{"contract": "/ambient-ecs/single/v1/ecs-1/contract", "token": "/ambient-ecs/single/v1/ecs-1/tokens/ecs"} {
		files[name] = filepath.Join(folder, name)
		s.write(files[name], parameters[parameter])
	}
	_, containers := s.revision(pipelined)
	enrolled := s.enrols(containers, "--contract", files["contract"], "--token", files["token"])
	text, err := json.Marshal(enrolled)
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(s.enrols(containers))
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != string(want) {
		t.Errorf("from the contract it is\n%s\nfrom the outputs\n%s", text, want)
	}
}

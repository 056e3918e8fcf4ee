//go:build engine

package lifecycle

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// everyType is an operation on every type whose answer can be held.
func everyType(operation string) (calls []string) {
	for _, t := range append(aws.Types(), "kubernetes:helm.sh/v3:Release", "kubernetes:core/v1:Namespace", "kubernetes:core/v1:Service") {
		calls = append(calls, operation+" "+t)
	}
	return calls
}

// killHeld runs a command whose first answer to each of the calls never comes. When nothing happens any more, it kills everything
// and returns the calls that were held. It returns none when the command has ended by itself.
func (s *stack) killHeld(calls []string, args ...string) []string {
	held, kill := s.hold(calls, args...)
	kill()
	return held
}

// hold is killHeld without the kill.
func (s *stack) hold(calls []string, args ...string) (held []string, kill func()) {
	s.t.Helper()
	s.outputs = ""
	binary, err := filepath.Abs(filepath.Join(root, "bin", "sandbox"))
	if err != nil {
		s.t.Fatal(err)
	}
	// Without calls to hold, the sandbox leaves the record of the last time.
	file := filepath.Join(s.state, "held")
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.t.Fatal(err)
	}
	cmd := exec.Command(binary, append([]string{"-project", s.project, "-state", s.state, "-save-at-end=false", "-hold", strings.Join(calls, ",")}, append(args, "--stack", s.name)...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var size int64
	for still := time.Now(); time.Since(still) < time.Second; {
		select {
		case err := <-ended:
			if err != nil {
				s.t.Fatalf("%v: %v\n%s", args, err, &said)
			}
			return nil, func() {}
		case <-time.After(20 * time.Millisecond):
		}
		info, err := os.Stat(filepath.Join(s.state, world.File))
		if _, none := os.Stat(file); errors.Is(none, fs.ErrNotExist) || err != nil || info.Size() != size {
			still = time.Now()
		}
		if err == nil {
			size = info.Size()
		}
	}
	kill = func() { s.killSession(cmd.Process.Pid); <-ended }
	text, err := os.ReadFile(file)
	if err != nil {
		kill()
		s.t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n"), kill
}

// repairs runs one repair.
func (s *stack) repairs(flags ...string) (out string, err error) {
	s.t.Helper()
	binary, err := filepath.Abs(filepath.Join(root, "bin", "ambient"))
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := exec.Command(binary, append([]string{"--sandbox", s.state, "--project", s.project, "--stack", s.name, "repair"}, flags...)...).CombinedOutput()
	return string(text), err
}

// goOn finds the file from which a repair is to go on.
var goOn = regexp.MustCompile(`ambient repair (--from) (\S+)`)

// repair mends the state. What AWS is still making can only be taken when it is ready.
func (s *stack) repair(flags ...string) string {
	s.t.Helper()
	var from []string
	for end := time.Now().Add(time.Minute); ; {
		out, err := s.repairs(slices.Concat([]string{"--yes"}, flags, from)...)
		if file := goOn.FindStringSubmatch(out); file != nil {
			from = file[1:]
		}
		switch {
		case err == nil:
			return out
		case !strings.Contains(out, "try again") || time.Now().After(end):
			s.t.Fatalf("repair: %v\n%s", err, out)
		}
		time.Sleep(time.Second)
	}
}

// killedAtEvery runs a command until it ends, killed at every one of the calls on the way and mended each time. It returns the
// calls that never came.
func (s *stack) killedAtEvery(calls []string, flags []string, args ...string) []string {
	s.t.Helper()
	for {
		held := s.killHeld(calls, args...)
		if len(held) == 0 {
			return calls
		}
		s.t.Logf("killed at %s", strings.Join(held, ", "))
		calls = slices.DeleteFunc(slices.Clone(calls), func(call string) bool { return slices.Contains(held, call) })
		s.repair(flags...)
	}
}

// currentIstio is the default of Pulumi.yaml.
const currentIstio = "1.31.0-solo"

// encrypted is a value that the stack file keeps encrypted. The sandbox cannot read it and encrypts its own word.
var encrypted = map[string]any{"secure": "v1:nobody"}

// shown finds what is secret with the encrypted values: the container definitions with the variable, and the password of the charts'
// repository. The history keeps the configuration, in which the variable's value is encrypted.
var shown = regexp.MustCompile(`A_TOKEN_OF_ITS_OWN[\\"]+[,}]|"password": ?"sandbox"`)

// What the engine kills most often: a rule, a subnet, an identity, a release, and a task definition and a release that hold a secret. An update of a
// living stack is killed at each of them, and repaired. The secret stays encrypted in every state that was written meanwhile.
func TestAnUpdateThatIsKilledIsRepaired(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	s.configure("accounts.second", map[string]any{"id": "444455556666", "profile": "second", "domain": "ecs.second", "vpcCidr": "10.1.0.0/16"})
	s.configure("observability", map[string]any{"clusterLogs": true})
	s.configure("istioRevisions", map[string]any{"default": currentIstio, "next": currentIstio})
	s.configure("chartUsername", "somebody")
	s.configure("chartPassword", encrypted)
	s.configure("clusters.ecs-1.services.echo-service.environment.A_TOKEN_OF_ITS_OWN", encrypted)
	calls := []string{
		"create aws:ec2/subnet:Subnet", "create aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "create aws:eks/podIdentityAssociation:PodIdentityAssociation",
		"create aws:ecs/taskDefinition:TaskDefinition", "create kubernetes:helm.sh/v3:Release",
	}
	if never := s.killedAtEvery(calls, nil, "up", "--skip-preview"); len(never) > 0 {
		t.Errorf("it was never killed at %v", never)
	}
	s.nothingToDo()
	s.sealed()
	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}

// A living stack is killed while it updates, and again in the middle of its destroy. What the cloud did and the engine does not know is
// found: the next run goes on, and nothing stays. A role's policy is killed while the new one and the old one stand side by side.
// `make exhaustive` does it at every type.
func TestAnUpdateAndADestroyThatAreKilledAreRepaired(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	s.configure("owner", "another-team")
	s.configure("ecsExec", map[string]any{"enabled": true, "logSessions": true})
	for _, run := range []struct {
		calls, args []string
		after       func()
	}{
		{[]string{
			"update aws:ec2/vpc:Vpc", "create aws:iam/rolePolicy:RolePolicy", "update aws:ecs/service:Service", "delete aws:iam/rolePolicy:RolePolicy",
		}, []string{"up", "--skip-preview"}, s.nothingToDo},
		{[]string{"delete aws:ecs/service:Service", "delete aws:ec2/subnet:Subnet"}, []string{"destroy"}, func() {}},
	} {
		if never := s.killedAtEvery(run.calls, nil, run.args...); len(never) > 0 {
			t.Errorf("%v was never killed at %v", run.args, never)
		}
		run.after()
	}
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}

// An account with an external id is killed at its VPC and at its role. Without the external id nobody can look for the VPC: each repair says so and leaves
// both pending, though it is certain of the role, since an import of the engine would drop the other. With it, both are mended.
func TestARepairWithADoubtLeavesEveryCreatePending(t *testing.T) {
	s := raised(t, "single")
	s.configure("accounts.second", map[string]any{
		"id": "444455556666", "roleArn": "arn:aws:iam::444455556666:role/deployer", "externalId": encrypted, "domain": "ecs.second", "vpcCidr": "10.1.0.0/16",
	})
	s.configure("clusters.ecs-2", map[string]any{"account": "second", "services": map[string]any{"billing": map[string]any{"image": "example/billing:1", "port": 8080}}})
	calls := []string{"create aws:ec2/vpc:Vpc", "create aws:iam/role:Role"}
	held := s.killHeld(calls, "up", "--skip-preview")
	slices.Sort(held)
	if held = slices.Compact(held); !slices.Equal(held, calls) {
		t.Fatalf("killed at %v, want %v", held, calls)
	}
	before := s.files(".pulumi/stacks")
	for range 2 {
		out, err := s.repairs("--yes")
		if err == nil || !strings.Contains(out, "set AMBIENT_EXTERNAL_ID_SECOND") || !strings.Contains(out, "take     aws:iam/role:Role") || !strings.Contains(out, "Nothing was changed") {
			t.Errorf("repair: %v\n%s", err, out)
		}
	}
	if after := s.files(".pulumi/stacks"); after != before {
		t.Errorf("the state was\n%s\nand is\n%s", before, after)
	}
	t.Setenv("AMBIENT_EXTERNAL_ID_SECOND", "a-word-of-theirs")
	if out := s.repair(); !strings.Contains(out, "take     aws:ec2/vpc:Vpc") || strings.Contains(out, "a-word-of-theirs") {
		t.Errorf("repair:\n%s", out)
	}
	s.up()
	s.nothingToDo()
	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}

// An update that waits looks like a kill. Its engine lives, and a repair takes neither its lock nor its state.
func TestARepairLeavesALivingEngineItsLock(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	s.configure("clusters.ecs-1.services.echo-service.environment.LEVEL", "debug")
	held, kill := s.hold([]string{"create aws:ecs/taskDefinition:TaskDefinition"}, "up", "--skip-preview")
	lives := func() string { return s.files(".pulumi/locks") + s.files(".pulumi/stacks") }
	before := lives()
	if len(held) != 1 || !strings.Contains(before, ".json") {
		t.Errorf("held at %v with the lock and the state\n%s", held, before)
	}
	for _, flags := range [][]string{nil, {"--yes"}, {"--yes", "--remove"}} {
		if out, err := s.repairs(flags...); err == nil || !strings.Contains(out, "another command uses the sandbox") {
			t.Errorf("repair %v beside a living engine: %v\n%s", flags, err, out)
		}
	}
	if after := lives(); after != before {
		t.Errorf("the lock and the state were\n%s\nand are\n%s", before, after)
	}
	kill()
	s.repair()
	s.up()
	s.nothingToDo()
}

// files are the files of a folder of the engine's backend, with their texts.
func (s *stack) files(folder string) (all string) {
	s.t.Helper()
	err := filepath.WalkDir(filepath.Join(s.state, "backend", folder), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all += path + " " + string(text)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// sealed asserts that no file of the engine has the secret as text: no state, no earlier state, no history.
func (s *stack) sealed() {
	s.t.Helper()
	err := filepath.WalkDir(filepath.Join(s.state, "backend"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if found := shown.Find(text); found != nil {
			s.t.Errorf("%s has in plain text what is secret: %s", path, found)
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

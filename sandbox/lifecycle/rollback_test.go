//go:build engine

package lifecycle

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// restarts stops the running task of a service, and lets ECS work until another one runs, or ECS has failed to start one. It says why.
func (s *stack) restarts(service string) (failed string) {
	s.t.Helper()
	known := map[string]bool{}
	err := s.work(func(tx *world.Tx) (bool, error) {
		first := len(known) == 0
		for _, task := range tx.Find(home, aws.TaskKind, aws.Has("group", "service:"+service)) {
			switch status := task.String("lastStatus"); {
			case first:
				if known[task.ID] = true; status == "RUNNING" {
					aws.StopTask(tx, task)
				}
			case known[task.ID]:
			case status == "STOPPED":
				failed = task.String("stoppedReason")
				return true, nil
			case status == "RUNNING" && task.String("healthStatus") == "HEALTHY":
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil {
		s.t.Fatalf("%s: no task comes back: %v", service, err)
	}
	return failed
}

// inline are the inline policies of each task and execution role, by name.
func (s *stack) inline() map[string]map[string]string {
	s.t.Helper()
	all := map[string]map[string]string{}
	s.look(func(tx *world.Tx) {
		for _, role := range tx.Find(home, "aws:iam/role:Role", nil) {
			if strings.Contains(role.String("assumeRolePolicy"), "ecs-tasks.amazonaws.com") {
				all[role.String("name")] = aws.RoleOf(tx, role).Policies
			}
		}
	})
	return all
}

// single asserts that no role has more inline policies than before.
func (s *stack) single(before map[string]map[string]string) {
	s.t.Helper()
	for role, policies := range s.inline() {
		if len(policies) != len(before[role]) {
			s.t.Errorf("the role %s has %d inline policies, and it had %d", role, len(policies), len(before[role]))
		}
	}
}

// documents are the texts of the policies of each role, sorted, without their names.
func documents(all map[string]map[string]string) map[string][]string {
	texts := map[string][]string{}
	for role, policies := range all {
		texts[role] = []string{}
		for _, text := range policies {
			texts[role] = append(texts[role], text)
		}
		slices.Sort(texts[role])
	}
	return texts
}

// A service moves to another image repository, gives up a secret and a right, and its new image does not start. ECS goes back to the old
// revision, whose tasks keep what they need until an update succeeds.
func TestWhatECSRollsBackToCanStartAgain(t *testing.T) {
	t.Parallel()
	const (
		registry = home + ".dkr.ecr." + region + ".amazonaws.com/"
		secrets  = "arn:aws:secretsmanager:" + region + ":" + home + ":secret:shop/"
		queue    = "arn:aws:sqs:" + region + ":" + home + ":orders"
		echo     = "clusters.ecs-1.services.echo-service."
		shell    = "clusters.ecs-1.services.shell-task."
	)
	right := func(action string) map[string]any {
		return map[string]any{"statements": []any{map[string]any{"Effect": "Allow", "Action": action, "Resource": queue}}}
	}
	old := func(s *stack) {
		s.configure(echo+"image", registry+"shop/echo:1")
		s.configure(echo+"serviceAccount", "echo")
		s.configure(echo+"secrets", map[string]any{"KEY": secrets + "key-a1b2c3", "TOKEN": secrets + "token-a1b2c3"})
		s.configure(echo+"permissions", right("sqs:SendMessage"))
		s.configure(shell+"image", registry+"tools/curl:1")
	}
	s := newStack(t, "single")
	s.look(func(tx *world.Tx) {
		aws.AddSecret(tx, secrets+"key-a1b2c3")
		aws.AddSecret(tx, secrets+"token-a1b2c3")
	})
	old(s)
	s.up()
	before := s.inline()
	if len(before["single-ecs-1-echo-service-execution"]) != 1 || len(before["single-execution-local"]) != 1 {
		t.Fatalf("the roles have %v", before)
	}

	moved := func(s *stack, host string) {
		s.configure(echo+"image", host+"moved/echo:2")
		s.configure(echo+"secrets", map[string]any{"KEY": secrets + "key-a1b2c3"})
		s.configure(echo+"permissions", right("sqs:ReceiveMessage"))
		s.configure(shell+"image", host+"moved/curl:2")
	}
	moved(s, "registry.invalid/")
	if _, all, err := s.try("up"); err == nil || !strings.Contains(all, "CannotPullContainer") {
		t.Fatalf("up: %v\n%s", err, all)
	}
	for _, service := range []string{"echo-service", "shell-task"} {
		if failed := s.restarts(service); failed != "" {
			t.Errorf("%s: a task of the old revision does not start again: %s", service, failed)
		}
	}
	s.look(func(tx *world.Tx) {
		role := aws.Principal{RoleARN: "arn:aws:iam::" + home + ":role/single-ecs-1-echo"}
		for _, action := range []string{"sqs:SendMessage", "sqs:ReceiveMessage"} {
			if err := aws.Allowed(tx, role, action, queue, nil); err != nil {
				t.Errorf("while both revisions may run: %v", err)
			}
		}
	})
	// The outputs are still those of the update before. The doctor names the revisions that do not run, and nothing else of the two services.
	said, _ := s.ambient("doctor")
	for service, revision := range map[string]string{"ecs-1/echo-service": "single-ecs-1-echo-service:2", "ecs-1/shell-task": "single-ecs-1-shell-task:2"} {
		for _, words := range []string{"service " + service + " runs", "the revision " + revision + " that was registered last does not run: ", "CannotPullContainerError"} {
			if !strings.Contains(said, words) {
				t.Errorf("the doctor does not say %q:\n%s", words, said)
			}
		}
	}
	if strings.Contains(said, "execution-permission") {
		t.Errorf("a role lacks something:\n%s", said)
	}
	gone := s.fork(t)
	gone.run("destroy")
	if left := gone.remains(); len(left) != 2 {
		t.Errorf("left after a destroy that follows the failure, beside two secrets:\n%s", strings.Join(left, "\n"))
	}

	mended := s.fork(t)
	moved(mended, registry)
	mended.startable(mended.up)
	mended.nothingToDo()
	mended.single(before)

	old(s)
	s.startable(s.up)
	s.nothingToDo()
	was, is := documents(before), documents(s.inline())
	for role := range was {
		if !slices.Equal(is[role], was[role]) {
			t.Errorf("with the old definition the role %s has\n%s\nand it had\n%s", role, strings.Join(is[role], "\n"), strings.Join(was[role], "\n"))
		}
	}

	// Nothing fails. The rights of the old revision end after its last task.
	moved(s, registry)
	s.startable(s.up)
	s.single(before)
}

// Earlier programs gave the policies of a service with an execution role of its own a fixed name. Each makes way, once, for one of the same
// text that is made before it goes.
func TestAPolicyOfAFixedNameMakesWayWithoutHarm(t *testing.T) {
	t.Parallel()
	const (
		secret = "arn:aws:secretsmanager:" + region + ":" + home + ":secret:shop/key-a1b2c3"
		role   = "single-ecs-1-echo-service-execution"
		kind   = "aws:iam/rolePolicy:RolePolicy"
	)
	s := newStack(t, "single")
	s.look(func(tx *world.Tx) { aws.AddSecret(tx, secret) })
	s.configure("clusters.ecs-1.services.echo-service.secrets", map[string]any{"KEY": secret})
	s.up()
	before := documents(s.inline())

	var exported map[string]any
	if err := json.Unmarshal([]byte(s.run("stack", "export", "--show-secrets")), &exported); err != nil {
		t.Fatal(err)
	}
	renamed := 0
	for _, r := range exported["deployment"].(map[string]any)["resources"].([]any) {
		one := r.(map[string]any)
		inputs, _ := one["inputs"].(map[string]any)
		if one["type"] != kind || inputs["role"] != role {
			continue
		}
		renamed++
		s.look(func(tx *world.Tx) {
			policy := tx.Get(home, kind, one["id"].(string))
			tx.Drop(policy)
			policy.ID, policy.Props["name"] = role+":"+role, role
			delete(policy.Props, "namePrefix")
			tx.Put(policy)
		})
		outputs := one["outputs"].(map[string]any)
		for _, values := range []map[string]any{inputs, outputs} {
			values["name"] = role
			delete(values, "namePrefix")
		}
		one["id"], outputs["id"] = role+":"+role, role+":"+role
	}
	if renamed != 1 {
		t.Fatalf("the state has %d policies of the role", renamed)
	}
	text, err := json.Marshal(exported)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "state.json")
	write(t, file, text)
	s.run("stack", "import", "--file", file)

	if steps, want := s.preview(), []string{"replace " + kind + " execution-ecs-1/echo-service namePrefix"}; !slices.Equal(steps, want) {
		t.Errorf("the preview plans\n%s\nwant\n%s", strings.Join(steps, "\n"), strings.Join(want, "\n"))
	}
	s.startable(s.up)
	s.nothingToDo()
	if after := documents(s.inline()); !slices.Equal(after[role], before[role]) {
		t.Errorf("the role had\n%s\nand has\n%s", strings.Join(before[role], "\n"), strings.Join(after[role], "\n"))
	}
}

//go:build engine

package lifecycle

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/world"
)

const ci = "arn:aws:iam::" + home + ":role/ci/deployer"

// refused asserts that a command of the CLI changes nothing and says why.
func (s *stack) refused(words []string, args ...string) {
	s.t.Helper()
	before := s.remains()
	_, all, err := s.try(args...)
	for _, word := range words {
		if err == nil || !strings.Contains(all, word) {
			s.t.Errorf("%s does not say %q: %v\n%s", strings.Join(args, " "), word, err, all)
		}
	}
	if after := s.remains(); !slices.Equal(before, after) {
		s.t.Errorf("the refused %s left\n%s\nof\n%s", strings.Join(args, " "), strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
}

// hasEntry reports whether a principal has an access entry.
func (s *stack) hasEntry(principal string) (has bool) {
	s.look(func(tx *world.Tx) {
		has = len(tx.Find(home, "aws:eks/accessEntry:AccessEntry", func(r *world.Resource) bool { return r.String("principalArn") == principal })) > 0
	})
	return has
}

// creator returns whom the cluster's tag names as its creator.
func (s *stack) creator() (arn string) {
	s.look(func(tx *world.Tx) {
		for _, cluster := range tx.Find(home, "aws:eks/cluster:Cluster", func(*world.Resource) bool { return true }) {
			tags, _ := cluster.Props["tags"].(map[string]any)
			arn, _ = tags["ambient-ecs-creator"].(string)
		}
	})
	return arn
}

// A person makes the stack, CI takes over, the person runs once more, and CI destroys.
func TestAPersonHandsOverToCI(t *testing.T) {
	t.Parallel()
	s := newStack(t, "single")
	account := s.onlyAccount()
	s.up()
	person := s.creator()
	if person == "" {
		t.Error("no tag of the cluster says who made it")
	}

	// CI is not listed yet. Its command says so and changes nothing.
	s.configure("accounts."+account+".roleArn", ci)
	for _, command := range []string{"preview", "up"} {
		s.refused([]string{ci, "no access entry", "clusterAdmins", "create-access-entry"}, command)
	}

	// The person lists it.
	s.unset("accounts", account, "roleArn")
	s.configure("clusterAdmins", []any{ci})
	s.up()

	// CI takes over. Only its access to the cluster changes.
	s.configure("accounts."+account+".roleArn", ci)
	for _, step := range s.preview() {
		if !strings.HasPrefix(step, "update pulumi:providers:") {
			t.Errorf("CI takes over and the preview plans %s", step)
		}
	}
	s.up()
	s.nothingToDo()
	s.previewsWithTheRightsOfThePage(t, ci)

	// CI would take away its own access.
	s.configure("clusterAdmins", []any{})
	for _, command := range []string{"preview", "up"} {
		s.refused([]string{"must list " + ci, "let another administrator run"}, command)
	}
	if !s.hasEntry(ci) {
		t.Error("CI has lost its access entry")
	}

	// The person who made the cluster still has access. The program refuses to list that person as an administrator.
	s.unset("accounts", account, "roleArn")
	s.configure("clusterAdmins", []any{ci, "arn:aws:iam::" + home + ":user/default"})
	s.refused([]string{"clusterAdmins[1]", "it made the cluster"}, "preview")
	if now := s.creator(); now != person {
		t.Errorf("%s made the cluster, and the tag says %s since CI ran", person, now)
	}
	s.configure("clusterAdmins", []any{ci})
	s.up()

	s.configure("accounts."+account+".roleArn", ci)
	s.up()
	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}

// The program refuses changes of settings that are fixed for the life of a stack. It does not mistake a
// half-made stack for a living one.
func TestALivingStackIsNotMoved(t *testing.T) {
	t.Parallel()
	s := newStack(t, "single")
	s.somebodyElses("/ecs/single-" + s.onlyCluster())
	if _, _, err := s.try("up"); err == nil {
		t.Fatal("up did not fail")
	}
	s.look(func(tx *world.Tx) {
		name := "/ecs/single-" + s.onlyCluster()
		tx.Drop(tx.Get(home, "aws:cloudwatch/logGroup:LogGroup", logGroup(name)))
	})
	s.up()

	for _, edit := range []struct {
		key   string
		value any
		words []string
	}{
		{"region", "eu-west-1", []string{`region = "eu-west-1"`, "lives in eu-central-1"}},
		{"installName", "mesh", []string{`installName = "mesh"`, "as the install single"}},
		{"kubernetesVersion", "1.32", []string{"never goes back"}},
	} {
		f := s.fork(t)
		f.configure(edit.key, edit.value)
		f.refused(edit.words, "preview")
		f.refused(edit.words, "up")
	}

	t.Run("a tag more is warned of, and keeps tasks from outside", func(t *testing.T) {
		f := s.fork(t)
		f.look(func(tx *world.Tx) {
			for _, r := range tx.Find("", "aws:ecs/service:Service", nil) {
				r.Props["desiredCount"] = 3.0
				tx.Put(r)
			}
		})
		f.configure("tags", map[string]any{"team": "mesh"})
		_, all, err := f.try("preview")
		for _, words := range []string{"Every node", "the tag team"} {
			if err != nil || !strings.Contains(all, words) {
				t.Errorf("the preview does not say %q: %v\n%s", words, err, all)
			}
		}
		// The provider sends the number of tasks only where the stack file changes it.
		f.up()
		f.look(func(tx *world.Tx) {
			for _, r := range tx.Find("", "aws:ecs/service:Service", nil) {
				if r.Props["desiredCount"] != 3.0 {
					t.Errorf("%s has %v tasks, want 3", r.ID, r.Props["desiredCount"])
				}
			}
		})
	})
}

// unset removes a configuration value.
func (s *stack) unset(words ...string) {
	s.t.Helper()
	s.edit(s.file(), func(content map[string]any) {
		at := content["config"].(map[string]any)["ambient-ecs:"+words[0]].(map[string]any)
		for _, word := range words[1 : len(words)-1] {
			at = at[word].(map[string]any)
		}
		delete(at, words[len(words)-1])
	})
}

// onlyAccount is the key of the stack's single account.
func (s *stack) onlyAccount() string {
	s.t.Helper()
	key := ""
	s.edit(s.file(), func(content map[string]any) {
		for k := range content["config"].(map[string]any)["ambient-ecs:accounts"].(map[string]any) {
			key = k
		}
	})
	return key
}

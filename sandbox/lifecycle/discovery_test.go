//go:build engine

package lifecycle

import (
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"ambient-ecs/sandbox/world"
)

// hosts are the hostnames that istiod has discovered.
func (s *stack) hosts() []string {
	s.t.Helper()
	var hosts []string
	s.look(func(tx *world.Tx) {
		for _, arn := range tx.Clusters() {
			for _, o := range tx.Objects(arn) {
				if o["kind"] != "ServiceEntry" {
					continue
				}
				for _, host := range o["spec"].(map[string]any)["hosts"].([]any) {
					hosts = append(hosts, host.(string))
				}
			}
		}
	})
	sort.Strings(hosts)
	return hosts
}

func TestDiscoveryFindsEveryServiceAndIsNotDisturbedByOthers(t *testing.T) {
	t.Parallel()
	s := newStack(t, "dev")
	foreign := func(name string, tags map[string]any) {
		s.look(func(tx *world.Tx) {
			arn := "arn:aws:ecs:" + region + ":" + home + ":cluster/" + name
			tx.Put(&world.Resource{Account: home, Region: region, Kind: "aws:ecs/cluster:Cluster", ID: arn,
				Props: map[string]any{"name": name, "arn": arn, "status": "ACTIVE", "tags": tags, "tagsAll": tags}})
		})
	}
	foreign("batch", map[string]any{"team": "data"})
	foreign("tagged-but-empty", map[string]any{"ecs.solo.io/discovery-enabled": "true"})
	said := s.types("command -v jq > /dev/null || jq() { cat > /dev/null; }", block(t, "docs/verify.md", "make up  "))
	for _, words := range []string{"answered 200", "0 wrong, 0 undecided"} {
		if !strings.Contains(said, words) {
			t.Errorf("the commands of the page do not say %q:\n%s", words, said)
		}
	}
	if drawn := string(read(t, filepath.Join(s.project, "mesh.html"))); !strings.Contains(drawn, "echo-service.ambient-ecs-3.ecs.external") {
		t.Errorf("the page draws something else:\n%.400s", drawn)
	}
	want := []string{
		"echo-service.ambient-ecs-1.ecs.local", "echo-service.ambient-ecs-2.ecs.local", "echo-service.ambient-ecs-3.ecs.external",
		"shell-task.ambient-ecs-1.ecs.local", "shell-task.ambient-ecs-2.ecs.local", "shell-task.ambient-ecs-3.ecs.external",
	}
	if got := s.hosts(); !slices.Equal(got, want) {
		t.Errorf("discovered %v, want %v", got, want)
	}
	s.nothingToDo()

	t.Run("a replaced istiod role is trusted at once", func(t *testing.T) {
		f := s.fork(t)
		role := ""
		for _, line := range strings.Split(f.run("stack", "--show-urns"), "\n") {
			if i := strings.Index(line, "urn:pulumi:"); i >= 0 && strings.HasSuffix(line, "aws:iam/role:Role::istiod") {
				role = line[i:]
			}
		}
		if role == "" {
			t.Fatal("istiod's role is not in the state")
		}
		golden(t, "testdata/replace-the-istiod-role.txt", strings.Join(f.preview("--replace", role), "\n")+"\n")
		f.run("up", "--replace", role)
		if got := f.hosts(); !slices.Equal(got, want) {
			t.Errorf("after the replacement istiod discovers %v", got)
		}
		f.nothingToDo()
	})

	s.run("destroy")
	for _, r := range s.remains() {
		if !strings.Contains(r, "cluster/batch") && !strings.Contains(r, "cluster/tagged-but-empty") {
			t.Errorf("left after destroy: %s", r)
		}
	}
}

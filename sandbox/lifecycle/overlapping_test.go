//go:build engine

package lifecycle

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// without takes the account that only calls out of the example, with everything that names it.
func without(content map[string]any) {
	config := content["config"].(map[string]any)
	delete(config["ambient-ecs:accounts"].(map[string]any), "bought")
	clusters := config["ambient-ecs:clusters"].(map[string]any)
	delete(clusters, "branch")
	for key, callers := range map[string][]any{"front/prices": {"cluster:shop"}, "shop/orders": {"cluster:front"}} {
		cluster, service, _ := strings.Cut(key, "/")
		services := clusters[cluster].(map[string]any)["services"].(map[string]any)
		services[service].(map[string]any)["allow"] = []any{map[string]any{"from": callers}}
	}
}

// onlyTheirs refuses a preview that changes anything of the other accounts, but for the policies that name the account.
func (s *stack) onlyTheirs(operation string) {
	s.t.Helper()
	steps := s.preview()
	for _, step := range steps {
		policy := strings.HasPrefix(step, "update kubernetes:security.istio.io/v1:AuthorizationPolicy ")
		istiod := strings.HasPrefix(step, "update aws:iam/rolePolicy:RolePolicy istiod")
		if !strings.HasPrefix(step, operation+" ") && !policy && !istiod {
			s.t.Errorf("the account comes or goes, and another one has: %s", step)
		}
	}
	if len(steps) == 0 {
		s.t.Error("nothing comes or goes")
	}
}

// An account whose network is another's calls the mesh through an endpoint of the gateway. It comes and goes without a change for the
// others, and nothing of it stays.
func TestAnAccountWhoseNetworkOverlapsOthersCallsTheMesh(t *testing.T) {
	t.Parallel()
	s := newStack(t, "overlapping-networks")
	file := filepath.Join(s.project, s.file())
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s.edit(s.file(), without)
	s.up()

	s.write(file, string(whole))
	s.onlyTheirs("create")
	s.up()
	s.nothingToDo()
	s.verified()
	if out, err := s.ambient("doctor"); err != nil {
		t.Errorf("the doctor: %v\n%s", err, out)
	}
	s.configure("clusters.branch.services.till.clientOnly", false)
	s.refused([]string{"clusters.branch.services.till", "only call"}, "preview")

	s.write(file, string(whole))
	s.edit(s.file(), without)
	s.onlyTheirs("delete")
	s.up()
	s.verified()

	s.write(file, string(whole))
	s.up()
	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}

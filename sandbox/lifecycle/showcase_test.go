//go:build engine

package lifecycle

import (
	"path/filepath"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
)

func TestTheExamplesOfTheDevStackWorkAndLeaveNothing(t *testing.T) {
	t.Parallel()
	s := raised(t, "dev")
	s.configure("ingress.enabled", true)
	s.configure("clusters.ecs-1.tasks.report.enabled", true)
	for _, example := range []string{"checkout", "orders", "orders-canary", "catalog", "search", "web"} {
		s.configure("sharedServices."+example+".enabled", true)
	}
	s.up()
	s.nothingToDo()
	calls := strings.Split(strings.TrimSpace(block(t, "docs/traffic.md", "bin/ambient --sandbox")), "\n")
	for i, answers := range []string{"orders", "orders-canary"} {
		if said := s.types("", calls[i]); !strings.Contains(said, "answered 200") || !strings.Contains(said, "→ spiffe://cluster.local/ns/ambient-"+answers+"/sa/") {
			t.Errorf("it is not %s that answers:\n%s", answers, said)
		}
	}
	if out, err := s.ambient("verify", "--policies", "--intrusive"); err != nil {
		t.Errorf("the verifier: %v\n%s", err, out)
	}
	if out, err := s.ambient("doctor"); err != nil {
		t.Errorf("the doctor: %v\n%s", err, out)
	}
	// What the README has people try. It ends with another stack.
	s.copy("Pulumi.single.yaml", "Pulumi.single.yaml")
	tries, another, _ := strings.Cut(block(t, "README.md", "make verify  "), "make up STACK=single")
	said := s.types("", tries)
	for _, words := range []string{"0 wrong, 0 undecided", "0 calls that work now would stop", "gatewayAddress"} {
		if !strings.Contains(said, words) {
			t.Errorf("nothing says %q:\n%s", words, said)
		}
	}
	if html := string(read(t, filepath.Join(s.project, "mesh.html"))); !strings.Contains(html, "<html") || !strings.Contains(html, "orders-canary") {
		t.Errorf("the topology is no page of the mesh:\n%.2000s", html)
	}
	left := func(when string) {
		for _, r := range s.remains() {
			// The revisions of a service that a pipeline deploys are the pipeline's.
			if !strings.HasPrefix(r, aws.TaskDefinitionKind+" ") || !strings.Contains(r, "task-definition/ambient-ecs-2-search:") {
				t.Errorf("left after %s: %s", when, r)
			}
		}
	}
	left("make destroy")
	s.types("", "make up STACK=single"+another)
	single := &stack{t: t, name: "single", project: s.project, state: s.state}
	single.nothingToDo()
	single.run("destroy")
	left("the destroy of the other stack")
}

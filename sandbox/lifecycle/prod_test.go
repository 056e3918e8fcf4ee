//go:build engine

package lifecycle

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

// newProd is the example for production with an image's digest in place of each placeholder.
func newProd(t *testing.T) *stack {
	t.Helper()
	s := newStack(t, "prod")
	file := filepath.Join(s.project, s.file())
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	content := string(text)
	for _, digit := range []string{"0", "1"} {
		content = strings.ReplaceAll(content, strings.Repeat(digit, 64), strings.Repeat("0123456789abcdef", 4))
	}
	s.write(file, content)
	return s
}

// leave takes the guards off, as docs/controls.md says, and destroys the stack.
func (s *stack) leave() {
	s.t.Helper()
	s.configure("protect", false)
	s.configure("gatewayDeletionProtection", false)
	s.up()
	s.run("destroy")
	if left := s.remains(); len(left) > 0 {
		s.t.Errorf("there is left\n%s", strings.Join(left, "\n"))
	}
}

func TestTheExampleForProductionComesUpAsItIsAndLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newStack(t, "prod")
	s.refused([]string{"clusters.shop.services.web.image", "clusters.payments.services.orders.image", "the example's placeholder"}, "preview")

	s = newProd(t)
	s.up()
	s.nothingToDo()
	s.verified()
	s.admitsItsServices()
	s.leave()
}

// admitsItsServices asserts that the network policies of each namespace admit what calls the Services there.
func (s *stack) admitsItsServices() {
	s.t.Helper()
	judged := 0
	s.look(func(tx *world.Tx) {
		for _, arn := range tx.Clusters() {
			c := api.At(tx, arn)
			c.Each(schema.GroupVersionKind{Group: "networking.k8s.io", Version: "v1", Kind: "NetworkPolicy"}, func(policy api.Object) {
				admitted := map[string]bool{}
				for _, rule := range api.Maps(policy, "spec", "ingress") {
					for _, port := range api.Maps(rule, "ports") {
						admitted[fmt.Sprint(api.Int(port, "port"))] = true
					}
				}
				for _, service := range c.List(api.ServiceKind, api.Namespace(policy)) {
					for _, port := range api.Maps(service, "spec", "ports") {
						target := fmt.Sprint(api.Value(port, "targetPort"))
						// Nobody in the mesh reads istiod's configuration in clear text.
						if target == "15010" {
							continue
						}
						judged++
						if !admitted[target] {
							s.t.Errorf("no network policy admits port %s of the Service %s: %v", target, api.ID(service), admitted)
						}
					}
				}
			})
		}
	})
	if judged < 5 {
		s.t.Errorf("%d ports of Services are behind network policies", judged)
	}
}

//go:build engine && exhaustive

package lifecycle

import (
	"fmt"
	"strings"
	"testing"
)

// The stack file is that of six accounts with fifty instead, a cluster and a service in each: 12,000 resources, most of them routes from
// each network to each other. The sandbox refuses what AWS refuses at a quota, and the preview warns of one.
func TestFiftyAccountsComeUpWithNoQuotaMet(t *testing.T) {
	t.Parallel()
	s := newStack(t, "six-accounts")
	accounts, clusters := map[string]any{}, map[string]any{}
	for i := range 50 {
		account, service := fmt.Sprintf("a%02d", i), fmt.Sprintf("s%02d", i)
		accounts[account] = map[string]any{
			"id": fmt.Sprintf("1111222233%02d", i), "profile": account, "domain": account + ".ecs", "vpcCidr": fmt.Sprintf("10.%d.0.0/20", i),
		}
		clusters[fmt.Sprintf("c%02d", i)] = map[string]any{"account": account, "services": map[string]any{service: map[string]any{
			"image": "public.ecr.aws/j8r2p7b6/echo-server:latest", "port": 8080, "environment": map[string]any{"PORT": "8080"},
		}}}
	}
	s.configure("home", "a00")
	s.configure("accounts", accounts)
	s.configure("clusters", clusters)
	// The rules of legacy, four for each network, go beyond a quota (docs/quotas.md).
	s.configure("gatewayLoadBalancers", []string{"controller"})

	said := s.run("preview")
	if strings.Contains(said, "AWS allows ") {
		t.Errorf("the preview warns of a quota:\n%s", said)
	}
	s.up()
	s.nothingToDo()
	if out, err := s.ambient("doctor"); err != nil || !strings.Contains(out, "Nothing is missing") {
		t.Errorf("doctor: %v\n%s", err, out)
	}
	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}

package aws

import (
	"fmt"
	"strings"
	"testing"

	"ambient-ecs/quota"
	"ambient-ecs/sandbox/world"
)

// The rules in the nodes' security group are those that the table of quotas counts, and AWS refuses more than the quota.
func TestTheRulesOfALoadBalancerAreThoseThatAWSCounts(t *testing.T) {
	w := newTwo(t)
	refusals := 0
	var before int
	w.see(func(tx *world.Tx) {
		group, err := nodeGroupOfRules(tx, tx.Get(home, eksClusterKind, w.eks.cluster.out("arn")))
		if err != nil {
			t.Fatal(err)
		}
		before = len(rulesOf(tx, group, ingressRuleKind))
	})
	for n := 1; n <= 16; n++ {
		w.see(func(tx *world.Tx) {
			lb, err := EnsureLoadBalancer(tx, w.balancer(func(s *LoadBalancerSpec) {
				s.SourceRanges, s.Ports = nil, []LoadBalancerPort{{15021, 31021}, {15008, 31008}, {15012, 31012}}
				for i := range n {
					s.SourceRanges = append(s.SourceRanges, fmt.Sprintf("100.%d.0.0/16", 64+i))
				}
			}))
			want := before - 1 + quota.GatewayRules(n, 3)
			if want > quota.RulesPerGroup.Default {
				refusals++
				if err == nil || !strings.Contains(err.Error(), "RulesPerSecurityGroupLimitExceeded") {
					t.Errorf("%d networks: %v", n, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			group, _ := nodeGroupOfRules(tx, tx.Get(home, eksClusterKind, w.eks.cluster.out("arn")))
			if got := len(rulesOf(tx, group, ingressRuleKind)); got != want {
				t.Errorf("%d networks on %d subnets: %d rules, want %d", n, len(list(lb.Props, "subnets")), got, want)
			}
		})
	}
	if refusals == 0 {
		t.Error("nothing went beyond the quota")
	}
}

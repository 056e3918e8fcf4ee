package aws

import (
	"fmt"
	"net/netip"
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

// An ingress has two ports and, because its Service keeps the clients' addresses, one port of health checks: three rules for each
// source, and one for each subnet. config counts them so.
func TestTheRulesOfAnIngressAreThoseThatTheConfigurationCounts(t *testing.T) {
	w := newTwo(t)
	for n := 1; n <= 3; n++ {
		w.see(func(tx *world.Tx) {
			lb, err := EnsureLoadBalancer(tx, w.balancer(func(s *LoadBalancerSpec) {
				s.SourceRanges, s.Ports, s.HealthPort = nil, []LoadBalancerPort{{80, 31080}, {443, 31443}}, 32000
				for i := range n {
					s.SourceRanges = append(s.SourceRanges, fmt.Sprintf("100.%d.0.0/16", 64+i))
				}
			}))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := len(tx.Find(home, ingressRuleKind, Has("loadBalancerArn", lb.ID))), 3*n+3; got != want {
				t.Errorf("%d sources: %d rules, want %d", n, got, want)
			}
		})
	}
}

func TestALoadBalancerTakesCertificatesOfItsOwnAccountAndRegion(t *testing.T) {
	w := newTwo(t)
	for arn, found := range map[string]bool{
		"arn:aws:acm:eu-central-1:" + home + ":certificate/a": true,
		"arn:aws:acm:us-east-1:" + home + ":certificate/a":    false,
		"arn:aws:acm:eu-central-1:" + away + ":certificate/a": false,
	} {
		w.see(func(tx *world.Tx) {
			_, err := EnsureLoadBalancer(tx, w.balancer(func(s *LoadBalancerSpec) { s.Certificates = []string{arn} }))
			if (err == nil) != found || err != nil && !strings.Contains(err.Error(), "CertificateNotFound") {
				t.Errorf("%s: %v", arn, err)
			}
		})
	}
}

// A client outside of this world reaches a load balancer by its scheme and by the rules in front of it.
func TestAVisitorNeedsTheSchemeAndTheRules(t *testing.T) {
	w := newTwo(t)
	lb := w.ensure(w.balancer(func(s *LoadBalancerSpec) {
		s.SourceRanges, s.Ports = []string{"10.9.0.0/16"}, []LoadBalancerPort{{443, 31443}}
	}))
	visit := func(client string, port int) func(*world.Tx) (bool, string) {
		return func(tx *world.Tx) (bool, string) {
			return Visit(tx, netip.MustParseAddr(client), lb.String("dnsName"), port)
		}
	}
	w.cannot("before it serves", "is provisioning", visit("10.9.0.1", 443))
	w.eventually("the load balancer", func(tx *world.Tx) bool { return lb.String("state") == "active" })
	w.can("a client of the sources", visit("10.9.0.1", 443))
	w.cannot("a port without a listener", "no listener on port 80", visit("10.9.0.1", 80))
	w.cannot("another client", "no rule of", visit("10.8.0.1", 443))
	w.cannot("a client of the Internet", "is internal", visit("203.0.113.9", 443))
}

package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/problem"
	"ambient-ecs/quota"
	"ambient-ecs/tests/stackfile"
)

func TestRefusedSizes(t *testing.T) {
	run(t, []refusal{
		one("a node that its own daemons fill", "nodeInstanceTypes", list("t3.micro"), `nodeInstanceTypes[0] = "t3.micro"`, "allows 4 pods", "need 5"),
		{"one small node", []edit{{"nodeInstanceTypes", list("t3a.small")}, {"nodeCount", 1}}, [][]string{{"nodeInstanceTypes[0]", "room for 3 more"}}},
		one("subnets without room for the control plane and the load balancer", "accounts/local/subnets",
			object{"private": list("192.168.0.0/28", "192.168.0.16/28", "192.168.0.32/28"), "public": list("192.168.0.48/28")},
			"accounts.local.subnets.private", "192.168.0.0/28 has 11 addresses", "needs 17"),
		{"subnets without room for endpoints", []edit{{"endpoints", object{"enabled": true, "also": list("monitoring")}}, {"accounts/local/subnets",
			object{"private": list("192.168.0.0/28", "192.168.0.16/28", "192.168.0.32/28"), "public": list("192.168.0.48/28")}}},
			[][]string{{"accounts.local.subnets.private", "has 11 addresses", "one for each of 9 interface endpoints"}}},
		{"a VPC too small for its nodes", []edit{{"accounts/local/vpcCidr", "192.168.0.0/24"}, {"nodeCount", 60}, {"nodeCountMax", 60}},
			[][]string{{"accounts.local.vpcCidr", "has 59 addresses", "20 nodes"}}},
	})
}

// For every size of subnet and number of nodes: what is accepted has room for the control plane, the load balancer and the nodes.
func TestWhatIsAcceptedHasRoom(t *testing.T) {
	for _, bits := range []int{24, 25, 26, 27, 28} {
		for nodes := 1; nodes < 400; nodes += 7 {
			c := Config{AccountSettings: AccountSettings{Home: "a", Accounts: map[string]Account{"a": {VPCCIDR: "10.0.0.0/16", Subnets: &Subnets{
				Private: []string{fmt.Sprintf("10.0.0.0/%d", bits), fmt.Sprintf("10.0.4.0/%d", bits)}, Public: []string{"10.0.8.0/24"},
			}}}}, NodeSettings: NodeSettings{NodeCount: nodes, NodeInstanceTypes: []string{"m7i.large"}}}
			var p problem.List
			c.checkSizes(&p)
			left := 1<<(32-bits) - 5 - 6 - 8 - 3*((nodes+1)/2)
			if (left < 0) != (len(p) == 1) {
				t.Errorf("/%d with %d nodes has %d addresses left: %v", bits, nodes, left, p)
			}
		}
	}
}

// While EKS replaces nodes it starts up to two more in each zone, for each group.
func TestSubnetsWithoutRoomForAnUpdateOfTheNodesAreWarnedOf(t *testing.T) {
	for bits, want := range map[int]bool{26: false, 27: true} {
		edits := []edit{{"accounts/local/subnets", object{
			"private": list(fmt.Sprintf("192.168.0.0/%d", bits), fmt.Sprintf("192.168.1.0/%d", bits), fmt.Sprintf("192.168.2.0/%d", bits)), "public": list("192.168.3.0/24")}},
			group(object{"instanceTypes": list("m7i.large"), "desired": 0})}
		c := mustLoad(t, with(edits...))
		got := slices.ContainsFunc(c.Notices(Lives{}), func(w string) bool {
			return strings.HasPrefix(w, "accounts.local.subnets.private: private subnet 192.168.0.0/27 has 27 addresses, and 17 of them are taken") && strings.Contains(w, "each of 2 node groups, which need 12 addresses")
		})
		if got != want {
			t.Errorf("/%d: told of: %v: %q", bits, got, c.Notices(Lives{}))
		}
	}
}

// quotaWarnings are the words about AWS's default quotas.
func quotaWarnings(c Config) (all []string) {
	for _, need := range c.BeyondQuotas() {
		all = append(all, need.BeyondDefault())
	}
	return all
}

// A definition's size is known before AWS refuses it, and so is the number of a group's rules.
func TestWhatECSAndEC2CountIsCounted(t *testing.T) {
	const echo = "clusters/ecs-3/services/echo-service/"
	run(t, []refusal{
		one("more than 64 KiB of containers", echo+"environment", object{"LARGE": strings.Repeat("x", 70_000)}, "clusters.ecs-3.services.echo-service is too long", "ECS takes 65536"),
	})
	var rules []any
	for port := range 61 {
		rules = append(rules, object{"cidr": "10.99.0.0/16", "port": 1000 + port})
	}
	for n, want := range map[int]bool{60: false, 61: true} {
		c := mustLoad(t, with(edit{echo + "egress", rules[:n]}))
		got := slices.ContainsFunc(quotaWarnings(c), func(w string) bool {
			return strings.HasPrefix(w, "clusters.ecs-3.services.echo-service.egress: AWS allows 60 ")
		})
		if got != want {
			t.Errorf("%d rules: warned of: %v", n, got)
		}
	}
}

// For every number of accounts, what goes beyond a default quota is warned of, and nothing else.
func TestQuotasAreWarnedOf(t *testing.T) {
	for n := 1; n < 70; n++ {
		c := Config{AccountSettings: AccountSettings{Home: "a0", Accounts: map[string]Account{}}, NetworkSettings: NetworkSettings{NAT: NATSingle}, ConnectSettings: ConnectSettings{Connect: ConnectPeering}}
		for i := range n {
			c.Accounts[fmt.Sprintf("a%d", i)] = Account{VPCCIDR: fmt.Sprintf("10.%d.0.0/16", i)}
		}
		warnings := quotaWarnings(c)
		for words, want := range map[string]bool{
			quota.RulesPerGroup.Name: 10+4*n > 60, quota.Peerings.Name: n-1 > 50, quota.Routes.Name + " in": n+1 > 500,
		} {
			if got := slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, words) }); got != want {
				t.Errorf("%d accounts: %s: %v: %q", n, words, got, warnings)
			}
		}
		// With the other controller the nodes admit one group, and the load balancer's own group has one rule for each network. A task's group
		// has two more.
		c.GatewayLoadBalancers = []string{DoorController}
		warned := slices.ContainsFunc(quotaWarnings(c), func(w string) bool { return strings.Contains(w, quota.RulesPerGroup.Name) })
		if warned != (n > 58) {
			t.Errorf("%d accounts behind the controller: warned of rules %v", n, warned)
		}
	}
}

// A program that gets too much configuration does not start. So the words have to come before.
func TestAConfigurationThatHardlyFitsIsWarnedOf(t *testing.T) {
	raw, err := stackfile.Load(".", "dev")
	if err != nil {
		t.Fatal(err)
	}
	for size, warned := range map[int]bool{1 << 10: false, 110 << 10: true} {
		raw["another-project:text"] = strings.Repeat("x", size)
		cfg, err := Load(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(strings.Join(cfg.Warnings(), "\n"), "argument list too long"); got != warned {
			t.Errorf("%d KiB more: warned %v", size>>10, got)
		}
	}
}

package compare_test

import (
	"fmt"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/quota"
)

// AWS's default is compared only where nobody knows what an account has.
func TestAQuotaIsWhatTheAccountHas(t *testing.T) {
	home := func(c *config.Config) {
		for i := range 60 {
			c.APIPrivateCIDRs = append(c.APIPrivateCIDRs, fmt.Sprintf("10.200.%d.0/24", i))
		}
	}
	each := func(c *config.Config) {
		external := c.Accounts["external"]
		external.Network = &config.ExistingNetwork{VPCID: "vpc-1"}
		for i := range 60 {
			external.Network.SecondaryCIDRs = append(external.Network.SecondaryCIDRs, fmt.Sprintf("10.%d.0.0/16", 100+i))
		}
		c.Accounts["external"] = external
		c.GatewayLoadBalancers = []string{config.DoorController}
	}
	has := func(local, external int) map[string]map[string]int {
		return map[string]map[string]int{"local": {quota.RulesPerGroup.Code: local}, "external": {quota.RulesPerGroup.Code: external}}
	}
	const nodes, tasks = "the nodes' security group: AWS allows ", "the security groups of the tasks in each account: AWS allows "
	for name, c := range map[string]struct {
		change func(*config.Config)
		quotas map[string]map[string]int
		words  []string
		not    []string
	}{
		"nobody knows":            {home, nil, []string{nodes + "60 Inbound or outbound rules in each security group by default"}, nil},
		"raised":                  {home, has(200, 60), nil, []string{nodes}},
		"raised, and too low":     {home, has(70, 60), []string{nodes + "account local 70 Inbound", "raise the quota vpc/L-0EA8095F"}, []string{"by default"}},
		"of another quota":        {home, map[string]map[string]int{"local": {quota.Routes.Code: 900}}, []string{nodes + "60 "}, nil},
		"raised in one of two":    {each, has(200, 60), []string{tasks + "account external 60 Inbound"}, []string{"by default"}},
		"raised in none of two":   {each, has(60, 60), []string{tasks + "account external, local 60 Inbound"}, []string{"by default"}},
		"raised in both":          {each, has(200, 200), nil, []string{tasks}},
		"raised in the one known": {each, map[string]map[string]int{"local": {quota.RulesPerGroup.Code: 200}}, []string{tasks + "60 Inbound or outbound rules in each security group by default"}, nil},
	} {
		warnings, err := compare.Compare(dev(t, c.change), compare.World{Quotas: c.quotas})
		all := strings.Join(warnings, "\n")
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, word := range c.words {
			if !strings.Contains(all, word) {
				t.Errorf("%s: %q does not say %q", name, all, word)
			}
		}
		for _, word := range c.not {
			if strings.Contains(all, word) {
				t.Errorf("%s: %q says %q", name, all, word)
			}
		}
	}
}

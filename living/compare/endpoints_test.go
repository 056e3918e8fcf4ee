package compare_test

import (
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/network/existing"
)

// isolated is a stack with an account whose private subnets have no way out but the endpoints of their owner.
func isolated(t *testing.T) (config.Config, compare.World) {
	cfg, w := their(t)
	external := cfg.Accounts["external"]
	external.Egress = config.EgressEndpoints
	cfg.Accounts["external"] = external
	n := w.Networks["external"]
	table := n.Tables["rtb-001"]
	table.Routes = nil
	n.Tables["rtb-001"] = table
	n.Endpoints = map[string]existing.Endpoint{}
	for _, service := range cfg.ServicesAt("external", true) {
		n.Endpoints[service] = existing.Endpoint{Groups: []string{"sg-endpoints"}, PrivateDNS: true}
	}
	n.S3 = &existing.Gateway{PrefixList: "pl-1", Tables: []string{"rtb-001"}}
	w.Networks["external"] = n
	return cfg, w
}

func TestASubnetWithoutAWayOutHasItsOwnersEndpoints(t *testing.T) {
	edit := func(change func(n *existing.Network)) func(*config.Config, *compare.World) {
		return func(_ *config.Config, w *compare.World) {
			n := w.Networks["external"]
			change(&n)
			w.Networks["external"] = n
		}
	}
	for name, c := range map[string]struct {
		change func(*config.Config, *compare.World)
		words  []string
	}{
		"all are there": {func(*config.Config, *compare.World) {}, nil},
		"nobody says that tasks call them": {func(c *config.Config, _ *compare.World) {
			external := c.Accounts["external"]
			external.Egress = ""
			c.Accounts["external"] = external
		}, []string{"accounts.external.network.privateSubnetIds", "no default route", "set accounts.external.egress to endpoints"}},
		"none of logs": {edit(func(n *existing.Network) { delete(n.Endpoints, "logs") }), []string{"accounts.external.egress", "no interface endpoint of these services", "logs"}},
		"no private DNS": {edit(func(n *existing.Network) { n.Endpoints["logs"] = existing.Endpoint{Groups: []string{"sg-1"}} }),
			[]string{"accounts.external.egress", "have no private DNS", "logs"}},
		"two of logs, of which the look-up shows none": {edit(func(n *existing.Network) { n.Endpoints["logs"] = existing.Endpoint{Several: true} }), nil},
		"none of S3":               {edit(func(n *existing.Network) { n.S3 = nil }), []string{"accounts.external.egress", "no gateway endpoint of S3"}},
		"S3 by another table":      {edit(func(n *existing.Network) { n.S3.Tables = nil }), []string{"accounts.external.egress", "is not in rtb-001"}},
		"a VPC of somebody else's": {edit(func(n *existing.Network) { n.VPC.Owner = "999900001111" }), []string{"accounts.external.egress", "AWS shows its endpoints to no other account"}},
		"nobody may look": {func(_ *config.Config, w *compare.World) {
			delete(w.Networks, "external")
			w.Unseen[compare.NetworkSubject("external")] = "AccessDenied"
		}, []string{"accounts.external.egress", "may not look for the endpoints", "AccessDenied"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, w := isolated(t)
			c.change(&cfg, &w)
			_, err := compare.Compare(cfg, w)
			if c.words == nil && err != nil {
				t.Errorf("refused: %v", err)
			}
			for _, words := range c.words {
				if err == nil || !strings.Contains(err.Error(), words) {
					t.Errorf("the refusal does not say %q: %v", words, err)
				}
			}
		})
	}
}

// The look-up shows no endpoint where a service has two: the tasks' rules name the groups of the others.
func TestAServiceWithTwoEndpointsIsWarnedOf(t *testing.T) {
	cfg, w := isolated(t)
	w.Networks["external"].Endpoints["logs"] = existing.Endpoint{Several: true}
	warnings, err := compare.Compare(cfg, w)
	if said := strings.Join(warnings, "\n"); err != nil || !strings.Contains(said, "more than one interface endpoint of these services") || !strings.Contains(said, "logs") {
		t.Errorf("%v: %s", err, said)
	}
}

package compare_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/network/existing"
	"ambient-ecs/quota"
)

// their returns a stack whose accounts live in networks that exist, and a world with these networks before the first `up`.
func their(t *testing.T) (config.Config, compare.World) {
	w := compare.World{Accounts: map[string]compare.Account{}, Services: map[string]compare.Service{}, Unseen: map[string]string{}, Networks: map[string]existing.Network{}}
	cfg := dev(t, func(c *config.Config) {
		for i, key := range c.AccountKeys() {
			id := func(kind string, n int) string { return fmt.Sprintf("%s-0%d%d", kind, i, n) }
			account := c.Accounts[key]
			account.Subnets = nil
			account.Network = &config.ExistingNetwork{VPCID: id("vpc", 0), PrivateSubnetIDs: []string{id("subnet", 1), id("subnet", 2)}, RouteTableIDs: []string{id("rtb", 1)}}
			c.Accounts[key] = account
			n := existing.Network{
				VPC:     &existing.VPC{ID: id("vpc", 0), Owner: account.ID, CIDR: account.VPCCIDR, DNSSupport: true, DNSHostnames: true},
				Subnets: map[string]existing.Subnet{},
				Tables:  map[string]existing.Table{id("rtb", 1): {ID: id("rtb", 1), VPC: id("vpc", 0), Routes: []existing.Route{{CIDR: "0.0.0.0/0", Target: "nat-0"}}}},
			}
			for z, subnet := range account.Network.PrivateSubnetIDs {
				n.Subnets[subnet] = existing.Subnet{ID: subnet, VPC: id("vpc", 0), ZoneID: fmt.Sprintf("euc1-az%d", z+1), Table: id("rtb", 1), Free: 200}
			}
			w.Networks[key] = n
		}
	})
	return cfg, w
}

// onlyCalls joins an account by an endpoint of the gateway.
func onlyCalls(c *config.Config, key string) {
	account := c.Accounts[key]
	account.Connect, account.Network.RouteTableIDs = config.ConnectPrivateLink, nil
	c.Accounts[key] = account
}

func TestANetworkThatOnlyCallsNeedsNoRouteTable(t *testing.T) {
	cfg, w := their(t)
	onlyCalls(&cfg, "external")
	home := cfg.Accounts["local"]
	home.Network.RouteTableIDs = nil // there is no other network to which a route would lead
	cfg.Accounts["local"] = home
	if _, err := compare.Compare(cfg, w); err != nil {
		t.Error(err)
	}
}

// In the sorted order of the keys, external is 0 and local, the home account, is 1.
func TestRefusedNetworks(t *testing.T) {
	const home, other = "local", "external"
	edit := func(key string, change func(n *existing.Network)) func(*config.Config, *compare.World) {
		return func(_ *config.Config, w *compare.World) {
			n := w.Networks[key]
			change(&n)
			w.Networks[key] = n
		}
	}
	subnet := func(key, id string, change func(s *existing.Subnet)) func(*config.Config, *compare.World) {
		return edit(key, func(n *existing.Network) {
			s := n.Subnets[id]
			change(&s)
			n.Subnets[id] = s
		})
	}
	routes := func(key, id string, routes ...existing.Route) func(*config.Config, *compare.World) {
		return edit(key, func(n *existing.Network) {
			table := n.Tables[id]
			table.Routes = routes
			n.Tables[id] = table
		})
	}
	named := func(key string, change func(n *config.ExistingNetwork)) func(*config.Config, *compare.World) {
		return func(c *config.Config, _ *compare.World) { change(c.Accounts[key].Network) }
	}
	out := existing.Route{CIDR: "0.0.0.0/0", Target: "nat-0"}
	many := []existing.Route{out}
	for i := range 999 {
		many = append(many, existing.Route{CIDR: fmt.Sprintf("10.%d.%d.0/24", 100+i/256, i%256), Target: "tgw-1"})
	}
	for name, c := range map[string]struct {
		change func(*config.Config, *compare.World)
		words  []string
	}{
		"no VPC":                       {edit(other, func(n *existing.Network) { n.VPC = nil }), []string{"accounts.external.network.vpcId", "no such VPC"}},
		"another network":              {edit(other, func(n *existing.Network) { n.VPC.CIDR = "10.7.0.0/16" }), []string{"accounts.external.vpcCidr", "the primary network of vpc-000 is 10.7.0.0/16"}},
		"a network untold":             {edit(other, func(n *existing.Network) { n.VPC.Secondary = []string{"100.64.0.0/16"} }), []string{"accounts.external.network.secondaryCidrs", "100.64.0.0/16 too"}},
		"a network too much":           {named(other, func(n *config.ExistingNetwork) { n.SecondaryCIDRs = []string{"100.64.0.0/16"} }), []string{"accounts.external.network.secondaryCidrs", "no such secondary network"}},
		"an unrouted network too much": {named(other, func(n *config.ExistingNetwork) { n.UnroutedCIDRs = []string{"100.64.0.0/16"} }), []string{"accounts.external.network.unroutedCidrs", "no such secondary network"}},
		"a subnet where nothing leads": {func(c *config.Config, w *compare.World) {
			c.Accounts[other].Network.UnroutedCIDRs = []string{"100.64.0.0/16"}
			edit(other, func(n *existing.Network) { n.VPC.Secondary = []string{"100.64.0.0/16"} })(c, w)
			subnet(other, "subnet-002", func(s *existing.Subnet) { s.CIDR = "100.64.1.0/24" })(c, w)
		}, []string{"accounts.external.network.privateSubnetIds", "subnet-002", "unroutedCidrs says that nothing leads there"}},
		"no DNS":        {edit(other, func(n *existing.Network) { n.VPC.DNSSupport = false }), []string{"accounts.external.network.vpcId", "enableDnsSupport"}},
		"no host names": {edit(other, func(n *existing.Network) { n.VPC.DNSHostnames = false }), []string{"accounts.external.network.vpcId", "enableDnsHostnames", "peering"}},
		"no names for an endpoint": {func(c *config.Config, w *compare.World) {
			onlyCalls(c, other)
			edit(other, func(n *existing.Network) { n.VPC.DNSHostnames = false })(c, w)
		}, []string{"accounts.external.network.vpcId", "enableDnsHostnames", "private hosted zone"}},
		"no names for nodes": {edit(home, func(n *existing.Network) { n.VPC.DNSHostnames = false }), []string{"accounts.local.network.vpcId", "enableDnsHostnames", "EKS nodes"}},
		"no subnet":          {edit(other, func(n *existing.Network) { delete(n.Subnets, "subnet-002") }), []string{"accounts.external.network.privateSubnetIds", "subnet-002", "no such subnet"}},
		"a subnet elsewhere": {subnet(other, "subnet-002", func(s *existing.Subnet) { s.VPC = "vpc-9" }), []string{"accounts.external.network.privateSubnetIds", "vpc-9 and not in vpc-000"}},
		"one zone":           {subnet(other, "subnet-002", func(s *existing.Subnet) { s.ZoneID = "euc1-az1" }), []string{"accounts.external.network.privateSubnetIds", "all in euc1-az1"}},
		"a zone without EKS": {subnet(home, "subnet-012", func(s *existing.Subnet) { s.ZoneID = "use1-az3" }), []string{"accounts.local.network.privateSubnetIds", "use1-az3", "EKS"}},
		"no way out":         {routes(other, "rtb-001"), []string{"accounts.external.network.privateSubnetIds", "no default route"}},
		"public subnets":     {routes(other, "rtb-001", existing.Route{CIDR: "0.0.0.0/0", Target: "igw-1"}), []string{"accounts.external.network.privateSubnetIds", "internet gateway igw-1"}},
		"no room for tasks": {func(c *config.Config, w *compare.World) {
			subnet(other, "subnet-001", func(s *existing.Subnet) { s.Free = 0 })(c, w)
			subnet(other, "subnet-002", func(s *existing.Subnet) { s.Free = 1 })(c, w)
		}, []string{"accounts.external.network.privateSubnetIds", "1 free addresses", "need 2 more"}},
		"no room for EKS": {subnet(home, "subnet-012", func(s *existing.Subnet) { s.Free = 8 }), []string{"accounts.local.network.privateSubnetIds", "8 free addresses", "control plane"}},
		"no room for the NLB": {func(c *config.Config, w *compare.World) {
			w.Networks[home].Subnets["subnet-013"] = existing.Subnet{ID: "subnet-013", VPC: "vpc-010", ZoneID: "euc1-az1", Table: "rtb-011", Free: 7}
			c.Accounts[home].Network.LoadBalancerSubnetIDs = []string{"subnet-013"}
		}, []string{"accounts.local.network.loadBalancerSubnetIds", "needs 8"}},
		"two of a zone": {func(c *config.Config, w *compare.World) {
			w.Networks[home].Subnets["subnet-013"] = existing.Subnet{ID: "subnet-013", VPC: "vpc-010", ZoneID: "euc1-az1", Table: "rtb-011", Free: 100}
			c.Accounts[home].Network.PrivateSubnetIDs = append(c.Accounts[home].Network.PrivateSubnetIDs, "subnet-013")
		}, []string{"accounts.local.network.loadBalancerSubnetIds is not set", "one subnet of each"}},
		"two NLB in a zone": {func(c *config.Config, w *compare.World) {
			w.Networks[home].Subnets["subnet-013"] = existing.Subnet{ID: "subnet-013", VPC: "vpc-010", ZoneID: "euc1-az1", Table: "rtb-011", Free: 100}
			c.Accounts[home].Network.LoadBalancerSubnetIDs = []string{"subnet-011", "subnet-013"}
		}, []string{"accounts.local.network.loadBalancerSubnetIds", "subnet-011 is in the same zone"}},
		"private for users": {named(home, func(n *config.ExistingNetwork) { n.PublicSubnetIDs = []string{"subnet-011"} }), []string{"accounts.local.network.publicSubnetIds", "no internet gateway"}},
		"no table":          {edit(other, func(n *existing.Network) { delete(n.Tables, "rtb-001") }), []string{"accounts.external.network.routeTableIds", "no such route table"}},
		"a table elsewhere": {edit(other, func(n *existing.Network) {
			n.Tables["rtb-001"] = existing.Table{ID: "rtb-001", VPC: "vpc-9", Routes: []existing.Route{out}}
		}), []string{"accounts.external.network.routeTableIds", "vpc-9 and not in vpc-000"}},
		"another table":  {named(other, func(n *config.ExistingNetwork) { n.RouteTableIDs = nil }), []string{"accounts.external.network.routeTableIds", "rtb-001 is not among them", "subnet-001"}},
		"joined already": {routes(other, "rtb-001", out, existing.Route{CIDR: "192.168.0.0/16", Target: "tgw-1"}), []string{"accounts.external.network.routeTableIds", "192.168.0.0/16 already, through tgw-1", "connect is peering"}},
		"a full table":   {routes(other, "rtb-001", many...), []string{"accounts.external.network.routeTableIds", "1001 routes and gets 1 more"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, w := their(t)
			c.change(&cfg, &w)
			_, err := compare.Compare(cfg, w)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, line := range strings.Split(err.Error(), "\n") {
				if !slices.ContainsFunc(c.words, func(word string) bool { return !strings.Contains(line, word) }) {
					return
				}
			}
			t.Errorf("%q are not in one line of:\n%v", c.words, err)
		})
	}
	cfg, w := their(t)
	if warnings, err := compare.Compare(cfg, w); err != nil || len(warnings) != 0 {
		t.Errorf("networks that fit: %v %v", warnings, err)
	}
}

func TestANetworkThatLeadsNowhereIsNotUntold(t *testing.T) {
	cfg, w := their(t)
	cfg.Accounts["external"].Network.UnroutedCIDRs = []string{"100.64.0.0/16"}
	w.Networks["external"].VPC.Secondary = []string{"100.64.0.0/16"}
	if _, err := compare.Compare(cfg, w); err != nil {
		t.Error(err)
	}
}

func TestAllProblemsOfNetworksComeAtOnce(t *testing.T) {
	cfg, w := their(t)
	for key, n := range w.Networks {
		n.VPC.DNSSupport, n.VPC.CIDR = false, "10.9.0.0/16"
		w.Networks[key] = n
	}
	_, err := compare.Compare(cfg, w)
	if lines := strings.Split(fmt.Sprint(err), "\n"); len(lines) != 4 {
		t.Errorf("%d problems, want 4: %v", len(lines), err)
	}
}

func TestWhatLivesNeedsNoSecondAddress(t *testing.T) {
	cfg, w := their(t)
	living := lives(cfg)
	living.Networks = w.Networks
	for key, n := range living.Networks {
		for id, s := range n.Subnets {
			s.Free = 0
			n.Subnets[id] = s
		}
		table := n.Tables[cfg.Accounts[key].Network.RouteTableIDs[0]]
		other := map[string]string{"local": "external", "external": "local"}[key]
		table.Routes = append(table.Routes, existing.Route{CIDR: cfg.Accounts[other].VPCCIDR, Target: "pcx-1"})
		n.Tables[table.ID] = table
		living.Accounts[key] = compare.Account{Roles: living.Accounts[key].Roles, Peerings: living.Accounts[key].Peerings}
	}
	living.Cluster.VPC = cfg.Accounts[cfg.Home].Network.VPCID
	if _, err := compare.Compare(cfg, living); err != nil {
		t.Errorf("the stack lives there: %v", err)
	}
}

func TestAWarningNamesATableBeyondItsQuota(t *testing.T) {
	cfg, w := their(t)
	table := w.Networks["external"].Tables["rtb-001"]
	for i := range 498 {
		table.Routes = append(table.Routes, existing.Route{CIDR: fmt.Sprintf("10.%d.%d.0/24", 100+i/256, i%256), Target: "tgw-1"})
	}
	w.Networks["external"].Tables["rtb-001"] = table
	warnings, err := compare.Compare(cfg, w)
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "accounts.external.network.routeTableIds: rtb-001 has 500 routes and gets 1 more, and AWS allows 500 by default") {
		t.Errorf("%v %v", warnings, err)
	}
	for value, words := range map[int]string{501: "", 500: "and AWS allows 500. Ask"} {
		w.Quotas = map[string]map[string]int{"external": {quota.Routes.Code: value}}
		if warnings, _ := compare.Compare(cfg, w); (len(warnings) != 0) != (words != "") || !strings.Contains(strings.Join(warnings, ""), words) {
			t.Errorf("the account has %d: %v", value, warnings)
		}
	}
}

func TestTheHomeNetworkIsForLife(t *testing.T) {
	cfg, w := their(t)
	living := lives(cfg)
	living.Networks = w.Networks
	living.Cluster.VPC = "vpc-9"
	if _, err := compare.Compare(cfg, living); err == nil || !strings.Contains(err.Error(), "accounts.local.network.vpcId") || !strings.Contains(err.Error(), "the EKS cluster lives in vpc-9") {
		t.Errorf("another VPC: %v", err)
	}
	ours := dev(t, nil)
	living = lives(ours)
	living.Cluster.VPC = "vpc-9"
	// A stack of an earlier release has not marked its VPC with the stack, but with the install.
	living.Accounts["local"] = compare.Account{Roles: living.Accounts["local"].Roles, Peerings: living.Accounts["local"].Peerings}
	if _, err := compare.Compare(ours, living); err != nil {
		t.Errorf("a VPC of ours: %v", err)
	}
	living.Cluster.ForeignVPC = true
	if _, err := compare.Compare(ours, living); err == nil || !strings.Contains(err.Error(), "accounts.local.network.vpcId") || !strings.Contains(err.Error(), "vpc-9") {
		t.Errorf("a VPC of ours instead: %v", err)
	}
}

func TestWhoSharesAVPCNamesNoTables(t *testing.T) {
	shared := func(owner string) (config.Config, compare.World) {
		cfg, w := their(t)
		local, external := cfg.Accounts["local"], cfg.Accounts["external"]
		external.VPCCIDR, external.Network = local.VPCCIDR, &config.ExistingNetwork{VPCID: local.Network.VPCID, PrivateSubnetIDs: local.Network.PrivateSubnetIDs}
		cfg.Accounts["external"] = external
		third := local
		third.ID, third.VPCCIDR, third.Network = "777788889999", "10.9.0.0/16", nil
		cfg.Accounts["third"] = third
		n := w.Networks["local"]
		n.VPC.Owner = owner
		w.Networks["local"], w.Networks["external"] = n, n
		return cfg, w
	}
	cfg, w := shared(homeID)
	if _, err := compare.Compare(cfg, w); err != nil {
		t.Errorf("the owner names its tables: %v", err)
	}
	cfg, w = shared("999900001111")
	if _, err := compare.Compare(cfg, w); err == nil || !strings.Contains(err.Error(), "accounts.local.network.routeTableIds is set") || !strings.Contains(err.Error(), "belongs to account 999900001111") {
		t.Errorf("neither account is the owner: %v", err)
	}
}

// Who shares a VPC by AWS RAM sees no route tables. Its owner sees them, where it is in the stack.
func TestWhoSharesAVPCIsNotBlamedForWhatItDoesNotSee(t *testing.T) {
	shared := func(inStack bool) (config.Config, compare.World) {
		cfg, w := their(t)
		local, external := cfg.Accounts["local"], cfg.Accounts["external"]
		blind := func(n existing.Network) existing.Network {
			seen := existing.Network{VPC: n.VPC, Subnets: map[string]existing.Subnet{}, Tables: map[string]existing.Table{}}
			for id, s := range n.Subnets {
				s.Table = ""
				seen.Subnets[id] = s
			}
			return seen
		}
		if !inStack {
			cfg.Connect = config.ConnectNone
			local.Network.RouteTableIDs, external.Network.RouteTableIDs = nil, nil
			cfg.Accounts["local"], cfg.Accounts["external"] = local, external
			w.Networks["external"].VPC.Owner = "999900001111"
			w.Networks["external"] = blind(w.Networks["external"])
			return cfg, w
		}
		external.VPCCIDR, external.Network = local.VPCCIDR, &config.ExistingNetwork{VPCID: local.Network.VPCID, PrivateSubnetIDs: local.Network.PrivateSubnetIDs}
		cfg.Accounts["external"] = external
		third := local
		third.ID, third.VPCCIDR, third.Network = "777788889999", "10.9.0.0/16", nil
		cfg.Accounts["third"] = third
		w.Networks["external"] = blind(w.Networks["local"])
		return cfg, w
	}
	cfg, w := shared(true)
	if warnings, err := compare.Compare(cfg, w); err != nil || len(warnings) > 0 {
		t.Errorf("the owner sees the tables: %v %v", warnings, err)
	}
	table := w.Networks["local"].Tables["rtb-011"]
	table.Routes = nil
	w.Networks["local"].Tables["rtb-011"] = table
	if _, err := compare.Compare(cfg, w); err == nil || !strings.Contains(err.Error(), "accounts.external.network.privateSubnetIds") || !strings.Contains(err.Error(), "its route table rtb-011 has no default route") {
		t.Errorf("the owner sees no way out of a subnet of the guest: %v", err)
	}
	cfg, w = shared(false)
	warnings, err := compare.Compare(cfg, w)
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "accounts.external.network.privateSubnetIds: account 999900001111 owns vpc-000") || !strings.Contains(warnings[0], "subnet-001, subnet-002") {
		t.Errorf("nobody of the stack sees them: %v %v", warnings, err)
	}
}

// The routes of peerings become those of a transit gateway in place, in tables of others too.
func TestPeeringsOfALivingStackMoveToATransitGateway(t *testing.T) {
	cfg, w := their(t)
	network := w.Networks["local"]
	for id, table := range network.Tables {
		table.Routes = append(slices.Clone(table.Routes), existing.Route{CIDR: cfg.NetworksOfOthers("local")[0], Target: "pcx-0123456789abcdef0"})
		network.Tables = map[string]existing.Table{id: table}
	}
	w.Networks["local"] = network
	cfg.Connect = config.ConnectTransitGateway
	home := w.Accounts["local"]
	for peerings, refused := range map[bool]bool{true: false, false: true} {
		home.Peerings = map[string]compare.Peering{}
		if peerings {
			home.Peerings["ambient-external-local"] = compare.Peering{}
		}
		w.Accounts["local"] = home
		if _, err := compare.Compare(cfg, w); (err != nil && strings.Contains(err.Error(), "pcx-0123456789abcdef0")) != refused {
			t.Errorf("peerings of the stack %v: %v", peerings, err)
		}
	}
}

func TestAGatewayThatAnAccountDoesNotSeeIsRefused(t *testing.T) {
	cfg, w := their(t)
	cfg.Connect, cfg.TransitGateway.ID = config.ConnectTransitGateway, "tgw-0123456789abcdef0"
	w.Gateways = map[string]*compare.Gateway{"local": {}, "external": {}}
	if _, err := compare.Compare(cfg, w); err != nil {
		t.Errorf("every account sees it: %v", err)
	}
	w.Gateways["external"] = nil
	if _, err := compare.Compare(cfg, w); err == nil || !strings.Contains(err.Error(), "transitGateway.id") || !strings.Contains(err.Error(), "account external sees no such transit gateway") {
		t.Errorf("an account does not: %v", err)
	}
}

// Somebody's own route tables are usual for a shared gateway, and everything else of the up succeeds.
func TestAGatewayWithoutDefaultTablesIsWarnedOf(t *testing.T) {
	for name, c := range map[string]struct {
		gateway compare.Gateway
		words   []string
	}{
		"both on":                 {compare.Gateway{Associates: "enable", Propagates: "enable"}, nil},
		"AWS does not say":        {compare.Gateway{}, nil},
		"no default association":  {compare.Gateway{Associates: "disable", Propagates: "enable"}, []string{"associates no attachment with a route table"}},
		"no default propagation":  {compare.Gateway{Associates: "enable", Propagates: "disable"}, []string{"propagates no attachment's networks"}},
		"neither, said only once": {compare.Gateway{Associates: "disable", Propagates: "disable"}, []string{"DefaultRouteTableAssociation) and propagates", "its owner does so for the attachment of each network"}},
	} {
		cfg, w := their(t)
		cfg.Connect, cfg.TransitGateway.ID = config.ConnectTransitGateway, "tgw-0123456789abcdef0"
		w.Gateways = map[string]*compare.Gateway{"local": &c.gateway, "external": &c.gateway}
		warnings, err := compare.Compare(cfg, w)
		about := slices.DeleteFunc(warnings, func(w string) bool { return !strings.HasPrefix(w, "transitGateway.id: tgw-0123456789abcdef0") })
		if err != nil || len(about) != min(1, len(c.words)) {
			t.Errorf("%s: %q %v", name, about, err)
			continue
		}
		for _, word := range c.words {
			if !strings.Contains(about[0], word) {
				t.Errorf("%s: %q does not say %q", name, about, word)
			}
		}
	}
}

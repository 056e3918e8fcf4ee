package network

import (
	"slices"
	"strings"
	"testing"
)

// two is two peered networks with a host in each, and a host behind a public subnet's gateway.
func two() *Facts {
	all := []Rule{{Protocol: "-1", CIDR: "0.0.0.0/0"}}
	return &Facts{
		VPCs:     []VPC{{ID: "vpc-a", CIDRs: []string{"10.0.0.0/16"}}, {ID: "vpc-b", CIDRs: []string{"10.1.0.0/16"}}},
		Subnets:  []Subnet{{ID: "a", VPC: "vpc-a", Table: "rtb-a"}, {ID: "a-public", VPC: "vpc-a", Table: "rtb-public"}, {ID: "b", VPC: "vpc-b", Table: "rtb-b"}},
		Peerings: []Peering{{ID: "pcx", Status: "active", RequesterVPC: "vpc-a", AccepterVPC: "vpc-b"}},
		Routes: []Route{
			{"rtb-a", "10.1.0.0/16", "pcx"}, {"rtb-b", "10.0.0.0/16", "pcx"}, {"rtb-a", "0.0.0.0/0", "nat"}, {"rtb-public", "0.0.0.0/0", "igw"},
		},
		Gateways: []Gateway{{ID: "nat", NAT: true, Up: true, Subnet: "a-public"}, {ID: "igw", Up: true, VPC: "vpc-a"}},
		Groups:   []Group{{ID: "sg-a", Egress: all}, {ID: "sg-b", Ingress: []Rule{{Protocol: "tcp", CIDR: "10.0.0.0/16", From: 15008, To: 15008}}}},
		Hosts: []Host{
			{ID: "eni-a", Subnet: "a", Addresses: []string{"10.0.0.1"}, Groups: []string{"sg-a"}},
			{ID: "eni-b", Subnet: "b", Addresses: []string{"10.1.0.1"}, Groups: []string{"sg-b"}},
		},
	}
}

func TestWayBetweenNetworks(t *testing.T) {
	for name, c := range map[string]struct {
		change        func(f *Facts)
		kind          Kind
		subject, says string
	}{
		"open":                    {func(*Facts) {}, "", "", ""},
		"no route":                {func(f *Facts) { f.Routes = f.Routes[1:2] }, NoRoute, "rtb-a", "no route to 10.1.0.0/16"},
		"a route to the internet": {func(f *Facts) { f.Routes = f.Routes[1:] }, NoRoute, "rtb-a", "instead of through a peering"},
		"no route back":           {func(f *Facts) { f.Routes[1].Destination = "10.9.0.0/16" }, NoRoute, "rtb-b", "no way back"},
		"the longest prefix wins": {func(f *Facts) { f.Routes = append(f.Routes, Route{"rtb-a", "10.1.0.0/24", "pcx-old"}) }, NoPeering, "pcx-old", "black hole"},
		"a peering to accept":     {func(f *Facts) { f.Peerings[0].Status = "pending-acceptance" }, NoPeering, "pcx", "pending"},
		"no rule out":             {func(f *Facts) { f.Groups[0].Egress = nil }, NoRule, "sg-a", "out of"},
		"no rule in":              {func(f *Facts) { f.Groups[1].Ingress[0].CIDR = "10.2.0.0/16" }, NoRule, "sg-b", "into"},
		"another port":            {func(f *Facts) { f.Groups[1].Ingress[0].To, f.Groups[1].Ingress[0].From = 80, 80 }, NoRule, "sg-b", "TCP 15008"},
		"nobody there":            {func(f *Facts) { f.Hosts[1].Addresses = nil }, NoAddress, "10.1.0.1", "no host"},
		"no route table":          {func(f *Facts) { f.Subnets[0].Table = "" }, NoRoute, "a", "no route table"},
	} {
		t.Run(name, func(t *testing.T) {
			f := two()
			c.change(f)
			expect(t, f.Reach(&f.Hosts[0], "10.1.0.1", 15008), c.kind, c.subject, c.says)
		})
	}
}

func TestRuleByGroupHoldsForWhoeverCarriesIt(t *testing.T) {
	f := two()
	f.Groups[1].Ingress = []Rule{{Protocol: "-1", Group: "sg-a"}}
	expect(t, f.Reach(&f.Hosts[0], "10.1.0.1", 15008), "", "", "")
	f.Hosts[0].Groups = nil
	expect(t, f.Reach(&f.Hosts[0], "10.1.0.1", 15008), NoRule, "sg-b", "")
}

func TestWayOut(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(f *Facts)
		kind    Kind
		subject string
	}{
		"by NAT":                 {func(*Facts) {}, "", ""},
		"NAT is gone":            {func(f *Facts) { f.Gateways = f.Gateways[1:] }, NoNAT, "nat"},
		"NAT is not available":   {func(f *Facts) { f.Gateways[0].Up = false }, NoNAT, "nat"},
		"NAT leads nowhere":      {func(f *Facts) { f.Routes = f.Routes[:3] }, NoNAT, "nat"},
		"no gateway":             {func(f *Facts) { f.Gateways[1].Up = false }, NoNAT, "nat"},
		"a private host outside": {func(f *Facts) { f.Hosts[0].Subnet = "a-public" }, NoNAT, "rtb-public"},
		"a public host":          {func(f *Facts) { f.Hosts[0].Subnet, f.Hosts[0].Public = "a-public", true }, "", ""},
		"no rule":                {func(f *Facts) { f.Groups[0].Egress = nil }, NoRule, "sg-a"},
	} {
		t.Run(name, func(t *testing.T) {
			f := two()
			c.change(f)
			expect(t, f.Out(&f.Hosts[0]), c.kind, c.subject, "")
		})
	}
}

func TestWayThroughALoadBalancer(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(lb *LoadBalancer, f *Facts)
		kind    Kind
		subject string
	}{
		"open":            {func(*LoadBalancer, *Facts) {}, "", ""},
		"another name":    {func(lb *LoadBalancer, _ *Facts) { lb.DNSName = "other" }, NoBalancer, "lb.example"},
		"being made":      {func(lb *LoadBalancer, _ *Facts) { lb.State = "provisioning" }, NoBalancer, "lb"},
		"no health":       {func(lb *LoadBalancer, _ *Facts) { lb.Unhealthy = map[int]string{15012: "i-1 is unhealthy"} }, NoBalancer, "lb"},
		"no listener":     {func(lb *LoadBalancer, _ *Facts) { lb.Listeners = nil }, NoBalancer, "lb"},
		"no target":       {func(lb *LoadBalancer, _ *Facts) { lb.Targets = nil }, NoBalancer, "lb"},
		"unknown target":  {func(lb *LoadBalancer, _ *Facts) { lb.Targets = []string{"10.1.0.99"} }, NoBalancer, "lb"},
		"a range without": {func(lb *LoadBalancer, _ *Facts) { lb.SourceRanges = []string{"10.2.0.0/16"} }, NoSource, "lb"},
		"a closed node":   {func(_ *LoadBalancer, f *Facts) { f.Groups[1].Ingress = nil }, NoRule, "sg-b"},
		"no way to it":    {func(_ *LoadBalancer, f *Facts) { f.Routes[0].Destination = "10.9.0.0/16" }, NoRoute, "rtb-a"},
	} {
		t.Run(name, func(t *testing.T) {
			f := two()
			f.Hosts = append(f.Hosts, Host{ID: "eni-lb", Subnet: "b", Addresses: []string{"10.1.0.2"}})
			f.LoadBalancers = []LoadBalancer{{
				Name: "lb", DNSName: "lb.example", State: "active", Internal: true, Addresses: []string{"10.1.0.2"},
				Listeners: []Listener{{15012, 15008}}, Targets: []string{"10.1.0.1"},
			}}
			c.change(&f.LoadBalancers[0], f)
			expect(t, f.Dial(&f.Hosts[0], "lb.example", 15012), c.kind, c.subject, "")
		})
	}
}

// The caller's network has the addresses of the load balancer's.
func TestWayThroughAnEndpoint(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(f *Facts)
		kind    Kind
		subject string
	}{
		"open":                    {func(*Facts) {}, "", ""},
		"no endpoint":             {func(f *Facts) { f.Endpoints = nil }, NoEndpoint, "vpce-1"},
		"waiting":                 {func(f *Facts) { f.Endpoints[0].State = "pendingAcceptance" }, NoEndpoint, "vpce-1"},
		"rejected":                {func(f *Facts) { f.Endpoints[0].State = "rejected" }, NoEndpoint, "vpce-1"},
		"a closed endpoint":       {func(f *Facts) { f.Groups[3].Ingress = nil }, NoRule, "sg-endpoint"},
		"a closed load balancer":  {func(f *Facts) { f.Groups[4].Ingress = nil }, NoRule, "sg-lb"},
		"no listener":             {func(f *Facts) { f.LoadBalancers[0].Listeners = nil }, NoBalancer, "lb"},
		"targets that admit none": {func(f *Facts) { f.Groups[1].Ingress = nil }, NoRule, "sg-b"},
	} {
		t.Run(name, func(t *testing.T) {
			f := two()
			all := []Rule{{Protocol: "-1", CIDR: "0.0.0.0/0"}}
			f.VPCs = append(f.VPCs, VPC{ID: "vpc-c", CIDRs: []string{"10.1.0.0/16"}})
			f.Apart = []string{"vpc-c"}
			f.Subnets = append(f.Subnets, Subnet{ID: "c", VPC: "vpc-c", Table: "rtb-c"})
			f.Groups[1].Ingress = []Rule{{Protocol: "tcp", Group: "sg-lb", From: 15008, To: 15008}}
			f.Groups = append(f.Groups, Group{ID: "sg-c", Egress: all}, Group{ID: "sg-endpoint", Ingress: all}, Group{ID: "sg-lb", Ingress: []Rule{{Protocol: "tcp", CIDR: "10.1.0.0/16", From: 15012, To: 15012}}, Egress: all})
			// The caller has the address of a target, and the endpoint that of the load balancer.
			f.Hosts = append([]Host{
				{ID: "eni-c", Subnet: "c", Addresses: []string{"10.1.0.1"}, Groups: []string{"sg-c"}}, {ID: "eni-endpoint", Subnet: "c", Addresses: []string{"10.1.0.2"}, Groups: []string{"sg-endpoint"}},
			}, append(f.Hosts, Host{ID: "eni-lb", Subnet: "b", Addresses: []string{"10.1.0.2"}, Groups: []string{"sg-lb"}})...)
			f.Endpoints = []Endpoint{{ID: "vpce-1", State: "available", Interfaces: []string{"eni-endpoint"}}}
			f.LoadBalancers = []LoadBalancer{{
				Name: "lb", DNSName: "lb.example", State: "active", Internal: true, Addresses: []string{"10.1.0.2"}, Groups: []string{"sg-lb"},
				Listeners: []Listener{{15012, 15008}}, Targets: []string{"10.1.0.1"},
			}}
			if from := f.HostIn("vpc-c", "10.1.0.1"); from == nil || from.ID != "eni-c" {
				t.Fatalf("in its own network the address is of %v", from)
			}
			if elsewhere := f.HostAt("10.1.0.1"); elsewhere == nil || elsewhere.ID != "eni-b" {
				t.Fatalf("elsewhere the address is of %v", elsewhere)
			}
			c.change(f)
			expect(t, f.DialEndpoint(f.HostIn("vpc-c", "10.1.0.1"), "vpce-1", "lb.example", 15012), c.kind, c.subject, "")
		})
	}
}

func expect(t *testing.T, o *Obstacle, kind Kind, subject, says string) {
	t.Helper()
	if o == nil {
		o = &Obstacle{}
	} else if o.Sentence == "" || o.Fix == "" {
		t.Errorf("no sentence or no fix: %+v", o)
	} else if slices.Contains([]Kind{NoRoute, NoRule}, kind) && !strings.Contains(o.Fix, "--refresh") {
		t.Errorf("a rule or a route that is made by hand is in the way of the stack's own: %+v", o)
	}
	if o.Kind != kind || o.Subject != subject || !strings.Contains(o.Sentence, says) {
		t.Errorf("got %+v", o)
	}
}

// A route beyond what the facts describe leads where its owner's tables lead. The groups of both ends count all the same.
func TestWayThroughSomebodyElsesGateway(t *testing.T) {
	transit := func(f *Facts) {
		f.Peerings = nil
		for i := range f.Routes {
			if strings.HasPrefix(f.Routes[i].Target, "pcx") {
				f.Routes[i].Target = "tgw-1"
			}
		}
		f.Attachments = []Attachment{{"att-a", "tgw-1", "vpc-a", "available"}, {"att-b", "tgw-1", "vpc-b", "available"}}
	}
	for name, c := range map[string]struct {
		change  func(f *Facts)
		kind    Kind
		subject string
	}{
		"open":                      {func(*Facts) {}, "", ""},
		"no rule":                   {func(f *Facts) { f.Groups[1].Ingress = nil }, NoRule, "sg-b"},
		"not attached here":         {func(f *Facts) { f.Attachments = f.Attachments[1:] }, NoTransit, "tgw-1"},
		"not attached there":        {func(f *Facts) { f.Attachments = f.Attachments[:1] }, NoTransit, "tgw-1"},
		"waiting there":             {func(f *Facts) { f.Attachments[1].State = "pendingAcceptance" }, NoTransit, "att-b"},
		"a virtual private gateway": {func(f *Facts) { f.Routes[0].Target, f.Attachments = "vgw-1", f.Attachments[1:] }, "", ""},
		"no way back":               {func(f *Facts) { f.Routes[1].Destination = "10.9.0.0/16" }, NoRoute, "rtb-b"},
	} {
		t.Run(name, func(t *testing.T) {
			f := two()
			transit(f)
			c.change(f)
			expect(t, f.Reach(&f.Hosts[0], "10.1.0.1", 15008), c.kind, c.subject, "")
		})
	}
	// Each side is attached to the gateway of its region.
	for name, c := range map[string]struct {
		change  func(f *Facts)
		subject string
	}{
		"two regions":               {func(*Facts) {}, ""},
		"regions that do not peer":  {func(f *Facts) { f.Joints = nil }, "tgw-1"},
		"regions that wait":         {func(f *Facts) { f.Joints[0].State = "pendingAcceptance" }, "att-j"},
		"not attached in the other": {func(f *Facts) { f.Attachments[1].State = "deleting" }, "att-b"},
	} {
		t.Run(name, func(t *testing.T) {
			f := two()
			transit(f)
			for i := range f.Routes {
				if f.Routes[i].Table == "rtb-b" && f.Routes[i].Target == "tgw-1" {
					f.Routes[i].Target = "tgw-2"
				}
			}
			f.Attachments[1].Gateway, f.Joints = "tgw-2", []Joint{{"att-j", "tgw-2", "tgw-1", "available"}}
			c.change(f)
			kind := Kind("")
			if c.subject != "" {
				kind = NoTransit
			}
			expect(t, f.Reach(&f.Hosts[0], "10.1.0.1", 15008), kind, c.subject, "")
		})
	}
	f := two()
	transit(f)
	for i := range f.Routes {
		if f.Routes[i].Destination == "0.0.0.0/0" && f.Routes[i].Table == "rtb-a" {
			f.Routes[i].Target = "tgw-1"
		}
	}
	expect(t, f.Out(&f.Hosts[0]), "", "", "")
	f.Groups[0].Egress = nil
	expect(t, f.Out(&f.Hosts[0]), NoRule, "sg-a", "")
}

// A host that may call the endpoints of its VPC alone reaches AWS there, and needs no way to the internet.
func TestTheWayOutMayBeAnEndpointOfTheNetwork(t *testing.T) {
	endpoints := func(f *Facts) {
		f.Groups[0].Egress = []Rule{{Protocol: "tcp", Group: "sg-endpoints", From: 443, To: 443}}
		f.Groups = append(f.Groups, Group{ID: "sg-endpoints", Ingress: []Rule{{Protocol: "tcp", CIDR: "10.0.0.0/16", From: 443, To: 443}}})
		f.Hosts = append(f.Hosts, Host{ID: "eni-endpoint", Subnet: "a", Addresses: []string{"10.0.0.9"}, Groups: []string{"sg-endpoints"}})
	}
	for name, c := range map[string]struct {
		change  func(f *Facts)
		kind    Kind
		subject string
	}{
		"open":                       {func(*Facts) {}, "", ""},
		"no way to the internet":     {func(f *Facts) { f.Routes = nil }, "", ""},
		"the endpoints do not admit": {func(f *Facts) { f.Groups[2].Ingress = nil }, NoRule, "sg-endpoints"},
		"no endpoint":                {func(f *Facts) { f.Hosts = f.Hosts[:2] }, NoRule, "sg-a"},
		"a rule for another port":    {func(f *Facts) { f.Groups[0].Egress[0].From, f.Groups[0].Egress[0].To = 80, 80 }, NoRule, "sg-a"},
	} {
		t.Run(name, func(t *testing.T) {
			f := two()
			endpoints(f)
			c.change(f)
			expect(t, f.Out(&f.Hosts[0]), c.kind, c.subject, "")
		})
	}
}

package components

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/iam/policy"
	"ambient-ecs/mesh"
	"ambient-ecs/network"
	"ambient-ecs/network/cidr"
)

func plan(private, public []string) cidr.Plan {
	p, err := cidr.ParsePlan(private, public)
	if err != nil {
		panic(err)
	}
	return p
}

func validVpc(f *fixture) *network.VpcArgs {
	return &network.VpcArgs{
		Name: "mesh-local", Region: region, CIDR: "10.0.0.0/16",
		Subnets: plan([]string{"10.0.0.0/18", "10.0.64.0/18", "10.0.128.0/18"}, []string{"10.0.192.0/20", "10.0.208.0/20", "10.0.224.0/20"}),
		ZoneIDs: []string{"euc1-az1", "euc1-az2", "euc1-az3"}, Provider: f.local,
	}
}

func validPeering(f *fixture) *network.PeeringArgs {
	return &network.PeeringArgs{
		Name: "mesh-local-external",
		Requester: network.PeeringSide{Key: "local", AccountID: local, Region: "eu-central-1", CIDRs: []string{"10.0.0.0/16"}, VpcID: pulumi.String("vpc-l"), Provider: f.local,
			RouteTableIDs: map[string]pulumi.StringOutput{"public": settled("rtb-l-public"), "private": settled("rtb-l-private")}},
		Accepter: network.PeeringSide{Key: "external", AccountID: external, Region: "eu-central-1", CIDRs: []string{"10.1.0.0/16"}, VpcID: pulumi.String("vpc-e"), Provider: f.external,
			RouteTableIDs: map[string]pulumi.StringOutput{"public": settled("rtb-e-public"), "private-1": settled("rtb-e-1"), "private-2": settled("rtb-e-2")}},
	}
}

func validTransit(f *fixture) *network.TransitArgs {
	two := validPeering(f)
	return &network.TransitArgs{Name: "mesh", Home: "local", Owner: &network.TransitOwner{AccountID: local, Region: region, Provider: f.local}, Sides: []network.TransitSide{
		{PeeringSide: two.Accepter, SubnetIDs: several("subnet-e1", "subnet-e2")}, {PeeringSide: two.Requester, SubnetIDs: several("subnet-l1", "subnet-l2")},
	}}
}

// validTransitPeering joins the account local in Frankfurt with the account external in Virginia. local owns both gateways.
func validTransitPeering(f *fixture) *network.TransitPeeringArgs {
	hub := func(side network.TransitSide, region, gateway string) network.Hub {
		side.Region = region
		return network.Hub{
			Owner: &network.TransitOwner{AccountID: local, Region: region, Provider: f.local},
			Transit: &network.Transit{
				GatewayID: settled(gateway), RouteTableID: settled(gateway + "-table"), Ready: there[network.Transit](f),
				AttachmentIDs: map[string]pulumi.StringOutput{side.Key: settled("attachment-" + side.Key)},
			},
			Sides: []network.TransitSide{side},
		}
	}
	sides := validTransit(f).Sides
	return &network.TransitPeeringArgs{
		Name: "mesh-eu-central-1-us-east-1", Home: "local",
		Requester: hub(sides[1], region, "tgw-l"), Accepter: hub(sides[0], "us-east-1", "tgw-e"),
	}
}

func validTasks(f *fixture) *network.TaskSecurityGroupsArgs {
	return &network.TaskSecurityGroupsArgs{
		Name: "mesh-local", VpcID: pulumi.String("vpc-l"), Provider: f.local,
		Mesh: map[string][]string{"local": {"10.0.0.0/16"}, "external": {"10.1.0.0/16"}}, Istiod: "local",
	}
}

func validEgress(f *fixture) *network.EgressGroupArgs {
	return &network.EgressGroupArgs{
		Name: "mesh-shop-cart-egress", VpcID: pulumi.String("vpc-l"), Provider: f.local,
		Rules: []network.EgressRule{
			{CIDR: "10.9.0.0/24", Protocol: "tcp", Port: 5432, Description: "the orders database"},
			{CIDR: "10.9.1.0/24", Protocol: "udp", Port: 123},
		},
	}
}

func validFlowLog(f *fixture) *network.FlowLogArgs {
	return &network.FlowLogArgs{
		Name: "mesh-local", RoleName: "mesh-flow-logs-local", LogGroupName: "/vpc/mesh-local", Traffic: "ALL", RetentionDays: 365,
		Place: policy.Place{Partition: "aws", Region: region, Account: local}, VpcID: pulumi.String("vpc-l"), Provider: f.local,
	}
}

func validEndpoints(f *fixture) *network.EndpointsArgs {
	return &network.EndpointsArgs{
		Name: "mesh-local", Region: region, VpcID: pulumi.String("vpc-l"), SubnetIDs: several("subnet-1", "subnet-2"), CIDRs: []string{"10.0.0.0/16"},
		Services: []string{"ecr.api", "sts"}, AccountIDs: []string{local, external}, Provider: f.local,
	}
}

func validGatewayService(f *fixture) *network.GatewayServiceArgs {
	return &network.GatewayServiceArgs{
		Name: "mesh", Partition: "aws", Region: region, AccountID: local, Address: pulumi.String(balancerName), Callers: map[string]string{"external": external},
		Provider: f.local, Gateway: there[mesh.Mesh](f),
	}
}

func validGatewayEndpoint(f *fixture) *network.GatewayEndpointArgs {
	return &network.GatewayEndpointArgs{
		Name: "mesh-external", Region: region, VpcID: pulumi.String("vpc-e"), CIDRs: []string{"10.0.0.0/16", "100.64.0.0/16"}, Provider: f.external,
		SubnetIDs: several("subnet-1", "subnet-2", "subnet-3", "subnet-4"), ZoneIDs: several("euc1-az1", "euc1-az3", "euc1-az2", "euc1-az1"), GatewayZoneIDs: several("euc1-az1", "euc1-az2"),
		ServiceName: pulumi.String("com.amazonaws.vpce.eu-central-1.vpce-svc-1"), Address: pulumi.String(balancerName), Admitted: there[network.GatewayService](f),
	}
}

func networkSubjects() []subject {
	return []subject{
		of("gateway service", network.NewGatewayService, validGatewayService,
			word("Name", "Partition", "Region", "AccountID", "Address", "Callers", "Provider", "Gateway"),
			[]bad[network.GatewayServiceArgs]{
				{"no load balancer", func(a *network.GatewayServiceArgs) { a.Address = nil }, word("Address is not set", "no load balancer")},
				{"nobody who may connect", func(a *network.GatewayServiceArgs) { a.Callers = nil }, word("Callers is not set")},
				{"an account without an id", func(a *network.GatewayServiceArgs) { a.Callers["external"] = "" }, word("Callers.external", "the principal")},
				{"no provider", func(a *network.GatewayServiceArgs) { a.Provider = nil }, word("Provider", "another account")},
				{"a gateway that goes first", func(a *network.GatewayServiceArgs) { a.Gateway = nil }, word("Gateway is not set", "refuse to delete")},
			}),
		of("gateway endpoint", network.NewGatewayEndpoint, validGatewayEndpoint,
			word("Name", "Region", "VpcID", "SubnetIDs", "ZoneIDs", "GatewayZoneIDs", "CIDRs", "ServiceName", "Address", "Provider", "Admitted"),
			[]bad[network.GatewayEndpointArgs]{
				{"no provider", func(a *network.GatewayEndpointArgs) { a.Provider = nil }, word("Provider", "another account")},
				{"no service", func(a *network.GatewayEndpointArgs) { a.ServiceName = nil }, word("ServiceName is not set", "find istiod")},
				{"no network", func(a *network.GatewayEndpointArgs) { a.CIDRs = nil }, word("CIDRs is not set")},
				{"a network that is none", func(a *network.GatewayEndpointArgs) { a.CIDRs[1] = "100.64.0.1/16" }, word("CIDRs", "100.64.0.0/16")},
			}),
		of("VPC", network.NewVpc, validVpc,
			word("Name", "Region", "Provider", "CIDR"),
			[]bad[network.VpcArgs]{
				{"no provider", func(a *network.VpcArgs) { a.Provider = nil }, word("Provider", "another account")},
				{"no name", func(a *network.VpcArgs) { a.Name = "" }, word("Name is not set")},
				{"no region", func(a *network.VpcArgs) { a.Region = "" }, word("Region is not set")},
				{"no CIDR", func(a *network.VpcArgs) { a.CIDR = "" }, word("CIDR", "is not a CIDR")},
				{"bits beyond the prefix", func(a *network.VpcArgs) { a.CIDR = "10.0.0.1/16" }, word("CIDR", "10.0.0.0/16")},
				{"too small a VPC", func(a *network.VpcArgs) { a.CIDR = "10.0.0.0/25" }, word("CIDR", "too small")},
				{"too large a VPC", func(a *network.VpcArgs) { a.CIDR = "10.0.0.0/8" }, word("CIDR", "too large")},
				{"the mesh's virtual addresses", func(a *network.VpcArgs) { a.CIDR = "240.240.0.0/16" }, word("CIDR", "virtual addresses")},
				{"no subnet", func(a *network.VpcArgs) { a.Subnets = cidr.Plan{} }, word("no private subnet", "no public subnet")},
				{"no public subnet", func(a *network.VpcArgs) { a.Subnets.Public = nil }, word("Subnets", "NAT gateway")},
				{"overlapping subnets", func(a *network.VpcArgs) { a.Subnets.Private[1] = a.Subnets.Private[0] }, word("Subnets", "private subnet 2", "overlaps")},
				{"a subnet outside the VPC", func(a *network.VpcArgs) { a.CIDR = "10.7.0.0/16" }, word("Subnets", "not inside the VPC 10.7.0.0/16")},
				{"fewer zones than subnets", func(a *network.VpcArgs) { a.ZoneIDs = a.ZoneIDs[:2] }, word("ZoneIDs", "2 zones for 3 private subnets")},
				{"a zone's name for its id", func(a *network.VpcArgs) { a.ZoneIDs[0] = "eu-central-1a" }, word("ZoneIDs", "eu-central-1a", "different places")},
				{"one zone twice", func(a *network.VpcArgs) { a.ZoneIDs[1] = a.ZoneIDs[0] }, word("ZoneIDs", "given twice")},
				{"EKS in a zone without it", func(a *network.VpcArgs) { a.EKSClusterName, a.ZoneIDs[2] = "mesh", "use1-az3" }, word("ZoneIDs", "EKS accepts no cluster subnet in use1-az3")},
				{"EKS in one zone", func(a *network.VpcArgs) {
					a.EKSClusterName, a.ZoneIDs = "mesh", a.ZoneIDs[:1]
					a.Subnets = plan([]string{"10.0.0.0/18"}, []string{"10.0.192.0/20"})
				}, word("EKS needs them in at least 2 zones")},
				{"NAT per zone without a public subnet in each", func(a *network.VpcArgs) {
					a.NATPerZone, a.Subnets.Public = true, a.Subnets.Public[:1]
				}, word("NATPerZone", "each of the 3 zones")},
			}),
		of("endpoints", network.NewEndpoints, validEndpoints,
			word("Name", "Region", "VpcID", "SubnetIDs", "CIDRs", "Services", "AccountIDs", "Provider"),
			[]bad[network.EndpointsArgs]{
				{"no provider", func(a *network.EndpointsArgs) { a.Provider = nil }, word("Provider", "another account")},
				{"no subnet", func(a *network.EndpointsArgs) { a.SubnetIDs = nil }, word("SubnetIDs is not set", "no address")},
				{"nobody who may call", func(a *network.EndpointsArgs) { a.CIDRs = nil }, word("CIDRs is not set", "private DNS")},
				{"a network that is none", func(a *network.EndpointsArgs) { a.CIDRs = []string{"10.0.0.1/16"} }, word("CIDRs[0]", "10.0.0.0/16")},
				{"a service twice", func(a *network.EndpointsArgs) { a.Services[1] = "ecr.api" }, word("Services[1]", "private DNS name")},
				{"no account", func(a *network.EndpointsArgs) { a.AccountIDs = nil }, word("AccountIDs is not set")},
			}),
		of("flow log", network.NewFlowLog, validFlowLog,
			word("Name", "RoleName", "LogGroupName", "VpcID", "Traffic", "RetentionDays", "Provider"),
			[]bad[network.FlowLogArgs]{
				{"no provider", func(a *network.FlowLogArgs) { a.Provider = nil }, word("Provider", "another account")},
				{"no VPC", func(a *network.FlowLogArgs) { a.VpcID = nil }, word("VpcID is not set")},
				{"no log group", func(a *network.FlowLogArgs) { a.LogGroupName = "" }, word("LogGroupName is not set")},
				{"traffic that is none", func(a *network.FlowLogArgs) { a.Traffic = "all" }, word("Traffic", "ALL")},
				{"records for ever", func(a *network.FlowLogArgs) { a.RetentionDays = 0 }, word("RetentionDays", "for ever")},
			}),
		of("peering", network.NewPeering, validPeering,
			word("Name", "Requester.Key", "Requester.AccountID", "Requester.Region", "Requester.CIDRs", "Requester.VpcID", "Requester.RouteTableIDs", "Requester.Provider",
				"Accepter.Key", "Accepter.AccountID", "Accepter.Region", "Accepter.CIDRs", "Accepter.VpcID", "Accepter.RouteTableIDs", "Accepter.Provider"),
			[]bad[network.PeeringArgs]{
				{"no name", func(a *network.PeeringArgs) { a.Name = "" }, word("Name is not set")},
				{"requester without a provider", func(a *network.PeeringArgs) { a.Requester.Provider = nil }, word("Requester.Provider", "another account")},
				{"accepter without a provider", func(a *network.PeeringArgs) { a.Accepter.Provider = nil }, word("Accepter.Provider", "another account")},
				{"requester without a route table", func(a *network.PeeringArgs) { a.Requester.RouteTableIDs = nil }, word("Requester.RouteTableIDs", "no route")},
				{"accepter without a route table", func(a *network.PeeringArgs) { a.Accepter.RouteTableIDs = map[string]pulumi.StringOutput{} }, word("Accepter.RouteTableIDs", "no route")},
				{"a VPC that is not there", func(a *network.PeeringArgs) { a.Accepter.VpcID = nil }, word("Accepter.VpcID is not set")},
				{"equal networks", func(a *network.PeeringArgs) { a.Accepter.CIDRs = a.Requester.CIDRs }, word("Accepter.CIDRs", "overlaps", "10.0.0.0/16")},
				{"one network inside the other", func(a *network.PeeringArgs) { a.Accepter.CIDRs = []string{"10.1.0.0/16", "10.0.4.0/24"} }, word("Accepter.CIDRs", "10.0.4.0/24", "overlaps")},
				{"a network that is none", func(a *network.PeeringArgs) { a.Requester.CIDRs = []string{"10.0.0.0"} }, word("Requester.CIDRs", "is not a CIDR")},
				{"a VPC with itself", func(a *network.PeeringArgs) { a.Accepter.Key = "local" }, word("Accepter.Key", "with itself")},
				{"an account with itself", func(a *network.PeeringArgs) { a.Accepter.AccountID = local }, word("Accepter.AccountID", "two accounts, or two regions of one")},
				{"requester without a region", func(a *network.PeeringArgs) { a.Requester.Region = "" }, word("Requester.Region is not set")},
				{"accepter without a region", func(a *network.PeeringArgs) { a.Accepter.Region = "" }, word("Accepter.Region is not set")},
			}),
		of("transit gateway", network.NewTransit, validTransit,
			word("Name", "Sides", "Home", "Owner"),
			[]bad[network.TransitArgs]{
				{"no name", func(a *network.TransitArgs) { a.Name = "" }, word("Name is not set")},
				{"no side", func(a *network.TransitArgs) { a.Sides = nil }, word("Sides is not set", "joins networks")},
				{"a side in another region", func(a *network.TransitArgs) { a.Sides[1].Region = "us-east-1" }, word("Sides[1].Region", "the gateway is in eu-central-1")},
				{"a side twice", func(a *network.TransitArgs) { a.Sides[1].Key = a.Sides[0].Key }, word("Sides[1].Key", "another side")},
				{"a side without subnets", func(a *network.TransitArgs) { a.Sides[0].SubnetIDs = nil }, word("Sides[0].SubnetIDs", "no zone")},
				{"a side without a route table", func(a *network.TransitArgs) { a.Sides[1].RouteTableIDs = nil }, word("Sides[1].RouteTableIDs")},
				{"an attachment before its gateway", func(a *network.TransitArgs) { a.Sides[0].AttachmentID = "tgw-attach-1" }, word("Sides[0].AttachmentID is set", "nothing is attached")},
				{"nobody's gateway", func(a *network.TransitArgs) { a.Owner = nil }, word("Owner is not set", "nobody would own")},
				{"an owner without a provider", func(a *network.TransitArgs) { a.Owner.Provider = nil }, word("Owner.Provider", "another account")},
				{"two owners", func(a *network.TransitArgs) { a.GatewayID = "tgw-1" }, word("Owner is set", "tgw-1 has an owner")},
				{"a share of somebody else's", func(a *network.TransitArgs) { a.GatewayID, a.Owner, a.Organization = "tgw-1", nil, true }, word("Organization is set", "tgw-1")},
			}),
		of("peering of transit gateways", network.NewTransitPeering, validTransitPeering,
			word("Name", "Home", "Requester.Owner", "Requester.Transit", "Requester.Sides", "Accepter.Owner", "Accepter.Transit", "Accepter.Sides"),
			[]bad[network.TransitPeeringArgs]{
				{"no name", func(a *network.TransitPeeringArgs) { a.Name = "" }, word("Name is not set")},
				{"one region", func(a *network.TransitPeeringArgs) { a.Accepter.Owner.Region = region }, word("Accepter.Owner.Region", "share a gateway")},
				{"an accepter without a provider", func(a *network.TransitPeeringArgs) { a.Accepter.Owner.Provider = nil }, word("Accepter.Owner.Provider", "another account")},
				{"a network without a route table", func(a *network.TransitPeeringArgs) { a.Accepter.Sides[0].RouteTableIDs = nil }, word("Accepter.Sides[0].RouteTableIDs")},
			}),
		of("task security groups", network.NewTaskSecurityGroups, validTasks,
			word("Name", "VpcID", "Provider", "Mesh"),
			[]bad[network.TaskSecurityGroupsArgs]{
				{"no name", func(a *network.TaskSecurityGroupsArgs) { a.Name = "" }, word("Name is not set")},
				{"no VPC", func(a *network.TaskSecurityGroupsArgs) { a.VpcID = nil }, word("VpcID", "default VPC")},
				{"no provider", func(a *network.TaskSecurityGroupsArgs) { a.Provider = nil }, word("Provider", "another account")},
				{"no mesh", func(a *network.TaskSecurityGroupsArgs) { a.Mesh = nil }, word("Mesh is not set", "Istiod =")},
				{"istiod in no network of the mesh", func(a *network.TaskSecurityGroupsArgs) { a.Istiod = "elsewhere" }, word("Istiod =", "elsewhere")},
				{"everybody as the mesh", func(a *network.TaskSecurityGroupsArgs) { a.Mesh["external"] = []string{"0.0.0.0/0"} }, word(`Mesh["external"]`, "too large")},
				{"an account without a network", func(a *network.TaskSecurityGroupsArgs) { a.Mesh["external"] = nil }, word(`Mesh["external"]`, "a VPC has a network")},
				{"half of the ways", func(a *network.TaskSecurityGroupsArgs) {
					a.Services = &network.ServiceWays{EndpointsID: pulumi.String("sg-1")}
				}, word("Services is not set", "the layers are in S3")},
				{"a way to S3 alone", func(a *network.TaskSecurityGroupsArgs) {
					a.Services = &network.ServiceWays{S3PrefixListID: pulumi.String("pl-1")}
				}, word("Services is not set", "ECR answers at an endpoint")},
				{"metrics for everybody", func(a *network.TaskSecurityGroupsArgs) { a.MetricsFrom = []string{"0.0.0.0/0"} }, word("MetricsFrom", "too large")},
				{"a network that is none", func(a *network.TaskSecurityGroupsArgs) { a.Mesh["local"] = []string{"10.0.0.0/16", "fd00::/64"} }, word(`Mesh["local"]`, "IPv4")},
			}),
		of("egress group", network.NewEgressGroup, validEgress,
			word("Name", "VpcID", "Provider", "Rules"),
			[]bad[network.EgressGroupArgs]{
				{"no name", func(a *network.EgressGroupArgs) { a.Name = "" }, word("Name is not set")},
				{"no VPC", func(a *network.EgressGroupArgs) { a.VpcID = nil }, word("VpcID", "default VPC")},
				{"no provider", func(a *network.EgressGroupArgs) { a.Provider = nil }, word("Provider", "another account")},
				{"no rule", func(a *network.EgressGroupArgs) { a.Rules = nil }, word("Rules", "permits nothing")},
				{"port 0", func(a *network.EgressGroupArgs) { a.Rules[0].Port = 0 }, word("Rules[0].Port", "between 1 and 65535")},
				{"port 65536", func(a *network.EgressGroupArgs) { a.Rules[1].Port = 65536 }, word("Rules[1].Port", "between 1 and 65535")},
				{"every protocol", func(a *network.EgressGroupArgs) { a.Rules[0].Protocol = "-1" }, word("Rules[0].Protocol", "tcp or udp")},
				{"no destination", func(a *network.EgressGroupArgs) { a.Rules[0].CIDR = "" }, word("Rules[0].CIDR", "is not a CIDR")},
				{"a destination with bits beyond its prefix", func(a *network.EgressGroupArgs) { a.Rules[0].CIDR = "10.9.0.7/24" }, word("Rules[0].CIDR", "10.9.0.0/24")},
				{"a description that AWS refuses", func(a *network.EgressGroupArgs) { a.Rules[0].Description = "cart → orders" }, word("Rules[0].Description")},
				{"too long a description", func(a *network.EgressGroupArgs) { a.Rules[0].Description = strings.Repeat("x", 256) }, word("Rules[0].Description", "255")},
				{"one rule twice", func(a *network.EgressGroupArgs) {
					a.Rules[1] = a.Rules[0]
					a.Rules[1].Description = "said in other words"
				}, word("Rules[1] =", "Rules[0] says the same")},
			}),
	}
}

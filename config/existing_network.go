package config

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"ambient-ecs/network/cidr"
	"ambient-ecs/problem"
)

// ExistingNetwork is a VPC that the program reads and does not make. It makes security groups in the VPC, peerings of it and
// routes in the named tables, and leaves everything else as it is.
type ExistingNetwork struct {
	// VPCID is the VPC. Required, or vpcTags.
	VPCID string `config:"vpcId"`
	// VPCTags are tags that one VPC of the account and region has, instead of vpcId (docs/networks.md).
	VPCTags map[string]string `config:"vpcTags"`
	// SecondaryCIDRs are the VPC's other IPv4 networks. They count as the account's: in rules, source ranges and routes.
	SecondaryCIDRs []string `config:"secondaryCidrs"`
	// UnroutedCIDRs are networks of the VPC that lead nowhere else, such as the same 100.64.0.0/16 in every VPC behind a transit gateway.
	// They count in no rule, source range or route. No subnet that is named here may be in one.
	UnroutedCIDRs []string `config:"unroutedCidrs"`
	// PrivateSubnetIDs are the subnets of tasks and, at home, of the EKS control plane and nodes, in two zones at least.
	// Required, or privateSubnetTags. At home they are for the life of a stack.
	PrivateSubnetIDs []string `config:"privateSubnetIds"`
	// PrivateSubnetTags are tags that these subnets of the VPC have, and no other of its subnets, instead of privateSubnetIds. At home
	// with loadBalancerSubnetIds.
	PrivateSubnetTags map[string]string `config:"privateSubnetTags"`
	// RouteTableIDs are the route tables that get a route to each other account's networks, among them those of the private
	// subnets. Required where there is another network and connect is not none. An account that shares the VPC of another one, by
	// AWS RAM, names none. With transitGateway.id the owner may keep the routes of a table: leave it out.
	RouteTableIDs []string `config:"routeTableIds"`
	// RouteTableTags are tags that these route tables of the VPC have, and no other of its tables, instead of routeTableIds.
	RouteTableTags map[string]string `config:"routeTableTags"`
	// LoadBalancerSubnetIDs are the subnets of the internal load balancers, one in each zone. Only at home. Empty:
	// privateSubnetIds.
	LoadBalancerSubnetIDs []string `config:"loadBalancerSubnetIds"`
	// AttachmentID is the VPC's attachment to transitGateway.id, where its owner has made it: AWS allows one. The program makes none and
	// leaves this one alone. Empty: the program attaches the VPC.
	AttachmentID string `config:"attachmentId"`
	// AttachmentSubnetIDs are the subnets of the attachment that the program makes, one in each zone of the private subnets. Only with
	// connect transit-gateway. Empty: private subnets, one in each zone.
	AttachmentSubnetIDs []string `config:"attachmentSubnetIds"`
	// PublicSubnetIDs are the subnets of the ingress's load balancer, one in each zone. Required where the ingress is public.
	PublicSubnetIDs []string `config:"publicSubnetIds"`
}

// minZones is the least number of private subnets of a network that exists: the loss of one zone must not stop the account.
const minZones = 2

var (
	vpcID        = regexp.MustCompile(`^vpc-[0-9a-f]{8}(?:[0-9a-f]{9})?$`)
	subnetID     = regexp.MustCompile(`^subnet-[0-9a-f]{8}(?:[0-9a-f]{9})?$`)
	routeTableID = regexp.MustCompile(`^rtb-[0-9a-f]{8}(?:[0-9a-f]{9})?$`)
	attachmentID = regexp.MustCompile(`^tgw-attach-[0-9a-f]{17}$`)
)

// LoadBalancerSubnets are the subnets of the internal load balancers. Nil: Kubernetes finds those that the program tags.
func (c Config) LoadBalancerSubnets() []string {
	network := c.Accounts[c.Home].Network
	switch {
	case network == nil:
		return nil
	case len(network.LoadBalancerSubnetIDs) > 0:
		return network.LoadBalancerSubnetIDs
	}
	return network.PrivateSubnetIDs
}

// IngressSubnets are the subnets of the ingress's load balancer. Nil: Kubernetes finds those that the program tags.
func (c Config) IngressSubnets() []string {
	network := c.Accounts[c.Home].Network
	if network != nil && c.Ingress.SchemeOrDefault() == SchemePublic {
		return network.PublicSubnetIDs
	}
	return c.LoadBalancerSubnets()
}

// checkExistingNetwork checks what can be said of a network before AWS is asked.
func (c Config) checkExistingNetwork(p *problem.List, key string, taken *taken) {
	account := c.Accounts[key]
	n, field := account.Network, "accounts."+key+".network"
	switch {
	case n.VPCID == "" && len(n.VPCTags) > 0:
	case n.VPCID == "":
		p.Missing(field+".vpcId", "name the VPC, or give vpcTags, or leave network out and the program makes one")
	case !vpcID.MatchString(n.VPCID):
		p.Refuse(field+".vpcId", n.VPCID, "this is not the id of a VPC, such as vpc-0123456789abcdef0")
	}
	if account.Subnets != nil {
		p.Add("accounts."+key+".subnets", problem.IsSet, "%s names the subnets that exist: leave one of the two out", field)
	}
	c.checkSecondary(p, key, taken)
	checkIDs(p, field+".privateSubnetIds", n.PrivateSubnetIDs, subnetID, "a subnet, such as subnet-0123456789abcdef0")
	if len(n.PrivateSubnetIDs) < minZones && len(n.PrivateSubnetTags) == 0 {
		p.Refuse(field+".privateSubnetIds", n.PrivateSubnetIDs, "name subnets in at least %d zones: the loss of one must not stop the account", minZones)
	}
	checkIDs(p, field+".routeTableIds", n.RouteTableIDs, routeTableID, "a route table, such as rtb-0123456789abcdef0")
	c.checkSameVPC(p, key)
	c.checkNetworkTags(p, key)
	tables, given := field+".routeTableIds", len(n.RouteTableIDs) > 0
	if len(n.RouteTableTags) > 0 {
		tables, given = field+".routeTableTags", true
	}
	switch {
	case c.CallsOnly(key), c.JoinedByOthers(key):
		// checkUnroutedTables says why it gets no route.
	case !given && c.TransitGateway.ID != "":
		// Its owner keeps all routes: the preview looks where they lead.
	case !given && c.NetworkKey(key) == key && c.Joins():
		p.Missing(field+".routeTableIds", "the routes to the other accounts go into them: networks without a route are not joined")
	case given && len(c.NetworkKeys()) < 2:
		p.Add(tables, problem.IsSet, "there is no other network to which a route would lead")
	case given && len(c.JoinedKeys()) < 2:
		p.Add(tables, problem.IsSet, "somebody else joins every other network (connect %s of the accounts): the program adds no route", AccountConnectNone)
	case given && !c.Joins():
		p.Add(tables, problem.IsSet, "connect is %s: the program adds no route", c.Connect)
	}
	c.checkAttachment(p, key)
	c.checkBalancerSubnets(p, key)
}

// checkAttachment checks how a network comes to a transit gateway.
func (c Config) checkAttachment(p *problem.List, key string) {
	n, field := c.Accounts[key].Network, "accounts."+key+".network"
	checkIDs(p, field+".attachmentSubnetIds", n.AttachmentSubnetIDs, subnetID, "a subnet, such as subnet-0123456789abcdef0")
	for name, set := range map[string]bool{".attachmentId": n.AttachmentID != "", ".attachmentSubnetIds": len(n.AttachmentSubnetIDs) > 0} {
		switch {
		case !set:
		case c.CallsOnly(key):
			p.Add(field+name, problem.IsSet, "connect is %s: the account is attached to no transit gateway", ConnectPrivateLink)
		case c.Accounts[key].Connect == AccountConnectNone:
			p.Add(field+name, problem.IsSet, "connect of the account is %s: the program attaches it to nothing, and uses no attachment of others", AccountConnectNone)
		case c.Connect != ConnectTransitGateway:
			p.Add(field+name, problem.IsSet, "only connect %s uses it", ConnectTransitGateway)
		case c.NetworkKey(key) != key:
			p.Add(field+name, problem.IsSet, "accounts.%s stands for this VPC, and its entry says how it is attached", c.NetworkKey(key))
		}
	}
	if n.AttachmentID == "" {
		return
	}
	switch {
	case !attachmentID.MatchString(n.AttachmentID):
		p.Refuse(field+".attachmentId", n.AttachmentID, "this is not the id of an attachment, such as tgw-attach-0123456789abcdef0")
	case c.Connect == ConnectTransitGateway && c.TransitGateway.ID == "":
		p.Add(field+".attachmentId", problem.IsSet, "the program makes the transit gateway, and its attachments. Name the gateway of others in transitGateway.id")
	case len(n.AttachmentSubnetIDs) > 0:
		p.Add(field+".attachmentSubnetIds", problem.IsSet, "%s.attachmentId names an attachment that exists: its owner chose its subnets", field)
	}
}

// checkSameVPC checks an entry against the others that share its VPC. One VPC has one set of networks, and one owner, who alone can
// change its route tables. https://docs.aws.amazon.com/vpc/latest/userguide/vpc-share-limitations.html, 2026-11-29.
func (c Config) checkSameVPC(p *problem.List, key string) {
	account, field := c.Accounts[key], "accounts."+key
	for _, other := range c.AccountKeys() {
		first := c.Accounts[other]
		if other >= key || first.Network == nil || account.Network.VPCID == "" || first.Network.VPCID != account.Network.VPCID {
			continue
		}
		if c.RegionOf(key) != c.RegionOf(other) {
			p.Refuse(field+".network.vpcId", account.Network.VPCID, "accounts.%s names it too, in %s, and a VPC is in one region", other, c.RegionOf(other))
			continue
		}
		mine, theirs := slices.Sorted(slices.Values(account.CIDRs())), slices.Sorted(slices.Values(first.CIDRs()))
		if account.VPCCIDR != first.VPCCIDR || !slices.Equal(mine, theirs) {
			p.Refuse(field+".vpcCidr", account.CIDRs(), "accounts.%s is in the same VPC, %s, with other networks: %v", other, account.Network.VPCID, first.CIDRs())
		}
		if account.Connect != first.Connect && (account.Connect == AccountConnectNone || first.Connect == AccountConnectNone) {
			p.Refuse(field+".connect", account.Connect, "accounts.%s is in the same VPC, %s, which is one network, and its connect is %q: give both the same", other, account.Network.VPCID, first.Connect)
		}
		if mine, theirs := account.Network.UnroutedCIDRs, first.Network.UnroutedCIDRs; !slices.Equal(slices.Sorted(slices.Values(mine)), slices.Sorted(slices.Values(theirs))) {
			p.Refuse(field+".network.unroutedCidrs", mine, "accounts.%s is in the same VPC, %s, with other networks: %v", other, account.Network.VPCID, theirs)
		}
		if account.Network.asOwner() && first.Network.asOwner() {
			key := ".network.routeTableIds"
			if len(account.Network.RouteTableIDs) == 0 {
				key = ".network.attachmentId"
			}
			p.Add(field+key, problem.IsSet, "accounts.%s is in the same VPC and names route tables or the attachment too: only the owner of the VPC can change them, so name them in its entry alone", other)
		}
	}
}

// asOwner reports whether an entry says what only the owner of a VPC can say.
func (n *ExistingNetwork) asOwner() bool { return len(n.RouteTableIDs) > 0 || n.AttachmentID != "" }

// checkSecondary checks the further networks of a VPC.
func (c Config) checkSecondary(p *problem.List, key string, taken *taken) {
	account := c.Accounts[key]
	var own []netip.Prefix
	if primary, err := cidr.Parse(account.VPCCIDR); err == nil {
		own = append(own, primary)
	}
	for _, list := range []struct {
		key      string
		networks []string
		unrouted bool
	}{{"secondaryCidrs", account.Network.SecondaryCIDRs, false}, {"unroutedCidrs", account.Network.UnroutedCIDRs, true}} {
		for i, text := range list.networks {
			field := fmt.Sprintf("accounts.%s.network.%s[%d]", key, list.key, i)
			network, err := cidr.ParseExisting(text)
			if err != nil {
				p.Because(field, text, err)
				continue
			}
			if slices.ContainsFunc(own, network.Overlaps) {
				p.Refuse(field, text, "it overlaps another network of the same VPC, which AWS does not allow")
				continue
			}
			own = append(own, network)
			if c.CallsOnly(key) {
				continue
			}
			if !list.unrouted {
				c.checkServiceRanges(p, field, network)
			}
			taken.add(p, placed{field: field, account: c.NetworkKey(key), network: network, peered: c.peers(key), unrouted: list.unrouted})
		}
	}
}

// checkBalancerSubnets checks the subnets of load balancers, which are all at home.
func (c Config) checkBalancerSubnets(p *problem.List, key string) {
	n, field := c.Accounts[key].Network, "accounts."+key+".network"
	public := c.Ingress.On() && c.Ingress.SchemeOrDefault() == SchemePublic
	for name, given := range map[string][]string{".loadBalancerSubnetIds": n.LoadBalancerSubnetIDs, ".publicSubnetIds": n.PublicSubnetIDs} {
		checkIDs(p, field+name, given, subnetID, "a subnet, such as subnet-0123456789abcdef0")
		if len(given) > 0 && key != c.Home {
			p.Add(field+name, problem.IsSet, "all load balancers are in the home account, %s", c.Home)
		}
	}
	switch {
	case key != c.Home:
	case public && len(n.PublicSubnetIDs) == 0:
		p.Missing(field+".publicSubnetIds", "the ingress is public, and its load balancer needs subnets with a route to an internet gateway")
	case !public && len(n.PublicSubnetIDs) > 0:
		p.Add(field+".publicSubnetIds", problem.IsSet, "only a public ingress uses them")
	}
	if _, said := c.GatewayAnnotations[awsLoadBalancer+"subnets"]; said && key == c.Home {
		p.Add("gatewayAnnotations", awsLoadBalancer+"subnets is set", "%s.loadBalancerSubnetIds says the subnets, for the ingress too", field)
	}
}

// checkIDs checks a list of ids of one kind.
func checkIDs(p *problem.List, field string, ids []string, form *regexp.Regexp, kind string) {
	for i, id := range ids {
		switch at := fmt.Sprintf("%s[%d]", field, i); {
		case !form.MatchString(id):
			p.Refuse(at, id, "this is not the id of %s", kind)
		case slices.Contains(ids[:i], id):
			p.Refuse(at, id, "it is in the list twice")
		}
	}
}

// keptByOthers tells of what the program leaves to the owner of a network.
func (c Config) keptByOthers(lives Lives) (warnings []string) {
	for _, key := range c.AccountKeys() {
		network := c.Accounts[key].Network
		if network == nil || lives.Accounts[key] {
			continue
		}
		if e, _ := c.endpointsIn(key); e.Enabled {
			warnings = append(warnings, fmt.Sprintf("accounts.%s.network: endpoints makes interface endpoints in the VPCs that the program makes. The owner of %s decides about endpoints there", key, cmp.Or(network.VPCID, "the VPC")))
		}
		if c.FlowLogs.Enabled {
			warnings = append(warnings, fmt.Sprintf("accounts.%s.network: flowLogs records the VPCs that the program makes. The owner of %s decides about flow logs there", key, cmp.Or(network.VPCID, "the VPC")))
		}
	}
	return warnings
}

// ByTags reports whether anything of a network is found by tags, and not yet named by id.
func (n *ExistingNetwork) ByTags() bool {
	return n != nil && len(n.VPCTags)+len(n.PrivateSubnetTags)+len(n.RouteTableTags) > 0
}

// Located is the configuration with the networks that tags led to, by account key: what they lead to stands where ids would
// stand. It is checked like ids that somebody wrote.
func (c Config) Located(found map[string]ExistingNetwork) (Config, error) {
	c.Accounts = maps.Clone(c.Accounts)
	for key, network := range found {
		account := c.Accounts[key]
		account.Network = &network
		c.Accounts[key] = account
	}
	var p problem.List
	c.checkNetwork(&p)
	return c, p.Err()
}

// checkNetworkTags checks the tags by which a network is found.
func (c Config) checkNetworkTags(p *problem.List, key string) {
	n, field := c.Accounts[key].Network, "accounts."+key+".network"
	if len(n.PrivateSubnetTags) > 0 && key == c.Home {
		c.checkHomeSubnetTags(p, field)
	}
	for _, one := range []struct {
		key, ids string
		tags     map[string]string
		named    bool
	}{
		{".vpcTags", "vpcId", n.VPCTags, n.VPCID != ""},
		{".privateSubnetTags", "privateSubnetIds", n.PrivateSubnetTags, len(n.PrivateSubnetIDs) > 0},
		{".routeTableTags", "routeTableIds", n.RouteTableTags, len(n.RouteTableIDs) > 0},
	} {
		switch {
		case len(one.tags) == 0:
			continue
		case one.named:
			p.Add(field+one.key, problem.IsSet, "%s says it too: leave one of the two out", one.ids)
		}
		for _, tag := range slices.Sorted(maps.Keys(one.tags)) {
			value := one.tags[tag]
			switch at := field + one.key + "." + tag; {
			case tag == "":
				p.Refuse(field+one.key, tag, "a tag needs a key")
			case utf8.RuneCountInString(tag) > maxTagKey || !tagText.MatchString(tag):
				p.Refuse(field+one.key, tag, "no tag has such a key: at most %d characters; %s", maxTagKey, tagTextRule)
			case strings.ContainsAny(value, "*?"):
				p.Refuse(at, value, "EC2 takes * and ? as wildcards when it looks for tags, and no tag has them: give the whole value")
			default:
				checkTagValue(p, at, value)
			}
		}
	}
}

// checkHomeSubnetTags asks for what has to stay where it is when somebody moves a tag of the home account's subnets.
func (c Config) checkHomeSubnetTags(p *problem.List, field string) {
	if len(c.Accounts[c.Home].Network.LoadBalancerSubnetIDs) == 0 {
		p.Missing(field+".loadBalancerSubnetIds", "privateSubnetTags leads to the other subnets, and a tag can move: a load balancer in other subnets would get other addresses, so name its subnets by their ids")
	}
	for _, group := range c.NodeGroupList() {
		if len(group.Zones) > 0 {
			p.Refuse("nodeGroups."+group.Key+".zones", group.Zones, "they count the private subnets of the home account, and tags give those no order: name them in %s.privateSubnetIds", field)
		}
	}
}

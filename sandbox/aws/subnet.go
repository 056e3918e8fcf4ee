package aws

import (
	"net/netip"
	"slices"
	"strings"

	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

func subnetType() *resourceType {
	return &resourceType{
		token: subnetKind, service: "EC2", noun: "EC2 Subnet", creates: "CreateSubnet", deletes: "DeleteSubnet",
		inputs: map[string]input{
			"availabilityZone":               {replace: true, computed: true},
			"availabilityZoneId":             {replace: true, computed: true},
			"cidrBlock":                      {required: true, replace: true, check: isNetwork},
			"mapPublicIpOnLaunch":            {preset: false},
			"privateDnsHostnameTypeOnLaunch": {chosen: "ip-name", check: oneOf("ip-name", "resource-name")},
			"tags":                           tags,
			"vpcId":                          {required: true, replace: true, refers: vpcKind},
		},
		validate: func(in map[string]any) []provider.Failure {
			if in["availabilityZone"] != nil && in["availabilityZoneId"] != nil {
				return []provider.Failure{{Property: "availabilityZone", Reason: `"availability_zone": conflicts with availability_zone_id`}}
			}
			return nil
		},
		outputs: values{"arn": arn("ec2", "subnet/${id}"), "ownerId": "${Account}"},
		newID:   ec2ID("subnet"),
		missing: refusal{"InvalidSubnetID.NotFound", "The subnet ID '${id}' does not exist"},
		holders: []link{{kind: interfaceKind, property: "subnetId"}},
		held:    refusal{"DependencyViolation", "The subnet '${id}' has dependencies and cannot be deleted."},
		parts:   []link{{kind: routeTableAssociationKind, property: "subnetId"}},
		create:  createSubnet,
	}
}

func createSubnet(c *call, res *world.Resource) error {
	cidr := text(c.in, "cidrBlock")
	p, ok := network(cidr)
	inside := func(outer netip.Prefix) bool { return within(p, outer) }
	if !ok || p.Bits() < 16 || p.Bits() > 28 || !slices.ContainsFunc(vpcNetworks(c.Tx, c.get(vpcKind, text(c.in, "vpcId"))), inside) {
		return c.refuse("InvalidSubnet.Range", "The CIDR '%s' is invalid.", cidr)
	}
	for _, other := range c.each(subnetKind, Has("vpcId", text(c.in, "vpcId"))) {
		if q, _ := network(other.String("cidrBlock")); q.Overlaps(p) {
			return c.refuse("InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", cidr)
		}
	}
	z, err := c.zone(text(c.in, "availabilityZone"), text(c.in, "availabilityZoneId"))
	res.Props["availabilityZone"], res.Props["availabilityZoneId"] = z.name, z.id
	return err
}

// zone finds a zone by name or id; with neither AWS takes the first.
func (c *call) zone(name, id string) (zone, error) {
	zones := zonesOf(c.account, c.region)
	if name == "" && id == "" {
		return zones[0], nil
	}
	property, asked := "availabilityZone", name
	known := func(z zone) string { return z.name }
	if id != "" {
		property, asked, known = "availabilityZoneId", id, func(z zone) string { return z.id }
	}
	var all []string
	for _, z := range zones {
		if known(z) == asked {
			return z, nil
		}
		all = append(all, known(z))
	}
	return zone{}, c.refuse("InvalidParameterValue", "Value (%s) for parameter %s is invalid. Subnets can currently only be created in the following availability zones: %s.", asked, property, strings.Join(all, ", "))
}

// interfaceKind is a network interface. Programs here make none; AWS makes them for gateways, load balancers,
// tasks, nodes and control planes.
const interfaceKind = "aws:ec2/networkInterface:NetworkInterface"

// placeInterface makes a network interface with the next free address of a subnet.
func placeInterface(tx *world.Tx, subnet *world.Resource, owner, description string, groups []string, props map[string]any) (*world.Resource, error) {
	ip, ok := freeAddress(tx, subnet)
	if !ok {
		return nil, &apiError{Service: "EC2", Operation: "CreateNetworkInterface", Code: "InsufficientFreeAddressesInSubnet",
			Message: "The specified subnet does not have enough free addresses to satisfy the request."}
	}
	res := &world.Resource{
		Account: subnet.Account, Region: subnet.Region, Kind: interfaceKind, ID: newID(tx, "eni"), Owner: owner,
		Props: map[string]any{
			"subnetId": subnet.ID, "vpcId": subnet.String("vpcId"), "availabilityZone": subnet.String("availabilityZone"),
			"privateIp": ip.String(), "securityGroups": anys(groups), "description": description,
		},
	}
	for k, v := range props {
		res.Props[k] = clone(v)
	}
	tx.Put(res)
	return res, nil
}

// freeAddress returns the lowest address of a subnet that is free. AWS keeps the first four and the last.
func freeAddress(tx *world.Tx, subnet *world.Resource) (netip.Addr, bool) {
	p, ok := network(subnet.String("cidrBlock"))
	if !ok {
		return netip.Addr{}, false
	}
	used := addresses(tx, subnet)
	for n := 4; n < size(p)-1; n++ {
		if a := host(p, n); !used[a.String()] {
			return a, true
		}
	}
	return netip.Addr{}, false
}

// addresses are those of a subnet that are taken.
func addresses(tx *world.Tx, subnet *world.Resource) map[string]bool {
	used := map[string]bool{}
	for _, r := range tx.Find(subnet.Account, interfaceKind, Has("subnetId", subnet.ID)) {
		used[r.String("privateIp")] = true
	}
	return used
}

// TakenAddresses are the addresses of a subnet that network interfaces have.
func TakenAddresses(tx *world.Tx, subnet *world.Resource) map[string]bool {
	return addresses(tx, subnet)
}

// free is the number of a subnet's free addresses.
func free(tx *world.Tx, subnet *world.Resource) int {
	p, ok := network(subnet.String("cidrBlock"))
	if !ok {
		return 0
	}
	return size(p) - 5 - len(addresses(tx, subnet))
}

package aws

import (
	"net/netip"
	"strings"

	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

func subnetType() *resourceType {
	return &resourceType{
		token: subnetKind, service: "EC2", noun: "EC2 Subnet",
		inputs: map[string]input{
			"availabilityZone":               {replace: true, computed: true},
			"availabilityZoneId":             {replace: true, computed: true},
			"cidrBlock":                      {required: true, replace: true, check: isNetwork},
			"mapPublicIpOnLaunch":            {preset: false},
			"privateDnsHostnameTypeOnLaunch": {computed: true, check: oneOf("ip-name", "resource-name")},
			"tags":                           tags,
			"vpcId":                          {required: true, replace: true},
		},
		validate: func(in map[string]any) []provider.Failure {
			if in["availabilityZone"] != nil && in["availabilityZoneId"] != nil {
				return []provider.Failure{{Property: "availabilityZone", Reason: `"availability_zone": conflicts with availability_zone_id`}}
			}
			return nil
		},
		outputs: []string{"arn", "ownerId"},
		create:  createSubnet,
		remove: func(c *call, res *world.Resource) error {
			if len(c.each(interfaceKind, func(r *world.Resource) bool { return r.String("subnetId") == res.ID })) > 0 {
				return c.refuse("DeleteSubnet", "DependencyViolation", "The subnet '%s' has dependencies and cannot be deleted.", res.ID)
			}
			// An association goes with its subnet.
			for _, a := range c.each(routeTableAssociationKind, func(r *world.Resource) bool { return r.String("subnetId") == res.ID }) {
				c.Drop(a)
			}
			return nil
		},
	}
}

func createSubnet(c *call, res *world.Resource) error {
	vpc, err := c.vpc("CreateSubnet", text(c.in, "vpcId"))
	if err != nil {
		return err
	}
	cidr := text(c.in, "cidrBlock")
	p, ok := network(cidr)
	outer, _ := network(vpc.String("cidrBlock"))
	if !ok || p.Bits() < 16 || p.Bits() > 28 || !within(p, outer) {
		return c.refuse("CreateSubnet", "InvalidSubnet.Range", "The CIDR '%s' is invalid.", cidr)
	}
	for _, other := range c.each(subnetKind, func(r *world.Resource) bool { return r.String("vpcId") == vpc.ID }) {
		if q, _ := network(other.String("cidrBlock")); q.Overlaps(p) {
			return c.refuse("CreateSubnet", "InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", cidr)
		}
	}
	z, err := c.zone(text(c.in, "availabilityZone"), text(c.in, "availabilityZoneId"))
	if err != nil {
		return err
	}
	res.ID = newID(c.Tx, "subnet")
	res.Props["availabilityZone"], res.Props["availabilityZoneId"] = z.name, z.id
	if res.String("privateDnsHostnameTypeOnLaunch") == "" {
		res.Props["privateDnsHostnameTypeOnLaunch"] = "ip-name"
	}
	res.Props["arn"] = c.arn("ec2", "subnet/"+res.ID)
	res.Props["ownerId"] = c.account
	return nil
}

// zone finds a zone by name or id; with neither AWS takes the first.
func (c *call) zone(name, id string) (zone, error) {
	zones := zonesOf(c.account, c.region)
	if name == "" && id == "" {
		return zones[0], nil
	}
	var names, zoneIDs []string
	for _, z := range zones {
		if z.name == name || z.id == id {
			return z, nil
		}
		names, zoneIDs = append(names, z.name), append(zoneIDs, z.id)
	}
	if id != "" {
		return zone{}, c.refuse("CreateSubnet", "InvalidParameterValue", "Value (%s) for parameter availabilityZoneId is invalid. Subnets can currently only be created in the following availability zones: %s.", id, strings.Join(zoneIDs, ", "))
	}
	return zone{}, c.refuse("CreateSubnet", "InvalidParameterValue", "Value (%s) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: %s.", name, strings.Join(names, ", "))
}

// subnet returns the subnet that an EC2 operation names.
func (c *call) subnet(operation, id string) (*world.Resource, error) {
	if res := c.get(subnetKind, id); res != nil {
		return res, nil
	}
	return nil, c.refuse(operation, "InvalidSubnetID.NotFound", "The subnet ID '%s' does not exist", id)
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
	for _, r := range tx.Find(subnet.Account, interfaceKind, func(r *world.Resource) bool { return r.String("subnetId") == subnet.ID }) {
		used[r.String("privateIp")] = true
	}
	return used
}

// free is the number of a subnet's free addresses.
func free(tx *world.Tx, subnet *world.Resource) int {
	p, ok := network(subnet.String("cidrBlock"))
	if !ok {
		return 0
	}
	return size(p) - 5 - len(addresses(tx, subnet))
}

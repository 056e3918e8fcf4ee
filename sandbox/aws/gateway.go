package aws

import (
	"fmt"
	"time"

	"ambient-ecs/sandbox/world"
)

const (
	internetGatewayKind = "aws:ec2/internetGateway:InternetGateway"
	eipKind             = "aws:ec2/eip:Eip"
	natGatewayKind      = "aws:ec2/natGateway:NatGateway"
)

func internetGatewayType() *resourceType {
	return &resourceType{
		token: internetGatewayKind, service: "EC2", noun: "EC2 Internet Gateway",
		inputs:  map[string]input{"tags": tags, "vpcId": {computed: true}},
		outputs: []string{"arn", "ownerId"},
		create: func(c *call, res *world.Resource) error {
			res.ID = newID(c.Tx, "igw")
			res.Props["arn"] = c.arn("ec2", "internet-gateway/"+res.ID)
			res.Props["ownerId"] = c.account
			return c.attach(res, text(c.in, "vpcId"))
		},
		update: func(c *call, res *world.Resource) error {
			to := text(c.in, "vpcId")
			if to == "" || to == res.String("vpcId") {
				return nil
			}
			if err := c.detach(res); err != nil {
				return err
			}
			return c.attach(res, to)
		},
		remove: (*call).detach,
	}
}

func (c *call) attach(gateway *world.Resource, vpc string) error {
	if vpc == "" {
		return nil
	}
	if _, err := c.vpc("AttachInternetGateway", vpc); err != nil {
		return err
	}
	if others := c.each(internetGatewayKind, func(r *world.Resource) bool { return r.ID != gateway.ID && r.String("vpcId") == vpc }); len(others) > 0 {
		return c.refuse("AttachInternetGateway", "InvalidParameterValue", "Network %s already has an internet gateway attached", vpc)
	}
	return nil
}

// detach refuses while public addresses of the VPC lead through the gateway.
func (c *call) detach(gateway *world.Resource) error {
	vpc := gateway.String("vpcId")
	public := c.each(interfaceKind, func(r *world.Resource) bool { return r.String("vpcId") == vpc && r.String("publicIp") != "" })
	if vpc != "" && len(public) > 0 {
		return c.refuse("DetachInternetGateway", "DependencyViolation",
			"Network %s has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.", vpc)
	}
	return nil
}

// attached reports whether a VPC has an internet gateway.
func attached(tx *world.Tx, account, vpc string) bool {
	return len(tx.Find(account, internetGatewayKind, func(r *world.Resource) bool { return r.String("vpcId") == vpc })) > 0
}

func eipType() *resourceType {
	return &resourceType{
		token: eipKind, service: "EC2", noun: "EC2 EIP",
		inputs: map[string]input{
			"domain":             {replace: true, computed: true, check: oneOf("vpc")},
			"networkBorderGroup": {replace: true, computed: true},
			"publicIpv4Pool":     {replace: true, computed: true},
			"tags":               tags,
		},
		outputs: []string{"allocationId", "arn", "associationId", "carrierIp", "customerOwnedIp", "instance", "networkInterface", "privateDns", "privateIp", "ptrRecord", "publicDns", "publicIp"},
		create: func(c *call, res *world.Resource) error {
			if len(c.each(eipKind, nil)) >= 5 {
				return c.refuse("AllocateAddress", "AddressLimitExceeded", "The maximum number of addresses has been reached.")
			}
			res.ID = newID(c.Tx, "eipalloc")
			n := c.NextSerial()
			ip := fmt.Sprintf("18.%d.%d.%d", 192+n>>16&15, n>>8&255, n&255)
			for k, v := range map[string]string{
				"allocationId": res.ID, "arn": c.arn("ec2", "elastic-ip/"+res.ID), "domain": "vpc", "publicIp": ip,
				"networkBorderGroup": c.region, "publicIpv4Pool": "amazon",
				"publicDns": fmt.Sprintf("ec2-18-%d-%d-%d.%s.compute.%s", 192+n>>16&15, n>>8&255, n&255, c.region, dnsSuffix(c.region)),
			} {
				res.Props[k] = v
			}
			return nil
		},
		remove: func(c *call, res *world.Resource) error {
			if c.userOf(res.ID) != nil {
				return c.refuse("ReleaseAddress", "InvalidIPAddress.InUse", "Address %s is in use.", res.String("publicIp"))
			}
			return nil
		},
		show: func(c *call, res *world.Resource, state map[string]any) {
			for _, k := range []string{"associationId", "networkInterface", "privateIp", "privateDns", "instance", "carrierIp", "customerOwnedIp", "ptrRecord"} {
				state[k] = ""
			}
			if nat := c.userOf(res.ID); nat != nil {
				state["associationId"] = nat.String("associationId")
				state["networkInterface"] = nat.String("networkInterfaceId")
				state["privateIp"] = nat.String("privateIp")
			}
		},
	}
}

// userOf returns the NAT gateway that an address belongs to, or nil.
func (c *call) userOf(allocation string) *world.Resource {
	users := c.each(natGatewayKind, func(r *world.Resource) bool {
		return r.String("allocationId") == allocation && r.String("_state") != "failed"
	})
	if len(users) == 0 {
		return nil
	}
	return users[0]
}

func natGatewayType() *resourceType {
	return &resourceType{
		token: natGatewayKind, service: "EC2", noun: "EC2 NAT Gateway",
		inputs: map[string]input{
			"allocationId":     {replace: true},
			"connectivityType": {replace: true, preset: "public", check: oneOf("public", "private")},
			"privateIp":        {replace: true, computed: true},
			"subnetId":         {required: true, replace: true},
			"tags":             tags,
		},
		outputs: []string{"associationId", "networkInterfaceId", "publicIp"},
		create:  createNAT,
		ready: func(c *call, res *world.Resource) (bool, error) {
			if res.String("_state") == "failed" {
				return false, fmt.Errorf("unexpected state 'failed', wanted target 'available'. last error: %s", res.String("_failure"))
			}
			return res.String("_state") == "available", nil
		},
		remove: removeNAT,
	}
}

func createNAT(c *call, res *world.Resource) error {
	subnet, err := c.subnet("CreateNatGateway", text(c.in, "subnetId"))
	if err != nil {
		return err
	}
	res.ID = newID(c.Tx, "nat")
	props := map[string]any{"interfaceType": "nat_gateway", "natGatewayId": res.ID}
	if text(c.in, "connectivityType") == "public" {
		allocation := text(c.in, "allocationId")
		if allocation == "" {
			return c.refuse("CreateNatGateway", "MissingParameter", "The request must include the AllocationId parameter.")
		}
		address := c.get(eipKind, allocation)
		if address == nil {
			return c.refuse("CreateNatGateway", "InvalidAllocationID.NotFound", "The allocation ID '%s' does not exist", allocation)
		}
		if c.userOf(allocation) != nil {
			return c.refuse("CreateNatGateway", "Resource.AlreadyAssociated", "Elastic IP address [%s] is already associated", allocation)
		}
		// AWS takes the request and then lets the gateway fail.
		if vpc := subnet.String("vpcId"); !attached(c.Tx, c.account, vpc) {
			res.Props["_state"] = "failed"
			res.Props["_failure"] = fmt.Sprintf("Gateway.NotAttached: Network %s has no Internet gateway attached", vpc)
			return nil
		}
		res.Props["publicIp"], props["publicIp"] = address.String("publicIp"), address.String("publicIp")
		res.Props["associationId"] = newID(c.Tx, "eipassoc")
	}
	eni, err := placeInterface(c.Tx, subnet, "ec2", "Interface for NAT Gateway "+res.ID, nil, props)
	if err != nil {
		return err
	}
	res.Props["networkInterfaceId"], res.Props["privateIp"] = eni.ID, eni.String("privateIp")
	res.Props["_state"] = "pending"
	c.after(res, 90*time.Second, map[string]any{"_state": "available"})
	return nil
}

// removeNAT starts the deletion, which takes a while. Its address is in use until the end.
func removeNAT(c *call, res *world.Resource) error {
	switch res.String("_state") {
	case "failed":
		return nil
	case "deleting":
		return errStillGoing
	}
	res.Props["_state"] = "deleting"
	c.after(res, 45*time.Second, nil)
	c.after(c.get(interfaceKind, res.String("networkInterfaceId")), 40*time.Second, nil)
	return errStillGoing
}

package aws

import (
	"fmt"
	"time"

	"ambient-ecs/quota"
	"ambient-ecs/sandbox/world"
)

const (
	internetGatewayKind = "aws:ec2/internetGateway:InternetGateway"
	eipKind             = "aws:ec2/eip:Eip"
	natGatewayKind      = "aws:ec2/natGateway:NatGateway"
)

func internetGatewayType() *resourceType {
	return &resourceType{
		token: internetGatewayKind, service: "EC2", noun: "EC2 Internet Gateway", creates: "AttachInternetGateway", updates: "AttachInternetGateway",
		inputs:  map[string]input{"tags": tags, "vpcId": {computed: true, refers: vpcKind}},
		outputs: values{"arn": arn("ec2", "internet-gateway/${id}"), "ownerId": "${Account}"},
		newID:   ec2ID("igw"),
		missing: refusal{"InvalidInternetGatewayID.NotFound", "The internetGateway ID '${id}' does not exist"},
		check: func(c *call, res *world.Resource) error {
			vpc := text(c.in, "vpcId")
			if other := first(c.each(internetGatewayKind, Has("vpcId", vpc))); vpc != "" && other != nil && other.ID != res.ID {
				return c.refuse("InvalidParameterValue", "Network %s already has an internet gateway attached", vpc)
			}
			return nil
		},
		update: func(c *call, res *world.Resource) error {
			if to := text(c.in, "vpcId"); to == "" || to == res.String("vpcId") {
				return nil
			}
			return c.detach(res)
		},
		remove: (*call).detach,
	}
}

// detach refuses while public addresses of the VPC lead through the gateway.
func (c *call) detach(gateway *world.Resource) error {
	vpc := gateway.String("vpcId")
	public := c.each(interfaceKind, func(r *world.Resource) bool { return r.String("vpcId") == vpc && r.String("publicIp") != "" })
	if vpc != "" && len(public) > 0 {
		return c.refuseIn("DetachInternetGateway", "DependencyViolation",
			"Network %s has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.", vpc)
	}
	return nil
}

// attached reports whether a VPC has an internet gateway.
func attached(tx *world.Tx, account, vpc string) bool {
	return len(tx.Find(account, internetGatewayKind, Has("vpcId", vpc))) > 0
}

func eipType() *resourceType {
	return &resourceType{
		token: eipKind, service: "EC2", noun: "EC2 EIP", creates: "AllocateAddress", deletes: "ReleaseAddress",
		inputs: map[string]input{
			"domain":             {replace: true, chosen: "vpc", check: oneOf("vpc")},
			"networkBorderGroup": {replace: true, chosen: "${Region}"},
			"publicIpv4Pool":     {replace: true, chosen: "amazon"},
			"tags":               tags,
		},
		outputs: values{
			"allocationId": "${id}", "arn": arn("ec2", "elastic-ip/${id}"), "publicDns": nil, "publicIp": nil,
			"associationId": nil, "carrierIp": nil, "customerOwnedIp": nil, "instance": nil, "networkInterface": nil, "privateDns": nil, "privateIp": nil, "ptrRecord": nil,
		},
		newID:   ec2ID("eipalloc"),
		missing: refusal{"InvalidAllocationID.NotFound", "The allocation ID '${id}' does not exist"},
		quota:   quota.Addresses.Default,
		full:    refusal{"AddressLimitExceeded", "The maximum number of addresses has been reached."},
		create: func(c *call, res *world.Resource) error {
			n := c.NextSerial()
			a, b, d := 192+n>>16&15, n>>8&255, n&255
			res.Props["publicIp"] = fmt.Sprintf("18.%d.%d.%d", a, b, d)
			res.Props["publicDns"] = fmt.Sprintf("ec2-18-%d-%d-%d.%s.compute.%s", a, b, d, c.region, dnsSuffix(c.region))
			return nil
		},
		remove: func(c *call, res *world.Resource) error {
			if c.userOf(res.ID) != nil {
				return c.refuse("InvalidIPAddress.InUse", "Address %s is in use.", res.String("publicIp"))
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
	return first(c.each(natGatewayKind, func(r *world.Resource) bool {
		return r.String("allocationId") == allocation && r.String("_state") != "failed"
	}))
}

func natGatewayType() *resourceType {
	return &resourceType{
		token: natGatewayKind, service: "EC2", noun: "EC2 NAT Gateway", creates: "CreateNatGateway",
		inputs: map[string]input{
			"allocationId":     {replace: true, refers: eipKind},
			"connectivityType": {replace: true, preset: "public", check: oneOf("public", "private")},
			"privateIp":        {replace: true, computed: true},
			"subnetId":         {required: true, replace: true, refers: subnetKind},
			"tags":             tags,
		},
		outputs: values{"associationId": nil, "networkInterfaceId": nil, "publicIp": nil},
		newID:   ec2ID("nat"),
		missing: refusal{"InvalidNatGatewayID.NotFound", "The natGateway ID '${id}' does not exist"},
		life: &life{
			property: "_state", making: "pending", ready: "available", failed: "failed", deleting: "deleting",
			makes: Latencies[natGatewayKind].Create, deletes: Latencies[natGatewayKind].Delete,
		},
		create: createNAT,
		// The address is in use until almost the end.
		remove: func(c *call, res *world.Resource) error {
			if eni := c.get(interfaceKind, res.String("networkInterfaceId")); eni != nil {
				c.after(eni, 40*time.Second, nil)
			}
			return nil
		},
	}
}

func createNAT(c *call, res *world.Resource) error {
	subnet := c.get(subnetKind, text(c.in, "subnetId"))
	zone := subnet.String("availabilityZone")
	inZone := c.each(natGatewayKind, func(r *world.Resource) bool {
		other := c.get(subnetKind, r.String("subnetId"))
		return r.ID != res.ID && r.String("_state") != "failed" && other != nil && other.String("availabilityZone") == zone
	})
	if len(inZone) >= quota.NATGateways.Default {
		return c.refuse("NatGatewayLimitExceeded", "The maximum number of NAT gateways has been reached.")
	}
	props := map[string]any{"interfaceType": "nat_gateway", "natGatewayId": res.ID}
	if text(c.in, "connectivityType") == "public" {
		allocation := text(c.in, "allocationId")
		if allocation == "" {
			return c.refuse("MissingParameter", "The request must include the AllocationId parameter.")
		}
		if c.userOf(allocation) != nil {
			return c.refuse("Resource.AlreadyAssociated", "Elastic IP address [%s] is already associated", allocation)
		}
		// AWS takes the request and then lets the gateway fail.
		if vpc := subnet.String("vpcId"); !attached(c.Tx, c.account, vpc) {
			res.Props["_state"] = "failed"
			res.Props["_failure"] = fmt.Sprintf("Gateway.NotAttached: Network %s has no Internet gateway attached", vpc)
			return nil
		}
		address := c.get(eipKind, allocation).String("publicIp")
		res.Props["publicIp"], props["publicIp"] = address, address
		res.Props["associationId"] = newID(c.Tx, "eipassoc")
	}
	eni, err := placeInterface(c.Tx, subnet, "ec2", "Interface for NAT Gateway "+res.ID, nil, props)
	if err != nil {
		return err
	}
	res.Props["networkInterfaceId"], res.Props["privateIp"] = eni.ID, eni.String("privateIp")
	return nil
}

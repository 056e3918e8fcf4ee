package aws

import (
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/sandbox/world"
)

const (
	endpointServiceKind   = "aws:ec2/vpcEndpointService:VpcEndpointService"
	endpointPrincipalKind = "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple"
	privateLink           = "com.amazonaws.vpce."
)

// endpointServiceType models endpoint services of network load balancers that accept every allowed account by themselves.
func endpointServiceType() *resourceType {
	return &resourceType{
		token: endpointServiceKind, service: "EC2", noun: "EC2 VPC Endpoint Service", creates: "CreateVpcEndpointServiceConfiguration",
		updates: "ModifyVpcEndpointServiceConfiguration", deletes: "DeleteVpcEndpointServiceConfigurations",
		inputs: map[string]input{
			"acceptanceRequired": {required: true, check: func(v any) string {
				if v == true {
					return "the sandbox accepts no connection by hand"
				}
				return ""
			}},
			"networkLoadBalancerArns": {required: true, same: sameSet},
			"supportedIpAddressTypes": {chosen: []any{"ipv4"}, same: sameSet},
			"tags":                    tags,
		},
		outputs: values{
			"arn": arn("ec2", "vpc-endpoint-service/${id}"), "allowedPrincipals": nil, "availabilityZones": nil, "baseEndpointDnsNames": nil,
			"managesVpcEndpoints": false, "serviceName": nil, "serviceType": "Interface", "state": "Available",
		},
		newID:   ec2ID("vpce-svc"),
		missing: refusal{"InvalidVpcEndpointServiceId.NotFound", "The VpcEndpointService Id '${id}' does not exist"},
		update: func(c *call, res *world.Resource) error {
			if !sameSet(c.in["networkLoadBalancerArns"], res.Props["networkLoadBalancerArns"]) {
				return c.inUse(res)
			}
			return nil
		},
		check: func(c *call, _ *world.Resource) error {
			for _, arn := range texts(c.in, "networkLoadBalancerArns") {
				if lb := c.Get(c.account, LoadBalancerKind, arn); lb == nil || lb.Region != c.region || lb.String("state") != "active" {
					return c.refuse("InvalidParameter", "The load balancer %s does not exist or is not active", arn)
				}
			}
			return nil
		},
		create: func(c *call, res *world.Resource) error {
			res.Props["serviceName"] = privateLink + c.region + "." + res.ID
			res.Props["baseEndpointDnsNames"] = []any{res.ID + "." + c.region + ".vpce." + dnsSuffix(c.region)}
			zones := []any{}
			for _, subnet := range servedSubnets(c.Tx, res) {
				zones = append(zones, subnet.String("availabilityZone"))
			}
			res.Props["availabilityZones"], res.Props["allowedPrincipals"] = zones, []any{}
			return nil
		},
		remove: (*call).inUse,
	}
}

// inUse refuses what AWS does not do to a service with endpoints.
func (c *call) inUse(service *world.Resource) error {
	if used := c.Find("", vpcEndpointKind, Has("serviceName", service.String("serviceName"))); len(used) > 0 {
		return c.refuse("ExistingVpcEndpointConnections", "Service has existing active VPC Endpoint connections!")
	}
	return nil
}

// endpointPrincipalType lets an account see an endpoint service.
func endpointPrincipalType() *resourceType {
	return &resourceType{
		token: endpointPrincipalKind, service: "EC2", noun: "EC2 VPC Endpoint Service Allowed Principal", creates: "ModifyVpcEndpointServicePermissions", deletes: "ModifyVpcEndpointServicePermissions",
		inputs: map[string]input{
			"principalArn":         {required: true, replace: true},
			"vpcEndpointServiceId": {required: true, replace: true, refers: endpointServiceKind},
		},
		key: "${vpcEndpointServiceId}-${principalArn}",
	}
}

// serviceNamed is the endpoint service with a name, if an account may connect to it. AWS says of one that it may not that there is none.
func serviceNamed(tx *world.Tx, name, account, partition string) *world.Resource {
	service := first(tx.Find("", endpointServiceKind, Has("serviceName", name)))
	if service == nil || len(tx.Find(service.Account, endpointPrincipalKind, Has("vpcEndpointServiceId", service.ID, "principalArn", "arn:"+partition+":iam::"+account+":root"))) == 0 {
		return nil
	}
	return service
}

// servedSubnets are the subnets of a service's load balancers.
func servedSubnets(tx *world.Tx, service *world.Resource) (all []*world.Resource) {
	for _, arn := range texts(service.Props, "networkLoadBalancerArns") {
		if lb := tx.Get(service.Account, LoadBalancerKind, arn); lb != nil {
			for _, id := range texts(lb.Props, "subnets") {
				all = append(all, tx.Get(lb.Account, subnetKind, id))
			}
		}
	}
	return all
}

// checkPrivateLink refuses an endpoint of a service that the account does not see, or in a zone where the service is not.
func (c *call) checkPrivateLink() error {
	name := text(c.in, "serviceName")
	service := serviceNamed(c.Tx, name, c.account, c.partition)
	if service == nil || service.Region != c.region {
		return c.refuse("InvalidServiceName", "The Vpc Endpoint Service '%s' does not exist", name)
	}
	if flag(c.in, "privateDnsEnabled") {
		return c.refuse("InvalidParameter", "Private DNS can't be enabled because the service %s does not provide a private DNS name.", name)
	}
	for _, id := range texts(c.in, "subnetIds") {
		zone := c.get(subnetKind, id).String("availabilityZoneId")
		if !slices.ContainsFunc(servedSubnets(c.Tx, service), func(r *world.Resource) bool { return r.String("availabilityZoneId") == zone }) {
			return c.refuse("InvalidParameter", "The VPC endpoint service %s does not support the availability zone of the subnet: %s.", name, id)
		}
	}
	return nil
}

// served is the endpoint service that leads to a load balancer, or nil.
func served(tx *world.Tx, lb *world.Resource) *world.Resource {
	return first(tx.Find(lb.Account, endpointServiceKind, func(r *world.Resource) bool {
		return slices.Contains(texts(r.Props, "networkLoadBalancerArns"), lb.ID)
	}))
}

// dialEndpoint goes to an interface endpoint, and on to the load balancer of its service. The load balancer's group judges the
// address of the client, as AWS sets it for a new load balancer.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html, 2026-11-29.
func dialEndpoint(tx *world.Tx, from Host, endpoint *world.Resource, port int) (bool, string) {
	service := first(tx.Find("", endpointServiceKind, Has("serviceName", endpoint.String("serviceName"))))
	if service == nil || endpoint.String("state") != "available" {
		return false, fmt.Sprintf("endpoint %s is not connected: it is %s", endpoint.ID, endpoint.String("state"))
	}
	for _, eni := range tx.Find(endpoint.Account, interfaceKind, Has("_endpoint", endpoint.ID)) {
		if ok, why := Reach(tx, from, HostOf(eni).IP, port); !ok {
			return false, why
		}
	}
	arns := texts(service.Props, "networkLoadBalancerArns")
	if len(arns) == 0 {
		return false, fmt.Sprintf("endpoint service %s leads to no load balancer", service.ID)
	}
	lb := tx.Get(service.Account, LoadBalancerKind, arns[0])
	if lb == nil {
		return false, fmt.Sprintf("the load balancer of endpoint service %s is gone", service.ID)
	}
	listener, why := listenerOf(lb, port)
	if why != "" {
		return false, why
	}
	if groups := texts(lb.Props, "securityGroups"); !permits(tx, lb.Account, groups, ingressRuleKind, from.IP, nil, port) {
		return false, closed("into", groups, from.IP, port)
	}
	return toTargets(tx, lb, listener)
}

// endpointName is the regional name of an interface endpoint.
func endpointName(id, service, region string) string {
	return id + "-" + NameOf(strings.ReplaceAll(service, ".", "/")) + "." + region + ".vpce." + dnsSuffix(region)
}

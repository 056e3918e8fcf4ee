package aws

import (
	"testing"

	"ambient-ecs/sandbox/world"
)

// balanced is a home network with a load balancer in its first zone, and the ARN of the load balancer.
func balanced(u *user) string {
	n := u.network("1")
	lb := &world.Resource{Account: home, Region: "eu-central-1", Kind: LoadBalancerKind, ID: "arn:aws:elasticloadbalancing:eu-central-1:" + home + ":loadbalancer/net/a/0123456789abcdef",
		Props: map[string]any{"name": "a", "state": "active", "subnets": []any{n.private[0].ID}}}
	u.see(func(tx *world.Tx) { tx.Put(lb) })
	return lb.ID
}

func TestAnEndpointServiceIsForTheAccountsThatItNames(t *testing.T) {
	s := newSandbox(t)
	u, caller := s.login(home), s.login(away)
	in := props{"acceptanceRequired": false, "networkLoadBalancerArns": []any{balanced(u)}}
	u.refuses(endpointServiceKind, "nothing", with(in, props{"networkLoadBalancerArns": []any{"arn:aws:elasticloadbalancing:eu-central-1:" + home + ":loadbalancer/net/b/0123456789abcdef"}}), "does not exist")
	service := u.create(endpointServiceKind, "service", in)
	u.unchanged(service)
	// The same addresses as at home.
	n := caller.network("1")
	link := props{"vpcId": n.vpc.ID, "serviceName": service.out("serviceName"), "vpcEndpointType": "Interface", "subnetIds": []any{n.private[0].ID}}
	caller.refuses(vpcEndpointKind, "stranger", link, "InvalidServiceName", "does not exist")
	principal := u.create(endpointPrincipalKind, "caller", props{"vpcEndpointServiceId": service.ID, "principalArn": "arn:aws:iam::" + away + ":root"})
	caller.refuses(vpcEndpointKind, "private", with(link, props{"privateDnsEnabled": true}), "does not provide a private DNS name")
	for _, other := range n.private[1:] {
		caller.refuses(vpcEndpointKind, "elsewhere", with(link, props{"subnetIds": []any{other.ID}}), "does not support the availability zone of the subnet")
	}
	endpoint := caller.create(vpcEndpointKind, "endpoint", link)
	caller.unchanged(endpoint)
	refused(t, u.delete(service), "ExistingVpcEndpointConnections")
	u.see(func(tx *world.Tx) {
		tx.Put(&world.Resource{Account: home, Region: "eu-central-1", Kind: LoadBalancerKind, ID: "arn:aws:elasticloadbalancing:eu-central-1:" + home + ":loadbalancer/net/b/0123456789abcdef", Props: map[string]any{"state": "active"}})
	})
	refused(t, u.change(service, with(in, props{"networkLoadBalancerArns": []any{"arn:aws:elasticloadbalancing:eu-central-1:" + home + ":loadbalancer/net/b/0123456789abcdef"}})), "ExistingVpcEndpointConnections")
	caller.mustDelete(endpoint)
	u.mustDelete(principal, service)
}

func TestAPrivateZoneLeadsANameToAnEndpoint(t *testing.T) {
	s := newSandbox(t)
	u, caller := s.login(home), s.login(away)
	service := u.create(endpointServiceKind, "service", props{"acceptanceRequired": false, "networkLoadBalancerArns": []any{balanced(u)}})
	u.create(endpointPrincipalKind, "caller", props{"vpcEndpointServiceId": service.ID, "principalArn": "arn:aws:iam::" + away + ":root"})
	n := caller.network("1")
	endpoint := caller.create(vpcEndpointKind, "endpoint", props{"vpcId": n.vpc.ID, "serviceName": service.out("serviceName"), "vpcEndpointType": "Interface", "subnetIds": []any{n.private[0].ID}})
	const name = "a-0123456789abcdef.elb.eu-central-1.amazonaws.com"
	in := props{"name": name, "vpcs": []any{props{"vpcId": n.vpc.ID, "vpcRegion": "eu-central-1"}}}
	zone := caller.create(zoneKind, "zone", in)
	caller.unchanged(zone)
	caller.refuses(zoneKind, "again", in, "ConflictingDomainExists")
	target := list(endpoint.State, "dnsEntries")[0].(map[string]any)
	alias := props{"zoneId": zone.ID, "name": name, "type": "A", "aliases": []any{props{"name": target["dnsName"], "zoneId": target["hostedZoneId"], "evaluateTargetHealth": false}}}
	caller.refuses(recordKind, "stranger", with(alias, props{"name": "b.elb.eu-central-1.amazonaws.com"}), "is not permitted in zone")
	caller.refuses(recordKind, "nowhere", with(alias, props{"aliases": []any{props{"name": "nothing.example", "zoneId": "Z1", "evaluateTargetHealth": false}}}), "Tried to create an alias")
	record := caller.create(recordKind, "record", alias)
	caller.unchanged(record)
	other := caller.network("2")
	s.see(func(tx *world.Tx) {
		here, elsewhere := Host{Account: away, Subnet: n.private[0].ID}, Host{Account: away, Subnet: other.private[0].ID}
		if found, private := privateAlias(tx, here, name); !private || found == nil || found.ID != endpoint.ID {
			t.Errorf("in the VPC the name leads to %v", found)
		}
		if _, private := privateAlias(tx, elsewhere, name); private {
			t.Error("another VPC asks the zone too")
		}
	})
	refused(t, caller.delete(zone), "HostedZoneNotEmpty")
	caller.mustDelete(record, zone)
}

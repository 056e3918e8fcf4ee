package aws

import (
	"net/netip"
	"strings"
	"testing"

	"ambient-ecs/sandbox/world"
)

// two is a home account with an EKS cluster and a peered account with a task in it.
type two struct {
	*sandbox
	home, away       *user
	netHome, netAway *net
	eks              *eks
	peering          *made
	routes           map[string]*made
	group            *made
	task             Host
}

func newTwo(t *testing.T) *two {
	s := newSandbox(t)
	w := &two{sandbox: s, home: s.login(home), away: s.login(away), routes: map[string]*made{}}
	w.netHome, w.netAway = w.home.network("1"), w.away.network("2")
	for _, subnet := range w.netHome.private {
		if err := w.home.change(subnet, with(withoutMarks(subnet.Inputs), props{"tags": props{"kubernetes.io/cluster/mesh": "shared", "kubernetes.io/role/internal-elb": "1"}})); err != nil {
			t.Fatal(err)
		}
	}
	w.peering = w.home.create(peeringKind, "p", props{"vpcId": w.netHome.vpc.ID, "peerVpcId": w.netAway.vpc.ID, "peerOwnerId": away})
	w.away.create(peeringAccepterKind, "p", props{"vpcPeeringConnectionId": w.peering.ID, "autoAccept": true})
	w.routes["there"] = w.home.create(routeKind, "p", props{"routeTableId": w.netHome.table.ID, "destinationCidrBlock": "10.2.0.0/16", "vpcPeeringConnectionId": w.peering.ID})
	w.routes["here"] = w.away.create(routeKind, "p", props{"routeTableId": w.netAway.table.ID, "destinationCidrBlock": "10.1.0.0/16", "vpcPeeringConnectionId": w.peering.ID})
	w.eks = w.home.controlPlane(w.netHome)
	w.home.nodes(w.eks)
	w.group = w.away.create(securityGroupKind, "task", props{"vpcId": w.netAway.vpc.ID})
	rule := props{"securityGroupId": w.group.ID, "ipProtocol": "tcp", "fromPort": 15012.0, "toPort": 15012.0, "cidrIpv4": "10.1.0.0/16"}
	w.away.create(egressRuleKind, "mesh", rule)
	w.away.create(egressRuleKind, "https", with(rule, props{"fromPort": 443.0, "toPort": 443.0, "cidrIpv4": "0.0.0.0/0"}))
	w.away.create(ingressRuleKind, "hbone", with(rule, props{"fromPort": 15008.0, "toPort": 15008.0}))
	s.see(func(tx *world.Tx) {
		eni, err := placeInterface(tx, tx.Get(away, subnetKind, w.netAway.private[0].ID), "ecs", "task", []string{w.group.ID}, nil)
		if err != nil {
			t.Fatal(err)
		}
		w.task = HostOf(eni)
	})
	return w
}

func (w *two) balancer(change func(*LoadBalancerSpec)) LoadBalancerSpec {
	spec := LoadBalancerSpec{
		ClusterARN: w.eks.cluster.out("arn"), Name: "a0123456789abcdef0123456789abcde", Service: "istio-system/eastwest", Network: true, Internal: true,
		SourceRanges: []string{"10.1.0.0/16", "10.2.0.0/16"}, Ports: []LoadBalancerPort{{15008, 31008}, {15012, 31012}},
	}
	if change != nil {
		change(&spec)
	}
	return spec
}

func (w *two) ensure(spec LoadBalancerSpec) *world.Resource {
	w.t.Helper()
	var lb *world.Resource
	w.see(func(tx *world.Tx) {
		var err error
		if lb, err = EnsureLoadBalancer(tx, spec); err != nil {
			w.t.Fatal(err)
		}
	})
	return lb
}

func (w *two) cannot(what string, words string, dial func(tx *world.Tx) (bool, string)) {
	w.t.Helper()
	w.see(func(tx *world.Tx) {
		if ok, why := dial(tx); ok || !strings.Contains(why, words) {
			w.t.Errorf("%s: %v %q, want no, because of %q", what, ok, why, words)
		}
	})
}

func (w *two) can(what string, dial func(tx *world.Tx) (bool, string)) {
	w.t.Helper()
	w.see(func(tx *world.Tx) {
		if ok, why := dial(tx); !ok {
			w.t.Errorf("%s: %s", what, why)
		}
	})
}

func TestTaskReachesTheLoadBalancerOfThePeeredVPC(t *testing.T) {
	w := newTwo(t)
	lb := w.ensure(w.balancer(nil))
	name := lb.String("dnsName")
	if !strings.HasPrefix(name, "a0123456789abcdef0123456789abcde-") || !strings.HasSuffix(name, ".elb.eu-central-1.amazonaws.com") {
		t.Error(name)
	}
	xds := func(tx *world.Tx) (bool, string) { return Dial(tx, w.task, name, 15012) }
	w.cannot("before it serves", "is provisioning", xds)
	w.eventually("the load balancer", func(tx *world.Tx) bool { return lb.String("state") == "active" })
	w.can("xDS", xds)
	w.cannot("a port without a listener", "no listener on port 80", func(tx *world.Tx) (bool, string) { return Dial(tx, w.task, name, 80) })
	w.cannot("a port that the task may not leave by", "out of", func(tx *world.Tx) (bool, string) { return Dial(tx, w.task, name, 15008) })
	w.can("the internet", func(tx *world.Tx) (bool, string) { return Dial(tx, w.task, "sts.eu-central-1.amazonaws.com", 443) })
	w.cannot("another port of the internet", "out of", func(tx *world.Tx) (bool, string) { return Dial(tx, w.task, "example.com", 80) })
	w.cannot("a name of nobody", "no such host", func(tx *world.Tx) (bool, string) {
		return Dial(tx, w.task, "x-1.elb.eu-central-1.amazonaws.com", 15012)
	})

	// Without the task's network among the sources, the nodes turn it away.
	w.ensure(w.balancer(func(s *LoadBalancerSpec) { s.SourceRanges = []string{"10.1.0.0/16"} }))
	w.cannot("a source that is not admitted", "into the host", xds)
	w.ensure(w.balancer(nil))
	w.can("xDS again", xds)

	w.home.mustDelete(w.routes["there"])
	w.cannot("without a route back", "no way back", xds)
	w.away.mustDelete(w.routes["here"])
	w.cannot("without a route there", "is not a public address", xds)
}

func TestDeletedPeeringLeavesBlackHoles(t *testing.T) {
	w := newTwo(t)
	w.home.mustDelete(w.peering)
	w.cannot("the other VPC", "black hole", func(tx *world.Tx) (bool, string) { return Reach(tx, w.task, netip.MustParseAddr("10.1.1.10"), 15012) })
}

func TestPodsReachTasksOnlyWhereTheGroupAdmitsThem(t *testing.T) {
	w := newTwo(t)
	var pod Host
	w.see(func(tx *world.Tx) {
		var ok bool
		if pod, ok = HostAt(tx, home, w.netHome.vpc.ID, netip.MustParseAddr("10.1.1.200")); !ok || len(pod.Groups) != 1 {
			t.Fatalf("%v %v", ok, pod)
		}
		if _, ok := HostAt(tx, home, w.netHome.vpc.ID, netip.MustParseAddr("10.1.4.200")); ok {
			t.Error("a pod in a subnet without nodes")
		}
	})
	w.can("HBONE", func(tx *world.Tx) (bool, string) { return Reach(tx, pod, w.task.IP, 15008) })
	w.cannot("the application's port", "into the host", func(tx *world.Tx) (bool, string) { return Reach(tx, pod, w.task.IP, 8080) })
	w.cannot("an address of nobody", "no host has the address", func(tx *world.Tx) (bool, string) { return Reach(tx, pod, netip.MustParseAddr("10.2.1.99"), 15008) })
}

func TestLoadBalancerKeepsItsNetworkFromGoing(t *testing.T) {
	w := newTwo(t)
	lb := w.ensure(w.balancer(nil))
	w.see(func(tx *world.Tx) {
		enis := tx.Find(home, interfaceKind, func(r *world.Resource) bool { return r.Owner == "elasticloadbalancing" })
		if len(enis) != 3 {
			t.Errorf("%d interfaces, want one for each zone", len(enis))
		}
		if again, err := EnsureLoadBalancer(tx, w.balancer(nil)); err != nil || again != lb {
			t.Errorf("asked twice: %v %v", again, err)
		}
	})
	refused(t, w.home.delete(w.netHome.private[2]), "DependencyViolation")
	w.eventually("the deletion", func(tx *world.Tx) bool { return DeleteLoadBalancer(tx, home, lb.String("name")) })
	w.see(func(tx *world.Tx) {
		for _, r := range tx.Find("", "", nil) {
			if r.Owner == "elasticloadbalancing" {
				t.Errorf("left over: %s %s", r.Kind, r.ID)
			}
		}
	})
}

func TestLoadBalancerRefusals(t *testing.T) {
	w := newTwo(t)
	refuse := func(what, words string, change func(*LoadBalancerSpec)) {
		t.Helper()
		w.see(func(tx *world.Tx) {
			if _, err := EnsureLoadBalancer(tx, w.balancer(change)); err == nil || !strings.Contains(err.Error(), words) {
				t.Errorf("%s: %v, want %q", what, err, words)
			}
		})
	}
	refuse("bad range", "load-balancer-source-ranges is not valid", func(s *LoadBalancerSpec) { s.SourceRanges = []string{"10.0.0.1/8"} })
	refuse("internet-facing without tagged public subnets", "could not find any suitable subnets", func(s *LoadBalancerSpec) { s.Internal = false })
	group := w.home.create(securityGroupKind, "nodes", props{"vpcId": w.netHome.vpc.ID, "tags": props{"kubernetes.io/cluster/mesh": "owned"}})
	w.see(func(tx *world.Tx) {
		for _, node := range Nodes(tx, home, region, "mesh") {
			node.Props["securityGroups"] = append(list(node.Props, "securityGroups"), group.ID)
			tx.Changed(node)
		}
	})
	refuse("two tagged groups", "Multiple tagged security groups found for instance", nil)
	w.see(func(tx *world.Tx) {
		for _, r := range tx.Find(home, attachmentKind, func(r *world.Resource) bool { return r.String("role") == w.eks.role.ID }) {
			tx.Drop(r)
		}
	})
	refuse("no right to make one", "elasticloadbalancing:CreateLoadBalancer", nil)
}

func TestClassicLoadBalancerHasItsOwnKindOfName(t *testing.T) {
	w := newTwo(t)
	lb := w.ensure(w.balancer(func(s *LoadBalancerSpec) { s.Network = false }))
	if name := lb.String("dnsName"); !strings.HasPrefix(name, "internal-a0123456789abcdef0123456789abcde-") || !strings.HasSuffix(name, ".eu-central-1.elb.amazonaws.com") {
		t.Error(name)
	}
}

// Where a VPC has an endpoint of a service, callers reach the service there and nowhere else. S3 has its own addresses, to which a prefix
// list leads.
func TestServicesOfAWSAreCalledAtTheEndpointsOfTheVPC(t *testing.T) {
	u := newSandbox(t).login(home)
	n := u.network("1")
	endpoints, callers := u.create(securityGroupKind, "endpoints", props{"vpcId": n.vpc.ID}), u.create(securityGroupKind, "callers", props{"vpcId": n.vpc.ID})
	s3 := u.create(vpcEndpointKind, "s3", props{"vpcId": n.vpc.ID, "serviceName": "com.amazonaws.eu-central-1.s3", "routeTableIds": []any{n.table.ID}})
	u.create(vpcEndpointKind, "logs", props{"vpcId": n.vpc.ID, "serviceName": "com.amazonaws.eu-central-1.logs", "vpcEndpointType": "Interface", "privateDnsEnabled": true,
		"subnetIds": []any{n.private[0].ID}, "securityGroupIds": []any{endpoints.ID}})
	dials := func(when string, want map[string]bool) {
		t.Helper()
		u.see(func(tx *world.Tx) {
			from := Host{Account: home, Subnet: n.private[0].ID, IP: netip.MustParseAddr("10.1.1.200"), Groups: []string{callers.ID}}
			for service, reached := range want {
				ok, why := Dial(tx, from, service+".eu-central-1.amazonaws.com", 443)
				if service == "s3" {
					ok, why = dialS3(tx, from, "eu-central-1")
				}
				if ok != reached {
					t.Errorf("%s: %s is reached: %t (%s), want %t", when, service, ok, why, reached)
				}
			}
		})
	}
	rule := func(kind, name string, in props) *made {
		return u.create(kind, name, with(in, props{"ipProtocol": "tcp", "fromPort": 443.0, "toPort": 443.0}))
	}
	dials("no rule", map[string]bool{"logs": false, "sts": false, "s3": false})
	wide := rule(egressRuleKind, "wide", props{"securityGroupId": callers.ID, "cidrIpv4": "0.0.0.0/0"})
	dials("the endpoint admits nobody", map[string]bool{"logs": false, "sts": true, "s3": true})
	rule(ingressRuleKind, "in", props{"securityGroupId": endpoints.ID, "cidrIpv4": "10.0.0.0/8"})
	dials("any address", map[string]bool{"logs": true, "sts": true, "s3": true})
	rule(egressRuleKind, "endpoints", props{"securityGroupId": callers.ID, "referencedSecurityGroupId": endpoints.ID})
	u.mustDelete(wide)
	dials("the endpoints alone", map[string]bool{"logs": true, "sts": false, "s3": false})
	rule(egressRuleKind, "s3", props{"securityGroupId": callers.ID, "prefixListId": s3.out("prefixListId")})
	dials("the endpoints and S3", map[string]bool{"logs": true, "sts": false, "s3": true})
}

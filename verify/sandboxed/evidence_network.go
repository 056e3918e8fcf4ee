package sandboxed

import (
	"maps"
	"slices"
	"strings"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/doctor/network"
)

func (b *Backend) network(tx *world.Tx) *network.Facts {
	f := &network.Facts{}
	main, own := map[string]string{}, map[string]string{}
	for _, r := range b.find(tx, tableKind) {
		if api.Bool(r.Props, "_main") {
			main[r.String("vpcId")] = r.ID
		}
	}
	for _, r := range b.find(tx, associationKind) {
		own[r.String("subnetId")] = r.String("routeTableId")
	}
	for _, r := range b.find(tx, vpcKind) {
		vpc := network.VPC{ID: r.ID, Account: r.Account, CIDRs: []string{r.String("cidrBlock")}}
		for _, secondary := range b.find(tx, secondaryKind) {
			if secondary.String("vpcId") == r.ID {
				vpc.CIDRs = append(vpc.CIDRs, secondary.String("cidrBlock"))
			}
		}
		f.VPCs = append(f.VPCs, vpc)
	}
	for _, r := range b.find(tx, subnetKind) {
		table := own[r.ID]
		if table == "" {
			table = main[r.String("vpcId")]
		}
		f.Subnets = append(f.Subnets, network.Subnet{ID: r.ID, VPC: r.String("vpcId"), CIDR: r.String("cidrBlock"), Table: table})
	}
	for _, r := range b.find(tx, routeKind) {
		route := network.Route{Table: r.String("routeTableId"), Destination: r.String("destinationCidrBlock")}
		for _, key := range []string{"gatewayId", "natGatewayId", "transitGatewayId", "vpcPeeringConnectionId"} {
			if id := r.String(key); id != "" {
				route.Target = id
			}
		}
		f.Routes = append(f.Routes, route)
	}
	for _, r := range b.find(tx, peeringKind) {
		f.Peerings = append(f.Peerings, network.Peering{ID: r.ID, Status: r.String("acceptStatus"), RequesterVPC: r.String("vpcId"), AccepterVPC: r.String("peerVpcId")})
	}
	for _, r := range b.find(tx, attachmentKind) {
		f.Attachments = append(f.Attachments, network.Attachment{ID: r.ID, Gateway: r.String("transitGatewayId"), VPC: r.String("vpcId"), State: r.String("_state")})
	}
	for _, r := range b.find(tx, jointKind) {
		f.Joints = append(f.Joints, network.Joint{ID: r.ID, Gateway: r.String("transitGatewayId"), Peer: r.String("peerTransitGatewayId"), State: r.String("state")})
	}
	for _, r := range b.find(tx, natKind) {
		f.Gateways = append(f.Gateways, network.Gateway{ID: r.ID, NAT: true, Up: r.String("_state") == "available", Subnet: r.String("subnetId")})
	}
	for _, r := range b.find(tx, internetKind) {
		f.Gateways = append(f.Gateways, network.Gateway{ID: r.ID, Up: r.String("vpcId") != "", VPC: r.String("vpcId")})
	}
	for _, r := range b.find(tx, endpointKind) {
		if slices.Contains(slices.Collect(maps.Values(b.stack.GatewayEndpoints)), r.ID) {
			endpoint := network.Endpoint{ID: r.ID, State: r.String("state"), Interfaces: texts(r.Props, "networkInterfaceIds"), Zone: b.zone(tx, r.ID)}
			for _, entry := range api.Maps(r.Props, "dnsEntries") {
				endpoint.Names = append(endpoint.Names, api.String(entry, "dnsName"))
			}
			f.Endpoints = append(f.Endpoints, endpoint)
		}
	}
	f.Groups = b.groups(tx)
	f.Hosts = b.hosts(tx)
	for _, r := range b.find(tx, aws.LoadBalancerKind) {
		f.LoadBalancers = append(f.LoadBalancers, b.balancer(tx, r))
	}
	return f
}

func (b *Backend) groups(tx *world.Tx) []network.Group {
	rules := map[string]map[string][]network.Rule{ingressKind: {}, egressKind: {}}
	for kind, byGroup := range rules {
		for _, r := range b.find(tx, kind) {
			id := r.String("securityGroupId")
			peer := r.String("referencedSecurityGroupId")
			byGroup[id] = append(byGroup[id], network.Rule{
				Protocol: r.String("ipProtocol"), CIDR: r.String("cidrIpv4"), Group: peer[strings.LastIndex(peer, "/")+1:],
				From: number(r.Props, "fromPort"), To: number(r.Props, "toPort"),
			})
		}
	}
	var all []network.Group
	for _, r := range b.find(tx, groupKind) {
		all = append(all, network.Group{ID: r.ID, Name: r.String("name"), Ingress: rules[ingressKind][r.ID], Egress: rules[egressKind][r.ID]})
	}
	return all
}

// hosts are the network interfaces in the networks of the mesh. Others of the accounts may have the same addresses. A pod is one more
// address of its node's.
func (b *Backend) hosts(tx *world.Tx) []network.Host {
	pods := map[string][]string{}
	for _, pod := range b.objects(tx).List(api.PodKind, "") {
		if ip := api.String(pod, "status", "podIP"); ip != "" {
			node := api.String(pod, "status", "hostIP")
			pods[node] = append(pods[node], ip)
		}
	}
	nodes := map[string]bool{}
	for _, node := range b.nodes(tx) {
		nodes[node.String("networkInterfaceId")] = true
	}
	var all []network.Host
	vpcs := slices.Collect(maps.Values(b.stack.VpcIDs))
	for _, r := range b.find(tx, interfaceKind) {
		if !slices.Contains(vpcs, r.String("vpcId")) {
			continue
		}
		h := network.Host{
			ID: r.ID, Subnet: r.String("subnetId"), Addresses: []string{r.String("privateIp")},
			Groups: texts(r.Props, "securityGroups"), Public: r.String("publicIp") != "", ControlPlane: b.stack.EKSArn != "" && r.String("clusterArn") == b.stack.EKSArn,
		}
		if nodes[r.ID] {
			h.Addresses = append(h.Addresses, pods[r.String("privateIp")]...)
		}
		all = append(all, h)
	}
	return all
}

func (b *Backend) balancer(tx *world.Tx, r *world.Resource) network.LoadBalancer {
	lb := network.LoadBalancer{Name: r.String("name"), DNSName: r.String("dnsName"), State: r.String("state"), Internal: api.Bool(r.Props, "internal")}
	for _, eni := range tx.Find(r.Account, interfaceKind, func(i *world.Resource) bool { return i.String("loadBalancerArn") == r.ID }) {
		lb.Addresses = append(lb.Addresses, eni.String("privateIp"))
	}
	for _, l := range api.Maps(r.Props, "ports") {
		lb.Listeners = append(lb.Listeners, network.Listener{Port: number(l, "port"), TargetPort: number(l, "nodePort")})
	}
	if lb.Groups = texts(r.Props, "securityGroups"); len(lb.Groups) > 0 {
		lb.Targets = texts(r.Props, "targets")
		return lb
	}
	for _, node := range b.nodes(tx) {
		lb.Targets = append(lb.Targets, node.String("privateIp"))
	}
	namespace, name, _ := strings.Cut(r.String("service"), "/")
	if service := b.objects(tx).Get(api.ServiceKind, namespace, name); service != nil {
		lb.SourceRanges = doctor.SourceRanges(service)
	}
	return lb
}

// zone is the private hosted zone beside an endpoint of the gateway. Nil where the stack names none.
func (b *Backend) zone(tx *world.Tx, endpoint string) *network.Zone {
	for key, id := range b.stack.GatewayEndpoints {
		if id != endpoint || b.stack.GatewayZones[key] == "" {
			continue
		}
		zone := &network.Zone{}
		for _, r := range b.find(tx, "aws:route53/zone:Zone") {
			if r.ID != b.stack.GatewayZones[key] {
				continue
			}
			zone.ID = r.ID
			for _, vpc := range api.Maps(r.Props, "vpcs") {
				zone.VPCs = append(zone.VPCs, api.String(vpc, "vpcId"))
			}
		}
		for _, r := range b.find(tx, "aws:route53/record:Record") {
			for _, alias := range api.Maps(r.Props, "aliases") {
				if r.String("zoneId") == zone.ID {
					zone.Targets = append(zone.Targets, api.String(alias, "name"))
				}
			}
		}
		return zone
	}
	return nil
}

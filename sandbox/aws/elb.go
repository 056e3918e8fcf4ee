package aws

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"ambient-ecs/quota"
	"ambient-ecs/sandbox/world"
)

// LoadBalancerKind is a load balancer, which only the Kubernetes side makes here.
const LoadBalancerKind = "elb:loadBalancer"

// LoadBalancerSpec is the load balancer that Kubernetes' cloud provider requests for a Service.
type LoadBalancerSpec struct {
	// ClusterARN is the EKS cluster.
	ClusterARN string
	// Name is derived from the Service's UID by the cloud provider: an "a" and 31 hex digits.
	Name string
	// Service is "namespace/name", for tags and messages.
	Service string
	// Network is a network load balancer; otherwise a classic one, here without a security group of its own.
	Network bool
	// Internal keeps it off the internet.
	Internal bool
	// CrossZone spreads connections over the nodes of all zones.
	CrossZone bool
	// SourceRanges may connect. Empty: everybody.
	SourceRanges []string
	// Ports are the listeners. HealthPort is the node port of the health check, 0 for the listeners' own.
	Ports      []LoadBalancerPort
	HealthPort int
	// Subnets are ids or Name tags. Empty: those with the cluster's tag.
	Subnets []string
	// Groups are the load balancer's own security groups. Nil: it has none.
	Groups []string
	// Tags are put on the load balancer.
	Tags map[string]string
	// Certificates are those of ACM with which listeners end TLS.
	Certificates []string
}

// LoadBalancerPort is one listener.
type LoadBalancerPort struct{ Port, NodePort int }

// EnsureLoadBalancer makes a load balancer, or brings the one with this name to the spec. Its properties dnsName
// and state ("provisioning", then "active") say how far it is. The cloud provider would write a refusal into an
// event of the Service.
func EnsureLoadBalancer(tx *world.Tx, spec LoadBalancerSpec) (*world.Resource, error) {
	cluster := tx.Get(AccountOf(spec.ClusterARN), eksClusterKind, spec.ClusterARN)
	if cluster == nil {
		return nil, fmt.Errorf("no EKS cluster %s", spec.ClusterARN)
	}
	for _, cidr := range spec.SourceRanges {
		if _, ok := network(cidr); !ok {
			return nil, fmt.Errorf("service.beta.kubernetes.io/load-balancer-source-ranges is not valid: %s is not an IP network", cidr)
		}
	}
	if err := certified(cluster, spec.Certificates); err != nil {
		return nil, fmt.Errorf("error creating load balancer listener: %w", err)
	}
	role := Principal{RoleARN: cluster.String("roleArn")}
	if err := Allowed(tx, role, "elasticloadbalancing:CreateLoadBalancer", "*", nil); err != nil {
		return nil, fmt.Errorf("error creating load balancer: %w", err)
	}
	group, err := nodeGroupOfRules(tx, cluster)
	if err != nil {
		return nil, err
	}
	existing := findLoadBalancer(tx, cluster, spec.Name)
	if existing == nil {
		existing, err = newLoadBalancer(tx, cluster, spec)
		if err != nil {
			return nil, err
		}
	}
	ports := make([]any, len(spec.Ports))
	for i, p := range spec.Ports {
		ports[i] = map[string]any{"port": float64(p.Port), "nodePort": float64(p.NodePort)}
	}
	if !sameValue(existing.Props["ports"], ports) {
		existing.Props["ports"] = ports
		tx.Changed(existing)
	}
	if err := admit(tx, group, existing, spec); err != nil {
		return nil, err
	}
	return existing, nil
}

// certified refuses certificates that no listener in the cluster's account and region finds.
func certified(cluster *world.Resource, arns []string) error {
	for _, arn := range arns {
		if !strings.HasPrefix(arn, fmt.Sprintf("arn:%s:acm:%s:%s:certificate/", quota.Partition(cluster.Region), cluster.Region, cluster.Account)) {
			return fmt.Errorf("CertificateNotFound: Certificate '%s' not found", arn)
		}
	}
	return nil
}

func findLoadBalancer(tx *world.Tx, cluster *world.Resource, name string) *world.Resource {
	return first(tx.Find(cluster.Account, LoadBalancerKind, func(r *world.Resource) bool {
		return r.Region == cluster.Region && r.String("name") == name && r.String("state") != "deleting"
	}))
}

func newLoadBalancer(tx *world.Tx, cluster *world.Resource, spec LoadBalancerSpec) (*world.Resource, error) {
	subnets, err := loadBalancerSubnets(tx, cluster, spec)
	if err != nil {
		return nil, err
	}
	for _, subnet := range subnets {
		if free(tx, subnet) < 8 {
			return nil, fmt.Errorf("InvalidSubnet: Not enough IP space available in %s. ELB requires at least 8 free IP addresses in each subnet.", subnet.ID)
		}
	}
	unique := digest(tx, "elb")[:16]
	suffix := cluster.Region + "." + dnsSuffix(cluster.Region)
	lb := &world.Resource{
		Account: cluster.Account, Region: cluster.Region, Kind: LoadBalancerKind, Owner: "elasticloadbalancing", Created: tx.Now,
		Props: map[string]any{
			"name": spec.Name, "clusterName": cluster.String("name"), "vpcId": text(cluster.Props, "vpcConfig", "vpcId"), "state": "provisioning",
			"internal": spec.Internal, "crossZone": spec.CrossZone, "service": spec.Service, "subnets": []any{}, "tags": map[string]any{
				"kubernetes.io/service-name": spec.Service, "kubernetes.io/cluster/" + cluster.String("name"): "owned",
			},
		},
	}
	for k, v := range spec.Tags {
		object(lb.Props, "tags")[k] = v
	}
	description := "ELB " + spec.Name
	if spec.Network {
		path := "net/" + spec.Name + "/" + unique
		description = "ELB " + path
		lb.ID = fmt.Sprintf("arn:%s:elasticloadbalancing:%s:%s:loadbalancer/%s", quota.Partition(cluster.Region), cluster.Region, cluster.Account, path)
		lb.Props["type"], lb.Props["dnsName"] = "network", fmt.Sprintf("%s-%s.elb.%s", spec.Name, unique, suffix)
	} else {
		lb.ID = fmt.Sprintf("arn:%s:elasticloadbalancing:%s:%s:loadbalancer/%s", quota.Partition(cluster.Region), cluster.Region, cluster.Account, spec.Name)
		lb.Props["type"], lb.Props["dnsName"] = "classic", fmt.Sprintf("%s-%d.%s.elb.%s", spec.Name, 1000000000+tx.NextSerial(), cluster.Region, dnsSuffix(cluster.Region))
		if spec.Internal {
			lb.Props["dnsName"] = "internal-" + lb.String("dnsName")
		}
	}
	for _, subnet := range subnets {
		lb.Props["subnets"] = append(list(lb.Props, "subnets"), subnet.ID)
		props := map[string]any{"loadBalancerArn": lb.ID, "interfaceType": "network_load_balancer"}
		if !spec.Internal {
			props["publicIp"] = fmt.Sprintf("18.%d.%d.%d", 200, tx.NextSerial()%256, len(list(lb.Props, "subnets")))
		}
		if _, err := placeInterface(tx, subnet, "elasticloadbalancing", description, spec.Groups, props); err != nil {
			return nil, err
		}
	}
	setTimer(tx, lb, Latencies[LoadBalancerKind].Create, map[string]any{"state": "active"})
	tx.Put(lb)
	return lb, nil
}

// loadBalancerSubnets chooses one subnet of each zone, as the cloud provider does: those with the cluster's tag,
// public ones for a load balancer of the internet, and of several in a zone the one that its role tag prefers.
func loadBalancerSubnets(tx *world.Tx, cluster *world.Resource, spec LoadBalancerSpec) ([]*world.Resource, error) {
	if len(spec.Subnets) > 0 {
		return namedSubnets(tx, cluster, spec.Subnets)
	}
	internal := spec.Internal
	name, vpc := cluster.String("name"), text(cluster.Props, "vpcConfig", "vpcId")
	roleTag := "kubernetes.io/role/elb"
	if internal {
		roleTag = "kubernetes.io/role/internal-elb"
	}
	byZone := map[string]*world.Resource{}
	preferred := func(r *world.Resource) bool { _, ok := object(r.Props, "tags")[roleTag]; return ok }
	for _, subnet := range tx.Find(cluster.Account, subnetKind, Has("vpcId", vpc)) {
		tagged := object(subnet.Props, "tags")["kubernetes.io/cluster/"+name]
		if tagged != "owned" && tagged != "shared" {
			continue
		}
		if !internal && routeFor(tx, subnet, internet).kind != toGateway {
			continue
		}
		zone := subnet.String("availabilityZone")
		if other := byZone[zone]; other == nil || preferred(subnet) && !preferred(other) {
			byZone[zone] = subnet
		}
	}
	var chosen []*world.Resource
	for _, zone := range sortedKeys(byZone) {
		chosen = append(chosen, byZone[zone])
	}
	if len(chosen) == 0 {
		return nil, errors.New("could not find any suitable subnets for creating the ELB")
	}
	return chosen, nil
}

// namedSubnets are the subnets of a load balancer that its Service names.
func namedSubnets(tx *world.Tx, cluster *world.Resource, names []string) (chosen []*world.Resource, err error) {
	zones := map[string]bool{}
	for _, name := range names {
		found := tx.Find(cluster.Account, subnetKind, func(r *world.Resource) bool {
			return r.String("vpcId") == text(cluster.Props, "vpcConfig", "vpcId") && (r.ID == name || object(r.Props, "tags")["Name"] == name)
		})
		if len(found) != 1 {
			return nil, fmt.Errorf("expected to find %d subnets, but found %d subnets", len(names), len(chosen))
		}
		zone := found[0].String("availabilityZone")
		if zones[zone] {
			return nil, errors.New("InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in the same Availability Zone")
		}
		zones[zone] = true
		chosen = append(chosen, found[0])
	}
	return chosen, nil
}

// nodeGroupOfRules returns the security group of the nodes that may carry the load balancer's rules: the one with
// the cluster's tag, or the only one.
func nodeGroupOfRules(tx *world.Tx, cluster *world.Resource) (*world.Resource, error) {
	nodes := Nodes(tx, cluster.Account, cluster.Region, cluster.String("name"))
	if len(nodes) == 0 {
		return nil, errors.New("there are no available nodes for LoadBalancer")
	}
	node := nodes[0]
	var tagged, untagged []*world.Resource
	for _, id := range texts(node.Props, "securityGroups") {
		group := tx.Get(node.Account, securityGroupKind, id)
		if group == nil {
			continue
		}
		if _, ok := object(group.Props, "tags")["kubernetes.io/cluster/"+cluster.String("name")]; ok {
			tagged = append(tagged, group)
		} else {
			untagged = append(untagged, group)
		}
	}
	switch {
	case len(tagged) == 1:
		return tagged[0], nil
	case len(tagged) > 1:
		names := make([]string, len(tagged))
		for i, g := range tagged {
			names[i] = fmt.Sprintf("%s(%s)", g.ID, g.String("name"))
		}
		return nil, fmt.Errorf("Multiple tagged security groups found for instance %s; ensure only the k8s security group is tagged; the tagged groups were %s", node.ID, strings.Join(names, " "))
	case len(untagged) == 1:
		return untagged[0], nil
	}
	return nil, fmt.Errorf("Multiple untagged security groups found for instance %s; ensure the k8s security group is tagged", node.ID)
}

// admit keeps the rules that let clients and health checks in on the nodes' group, and the clients' messages of path MTU
// discovery, and only those.
func admit(tx *world.Tx, group, lb *world.Resource, spec LoadBalancerSpec) error {
	wanted := map[string]map[string]any{}
	add := func(protocol, purpose, cidr string, from, to int) {
		rule := map[string]any{"ipProtocol": protocol, "fromPort": float64(from), "toPort": float64(to), "cidrIpv4": cidr,
			"description": "kubernetes.io/rule/nlb/" + purpose, "loadBalancerArn": lb.ID}
		if _, ok := wanted[ruleKey(rule)]; !ok {
			wanted[ruleKey(rule)] = rule
		}
	}
	want := func(purpose, cidr string, port int) { add("tcp", purpose+"="+spec.Name, cidr, port, port) }
	ranges := spec.SourceRanges
	if len(ranges) == 0 {
		ranges = []string{netip.PrefixFrom(netip.IPv4Unspecified(), 0).String()}
	}
	for _, cidr := range ranges {
		// Type 3 is "destination unreachable", of which code 4 asks for smaller packets.
		add("icmp", "mtu", cidr, 3, 4)
	}
	for _, p := range spec.Ports {
		for _, cidr := range ranges {
			want("client", cidr, p.NodePort)
		}
		health := p.NodePort
		if spec.HealthPort != 0 {
			health = spec.HealthPort
		}
		for _, id := range texts(lb.Props, "subnets") {
			if subnet := tx.Get(lb.Account, subnetKind, id); subnet != nil {
				want("health", subnet.String("cidrBlock"), health)
			}
		}
	}
	for _, rule := range rulesOf(tx, group, ingressRuleKind) {
		if rule.String("loadBalancerArn") != lb.ID {
			continue
		}
		if _, ok := wanted[ruleKey(rule.Props)]; ok {
			delete(wanted, ruleKey(rule.Props))
		} else {
			tx.Drop(rule)
		}
	}
	if len(rulesOf(tx, group, ingressRuleKind))+len(wanted) > quota.RulesPerGroup.Default {
		return errors.New("error authorizing security group ingress: RulesPerSecurityGroupLimitExceeded: The maximum number of rules per security group has been reached.")
	}
	for _, key := range sortedKeys(wanted) {
		addRule(tx, group, ingressRuleKind, "elasticloadbalancing", wanted[key])
	}
	return nil
}

// DeleteLoadBalancer starts the deletion of a load balancer with its rules. Its interfaces stay for a while, and
// with them nothing around it can be deleted. It reports whether everything is gone.
func DeleteLoadBalancer(tx *world.Tx, account, name string) bool {
	found := tx.Find(account, LoadBalancerKind, Has("name", name))
	for _, lb := range found {
		if lb.String("state") == "deleting" {
			continue
		}
		lb.Props["state"] = "deleting"
		for _, rule := range tx.Find(account, ingressRuleKind, Has("loadBalancerArn", lb.ID)) {
			tx.Drop(rule)
		}
		for _, eni := range tx.Find(account, interfaceKind, Has("loadBalancerArn", lb.ID)) {
			setTimer(tx, eni, 30*time.Second, nil)
		}
		setTimer(tx, lb, Latencies[LoadBalancerKind].Delete, nil)
	}
	return len(found) == 0
}

// LoadBalancers returns an EKS cluster's load balancers that are not being deleted, by name.
func LoadBalancers(tx *world.Tx, clusterARN string) []*world.Resource {
	all := tx.Find(AccountOf(clusterARN), LoadBalancerKind, Has("clusterName", NameOf(clusterARN)))
	return slices.DeleteFunc(all, func(r *world.Resource) bool { return r.String("state") == "deleting" })
}

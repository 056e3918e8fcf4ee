package onaws

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

// Inspect decides whether a door's port is closed to all but the networks that the stack declares for it. It reads the load
// balancer's facts from AWS: whether its interfaces have public addresses, and which sources the security groups admit. These are
// the groups of the load balancer, if it has any, and of the nodes behind it.
func (b *AWS) Inspect(ctx context.Context, door stack.Door, port int) (bool, string, error) {
	config, err := b.accounts.Config(b.stack.HomeAccount, "")
	if err != nil {
		return false, "", err
	}
	client := ec2.NewFromConfig(config)
	nodePort, err := b.nodePort(ctx, door.Address, port)
	if err != nil {
		return false, "", err
	}
	interfaces, err := balancerInterfaces(ctx, client, door.Address)
	if err != nil {
		return false, "", err
	}
	var public, addresses, groups []string
	for _, eni := range interfaces {
		addresses = append(addresses, aws.ToString(eni.PrivateIpAddress))
		if eni.Association != nil && aws.ToString(eni.Association.PublicIp) != "" {
			public = append(public, aws.ToString(eni.Association.PublicIp))
		}
		for _, group := range eni.Groups {
			groups = append(groups, aws.ToString(group.GroupId))
		}
	}
	seen := fmt.Sprintf("the load balancer %s is internal (%s)", door.Address, strings.Join(addresses, ", "))
	if len(public) > 0 {
		if !door.Public {
			return false, fmt.Sprintf("the load balancer %s is open to the internet: it has the public addresses %s", door.Address, strings.Join(public, ", ")), nil
		}
		seen = fmt.Sprintf("the load balancer %s is public, as declared (%s)", door.Address, strings.Join(public, ", "))
	}
	slices.Sort(groups)
	if nodePort == 0 {
		return true, fmt.Sprintf("%s and has no listener on port %d", seen, port), nil
	}
	wide, err := b.admits(ctx, client, door, slices.Compact(groups), port)
	if err != nil {
		return false, "", err
	}
	atNodes, err := b.admits(ctx, client, door, []string{b.stack.EKSGroup}, nodePort)
	if err != nil {
		return false, "", err
	}
	if wide = append(wide, atNodes...); len(wide) > 0 {
		return false, fmt.Sprintf("%s, but more than the declared networks may use it: %s", seen, strings.Join(wide, "; ")), nil
	}
	return true, fmt.Sprintf("%s; node port %d takes port %d from the declared networks only", seen, nodePort, port), nil
}

// nodePort is the port of the nodes to which the load balancer sends a port, 0 if it has no such listener.
func (b *AWS) nodePort(ctx context.Context, address string, port int) (int, error) {
	services, err := b.cluster.List(ctx, "v1", "Service")
	if err != nil {
		return 0, err
	}
	for _, service := range services {
		if !slices.ContainsFunc(backend.Objects(service, "status", "loadBalancer", "ingress"), func(at backend.Object) bool {
			return address != "" && (at["hostname"] == address || at["ip"] == address)
		}) {
			continue
		}
		for _, p := range backend.Objects(service, "spec", "ports") {
			if backend.Number(p, "port") == port {
				return backend.Number(p, "nodePort"), nil
			}
		}
		return 0, nil
	}
	return 0, fmt.Errorf("no Service of the cluster has the load balancer %s", address)
}

// balancerInterfaces finds a load balancer's network interfaces by its DNS name, "<name>-<id>.elb.<region>.amazonaws.com", since
// AWS describes them as "ELB net/<name>/<id>".
func balancerInterfaces(ctx context.Context, client *ec2.Client, address string) ([]types.NetworkInterface, error) {
	filter := types.Filter{Name: aws.String("addresses.private-ip-address"), Values: []string{address}}
	if _, err := netip.ParseAddr(address); err != nil {
		label, _, _ := strings.Cut(address, ".")
		at := strings.LastIndex(label, "-")
		if at <= 0 {
			return nil, fmt.Errorf("the address %q is no name of a load balancer", address)
		}
		filter = types.Filter{Name: aws.String("description"), Values: []string{"ELB net/" + strings.TrimPrefix(label[:at], "internal-") + "/*"}}
	}
	var all []types.NetworkInterface
	pages := ec2.NewDescribeNetworkInterfacesPaginator(client, &ec2.DescribeNetworkInterfacesInput{Filters: []types.Filter{filter}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("describe the network interfaces of load balancer %s: %w", address, err)
		}
		all = append(all, page.NetworkInterfaces...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no network interface of load balancer %s was found: nothing can be said of who reaches it", address)
	}
	return all, nil
}

// admits lists the rules that let more than the declared networks reach a TCP port. Rules that name a security group
// admit hosts of the VPC or of a peer, and those belong to the mesh.
func (b *AWS) admits(ctx context.Context, client *ec2.Client, door stack.Door, groups []string, port int) ([]string, error) {
	if len(groups) == 0 {
		return nil, nil
	}
	if slices.Contains(groups, "") {
		return nil, errors.New("the stack's outputs name no security group of the nodes")
	}
	var declared []netip.Prefix
	for _, cidr := range door.Sources {
		prefix, err := netip.ParsePrefix(cidr)
		if err != nil {
			return nil, fmt.Errorf("the stack's networks of %s: %w", door.Address, err)
		}
		declared = append(declared, prefix)
	}
	var wide []string
	pages := ec2.NewDescribeSecurityGroupRulesPaginator(client, &ec2.DescribeSecurityGroupRulesInput{
		Filters: []types.Filter{{Name: aws.String("group-id"), Values: groups}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("describe the rules of %s: %w", strings.Join(groups, ", "), err)
		}
		for _, rule := range page.SecurityGroupRules {
			if aws.ToBool(rule.IsEgress) || !covers(rule, port) {
				continue
			}
			if source := outside(rule, declared); source != "" {
				wide = append(wide, fmt.Sprintf("%s of %s admits %s to port %d", aws.ToString(rule.SecurityGroupRuleId), aws.ToString(rule.GroupId), source, port))
			}
		}
	}
	return wide, nil
}

func covers(rule types.SecurityGroupRule, port int) bool {
	switch aws.ToString(rule.IpProtocol) {
	case "-1":
		return true
	case "tcp", "6":
		return int(aws.ToInt32(rule.FromPort)) <= port && port <= int(aws.ToInt32(rule.ToPort))
	}
	return false
}

// outside is the source of a rule if it is not inside the declared networks. A prefix list can grow, so it counts as outside.
func outside(rule types.SecurityGroupRule, declared []netip.Prefix) string {
	if list := aws.ToString(rule.PrefixListId); list != "" {
		return "prefix list " + list
	}
	for _, cidr := range []string{aws.ToString(rule.CidrIpv4), aws.ToString(rule.CidrIpv6)} {
		if cidr == "" {
			continue
		}
		source, err := netip.ParsePrefix(cidr)
		if err != nil || !slices.ContainsFunc(declared, func(m netip.Prefix) bool { return m.Bits() <= source.Bits() && m.Contains(source.Addr()) }) {
			return cidr
		}
	}
	return ""
}

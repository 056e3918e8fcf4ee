package onaws

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2 "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/doctor/network"
)

// balancers are the load balancers of the gateway and of the ingress, as far as they exist. Other load balancers of the cluster
// do not belong to the mesh.
func (b *AWS) balancers(ctx context.Context, interfaces []ec2.NetworkInterface) ([]network.LoadBalancer, error) {
	services, err := b.cluster.List(ctx, "v1", "Service")
	if err != nil {
		return nil, err
	}
	var all []network.LoadBalancer
	for _, service := range services {
		ingress := backend.Objects(service, "status", "loadBalancer", "ingress")
		if len(ingress) == 0 {
			continue
		}
		address := backend.Text(ingress[0], "hostname")
		if address == "" || address != b.stack.GatewayAddress && address != b.stack.IngressAddress {
			continue
		}
		lb, err := b.balancer(ctx, service, address, interfaces)
		if err != nil {
			return nil, fmt.Errorf("load balancer %s: %w", address, err)
		}
		all = append(all, *lb)
	}
	return all, nil
}

// balancer is a Service's load balancer, from AWS and from the Service.
func (b *AWS) balancer(ctx context.Context, service backend.Object, address string, interfaces []ec2.NetworkInterface) (*network.LoadBalancer, error) {
	config, err := b.accounts.Config(b.stack.HomeAccount, "")
	if err != nil {
		return nil, err
	}
	client := elb.NewFromConfig(config)
	lb := &network.LoadBalancer{
		Name: address, DNSName: address, State: "gone", Internal: true, SourceRanges: doctor.SourceRanges(service),
		Unhealthy: map[int]string{},
	}
	found, err := findBalancer(ctx, client, address)
	if err != nil || found == nil {
		return lb, err
	}
	lb.Name, lb.State, lb.Internal = aws.ToString(found.LoadBalancerName), state(found), found.Scheme == types.LoadBalancerSchemeEnumInternal
	lb.Groups = found.SecurityGroups
	// "arn:…:loadbalancer/net/<name>/<id>", and its interfaces are "ELB net/<name>/<id>".
	_, id, _ := strings.Cut(aws.ToString(found.LoadBalancerArn), ":loadbalancer/")
	for _, i := range interfaces {
		if aws.ToString(i.Description) == "ELB "+id {
			lb.Addresses = append(lb.Addresses, aws.ToString(i.PrivateIpAddress))
		}
	}
	return lb, b.readListeners(ctx, client, found, service, lb)
}

// findBalancer finds a load balancer by its DNS name, nil if there is none.
func findBalancer(ctx context.Context, client *elb.Client, address string) (*types.LoadBalancer, error) {
	pages := elb.NewDescribeLoadBalancersPaginator(client, &elb.DescribeLoadBalancersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, lb := range page.LoadBalancers {
			if strings.EqualFold(aws.ToString(lb.DNSName), address) {
				return &lb, nil
			}
		}
	}
	return nil, nil
}

// state is a load balancer's state in one word. A load balancer that AWS cannot scale still serves.
func state(lb *types.LoadBalancer) string {
	if lb.State == nil {
		return "in no state"
	}
	if lb.State.Code == types.LoadBalancerStateEnumActiveImpaired {
		return string(types.LoadBalancerStateEnumActive)
	}
	return string(lb.State.Code)
}

// readListeners adds listeners, and the targets behind them with their health.
func (b *AWS) readListeners(ctx context.Context, client *elb.Client, found *types.LoadBalancer, service backend.Object, lb *network.LoadBalancer) error {
	nodes, err := b.nodes(ctx)
	if err != nil {
		return err
	}
	targets := map[string]bool{}
	pages := elb.NewDescribeListenersPaginator(client, &elb.DescribeListenersInput{LoadBalancerArn: found.LoadBalancerArn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("listeners: %w", err)
		}
		for _, listener := range page.Listeners {
			one := network.Listener{Port: int(aws.ToInt32(listener.Port))}
			for _, p := range backend.Objects(service, "spec", "ports") {
				if backend.Number(p, "port") == one.Port {
					one.TargetPort = backend.Number(p, "nodePort")
				}
			}
			registered, err := readHealth(ctx, client, listener)
			if err != nil {
				return fmt.Errorf("targets of port %d: %w", one.Port, err)
			}
			for _, t := range registered {
				address := aws.ToString(t.Target.Id)
				if node := nodes[address]; node != "" {
					address = node
				}
				targets[address], one.TargetPort = true, int(aws.ToInt32(t.Target.Port))
			}
			if why := unhealthy(registered); why != "" {
				lb.Unhealthy[one.Port] = why
			}
			lb.Listeners = append(lb.Listeners, one)
		}
	}
	lb.Targets = slices.Sorted(maps.Keys(targets))
	return nil
}

// readHealth returns the targets of a listener.
func readHealth(ctx context.Context, client *elb.Client, listener types.Listener) ([]types.TargetHealthDescription, error) {
	groups := map[string]bool{}
	for _, action := range listener.DefaultActions {
		groups[aws.ToString(action.TargetGroupArn)] = true
		if action.ForwardConfig != nil {
			for _, g := range action.ForwardConfig.TargetGroups {
				groups[aws.ToString(g.TargetGroupArn)] = true
			}
		}
	}
	delete(groups, "")
	var all []types.TargetHealthDescription
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		health, err := client.DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: aws.String(group)})
		if err != nil {
			return nil, err
		}
		for _, t := range health.TargetHealthDescriptions {
			if t.Target != nil {
				all = append(all, t)
			}
		}
	}
	return all, nil
}

// unhealthy says why none of the targets is healthy, "" if one is. AWS calls a target without health checks unavailable, but it
// gets connections.
func unhealthy(targets []types.TargetHealthDescription) string {
	if len(targets) == 0 {
		return "no target is registered"
	}
	var reasons []string
	for _, t := range targets {
		health := t.TargetHealth
		if health == nil || health.State == types.TargetHealthStateEnumHealthy || health.State == types.TargetHealthStateEnumUnavailable {
			return ""
		}
		reason := aws.ToString(t.Target.Id) + " is " + string(health.State)
		if health.Reason != "" {
			reason += " (" + string(health.Reason) + ")"
		}
		reasons = append(reasons, reason)
	}
	slices.Sort(reasons)
	return strings.Join(reasons, ", ")
}

// nodes are the addresses of the cluster's nodes, by instance.
func (b *AWS) nodes(ctx context.Context) (map[string]string, error) {
	nodes, err := b.cluster.List(ctx, "v1", "Node")
	if err != nil {
		return nil, err
	}
	byInstance := map[string]string{}
	for _, node := range nodes {
		// "aws:///<zone>/<instance>"
		provider := backend.Text(node, "spec", "providerID")
		for _, a := range backend.Objects(node, "status", "addresses") {
			if backend.Text(a, "type") == "InternalIP" && provider != "" {
				byInstance[lastPart(provider)] = backend.Text(a, "address")
			}
		}
	}
	return byInstance, nil
}

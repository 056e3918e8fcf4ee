package onaws

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/living/compare"
	theirs "ambient-ecs/network/existing"
	"ambient-ecs/verify/adopt"
	"ambient-ecs/verify/repair"
)

// Surveyor reads what an account has, by commands of the AWS CLI that describe, get and list.
type Surveyor struct {
	// CLI runs the AWS CLI. Nil: the one on PATH.
	CLI func(ctx context.Context, environment []string, args ...string) ([]byte, error)
}

var _ adopt.Reader = Surveyor{}

// onlyReads are the operations that change nothing. None of them gives the value of a secret: the services that keep them are not asked.
var onlyReads = regexp.MustCompile(`^(describe|get|list)-[a-z-]+$`)

// survey is the reading of one account. The answers have the members that the AWS CLI prints
// (https://docs.aws.amazon.com/cli/latest/reference/, 2026-11-29).
type survey struct {
	ctx         context.Context
	cli         func(ctx context.Context, environment []string, args ...string) ([]byte, error)
	environment []string
	facts       *adopt.Facts
	// own says that the network may become the stack's.
	own bool
}

// Read implements adopt.Reader.
func (s Surveyor) Read(ctx context.Context, a adopt.Account, region string) (*adopt.Facts, error) {
	credentials, err := environment(ctx, repair.Account{ID: a.ID, Region: region, Profile: a.Profile, Role: a.RoleARN})
	if err != nil {
		return nil, err
	}
	one := survey{ctx, s.CLI, credentials, &adopt.Facts{Groups: map[string]adopt.Group{}, Roles: map[string]compare.Role{}}, a.Own}
	if one.cli == nil {
		one.cli = runCLI
	}
	for _, read := range []func() error{one.networks, one.clusters, one.stacks, one.groups, one.roles, one.scaled, one.controlPlanes, one.logGroups} {
		if err := read(); err != nil {
			return nil, fmt.Errorf("account %s (%s): %w", a.Key, a.ID, err)
		}
	}
	return one.facts, nil
}

// ask runs a command and reads its answer.
func (s survey) ask(into any, args ...string) error {
	if len(args) < 2 || !onlyReads.MatchString(args[1]) {
		return fmt.Errorf("aws %s is no command that only reads", strings.Join(args, " "))
	}
	out, err := s.cli(s.ctx, s.environment, append(args, "--output", "json")...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, into); err != nil {
		return fmt.Errorf("aws %s %s: %w", args[0], args[1], err)
	}
	return nil
}

func (s survey) networks() error {
	var vpcs struct {
		Vpcs []struct {
			VpcID                   string `json:"VpcId"`
			OwnerID                 string `json:"OwnerId"`
			CidrBlock               string
			IsDefault               bool
			Tags                    any
			CidrBlockAssociationSet []struct {
				CidrBlock      string
				CidrBlockState struct{ State string }
			}
		}
	}
	var subnets struct {
		Subnets []struct {
			SubnetID                string `json:"SubnetId"`
			VpcID                   string `json:"VpcId"`
			CidrBlock               string
			AvailabilityZoneID      string `json:"AvailabilityZoneId"`
			AvailableIPAddressCount int    `json:"AvailableIpAddressCount"`
			Tags                    any
		}
	}
	var tables struct{ RouteTables []routeTable }
	var attachments struct {
		TransitGatewayVpcAttachments []struct {
			ID      string `json:"TransitGatewayAttachmentId"`
			Gateway string `json:"TransitGatewayId"`
			VpcID   string `json:"VpcId"`
			State   string
		}
	}
	for _, err := range []error{s.ask(&vpcs, "ec2", "describe-vpcs"), s.ask(&subnets, "ec2", "describe-subnets"), s.ask(&tables, "ec2", "describe-route-tables"),
		s.ask(&attachments, "ec2", "describe-transit-gateway-vpc-attachments")} {
		if err != nil {
			return err
		}
	}
	for _, vpc := range vpcs.Vpcs {
		n := adopt.Network{Default: vpc.IsDefault, Tags: tagsOf(vpc.Tags), Names: map[string]string{}, Attachments: map[string]compare.Attachment{}, Network: theirs.Network{
			VPC:     &theirs.VPC{ID: vpc.VpcID, Owner: vpc.OwnerID, CIDR: vpc.CidrBlock},
			Subnets: map[string]theirs.Subnet{}, Tables: map[string]theirs.Table{},
		}}
		for _, a := range vpc.CidrBlockAssociationSet {
			if a.CidrBlock != vpc.CidrBlock && a.CidrBlockState.State == "associated" {
				n.VPC.Secondary = append(n.VPC.Secondary, a.CidrBlock)
			}
		}
		slices.Sort(n.VPC.Secondary)
		for _, a := range attachments.TransitGatewayVpcAttachments {
			if a.VpcID == vpc.VpcID && (a.State == "available" || a.State == "modifying") {
				n.Attachments[a.ID] = compare.Attachment{Gateway: a.Gateway, Carries: true}
			}
		}
		var err error
		if n.VPC.DNSSupport, err = s.attribute(vpc.VpcID, "enableDnsSupport"); err != nil {
			return err
		}
		if n.VPC.DNSHostnames, err = s.attribute(vpc.VpcID, "enableDnsHostnames"); err != nil {
			return err
		}
		if s.own {
			if err := s.parts(&n); err != nil {
				return err
			}
		}
		main, own := "", map[string]string{}
		for _, t := range tables.RouteTables {
			if t.VpcID != vpc.VpcID {
				continue
			}
			n.Tables[t.RouteTableID] = t.table()
			for _, a := range t.Associations {
				if a.Main {
					main = t.RouteTableID
				} else {
					own[a.SubnetID] = t.RouteTableID
				}
			}
		}
		n.Main = main
		for _, subnet := range subnets.Subnets {
			if subnet.VpcID == vpc.VpcID {
				n.Subnets[subnet.SubnetID] = theirs.Subnet{ID: subnet.SubnetID, VPC: vpc.VpcID, CIDR: subnet.CidrBlock, ZoneID: subnet.AvailabilityZoneID,
					Table: cmp.Or(own[subnet.SubnetID], main), Free: subnet.AvailableIPAddressCount}
				n.Names[subnet.SubnetID] = tagsOf(subnet.Tags)["Name"]
			}
		}
		s.facts.Networks = append(s.facts.Networks, n)
	}
	return nil
}

// parts reads the NAT gateways of a VPC and its way to S3.
func (s survey) parts(n *adopt.Network) error {
	var nats struct {
		NatGateways []struct {
			ID                  string `json:"NatGatewayId"`
			SubnetID            string `json:"SubnetId"`
			NatGatewayAddresses []struct {
				AllocationID string `json:"AllocationId"`
			}
		}
	}
	var endpoints struct {
		VpcEndpoints []struct {
			ID                           string `json:"VpcEndpointId"`
			ServiceName, VpcEndpointType string
		}
	}
	vpc := "Name=vpc-id,Values=" + n.VPC.ID
	if err := s.ask(&nats, "ec2", "describe-nat-gateways", "--filter", vpc, "Name=state,Values=available"); err != nil {
		return err
	}
	if err := s.ask(&endpoints, "ec2", "describe-vpc-endpoints", "--filters", vpc, "Name=vpc-endpoint-type,Values=Gateway"); err != nil {
		return err
	}
	n.NATs = map[string]adopt.NAT{}
	for _, nat := range nats.NatGateways {
		one := adopt.NAT{Subnet: nat.SubnetID}
		if len(nat.NatGatewayAddresses) == 1 {
			one.Allocation = nat.NatGatewayAddresses[0].AllocationID
		}
		n.NATs[nat.ID] = one
	}
	for _, endpoint := range endpoints.VpcEndpoints {
		if strings.HasSuffix(endpoint.ServiceName, ".s3") {
			n.S3 = endpoint.ID
		}
	}
	return nil
}

// logGroups reads the log groups whose names begin as those of the program's tasks.
func (s survey) logGroups() error {
	var answer struct {
		LogGroups []struct{ LogGroupName string }
	}
	if err := s.ask(&answer, "logs", "describe-log-groups", "--log-group-name-prefix", "/ecs/"); err != nil {
		return err
	}
	for _, group := range answer.LogGroups {
		s.facts.LogGroups = append(s.facts.LogGroups, group.LogGroupName)
	}
	return nil
}

// attribute reads an attribute of a VPC, which is a yes or no.
func (s survey) attribute(vpc, name string) (bool, error) {
	var answer map[string]any
	if err := s.ask(&answer, "ec2", "describe-vpc-attribute", "--vpc-id", vpc, "--attribute", name); err != nil {
		return false, err
	}
	return at(answer, strings.ToUpper(name[:1])+name[1:]+".Value") == true, nil
}

type routeTable struct {
	RouteTableID string `json:"RouteTableId"`
	VpcID        string `json:"VpcId"`
	Associations []struct {
		Main     bool
		SubnetID string `json:"SubnetId"`
	}
	Routes []map[string]any
}

// table is the route table without its local routes.
func (t routeTable) table() theirs.Table {
	one := theirs.Table{ID: t.RouteTableID, VPC: t.VpcID}
	for _, r := range t.Routes {
		target := ""
		for _, name := range []string{"NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "NetworkInterfaceId", "InstanceId", "LocalGatewayId", "CarrierGatewayId", "CoreNetworkArn", "GatewayId"} {
			target = cmp.Or(target, show(r[name]))
		}
		if cidr := show(r["DestinationCidrBlock"]); cidr != "" && target != "local" {
			one.Routes = append(one.Routes, theirs.Route{CIDR: cidr, Target: target})
		}
	}
	return one
}

func (s survey) clusters() error {
	var list struct {
		ClusterArns []string `json:"clusterArns"`
	}
	if err := s.ask(&list, "ecs", "list-clusters"); err != nil {
		return err
	}
	const clustersAtOnce = 100
	for some := range slices.Chunk(list.ClusterArns, clustersAtOnce) {
		var described struct {
			Clusters []struct {
				ClusterArn, ClusterName, Status string
				Tags                            any
				Settings                        []struct{ Name, Value string }
			}
		}
		if err := s.ask(&described, slices.Concat([]string{"ecs", "describe-clusters", "--include", "TAGS", "SETTINGS", "--clusters"}, some)...); err != nil {
			return err
		}
		for _, c := range described.Clusters {
			if c.Status != "ACTIVE" {
				continue
			}
			one := adopt.Cluster{Name: c.ClusterName}
			one.ARN, one.Status, one.Tags = c.ClusterArn, c.Status, tagsOf(c.Tags)
			for _, setting := range c.Settings {
				one.Insights = one.Insights || setting.Name == "containerInsights" && setting.Value != "disabled"
			}
			if err := s.services(&one); err != nil {
				return err
			}
			s.facts.Clusters = append(s.facts.Clusters, one)
		}
	}
	return nil
}

// living is a service as `aws ecs describe-services` prints it.
type living struct {
	ServiceName, Status, LaunchType, SchedulingStrategy, PlatformVersion, TaskDefinition string
	DesiredCount                                                                         int
	EnableExecuteCommand                                                                 bool
	DeploymentController                                                                 struct{ Type string }
	LoadBalancers, ServiceRegistries                                                     []any
	CapacityProviderStrategy                                                             []struct {
		CapacityProvider string
		Base, Weight     int
	}
	NetworkConfiguration struct {
		AwsvpcConfiguration struct{ Subnets, SecurityGroups []string }
	}
	DeploymentConfiguration struct{ MinimumHealthyPercent, MaximumPercent int }
	// Service Connect is a setting of the deployments.
	Deployments []struct {
		ServiceConnectConfiguration struct{ Enabled bool }
		VpcLatticeConfigurations    []any
	}
	Tags any
}

func (s survey) services(cluster *adopt.Cluster) error {
	var list struct {
		ServiceArns []string `json:"serviceArns"`
	}
	if err := s.ask(&list, "ecs", "list-services", "--cluster", cluster.ARN); err != nil {
		return err
	}
	for some := range slices.Chunk(list.ServiceArns, servicesAtOnce) {
		var described struct{ Services []living }
		if err := s.ask(&described, slices.Concat([]string{"ecs", "describe-services", "--include", "TAGS", "--cluster", cluster.ARN, "--services"}, some)...); err != nil {
			return err
		}
		for _, l := range described.Services {
			if l.Status != "ACTIVE" {
				continue
			}
			one := l.service()
			// A service of the controller EXTERNAL has no task definition of its own.
			if l.TaskDefinition != "" {
				var definition struct{ TaskDefinition json.RawMessage }
				if err := s.ask(&definition, "ecs", "describe-task-definition", "--task-definition", l.TaskDefinition); err != nil {
					return err
				}
				var text bytes.Buffer
				if err := json.Indent(&text, definition.TaskDefinition, "", "  "); err != nil {
					return fmt.Errorf("task definition %s: %w", l.TaskDefinition, err)
				}
				one.Definition = append(text.Bytes(), '\n')
				var roles struct{ TaskRoleArn string }
				if err := json.Unmarshal(definition.TaskDefinition, &roles); err != nil {
					return fmt.Errorf("task definition %s: %w", l.TaskDefinition, err)
				}
				one.TaskRole = roles.TaskRoleArn
			}
			cluster.Services = append(cluster.Services, one)
		}
	}
	return nil
}

func (l living) service() adopt.Service {
	one := adopt.Service{
		Name: l.ServiceName, Desired: l.DesiredCount, PlatformVersion: l.PlatformVersion, Exec: l.EnableExecuteCommand,
		Healthy: l.DeploymentConfiguration.MinimumHealthyPercent, Most: l.DeploymentConfiguration.MaximumPercent,
	}
	one.Controller, one.LaunchType, one.Scheduling = l.DeploymentController.Type, l.LaunchType, l.SchedulingStrategy
	one.Balancers, one.Registered = len(l.LoadBalancers), len(l.ServiceRegistries) > 0
	one.Groups = l.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups
	one.Subnets, one.Tags = l.NetworkConfiguration.AwsvpcConfiguration.Subnets, tagsOf(l.Tags)
	for _, d := range l.Deployments {
		one.Connect = one.Connect || d.ServiceConnectConfiguration.Enabled
		one.Lattices = max(one.Lattices, len(d.VpcLatticeConfigurations))
	}
	for _, p := range l.CapacityProviderStrategy {
		one.Providers = append(one.Providers, compare.Provider{Name: p.CapacityProvider, Base: p.Base, Weight: p.Weight})
	}
	return one
}

// stacks asks CloudFormation which stack has each service that could be taken over. ECS services do not get the tags aws:cloudformation:…
// of their stack, so tags do not tell (aws-cloudformation/cloudformation-coverage-roadmap#2062, 2024-06-10, open when read on 2026-11-30).
// Who may not ask reads the rest all the same.
// https://docs.aws.amazon.com/cli/latest/reference/cloudformation/describe-stack-resources.html, 2026-11-30.
func (s survey) stacks() error {
	for c := range s.facts.Clusters {
		services := s.facts.Clusters[c].Services
		for i := range services {
			if services[i].Stack = services[i].Tags["aws:cloudformation:stack-name"]; services[i].Stack != "" {
				continue
			}
			var answer struct{ StackResources []struct{ StackName string } }
			err := s.ask(&answer, "cloudformation", "describe-stack-resources", "--physical-resource-id", arnOf(s.facts.Clusters[c].ARN, services[i].Name))
			switch {
			case err == nil && len(answer.StackResources) > 0:
				services[i].Stack = answer.StackResources[0].StackName
			case err != nil && strings.Contains(err.Error(), "AccessDenied"):
				s.facts.StacksUnseen = err.Error()
				return nil
			case err != nil && !strings.Contains(err.Error(), "ValidationError"): // what it answers for a resource of no stack
				return err
			}
		}
	}
	return nil
}

// arnOf is the ARN of a service, by which CloudFormation knows it.
func arnOf(cluster, name string) string {
	return strings.Replace(cluster, ":cluster/", ":service/", 1) + "/" + name
}

func (s survey) groups() error {
	var ids []string
	for _, c := range s.facts.Clusters {
		for _, service := range c.Services {
			ids = append(ids, service.Groups...)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	var answer struct {
		SecurityGroups []struct {
			GroupID       string `json:"GroupId"`
			GroupName     string
			IPPermissions []struct {
				IPProtocol       string `json:"IpProtocol"`
				FromPort, ToPort int
				IPRanges         []struct {
					CidrIP string `json:"CidrIp"`
				} `json:"IpRanges"`
				IPv6Ranges []struct {
					CidrIPv6 string `json:"CidrIpv6"`
				} `json:"Ipv6Ranges"`
			} `json:"IpPermissions"`
		}
	}
	if err := s.ask(&answer, slices.Concat([]string{"ec2", "describe-security-groups", "--group-ids"}, slices.Compact(ids))...); err != nil {
		return err
	}
	for _, g := range answer.SecurityGroups {
		one := adopt.Group{Name: g.GroupName}
		for _, rule := range g.IPPermissions {
			open := false
			for _, r := range rule.IPRanges {
				open = open || r.CidrIP == "0.0.0.0/0"
			}
			for _, r := range rule.IPv6Ranges {
				open = open || r.CidrIPv6 == "::/0"
			}
			if open {
				one.Open = append(one.Open, adopt.Ports(rule.IPProtocol, rule.FromPort, rule.ToPort))
			}
		}
		s.facts.Groups[g.GroupID] = one
	}
	return nil
}

// roles reads the task roles of the services. A task definition may name one that is gone.
func (s survey) roles() error {
	for _, c := range s.facts.Clusters {
		for _, service := range c.Services {
			arn := service.TaskRole
			if _, known := s.facts.Roles[arn]; known || arn == "" {
				continue
			}
			var answer struct {
				Role struct {
					Arn, Path                string
					AssumeRolePolicyDocument json.RawMessage
					Tags                     any
				}
			}
			err := s.ask(&answer, "iam", "get-role", "--role-name", lastPart(arn))
			if err != nil && !strings.Contains(err.Error(), "NoSuchEntity") {
				return err
			}
			r := answer.Role
			s.facts.Roles[arn] = compare.Role{ARN: r.Arn, Tags: tagsOf(r.Tags), Trust: string(r.AssumeRolePolicyDocument), Path: r.Path}
		}
	}
	return nil
}

func (s survey) scaled() error {
	var answer struct {
		ScalableTargets []struct {
			ResourceID string `json:"ResourceId"`
		}
	}
	if err := s.ask(&answer, "application-autoscaling", "describe-scalable-targets", "--service-namespace", "ecs"); err != nil {
		return err
	}
	for _, target := range answer.ScalableTargets {
		s.facts.Scaled = append(s.facts.Scaled, strings.TrimPrefix(target.ResourceID, "service/"))
	}
	return nil
}

func (s survey) controlPlanes() error {
	var answer struct{ Clusters []string }
	err := s.ask(&answer, "eks", "list-clusters")
	s.facts.ControlPlanes = answer.Clusters
	return err
}

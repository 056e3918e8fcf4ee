package network

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/problem"
)

// TaskSecurityGroupsTypeToken is the Pulumi type of TaskSecurityGroups.
const TaskSecurityGroupsTypeToken = "ambient-ecs:network:TaskSecurityGroups"

// TaskSecurityGroupsArgs configures TaskSecurityGroups.
type TaskSecurityGroupsArgs struct {
	// Name begins the Name tags of the groups. Required.
	Name string
	// VpcID is the VPC of the tasks. Required.
	VpcID pulumi.StringInput
	// Mesh are the networks of all VPCs of the mesh, this one included, by account key, the primary one of a VPC first.
	// Required. The keys name the rules: a change of a primary network updates its rules in place.
	Mesh map[string][]string
	// Istiod is the key, in Mesh, of the account that serves istiod. Required.
	Istiod string
	// CallsOnly says that nobody calls the tasks: the server group admits nobody, and no task carries it.
	CallsOnly bool
	// Services are the only ways to AWS's services by HTTPS. Nil: HTTPS leaves to any address.
	Services *ServiceWays
	// MetricsFrom are the networks that may read ztunnel's metrics. Empty: no network may.
	MetricsFrom []string
	// Provider is the AWS provider of the account. Required.
	Provider pulumi.ProviderResource
}

// ServiceWays are the ways to AWS's services inside a VPC.
type ServiceWays struct {
	// EndpointsID is the security group of the interface endpoints that the program makes, TheirGroupIDs are those of endpoints that exist.
	// One of the two is required. S3PrefixListID are the addresses of S3, to which the gateway endpoint leads. Required: ECR's image layers
	// are in S3.
	EndpointsID, S3PrefixListID pulumi.StringInput
	TheirGroupIDs               []string
}

// Validate reports every problem of the arguments, or returns nil.
func (a *TaskSecurityGroupsArgs) Validate() error {
	var p problem.List
	if a.Name == "" {
		p.Missing("Name", "the Name tags begin with it")
	}
	if a.VpcID == nil {
		p.Missing("VpcID", "the groups would be made in the account's default VPC")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one the groups could land in another account")
	}
	if len(a.Mesh) == 0 {
		p.Missing("Mesh", "the tasks could reach no istiod")
	}
	for _, key := range slices.Sorted(maps.Keys(a.Mesh)) {
		checkCIDRs(&p, fmt.Sprintf("Mesh[%q]", key), a.Mesh[key])
	}
	if _, known := a.Mesh[a.Istiod]; !known {
		p.Refuse("Istiod", a.Istiod, "it is no key of Mesh: the tasks could reach no istiod")
	}
	if a.Services != nil && (a.Services.EndpointsID == nil && len(a.Services.TheirGroupIDs) == 0 || a.Services.S3PrefixListID == nil) {
		p.Missing("Services", "with one way alone no task could pull its image: ECR answers at an endpoint, and the layers are in S3")
	}
	if len(a.MetricsFrom) > 0 {
		checkCIDRs(&p, "MetricsFrom", a.MetricsFrom)
	}
	return p.Err()
}

// TaskSecurityGroups are the security groups that the ECS tasks of an account carry.
//
// DNS needs no rule: security groups do not filter the VPC's resolver, nor the addresses from which tasks get their
// credentials and metadata.
type TaskSecurityGroups struct {
	pulumi.ResourceState

	// Client lets a task call the mesh, istiod, and AWS's services by HTTPS. Every task carries it. With MetricsFrom
	// it also lets that network read ztunnel's metrics.
	Client Group
	// Server lets a task be called by HBONE from the mesh only. Client-only services do not carry it.
	Server Group
}

// NewTaskSecurityGroups registers the groups and their rules.
func NewTaskSecurityGroups(ctx *pulumi.Context, name string, args *TaskSecurityGroupsArgs, opts ...pulumi.ResourceOption) (*TaskSecurityGroups, error) {
	if err := checkGroupName(name); err != nil {
		return nil, fmt.Errorf("task security groups %s: %w", name, err)
	}
	groups := &TaskSecurityGroups{}
	return component.New(ctx, TaskSecurityGroupsTypeToken, name, groups, args, opts, func() (_ pulumi.Map, err error) {
		if groups.Client, err = args.client().register(ctx, groups, args.Provider, name); err != nil {
			return nil, err
		}
		groups.Server, err = args.server().register(ctx, groups, args.Provider, name)
		return pulumi.Map{"clientId": groups.Client.ID, "serverId": groups.Server.ID}, err
	})
}

func (a *TaskSecurityGroupsArgs) client() groupArgs {
	group := groupArgs{suffix: "-client", tag: a.Name + "-client", description: "ECS tasks of the mesh: what they may call", vpcID: a.VpcID,
		rules: a.https()}
	for _, key := range slices.Sorted(maps.Keys(a.Mesh)) {
		group.rules = append(group.rules, each(a.Mesh[key], rule{suffix: "hbone-to-" + key, description: "HBONE to the mesh in " + key, protocol: "tcp", port: PortHBONE})...)
	}
	group.rules = append(group.rules, each(a.Mesh[a.Istiod], rule{suffix: "xds-to-" + a.Istiod, description: "istiod (xDS) in " + a.Istiod, protocol: "tcp", port: PortXDS})...)
	// The rules are in this group because every task carries it, client-only tasks too. A further group would cause
	// another deployment of every service.
	group.rules = append(group.rules, each(a.MetricsFrom, rule{suffix: "metrics", description: "metrics of ztunnel, for Prometheus in EKS", protocol: "tcp", port: PortMetrics, in: true})...)
	return group
}

// https are the rules for calls by HTTPS. Each has a name of its own, so that a change adds the new ones before it removes the old.
func (a *TaskSecurityGroupsArgs) https() []rule {
	if a.Services == nil {
		return []rule{{suffix: "https", description: "AWS services: registries, logs, ECS Exec", cidr: anywhere, protocol: "tcp", port: PortHTTPS}}
	}
	var rules []rule
	endpoints := func(suffix string, group pulumi.StringInput) {
		rules = append(rules, rule{suffix: "https-to-endpoints" + suffix, description: "AWS services at the endpoints of the VPC", group: group, protocol: "tcp", port: PortHTTPS})
	}
	if a.Services.EndpointsID != nil {
		endpoints("", a.Services.EndpointsID)
	}
	for _, id := range a.Services.TheirGroupIDs {
		endpoints("/"+id, pulumi.String(id))
	}
	return append(rules, rule{suffix: "https-to-s3", description: "S3, with the layers of images in ECR", prefixList: a.Services.S3PrefixListID, protocol: "tcp", port: PortHTTPS})
}

func (a *TaskSecurityGroupsArgs) server() groupArgs {
	group := groupArgs{suffix: "-server", tag: a.Name + "-server", description: "ECS tasks of the mesh: who may call them", vpcID: a.VpcID}
	if a.CallsOnly {
		return group
	}
	for _, key := range slices.Sorted(maps.Keys(a.Mesh)) {
		group.rules = append(group.rules, each(a.Mesh[key], rule{suffix: "hbone-from-" + key, description: "HBONE from the mesh in " + key, protocol: "tcp", port: PortHBONE, in: true})...)
	}
	return group
}

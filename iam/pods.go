package iam

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/iam/policy"
	"ambient-ecs/problem"
)

// The types of the components.
const (
	PodRoleType    = "ambient-ecs:iam:PodRole"
	ScrapeRoleType = "ambient-ecs:iam:ScrapeRole"
)

// PodRoleArgs configures a PodRole: which pods the role is for, and what they may do.
type PodRoleArgs struct {
	// Name is the physical name of the role. Required.
	Name string
	// Purpose is the role's description. Required.
	Purpose string
	// Home is where the EKS cluster is. Required.
	Home policy.Place
	// Workload is the workload of the pods. Required.
	Workload policy.Workload
	// Permissions are what they may do, Attached the ARNs of managed policies that say it. One of the two is required.
	Permissions policy.Document
	Attached    []string
	// Guardrails are the path and the boundary of the role.
	Guardrails policy.Guardrails
	// Provider is the home account's AWS provider. Required.
	Provider *aws.Provider
}

// Validate returns all problems at once.
func (a *PodRoleArgs) Validate() error {
	var p problem.List
	if a.Purpose == "" {
		p.Missing("Purpose", "it is the description of the role")
	}
	if len(a.Permissions.Statements)+len(a.Attached) == 0 {
		p.Missing("Permissions", "the role could do nothing")
	}
	checkPlace(&p, "Home", a.Home)
	checkWorkload(&p, a.Workload)
	p.Under("", a.role().validate())
	return p.Err()
}

func (a *PodRoleArgs) role() role {
	return role{
		name:        a.Name,
		description: a.Purpose,
		trust:       policy.PodTrust(a.Home.Account, a.Workload),
		permissions: a.Permissions,
		attached:    a.Attached,
		guardrails:  a.Guardrails,
		provider:    a.Provider,
	}
}

// PodRole is a role that EKS Pod Identity hands to the pods of one service account.
type PodRole struct {
	pulumi.ResourceState

	// RoleARN and RoleName depend on the role's policy.
	RoleARN, RoleName pulumi.StringOutput
	// UniqueID is IAM's own id of the role. It distinguishes the role from an earlier role of the same name.
	UniqueID pulumi.StringOutput
	// Ready is the role's policy.
	Ready component.After[PodRole]
}

// NewPodRole creates the role.
func NewPodRole(ctx *pulumi.Context, name string, args *PodRoleArgs, opts ...pulumi.ResourceOption) (*PodRole, error) {
	out := &PodRole{}
	return component.New(ctx, PodRoleType, name, out, args, opts, func() (pulumi.Map, error) {
		made, err := args.role().register(ctx, name, out)
		out.RoleARN, out.RoleName, out.UniqueID, out.Ready = made.arn, made.name, made.uniqueID, component.Made[PodRole](made.policies...)
		return made.outputs(), err
	})
}

// ScrapeRoleArgs configures a ScrapeRole: which tasks Prometheus may find, and which Prometheus.
type ScrapeRoleArgs struct {
	// Name is the physical name of the role. Required: Prometheus's configuration holds its ARN.
	Name string
	// Place is the account and region of the ECS clusters, Clusters are their names. Required.
	Place    policy.Place
	Clusters []string
	// Home is where Prometheus runs, Workload are its pods. Required.
	Home     policy.Place
	Workload policy.Workload
	// RoleARN is the ARN that Prometheus's own role has or will have. Required. The role need not exist.
	RoleARN string
	// Guardrails are the path and the boundary of the role.
	Guardrails policy.Guardrails
	// Provider is the AWS provider of the account with the ECS clusters. Required.
	Provider *aws.Provider
}

// Validate returns all problems at once.
func (a *ScrapeRoleArgs) Validate() error {
	var p problem.List
	if len(a.Clusters) == 0 {
		p.Missing("Clusters", "there is nothing to find")
	}
	checkPlace(&p, "Place", a.Place)
	checkPlace(&p, "Home", a.Home)
	checkARN(&p, "RoleARN", a.RoleARN, "iam")
	checkWorkload(&p, a.Workload)
	p.Under("", a.role().validate())
	return p.Err()
}

func (a *ScrapeRoleArgs) role() role {
	return role{
		name:        a.Name,
		description: "Read-only access to ECS for Prometheus of " + a.Workload.ClusterARN,
		trust:       policy.ScrapeTrust(a.Home, a.RoleARN, a.Workload),
		permissions: policy.ScrapePermissions(a.Place, a.Clusters),
		guardrails:  a.Guardrails,
		provider:    a.Provider,
	}
}

// ScrapeRole is the role that Prometheus assumes to find the tasks of one account.
type ScrapeRole struct {
	pulumi.ResourceState

	// RoleARN and RoleName depend on the role's policy.
	RoleARN, RoleName pulumi.StringOutput
	// Ready is the role's policy.
	Ready component.After[ScrapeRole]
}

// NewScrapeRole creates the role.
func NewScrapeRole(ctx *pulumi.Context, name string, args *ScrapeRoleArgs, opts ...pulumi.ResourceOption) (*ScrapeRole, error) {
	out := &ScrapeRole{}
	return component.New(ctx, ScrapeRoleType, name, out, args, opts, func() (pulumi.Map, error) {
		made, err := args.role().register(ctx, name, out)
		out.RoleARN, out.RoleName, out.Ready = made.arn, made.name, component.Made[ScrapeRole](made.policies...)
		return made.outputs(), err
	})
}

func checkWorkload(p *problem.List, w policy.Workload) {
	checkARN(p, "Workload.ClusterARN", w.ClusterARN, "eks")
	if w.Namespace == "" {
		p.Missing("Workload.Namespace", "every pod of the cluster would get the role")
	}
	if w.ServiceAccount == "" {
		p.Missing("Workload.ServiceAccount", "every pod of the cluster would get the role")
	}
}

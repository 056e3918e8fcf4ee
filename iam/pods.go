package iam

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/iam/policy"
)

// The types of the components.
const (
	PodRoleType    = "ambient-ecs:iam:PodRole"
	ScrapeRoleType = "ambient-ecs:iam:ScrapeRole"
)

// PodRoleArgs say which pods the role is for and what they may do.
type PodRoleArgs struct {
	// Name is the physical name of the role. Required.
	Name string
	// Purpose is the role's description. Required.
	Purpose string
	// Home is where the EKS cluster is. Required.
	Home policy.Place
	// Workload are the pods. Required.
	Workload policy.Workload
	// Permissions are what they may do. Required.
	Permissions policy.Document
	// Provider is the home account's. Required.
	Provider *aws.Provider
}

// Validate returns all problems at once.
func (a *PodRoleArgs) Validate() error {
	var problems []error
	if a.Purpose == "" {
		problems = append(problems, errors.New("Purpose is empty"))
	}
	if len(a.Permissions.Statements) == 0 {
		problems = append(problems, errors.New("Permissions has no statement: the role could do nothing"))
	}
	return errors.Join(append(problems, validatePlace("Home", a.Home), validateWorkload(a.Workload), a.role().validate())...)
}

func (a *PodRoleArgs) role() role {
	return role{
		name:        a.Name,
		description: a.Purpose,
		trust:       policy.PodTrust(a.Home.Account, a.Workload),
		permissions: a.Permissions,
		provider:    a.Provider,
	}
}

// PodRole is a role that EKS Pod Identity hands to the pods of one service account.
type PodRole struct {
	pulumi.ResourceState

	// RoleARN and RoleName depend on the role's policy.
	RoleARN, RoleName pulumi.StringOutput
	// UniqueID is IAM's own id of the role, which tells it from one of the same name before.
	UniqueID pulumi.StringOutput
	// Ready is the role's policy.
	Ready []pulumi.Resource
}

// NewPodRole creates the role.
func NewPodRole(ctx *pulumi.Context, name string, args *PodRoleArgs, opts ...pulumi.ResourceOption) (*PodRole, error) {
	if args == nil {
		return nil, fmt.Errorf("pod role %s: args are required", name)
	}
	if err := args.Validate(); err != nil {
		return nil, fmt.Errorf("pod role %s: %w", name, err)
	}
	component := &PodRole{}
	if err := ctx.RegisterComponentResource(PodRoleType, name, component, opts...); err != nil {
		return nil, fmt.Errorf("register pod role %s: %w", name, err)
	}
	made, err := args.role().register(ctx, name, component)
	if err != nil {
		return nil, fmt.Errorf("pod role %s: %w", name, err)
	}
	component.RoleARN, component.RoleName, component.UniqueID, component.Ready = made.arn, made.name, made.uniqueID, made.ready
	if err := ctx.RegisterResourceOutputs(component, made.outputs()); err != nil {
		return nil, fmt.Errorf("register outputs of pod role %s: %w", name, err)
	}
	return component, nil
}

// ScrapeRoleArgs say which tasks Prometheus may find, and which Prometheus.
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
	// Provider is that of the account with the ECS clusters. Required.
	Provider *aws.Provider
}

// Validate returns all problems at once.
func (a *ScrapeRoleArgs) Validate() error {
	var problems []error
	if len(a.Clusters) == 0 {
		problems = append(problems, errors.New("Clusters is empty: there is nothing to find"))
	}
	return errors.Join(append(problems, validatePlace("Place", a.Place), validatePlace("Home", a.Home),
		validateARN("RoleARN", a.RoleARN, "iam"), validateWorkload(a.Workload), a.role().validate())...)
}

func (a *ScrapeRoleArgs) role() role {
	return role{
		name:        a.Name,
		description: "Read-only access to ECS for Prometheus of " + a.Workload.ClusterARN,
		trust:       policy.ScrapeTrust(a.Home, a.RoleARN, a.Workload),
		permissions: policy.ScrapePermissions(a.Place, a.Clusters),
		provider:    a.Provider,
	}
}

// ScrapeRole is the role that Prometheus assumes to find the tasks of one account.
type ScrapeRole struct {
	pulumi.ResourceState

	// RoleARN and RoleName depend on the role's policy.
	RoleARN, RoleName pulumi.StringOutput
	// Ready is the role's policy.
	Ready []pulumi.Resource
}

// NewScrapeRole creates the role.
func NewScrapeRole(ctx *pulumi.Context, name string, args *ScrapeRoleArgs, opts ...pulumi.ResourceOption) (*ScrapeRole, error) {
	if args == nil {
		return nil, fmt.Errorf("scrape role %s: args are required", name)
	}
	if err := args.Validate(); err != nil {
		return nil, fmt.Errorf("scrape role %s: %w", name, err)
	}
	component := &ScrapeRole{}
	if err := ctx.RegisterComponentResource(ScrapeRoleType, name, component, opts...); err != nil {
		return nil, fmt.Errorf("register scrape role %s: %w", name, err)
	}
	made, err := args.role().register(ctx, name, component)
	if err != nil {
		return nil, fmt.Errorf("scrape role %s: %w", name, err)
	}
	component.RoleARN, component.RoleName, component.Ready = made.arn, made.name, made.ready
	if err := ctx.RegisterResourceOutputs(component, made.outputs()); err != nil {
		return nil, fmt.Errorf("register outputs of scrape role %s: %w", name, err)
	}
	return component, nil
}

func validateWorkload(w policy.Workload) error {
	problem := validateARN("Workload.ClusterARN", w.ClusterARN, "eks")
	if w.Namespace == "" || w.ServiceAccount == "" {
		problem = errors.Join(problem, errors.New("Workload.Namespace or Workload.ServiceAccount is empty: every pod of the cluster would get the role"))
	}
	return problem
}

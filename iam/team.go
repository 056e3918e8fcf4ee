package iam

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/iam/policy"
	"ambient-ecs/problem"
	"ambient-ecs/providers"
)

// TeamRoleType is the component's type.
const TeamRoleType = "ambient-ecs:iam:TeamRole"

// TeamRoleArgs configures a TeamRole: what one team may do in one account.
type TeamRoleArgs struct {
	// Name is the physical name of the role. The policies of its clusters are NAME-CLUSTER. Required.
	Name string
	// BoundaryName is the name of the policy that bounds the roles that the team makes. Empty: it makes none.
	BoundaryName string
	// Keys are the keys of Team.Clusters in the configuration, in the same order.
	Keys []string
	// Team is what the team owns. Its Boundary is the ARN of the policy that the component makes.
	Team policy.Team
	// Allowed are what roles of the team may do besides.
	Allowed []policy.Statement
	// Deployers are the ARNs of the roles that may assume the role. At least one.
	Deployers []string
	// Guardrails are the path and the boundary of the role itself.
	Guardrails policy.Guardrails
	// Provider is the account's AWS provider.
	Provider *aws.Provider
}

// Validate returns all problems at once.
func (a *TeamRoleArgs) Validate() error {
	var p problem.List
	checkPlace(&p, "Team.Place", a.Team.Place)
	if len(a.Deployers) == 0 {
		p.Missing("Deployers", "nobody could deploy for the team")
	}
	for i, arn := range a.Deployers {
		checkARN(&p, fmt.Sprintf("Deployers[%d]", i), arn, "iam")
	}
	if len(a.Keys) != len(a.Team.Clusters) {
		p.Refuse("Keys", len(a.Keys), "there are %d clusters, and the policy of each is named after its key", len(a.Team.Clusters))
	}
	if (a.BoundaryName == "") != (a.Team.Boundary == "") {
		p.Refuse("BoundaryName", a.BoundaryName, "the roles that the team makes are bounded by the policy of this name, and Team.Boundary is %q", a.Team.Boundary)
	}
	if len(a.Team.Clusters) > 0 {
		checkARN(&p, "Team.ExecutionRole", a.Team.ExecutionRole, "iam")
		for name, size := range map[string]int{"BoundaryName": policy.TeamBoundary(a.Team, a.Allowed).Size(), "Name": a.largest()} {
			if size > policy.MaxManaged {
				p.Refuse(name, fmt.Sprintf("%d characters", size), "IAM allows %d in a managed policy", policy.MaxManaged)
			}
		}
	} else if a.Team.EKSCluster == "" {
		p.Missing("Team.Clusters", "the team has nothing in the account")
	}
	p.Under("", a.role().validate())
	return p.Err()
}

func (a *TeamRoleArgs) largest() (size int) {
	for _, cluster := range a.Team.Clusters {
		size = max(size, policy.TeamClusterPermissions(a.Team, cluster).Size())
	}
	return size
}

func (a *TeamRoleArgs) role() role {
	return role{
		name:        a.Name,
		description: "Deploys the services of a team",
		trust:       policy.TeamTrust(a.Team.Place.Partition, a.Deployers),
		permissions: policy.TeamPermissions(a.Team),
		guardrails:  a.Guardrails,
		provider:    a.Provider,
	}
}

// TeamRole is the role with which a team deploys in one account, the policies of its clusters, and the boundary of the roles that
// it makes.
type TeamRole struct {
	pulumi.ResourceState

	// RoleARN and RoleName depend on the role's policies.
	RoleARN, RoleName pulumi.StringOutput
	// Ready is the role with its policies, and the boundary. What tells the team of them depends on it.
	Ready component.After[TeamRole]
}

// NewTeamRole creates the role.
func NewTeamRole(ctx *pulumi.Context, name string, args *TeamRoleArgs, opts ...pulumi.ResourceOption) (*TeamRole, error) {
	out := &TeamRole{}
	return component.New(ctx, TeamRoleType, name, out, args, opts, func() (pulumi.Map, error) {
		made, err := args.role().register(ctx, name, out)
		if err != nil {
			return nil, err
		}
		ready := made.policies
		managed := func(path, physical, description string, document policy.Document) (*awsiam.Policy, error) {
			registered, err := awsiam.NewPolicy(ctx, path, &awsiam.PolicyArgs{
				Name: pulumi.String(physical), Path: pulumi.String(cmp.Or(args.Guardrails.Path, "/")), Description: pulumi.String(description), Policy: pulumi.String(document.JSON()),
			}, component.Child(out, args.Provider, pulumi.DeleteBeforeReplace(true))...)
			if err != nil {
				return nil, fmt.Errorf("register the policy %s: %w", physical, err)
			}
			ready = append(ready, registered)
			return registered, nil
		}
		for i, cluster := range args.Team.Clusters {
			at := name + "/" + args.Keys[i]
			registered, err := managed(at, args.Name+"-"+args.Keys[i], "Deploys services of a team in "+cluster.Name, policy.TeamClusterPermissions(args.Team, cluster))
			if err != nil {
				return nil, err
			}
			attached, err := awsiam.NewRolePolicyAttachment(ctx, at, &awsiam.RolePolicyAttachmentArgs{Role: made.name, PolicyArn: registered.Arn}, component.Child(out, args.Provider)...)
			if err != nil {
				return nil, fmt.Errorf("attach the policy of %s: %w", cluster.Name, err)
			}
			ready = append(ready, attached)
		}
		if args.BoundaryName != "" {
			if _, err := managed(name+"/boundary", args.BoundaryName, "Bounds the roles that a team makes", policy.TeamBoundary(args.Team, args.Allowed)); err != nil {
				return nil, err
			}
		}
		out.RoleARN, out.RoleName, out.Ready = after(ctx, made.arn, ready), after(ctx, made.name, ready), component.Made[TeamRole](ready...)
		return pulumi.Map{"roleArn": out.RoleARN, "roleName": out.RoleName}, nil
	})
}

// teams creates the roles of the teams, by "team/account", and the execution roles of their tasks.
func teams(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts, roles *Roles) error {
	for _, team := range cfg.TeamKeys() {
		for _, key := range cfg.TeamAccounts(team) {
			account, name := accounts.Get(key), "team-"+team+"/"+key
			args := &TeamRoleArgs{
				Name:       cfg.TeamRoleName(team, key),
				Keys:       cfg.TeamClusters(team, key),
				Team:       teamOf(cfg, team, account),
				Deployers:  cfg.Teams[team].Deployers,
				Guardrails: guardrails(cfg, account),
				Provider:   account.Provider,
			}
			if args.Team.Boundary != "" {
				args.BoundaryName, args.Allowed = cfg.TeamBoundaryName(team, key), allowed(cfg.Teams[team].Statements)
			}
			role, err := NewTeamRole(ctx, name, args)
			if err != nil {
				return err
			}
			roles.Team[team+"/"+key] = role
			if len(args.Keys) == 0 {
				continue
			}
			groups, images := containers(cfg, args.Keys)
			roles.TeamExecution[team+"/"+key], err = NewExecutionRole(ctx, "execution-"+name, &ExecutionRoleArgs{
				Name:                cfg.TeamExecutionRoleName(team, key),
				Place:               place(account),
				LogGroups:           groups,
				Images:              images,
				PullThroughPrefixes: cfg.Accounts[key].PullThroughPrefixes,
				RegistrySecretARNs:  registrySecrets(cfg, key),
				OwnSecrets:          cfg.TeamSecrets(team),
				SourceCheck:         cfg.ExecutionRoleSourceCheck,
				Guardrails:          guardrails(cfg, account),
				Imports:             cfg.Imports,
				Provider:            account.Provider,
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// teamOf is what a team owns in an account. Everything in it is known from names.
func teamOf(cfg config.Config, team string, account *providers.Account) policy.Team {
	at, key := place(account), account.Key
	of := policy.Team{
		Place: at, Path: cfg.TeamPath(team), Prefix: cfg.TeamPrefix(team), Secrets: cfg.TeamSecrets(team),
		TagKeys: cfg.TeamTagKeys(team), RoleTagKeys: cfg.Teams[team].TagKeys,
		Platform: at.IAM("role" + cfg.IAMPathOrDefault() + cfg.Install + "-*"),
		Teams:    at.IAM("role" + strings.TrimSuffix(cfg.TeamPath(team), team+"/") + "*"),
		Named:    cfg.NamedRoleARNs(key),
	}
	if key == cfg.Home {
		of.EKSCluster = cfg.EKSClusterARN()
	}
	for _, cluster := range cfg.TeamClusters(team, key) {
		of.Clusters = append(of.Clusters, policy.TeamCluster{
			Name: cfg.ECSName(cluster), Namespace: cfg.Namespace(cluster), Domain: cfg.DomainOf(cluster), LogGroup: cfg.TaskLogGroup(cluster), Contract: cfg.ContractPath(cluster),
		})
	}
	if len(of.Clusters) > 0 {
		of.Boundary, of.ExecutionRole = cfg.TeamBoundaryARN(team, key), cfg.RoleARN(key, cfg.TeamExecutionRoleName(team, key))
		of.TaskRoles = cfg.TeamTaskRoleARNs(team, key)
	}
	return of
}

// allowed are the statements of the stack file, for a boundary.
func allowed(statements []config.Statement) (all []policy.Statement) {
	for _, s := range statements {
		condition := policy.Condition{}
		for operator, keys := range s.Condition {
			condition[operator] = map[string]policy.Values{}
			for key, values := range keys {
				condition[operator][key] = policy.Values(slices.Clone(values))
			}
		}
		one := policy.Statement{Actions: s.Action, Resources: s.Resource}
		if len(condition) > 0 {
			one.Condition = condition
		}
		all = append(all, one)
	}
	return all
}

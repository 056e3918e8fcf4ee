package iam

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/iam/policy"
	"ambient-ecs/providers"
)

// Roles are the roles of the mesh.
type Roles struct {
	// Istiod is in the home account.
	Istiod *IstiodRole
	// Discovery has one role for each account that istiod reads, by the account's key.
	Discovery map[string]*DiscoveryRole
	// Execution has one role for each account that has an ECS cluster, by the account's key.
	Execution map[string]*ExecutionRole
	// ServiceExecution has the roles of services that share none, by "cluster/service".
	ServiceExecution map[string]*ExecutionRole
	// Schedule has the roles with which EventBridge Scheduler starts tasks, by "cluster/task".
	Schedule map[string]*ScheduleRole
	// Task has one role for each identity, by config.Identity.Key.
	Task map[string]*TaskRole
	// Team has the roles with which the teams deploy, TeamExecution those with which ECS starts their tasks, by "team/account".
	Team          map[string]*TeamRole
	TeamExecution map[string]*ExecutionRole
	// NetworkPlugin is vpc-cni's. Nil: it uses that of the nodes.
	NetworkPlugin *PodRole
	// BalancerController is the AWS Load Balancer Controller's. Nil without it.
	BalancerController *PodRole
	Observers
}

// Discoverable is what istiod waits for, because istiod assumes the discovery roles of all accounts.
func (r *Roles) Discoverable() component.After[DiscoveryRole] {
	var all []component.Dependency
	for _, key := range slices.Sorted(maps.Keys(r.Discovery)) {
		all = append(all, r.Discovery[key].Ready)
	}
	return component.All[DiscoveryRole](all...)
}

// Deploy creates the roles of the configuration.
func Deploy(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts) (*Roles, error) {
	roles := &Roles{
		Discovery: map[string]*DiscoveryRole{},
		Execution: map[string]*ExecutionRole{}, ServiceExecution: map[string]*ExecutionRole{},
		Task: map[string]*TaskRole{}, Schedule: map[string]*ScheduleRole{},
		Team: map[string]*TeamRole{}, TeamExecution: map[string]*ExecutionRole{},
	}
	home := accounts.Home()

	var discoveryARNs []string
	for _, key := range cfg.DiscoveredAccounts() {
		discoveryARNs = append(discoveryARNs, cfg.RoleARN(key, cfg.DiscoveryRoleName(key)))
	}
	istiod, err := NewIstiodRole(ctx, "istiod", &IstiodRoleArgs{
		Name:              cfg.IstiodRoleName(),
		Home:              place(home),
		ClusterARN:        cfg.EKSClusterARN(),
		ServiceAccounts:   cfg.IstiodAccounts(),
		DiscoveryRoleARNs: discoveryARNs,
		Guardrails:        guardrails(cfg, home),
		Imports:           cfg.Imports,
		Provider:          home.Provider,
	})
	if err != nil {
		return nil, err
	}
	roles.Istiod = istiod

	for _, key := range accounts.Keys() {
		account := accounts.Get(key)
		if !cfg.CallsOnly(key) {
			if roles.Discovery[key], err = discoveryRole(ctx, cfg, accounts, account); err != nil {
				return nil, err
			}
		}
		groups, images := containers(cfg, cfg.ClustersOf(key))
		if len(groups) == 0 {
			continue
		}
		roles.Execution[key], err = NewExecutionRole(ctx, "execution-"+key, executionRole(cfg, account, groups, images))
		if err != nil {
			return nil, err
		}
	}

	if err := serviceExecution(ctx, cfg, accounts, roles); err != nil {
		return nil, err
	}
	for _, identity := range cfg.Identities() {
		account := accounts.Get(identity.Account)
		if account == nil {
			return nil, fmt.Errorf("task role of %s: there is no account %q", identity.Key(), identity.Account)
		}
		roles.Task[identity.Key()], err = NewTaskRole(ctx, "task-"+identity.Cluster+"-"+identity.ServiceAccount, taskRole(cfg, identity, account))
		if err != nil {
			return nil, err
		}
	}
	if err := teams(ctx, cfg, accounts, roles); err != nil {
		return nil, err
	}
	if err := scheduleRoles(ctx, cfg, accounts, roles); err != nil {
		return nil, err
	}
	if roles.NetworkPlugin, err = networkPlugin(ctx, cfg, accounts); err != nil {
		return nil, err
	}
	if roles.BalancerController, err = balancerController(ctx, cfg, accounts); err != nil {
		return nil, err
	}
	if roles.Observers, err = observers(ctx, cfg, accounts); err != nil {
		return nil, err
	}
	return roles, nil
}

// discoveryRole is the role with which istiod reads an account's ECS clusters.
func discoveryRole(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts, account *providers.Account) (*DiscoveryRole, error) {
	return NewDiscoveryRole(ctx, "discovery-"+account.Key, &DiscoveryRoleArgs{
		Name:            cfg.DiscoveryRoleName(account.Key),
		Place:           place(account),
		Home:            place(accounts.Home()),
		IstiodRoleARN:   cfg.RoleARN(cfg.Home, cfg.IstiodRoleName()),
		ClusterARN:      cfg.EKSClusterARN(),
		ServiceAccounts: cfg.IstiodAccounts(),
		Guardrails:      guardrails(cfg, account),
		Imports:         cfg.Imports,
		Provider:        account.Provider,
	})
}

// executionRole is the role that the tasks of an account share: the program's own, for these log groups and images, or one that exists.
func executionRole(cfg config.Config, account *providers.Account, groups []policy.LogGroup, images []string) *ExecutionRoleArgs {
	if theirs := cfg.TheirExecutionRole(account.Key); theirs != "" {
		return &ExecutionRoleArgs{Existing: theirs, Place: place(account), Provider: account.Provider}
	}
	return &ExecutionRoleArgs{
		Name:                cfg.ExecutionRoleName(account.Key),
		Place:               place(account),
		LogGroups:           groups,
		Images:              images,
		PullThroughPrefixes: cfg.Accounts[account.Key].PullThroughPrefixes,
		RegistrySecretARNs:  registrySecrets(cfg, account.Key),
		SourceCheck:         cfg.ExecutionRoleSourceCheck,
		Guardrails:          guardrails(cfg, account),
		Imports:             cfg.Imports,
		Provider:            account.Provider,
	}
}

// taskRole is the role of an identity, the program's own or the team's.
func taskRole(cfg config.Config, identity config.Identity, account *providers.Account) *TaskRoleArgs {
	args := &TaskRoleArgs{
		Place:          place(account),
		Namespace:      identity.Namespace,
		ServiceAccount: identity.ServiceAccount,
		Existing:       cfg.TeamTaskRole(identity),
		Provider:       account.Provider,
	}
	if args.Existing == "" {
		args.Name = cfg.TaskRoleName(identity.Cluster, identity.ServiceAccount)
		args.Exec = taskExec(cfg, identity)
		args.Attached = cfg.AttachedTo(identity)
		args.Inline = cfg.PermissionsOf(identity).Inline()
		args.Guardrails = guardrails(cfg, account)
		args.Imports = cfg.Imports
	}
	return args
}

// taskExec is what ECS Exec needs of the role of an identity, nil if none of its services has it.
func taskExec(cfg config.Config, identity config.Identity) *policy.TaskExec {
	if !cfg.ExecOnFor(identity) {
		return nil
	}
	return &policy.TaskExec{LogGroup: cfg.ExecLogGroup(identity.Cluster), KeyARN: cfg.Exec.KMSKeyARN}
}

// serviceExecution creates the execution roles of services and standalone tasks that have their own: each may read exactly what
// ECS reads for the containers. That of a service's owner exists.
func serviceExecution(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts, roles *Roles) error {
	for _, cluster := range cfg.ClusterKeys() {
		account := accounts.Get(cfg.Clusters[cluster].Account)
		for _, name := range cfg.Clusters[cluster].WorkloadKeys() {
			if theirs := cfg.OwnedExecutionRole(cluster, name); theirs != "" {
				role, err := NewExecutionRole(ctx, "execution-"+cluster+"/"+name, &ExecutionRoleArgs{Existing: theirs, Place: place(account), Provider: account.Provider})
				if err != nil {
					return err
				}
				roles.ServiceExecution[cluster+"/"+name] = role
				continue
			}
			if !cfg.OwnExecutionRole(cluster, name) {
				continue
			}
			needs, _ := cfg.NeedsOf(cluster, name)
			role, err := NewExecutionRole(ctx, "execution-"+cluster+"/"+name, &ExecutionRoleArgs{
				Name:                cfg.ServiceExecutionRoleName(cluster, name),
				Place:               place(account),
				LogGroups:           logGroups(account, needs.LogGroups),
				Images:              needs.Images,
				PullThroughPrefixes: cfg.Accounts[account.Key].PullThroughPrefixes,
				CreatedGroups:       logGroups(account, needs.CreatedGroups),
				SecretARNs:          needs.Secrets,
				Parameters:          needs.Parameters,
				Files:               needs.Files,
				KeyARNs:             cfg.SecretKeysOf(cluster, name),
				SourceCheck:         cfg.ExecutionRoleSourceCheck,
				Guardrails:          guardrails(cfg, account),
				Imports:             cfg.Imports,
				Provider:            account.Provider,
			})
			if err != nil {
				return err
			}
			roles.ServiceExecution[cluster+"/"+name] = role
		}
	}
	return nil
}

// logGroups are the log groups that the containers of an account name, each in its region.
func logGroups(account *providers.Account, named []config.LogGroup) (all []policy.LogGroup) {
	for _, group := range named {
		if group.Region == account.Region {
			group.Region = ""
		}
		all = append(all, policy.LogGroup(group))
	}
	return all
}

// scheduleRoles creates the roles with which EventBridge Scheduler starts tasks.
func scheduleRoles(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts, roles *Roles) error {
	for _, cluster := range cfg.ClusterKeys() {
		account := accounts.Get(cfg.Clusters[cluster].Account)
		for _, name := range cfg.ScheduledTasks(cluster) {
			role, err := NewScheduleRole(ctx, "schedule-"+cluster+"/"+name, &ScheduleRoleArgs{
				Name:       cfg.ScheduleRoleName(cluster, name),
				Group:      cfg.ScheduleGroup(cluster),
				Start:      StartOf(cfg, cluster, name),
				Guardrails: guardrails(cfg, account),
				Provider:   account.Provider,
			})
			if err != nil {
				return err
			}
			roles.Schedule[cluster+"/"+name] = role
		}
	}
	return nil
}

// StartOf describes the permission to start one task. It is built from names alone.
func StartOf(cfg config.Config, cluster, task string) policy.Start {
	account := cfg.Clusters[cluster].Account
	start := policy.Start{
		Place:            policy.Place{Partition: cfg.Partition(), Region: cfg.RegionOf(account), Account: cfg.Accounts[account].ID},
		Cluster:          cfg.ECSName(cluster),
		Family:           cfg.TaskOf(cluster, task).Family,
		TaskRoleARN:      cfg.TaskRoleARN(cfg.IdentityOf(cluster, task)),
		ExecutionRoleARN: cfg.ExecutionRoleOf(cluster, task),
	}
	if s := cfg.Clusters[cluster].Tasks[task].Schedule; s != nil {
		start.QueueARN = s.DeadLetterQueueARN
	}
	return start
}

// containers returns the log groups of some ECS clusters, one for each, and the images of their
// services, ztunnel's among them.
func containers(cfg config.Config, clusters []string) (groups []policy.LogGroup, images []string) {
	images = []string{cfg.ImageHub + "/ztunnel"}
	for _, key := range clusters {
		groups = append(groups, policy.LogGroupsHere(cfg.TaskLogGroup(key))...)
		for _, service := range cfg.Clusters[key].WorkloadKeys() {
			if needs, _ := cfg.NeedsOf(key, service); !cfg.OwnExecutionRole(key, service) {
				images = append(images, needs.Images...)
			}
		}
	}
	return groups, images
}

// registrySecrets are the ARNs of an account's secrets with registry credentials, sorted.
func registrySecrets(cfg config.Config, account string) []string {
	return slices.Sorted(maps.Values(cfg.Accounts[account].RegistrySecrets))
}

func place(account *providers.Account) policy.Place {
	return policy.Place{Partition: account.Partition, Region: account.Region, Account: account.ID}
}

// guardrails are the path and the boundary of an account's roles.
func guardrails(cfg config.Config, account *providers.Account) policy.Guardrails {
	return policy.Guardrails{Path: cfg.RolePath(), Boundary: cfg.BoundaryOf(account.Key)}
}

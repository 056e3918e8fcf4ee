package ecs

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/ecs/task"
	"ambient-ecs/iam"
	"ambient-ecs/mesh"
	"ambient-ecs/network"
	"ambient-ecs/problem"
)

// MaxHostname is the longest hostname: discovery uses it as the value of a Kubernetes label.
const MaxHostname = 63

// Member is what services and standalone tasks have in common: who their tasks are in the mesh, what they run, and what they need.
type Member struct {
	// Name is the name in the cluster. Required.
	Name string
	// Cluster is the cluster that the tasks run on. Required.
	Cluster *Cluster
	// Region is the region of Provider. Required.
	Region string
	// Provider is the AWS provider of the tasks' account. Required.
	Provider pulumi.ProviderResource

	// Namespace and ServiceAccount are the identity in the mesh. Required. Both exist in Kubernetes, and the service account is
	// annotated with TaskRoleARN.
	Namespace, ServiceAccount string
	// Hostname is the name in the mesh. Required. It is declared even where it is what discovery would choose, so that the
	// published name does not hang on the settings of istiod.
	Hostname string
	// Family is the family of the task definition. Empty: the cluster's prefix and Name.
	Family string
	// KeepRevisions leaves the revisions of the task definition active that nothing runs any more, for a deployer who may not
	// deregister them.
	KeepRevisions bool
	// Task is what runs. Its Family, Identity, Mesh.Region, Mesh.LogGroup and Mesh.Token are filled in here.
	Task task.Task
	// Secret keeps the container definitions encrypted in the state and out of previews. Set it when Task holds
	// a secret. ECS itself shows them to whoever may describe the task definition.
	Secret bool
	// Token is the bootstrap token of the identity. Required.
	Token pulumi.StringInput
	// PlatformVersion is Fargate's. Empty: the latest.
	PlatformVersion string
	// TaskRoleARN is the role of the application and of ztunnel, ExecutionRoleARN the one with which ECS
	// starts them. Required.
	TaskRoleARN, ExecutionRoleARN pulumi.StringInput
	// SubnetIDs are private subnets, over which the tasks are spread. Required.
	SubnetIDs pulumi.StringArrayInput
	// SecurityGroups are the tasks' groups. Required.
	SecurityGroups []network.Group

	// What the tasks need while they live: a task whose role lost its policy, or whose way out is closed, can be neither
	// started nor stopped properly. All are required.

	// Network is the way out and the way to the other accounts.
	Network component.After[network.Networks]
	// TaskRole and ExecutionRole are the policies of the roles.
	TaskRole      component.After[iam.TaskRole]
	ExecutionRole component.After[iam.ExecutionRole]
	// Identity is Namespace with its service accounts, its policies and what is in front of its services.
	Identity component.After[mesh.Namespace]
	// Mesh is the way to istiod.
	Mesh component.After[mesh.Mesh]
}

// validate records every problem, but those of the task.
func (m *Member) validate(p *problem.List) {
	if !ecsName.MatchString(m.Name) {
		p.Refuse("Name", m.Name, "ECS takes at most 255 letters, digits, - and _")
	}
	if m.Cluster == nil {
		p.Missing("Cluster", "the tasks run on one")
	}
	if m.Region == "" {
		p.Missing("Region", "the containers log to it")
	}
	if m.Provider == nil {
		p.Missing("Provider", "without one the tasks could land in another account")
	}
	if m.Namespace == "" {
		p.Missing("Namespace", "without it the tasks have no identity")
	}
	if m.ServiceAccount == "" {
		p.Missing("ServiceAccount", "without it the tasks have no identity")
	}
	if m.Hostname == "" || len(m.Hostname) > MaxHostname {
		p.Refuse("Hostname", m.Hostname, "discovery makes it the value of a label, of 1 to %d characters", MaxHostname)
	}
	if m.Token == nil {
		p.Missing("Token", "ztunnel would not find istiod")
	}
	if m.TaskRoleARN == nil {
		p.Missing("TaskRoleARN", "the task could not say who it is")
	}
	if m.ExecutionRoleARN == nil {
		p.Missing("ExecutionRoleARN", "the task could not start")
	}
	if m.SubnetIDs == nil {
		p.Missing("SubnetIDs", "the tasks would have no network")
	}
	if len(m.SecurityGroups) == 0 {
		p.Missing("SecurityGroups", "the tasks would carry the VPC's default group, which lets nothing pass")
	}
}

// identityTags are the tags by which discovery knows a task.
func (m *Member) identityTags() pulumi.StringMap {
	return pulumi.StringMap{
		TagNamespace:      pulumi.String(m.Namespace),
		TagServiceAccount: pulumi.String(m.ServiceAccount),
		TagHostname:       pulumi.String(m.Hostname),
	}
}

// groups are the ids of the tasks' security groups.
func (m *Member) groups() (all pulumi.StringArray) {
	for _, group := range m.SecurityGroups {
		all = append(all, group.ID)
	}
	return all
}

// needs are what must exist while tasks run.
func (m *Member) needs() []component.Dependency {
	all := []component.Dependency{m.Network, m.TaskRole, m.ExecutionRole, m.Identity, m.Mesh}
	for _, group := range m.SecurityGroups {
		all = append(all, group.Rules)
	}
	return all
}

// member is the task with what is known of it besides.
func (m *Member) member() task.Task {
	t := m.Task
	t.Family, t.Mesh.Region = m.Name, m.Region
	switch {
	case m.Family != "":
		t.Family = m.Family
	case m.Cluster != nil:
		t.Family = m.Cluster.Prefix + "-" + m.Name
	}
	t.Identity.Namespace, t.Identity.ServiceAccount = m.Namespace, m.ServiceAccount
	return t
}

// register registers one revision of a task, with changed arguments. It has no DeleteBeforeReplace, unlike everything else with a
// fixed name: each change is a new revision beside the old one, which may still run.
func (m *Member) register(ctx *pulumi.Context, name string, parent pulumi.Resource, t task.Task, change func(*ecs.TaskDefinitionArgs), options ...pulumi.ResourceOption) (*ecs.TaskDefinition, error) {
	base, err := t.Base()
	if err != nil {
		return nil, err
	}
	containers := pulumi.All(m.Cluster.LogGroupName, m.Token).ApplyT(func(values []any) (string, error) {
		complete := t
		complete.Mesh.LogGroup, complete.Mesh.Token = values[0].(string), values[1].(string)
		enrolled, err := complete.Enrolled()
		if err != nil {
			return "", fmt.Errorf("task definition of %s: %w", name, err)
		}
		return enrolled.Registered(), nil
	}).(pulumi.StringOutput)
	if m.Secret {
		containers = pulumi.ToSecret(containers).(pulumi.StringOutput)
	}
	registered := arguments(base)
	registered.ContainerDefinitions = containers
	registered.TaskRoleArn = m.TaskRoleARN.ToStringOutput().ToStringPtrOutput()
	registered.ExecutionRoleArn = m.ExecutionRoleARN.ToStringOutput().ToStringPtrOutput()
	change(registered)
	made, err := ecs.NewTaskDefinition(ctx, name, registered, component.Child(parent, m.Provider, options...)...)
	if err != nil {
		return nil, fmt.Errorf("register the task definition: %w", err)
	}
	return made, nil
}

package ecs

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/ecs/task"
	"ambient-ecs/iam"
	"ambient-ecs/mesh"
	"ambient-ecs/network"
	"ambient-ecs/providers"
)

// membership is one service or standalone task of the configuration with everything that makes its tasks members of the mesh.
type membership struct {
	cfg      config.Config
	account  *providers.Account
	networks *network.Networks
	roles    *iam.Roles
	control  *mesh.Mesh
	cluster  *Cluster
	tokens   map[string]pulumi.StringOutput
	// key is the cluster's key in the configuration, and name that of the service or task.
	key, name string
}

// member is what the tasks have. Serves says that others may call them.
func (m membership) member(ctx *pulumi.Context, workload config.Workload, serves bool) (Member, error) {
	identity := m.cfg.IdentityOf(m.key, m.name)
	taskRole := m.roles.Task[identity.Key()]
	executionRole := m.roles.ServiceExecution[m.key+"/"+m.name]
	if executionRole == nil {
		executionRole = m.roles.Execution[m.account.Key]
	}
	if taskRole == nil || executionRole == nil {
		return Member{}, fmt.Errorf("ECS tasks of %s/%s: there is no task role of %s or no execution role of %s", m.key, m.name, identity.ServiceAccount, m.account.Key)
	}
	groups, err := m.securityGroups(ctx, workload, serves)
	if err != nil {
		return Member{}, err
	}
	return Member{
		Name:             m.name,
		Cluster:          m.cluster,
		Region:           m.account.Region,
		Provider:         m.account.Provider,
		Namespace:        identity.Namespace,
		ServiceAccount:   identity.ServiceAccount,
		Hostname:         m.cfg.Hostname(m.key, m.name),
		Task:             m.task(),
		Secret:           m.cfg.IsSecret("clusters"),
		Token:            m.tokens[identity.Key()],
		PlatformVersion:  workload.PlatformVersion,
		TaskRoleARN:      taskRole.RoleARN,
		ExecutionRoleARN: executionRole.RoleARN,
		SubnetIDs:        m.networks.Vpcs[m.account.Key].PrivateSubnetIDs,
		SecurityGroups:   groups,
		Network:          m.networks.Ready(m.account.Key),
		TaskRole:         taskRole.Ready,
		ExecutionRole:    executionRole.Ready,
		Identity:         m.control.Namespaces[identity.Namespace],
		Mesh:             m.control.Ready,
	}, nil
}

// securityGroups returns the groups that the account's tasks share, and the own group for calls outside the mesh. Who only calls
// others carries no group that admits callers.
func (m membership) securityGroups(ctx *pulumi.Context, workload config.Workload, serves bool) ([]network.Group, error) {
	shared := m.networks.Tasks[m.account.Key]
	groups := []network.Group{shared.Client}
	if serves {
		groups = append(groups, shared.Server)
	}
	if len(workload.Egress) == 0 {
		return groups, nil
	}
	args := &network.EgressGroupArgs{
		Name:     m.cluster.Prefix + "-" + m.name + "-egress",
		VpcID:    m.networks.Vpcs[m.account.Key].VpcID,
		Provider: m.account.Provider,
	}
	for _, rule := range workload.Egress {
		args.Rules = append(args.Rules, network.EgressRule{
			Description: rule.Description, CIDR: rule.CIDR, Protocol: rule.ProtocolOrDefault(), Port: rule.Port,
		})
	}
	egress, err := network.NewEgressGroup(ctx, "egress-"+m.key+"/"+m.name, args)
	if err != nil {
		return nil, fmt.Errorf("ECS tasks of %s/%s: %w", m.key, m.name, err)
	}
	return append(groups, egress.Group), nil
}

// task is what runs. It starts anew with the mesh's other workloads.
func (m membership) task() task.Task {
	t := m.cfg.TaskOf(m.key, m.name)
	t.Mesh.Labels = m.control.Restart
	return t
}

// standalone makes a standalone task and its schedule, nil if it has none.
func (m membership) standalone(ctx *pulumi.Context) (*StandaloneTask, *TaskSchedule, error) {
	declared := m.cfg.Clusters[m.key].Tasks[m.name]
	member, err := m.member(ctx, declared.Workload, false)
	if err != nil {
		return nil, nil, err
	}
	t, err := NewStandaloneTask(ctx, m.key+"/"+m.name, &StandaloneTaskArgs{Member: member})
	s := declared.Schedule
	if err != nil || s == nil {
		return t, nil, err
	}
	role := m.roles.Schedule[m.key+"/"+m.name]
	if role == nil {
		return nil, nil, fmt.Errorf("schedule of %s/%s: there is no role that starts the task", m.key, m.name)
	}
	attempts, age := s.Retries()
	schedule, err := NewTaskSchedule(ctx, m.key+"/"+m.name, &TaskScheduleArgs{
		Member: member, TaskDefinitionARN: t.TaskDefinitionARN, GroupName: m.cluster.ScheduleGroup,
		Expression: s.Expression, Timezone: s.TimezoneOrDefault(), FlexibleMinutes: s.FlexibleWindowMinutes, Paused: s.Paused,
		Attempts: attempts, MaxAgeSeconds: age, QueueARN: s.DeadLetterQueueARN, RoleARN: role.RoleARN, Role: role.Ready,
	})
	return t, schedule, err
}

package ecs

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/ecs/task"
	"ambient-ecs/iam"
	"ambient-ecs/keys"
	"ambient-ecs/mesh"
	"ambient-ecs/mesh/bootstrap"
	"ambient-ecs/network"
	"ambient-ecs/providers"
)

// Fleet is every ECS cluster and service of the mesh, by their keys in the configuration.
type Fleet struct {
	Clusters map[string]*Cluster
	// Services are by cluster key and service name.
	Services map[string]map[string]*Service
	// Tokens are the bootstrap tokens of all identities, by config.Identity.Key. They hold no secret.
	Tokens map[string]pulumi.StringOutput
}

// Deploy makes the clusters of the configuration and their services.
func Deploy(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts, encryption *keys.Keys, networks *network.Networks, roles *iam.Roles, control *mesh.Mesh) (*Fleet, error) {
	fleet := &Fleet{Clusters: map[string]*Cluster{}, Services: map[string]map[string]*Service{}, Tokens: tokens(cfg, control)}
	for _, key := range cfg.ClusterKeys() {
		account := accounts.Get(cfg.Clusters[key].Account)
		cluster, err := NewCluster(ctx, key, &ClusterArgs{
			Name:              cfg.ECSName(key),
			LogGroupName:      cfg.TaskLogGroup(key),
			LogRetentionDays:  cfg.LogRetentionDays,
			LogKeyARN:         encryption.For(account.Key, config.KeyForLogs),
			CapacityProviders: cfg.CapacityProvidersOf(key),
			Exec:              Exec{LogGroupName: cfg.ExecLogGroup(key), KMSKeyARN: cfg.Exec.KMSKeyARN},
			Provider:          account.Provider,
		})
		if err != nil {
			return nil, err
		}
		fleet.Clusters[key], fleet.Services[key] = cluster, map[string]*Service{}
		for _, name := range cfg.Clusters[key].ServiceKeys() {
			d := deployment{cfg: cfg, account: account, networks: networks, roles: roles, control: control,
				cluster: cluster, tokens: fleet.Tokens, key: key, name: name, service: cfg.Clusters[key].Services[name]}
			fleet.Services[key][name], err = d.deploy(ctx)
			if err != nil {
				return nil, err
			}
		}
	}
	return fleet, nil
}

// deployment is one service of the configuration with everything that it needs.
type deployment struct {
	cfg      config.Config
	account  *providers.Account
	networks *network.Networks
	roles    *iam.Roles
	control  *mesh.Mesh
	cluster  *Cluster
	tokens   map[string]pulumi.StringOutput
	// key and name are the cluster's key and the service's name in the configuration.
	key, name string
	service   config.Service
}

func (d deployment) deploy(ctx *pulumi.Context) (*Service, error) {
	identity := d.cfg.IdentityOf(d.key, d.name)
	taskRole := d.roles.Task[identity.Key()]
	executionRole := d.roles.ServiceExecution[d.key+"/"+d.name]
	if executionRole == nil {
		executionRole = d.roles.Execution[d.account.Key]
	}
	if taskRole == nil || executionRole == nil {
		return nil, fmt.Errorf("ECS service %s/%s: there is no task role of %s or no execution role of %s", d.key, d.name, identity.ServiceAccount, d.account.Key)
	}
	groups, err := d.securityGroups(ctx)
	if err != nil {
		return nil, err
	}
	minimumHealthy, maximum := d.service.Deployment()
	return NewService(ctx, d.key+"/"+d.name, &ServiceArgs{
		Name:                  d.name,
		Cluster:               d.cluster,
		Region:                d.account.Region,
		Provider:              d.account.Provider,
		Namespace:             identity.Namespace,
		ServiceAccount:        identity.ServiceAccount,
		Hostname:              d.cfg.Hostname(d.key, d.name),
		Waypoint:              d.cfg.OwnWaypoint(d.key, d.name),
		IngressUsesWaypoint:   d.cfg.IngressUsesWaypoint(d.key, d.name),
		Task:                  d.task(),
		Ports:                 d.ports(),
		Secret:                d.cfg.IsSecret("clusters"),
		Token:                 d.tokens[identity.Key()],
		PlatformVersion:       d.service.PlatformVersion,
		DesiredCount:          d.service.DesiredCountOrDefault(),
		Pipeline:              d.pipeline(),
		Scaling:               d.scaling(),
		CapacityProviders:     d.capacity(),
		MinimumHealthyPercent: minimumHealthy,
		MaximumPercent:        maximum,
		Exec:                  d.cfg.ExecOn(d.key, d.name),
		TaskRoleARN:           taskRole.RoleARN,
		ExecutionRoleARN:      executionRole.RoleARN,
		SubnetIDs:             d.networks.Vpcs[d.account.Key].PrivateSubnetIDs,
		SecurityGroups:        groups,
		Network:               d.networks.Ready(d.account.Key),
		TaskRole:              taskRole.Ready,
		ExecutionRole:         executionRole.Ready,
		Identity:              d.control.Namespaces[identity.Namespace],
		Mesh:                  d.control.Ready,
	})
}

// securityGroups returns the groups that the account's tasks share, and the service's own group for calls outside the
// mesh. A client-only service carries no group that admits callers.
func (d deployment) securityGroups(ctx *pulumi.Context) ([]network.Group, error) {
	shared := d.networks.Tasks[d.account.Key]
	groups := []network.Group{shared.Client}
	if !d.service.ClientOnly {
		groups = append(groups, shared.Server)
	}
	if len(d.service.Egress) == 0 {
		return groups, nil
	}
	args := &network.EgressGroupArgs{
		Name:     d.cluster.Name + "-" + d.name + "-egress",
		VpcID:    d.networks.Vpcs[d.account.Key].VpcID,
		Provider: d.account.Provider,
	}
	for _, rule := range d.service.Egress {
		args.Rules = append(args.Rules, network.EgressRule{
			Description: rule.Description, CIDR: rule.CIDR, Protocol: rule.ProtocolOrDefault(), Port: rule.Port,
		})
	}
	egress, err := network.NewEgressGroup(ctx, "egress-"+d.key+"/"+d.name, args)
	if err != nil {
		return nil, fmt.Errorf("ECS service %s/%s: %w", d.key, d.name, err)
	}
	return append(groups, egress.Group), nil
}

// task is what the service runs. It starts anew with the mesh's other workloads.
func (d deployment) task() task.Task {
	t := d.cfg.TaskOf(d.key, d.name)
	t.Mesh.Labels = d.control.Restart
	return t
}

// pipeline is what the mesh gives to a service that a pipeline deploys.
func (d deployment) pipeline() *Pipeline {
	if !d.service.ByPipeline() {
		return nil
	}
	return &Pipeline{Mesh: d.cfg.EnrolMesh(d.key, d.name, d.control.Restart), ControlPlane: d.cfg.ControlPlane()}
}

func (d deployment) ports() (all []Port) {
	for _, port := range d.cfg.PortsOf(d.key, d.name) {
		all = append(all, Port{Number: port.Port, Protocol: port.Protocol})
	}
	return all
}

// tokens makes one bootstrap token for each identity. A token changes with the gateway's address and with the root
// certificate. Then each service that carries it gets a new revision.
func tokens(cfg config.Config, control *mesh.Mesh) map[string]pulumi.StringOutput {
	all := map[string]pulumi.StringOutput{}
	for _, identity := range cfg.Identities() {
		all[identity.Key()] = pulumi.All(control.GatewayAddress, control.RootCertificate).ApplyT(func(values []any) string {
			return bootstrap.Token{
				URL:            bootstrap.URL(values[0].(string)),
				CACert:         values[1].(string),
				Namespace:      identity.Namespace,
				ServiceAccount: identity.ServiceAccount,
				Platform:       bootstrap.PlatformECS,
				Network:        cfg.Network,
				Remote:         cfg.Accounts[identity.Account].ReachOrDefault() == config.ReachGateway,
			}.Encode()
		}).(pulumi.StringOutput)
	}
	return all
}

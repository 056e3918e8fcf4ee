package ecs

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/contract"
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
	// Tasks are the standalone tasks, and Schedules the schedules of those that have one, by cluster key and task name.
	Tasks     map[string]map[string]*StandaloneTask
	Schedules map[string]map[string]*TaskSchedule
	// Tokens are the bootstrap tokens of all identities, by config.Identity.Key. They hold no secret.
	Tokens map[string]pulumi.StringOutput
}

// Deploy makes the clusters of the configuration and their services. Joined are the services, as "cluster/service", whose owners have enrolled them.
func Deploy(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts, encryption *keys.Keys, networks *network.Networks, roles *iam.Roles, control *mesh.Mesh, joined map[string]bool) (*Fleet, error) {
	fleet := &Fleet{
		Clusters: map[string]*Cluster{}, Services: map[string]map[string]*Service{}, Tokens: tokens(cfg, control),
		Tasks: map[string]map[string]*StandaloneTask{}, Schedules: map[string]map[string]*TaskSchedule{},
	}
	for _, key := range cfg.ClusterKeys() {
		account := accounts.Get(cfg.Clusters[key].Account)
		cluster, err := NewCluster(ctx, key, &ClusterArgs{
			Name:              cfg.ECSName(key),
			Prefix:            cfg.Prefix(key),
			Key:               named(cfg, key),
			Existing:          existing(cfg, key),
			Undiscovered:      cfg.CallsOnly(account.Key),
			LogGroupName:      cfg.TaskLogGroup(key),
			LogGroupExists:    cfg.Clusters[key].LogGroup != "",
			LogRetentionDays:  cfg.LogRetentionDays,
			LogKeyARN:         encryption.For(account.Key, config.KeyForLogs),
			CapacityProviders: cfg.CapacityProvidersOf(key),
			Schedules:         len(cfg.ScheduledTasks(key)) > 0,
			Exec:              Exec{LogGroupName: cfg.ExecLogGroup(key), KMSKeyARN: cfg.Exec.KMSKeyARN},
			Imports:           cfg.Imports,
			Provider:          account.Provider,
			Guests:            guests(cfg, key, networks, roles, control),
		})
		if err != nil {
			return nil, err
		}
		fleet.Clusters[key], fleet.Services[key] = cluster, map[string]*Service{}
		of := func(name string) membership {
			return membership{cfg: cfg, account: account, networks: networks, roles: roles, control: control, cluster: cluster, tokens: fleet.Tokens, key: key, name: name}
		}
		for _, name := range cfg.Clusters[key].ServiceKeys() {
			d := deployment{membership: of(name), service: cfg.Clusters[key].Services[name], joined: joined[key+"/"+name]}
			fleet.Services[key][name], err = d.deploy(ctx)
			if err != nil {
				return nil, err
			}
		}
		fleet.Tasks[key], fleet.Schedules[key] = map[string]*StandaloneTask{}, map[string]*TaskSchedule{}
		for _, name := range cfg.Clusters[key].TaskKeys() {
			task, schedule, err := of(name).standalone(ctx)
			if err != nil {
				return nil, err
			}
			fleet.Tasks[key][name] = task
			if schedule != nil {
				fleet.Schedules[key][name] = schedule
			}
		}
	}
	return fleet, nil
}

// named is the key of a cluster whose name the stack file gives, "" of another.
func named(cfg config.Config, key string) string {
	if cfg.Clusters[key].ClusterName == "" {
		return ""
	}
	return key
}

// guests is what the tasks of services that the stack does not make need in a cluster: those of other teams' stacks, which read its
// contract, and those of owners.
func guests(cfg config.Config, cluster string, networks *network.Networks, roles *iam.Roles, control *mesh.Mesh) []component.Dependency {
	if !cfg.HasContract(cluster) && len(cfg.OwnedServices(cluster)) == 0 {
		return nil
	}
	account := cfg.Clusters[cluster].Account
	groups := networks.Tasks[account]
	all := []component.Dependency{networks.Ready(account), groups.Client.Rules, groups.Server.Rules, roles.Execution[account].Ready, control.Ready}
	if team := cfg.TeamOf(cluster); team != "" {
		all = append(all, roles.Team[team+"/"+account].Ready, roles.TeamExecution[team+"/"+account].Ready, control.Teams[team])
	}
	for _, identity := range cfg.Identities() {
		if identity.Cluster == cluster {
			all = append(all, roles.Task[identity.Key()].Ready, control.Namespaces[identity.Namespace])
		}
	}
	return all
}

// deployment is one service of the configuration with everything that it needs.
type deployment struct {
	membership
	service config.Service
	// joined says that its owner has enrolled it.
	joined bool
}

func (d deployment) deploy(ctx *pulumi.Context) (*Service, error) {
	member, err := d.member(ctx, d.service.Workload, !d.service.ClientOnly)
	if err != nil {
		return nil, err
	}
	if d.service.ByOwner() {
		return d.owned(ctx, member)
	}
	minimumHealthy, maximum := d.service.Deployment()
	return NewService(ctx, d.key+"/"+d.name, &ServiceArgs{
		Member:                member,
		Waypoint:              d.cfg.OwnWaypoint(d.key, d.name),
		IngressUsesWaypoint:   d.cfg.IngressUsesWaypoint(d.key, d.name),
		Ports:                 d.ports(),
		DesiredCount:          d.service.DesiredCountOrDefault(),
		Pipeline:              d.pipeline(),
		Import:                d.imported(),
		Scaling:               d.scaling(),
		CapacityProviders:     d.capacity(),
		MinimumHealthyPercent: minimumHealthy,
		MaximumPercent:        maximum,
		Exec:                  d.cfg.ExecOn(d.key, d.name),
	})
}

// pipeline is what the mesh gives to a service that a pipeline deploys.
func (d deployment) pipeline() *Pipeline {
	if !d.service.ByPipeline() {
		return nil
	}
	return d.enrolled()
}

// enrolled is what the mesh gives to a service whose task definitions `ambient enrol` renders.
func (d deployment) enrolled() *Pipeline {
	return &Pipeline{Mesh: d.cfg.EnrolMesh(d.key, d.name, d.control.Restart), ControlPlane: d.cfg.ControlPlane()}
}

// owned publishes what the owner of the service sets on it.
func (d deployment) owned(ctx *pulumi.Context, member Member) (*Service, error) {
	member.Task = task.Task{}
	return NewOwnedService(ctx, d.key+"/"+d.name, &OwnedServiceArgs{
		Member: member, Pipeline: d.enrolled(), Parameter: d.cfg.OwnedParameter(d.key, d.name), Port: d.cfg.PortOf(d.key, d.name), Joined: d.joined,
		Settings: contract.OwnedService{
			Cluster: d.cluster.Name, Service: d.cfg.ServiceName(d.key, d.name), ServiceARN: d.cfg.ServiceARN(d.key, d.name), Family: d.cfg.FamilyOf(d.key, d.name),
			Identity: d.cfg.IdentityOf(d.key, d.name).Key(), Client: string(d.service.ClientOrDefault()), Clients: d.service.Clients, Hostname: member.Hostname,
			Tags: d.cfg.DiscoveryTags(d.key, d.name), PropagateTags: "SERVICE", EnableECSManagedTags: true,
		},
	})
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

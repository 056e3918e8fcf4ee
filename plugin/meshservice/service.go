package meshservice

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/contract"
	"ambient-ecs/ecs"
	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/iam"
	"ambient-ecs/mesh"
	"ambient-ecs/network"
	"ambient-ecs/problem"
)

// TypeToken is the Pulumi type of MeshService.
const TypeToken = Package + ":index:MeshService"

// NewMeshService makes a service in the mesh. It takes its parent's AWS provider.
func NewMeshService(ctx *pulumi.Context, name string, args *MeshServiceArgs, opts ...pulumi.ResourceOption) (*MeshService, error) {
	d, err := newDesign(ctx, name, args)
	if err != nil {
		return nil, err
	}
	out := &MeshService{}
	// infer sets the outputs.
	return component.New(ctx, TypeToken, name, out, d, opts, func() (pulumi.Map, error) {
		m, err := d.join(ctx, out)
		if err != nil {
			return nil, err
		}
		return nil, m.build(ctx, name, out)
	})
}

// member is a service with what the contract says of it.
type member struct {
	*design
	contract contract.Contract
	identity contract.Identity
	token    string
}

// join reads the contract and the token of the service's identity. It reports every problem that only they show.
func (d *design) join(ctx *pulumi.Context, out *MeshService) (*member, error) {
	text, err := read(ctx, out, d.args.ContractParameter)
	if err != nil {
		return nil, err
	}
	m := &member{design: d}
	if m.contract, err = contract.Parse(text); err != nil {
		return nil, fmt.Errorf("%s: %w", d.args.ContractParameter, err)
	}
	var p problem.List
	identity, err := m.contract.Identity(d.args.ServiceAccount)
	if err != nil {
		p.Because("serviceAccount", d.args.ServiceAccount, err)
	}
	m.identity = identity
	if host := m.contract.Hostname(d.name); len(host) > ecs.MaxHostname {
		p.Refuse("name", d.name, "the service's hostname %s has %d characters: discovery makes it the value of a label, of at most %d", host, len(host), ecs.MaxHostname)
	}
	if d.definition != nil && err == nil {
		if role := definition.Text(d.definition.TaskRoleArn); role != "" && role != identity.TaskRoleARN {
			p.Refuse("taskDefinition.taskRoleArn", role, "istiod knows the identity %s by the role %s", d.args.ServiceAccount, identity.TaskRoleARN)
		}
	}
	m.checkTeam(&p)
	m.checkSecrets(&p)
	m.checkCapacity(&p)
	m.checkHosts(&p)
	if err := p.Err(); err != nil {
		return nil, err
	}
	m.token, err = read(ctx, out, identity.TokenParameter)
	return m, err
}

// read reads a parameter that the platform has published.
func read(ctx *pulumi.Context, parent pulumi.Resource, name string) (string, error) {
	found, err := ssm.LookupParameter(ctx, &ssm.LookupParameterArgs{Name: name}, pulumi.Parent(parent))
	if err != nil {
		return "", fmt.Errorf("the platform has published no %s for this account and region, or the team may not read it: %w", name, err)
	}
	return found.InsecureValue, nil
}

// build registers what the service consists of, and sets the outputs.
func (m *member) build(ctx *pulumi.Context, name string, out *MeshService) error {
	args := &ecs.ServiceArgs{
		Member:       m.member(),
		Ports:        m.ports(),
		DesiredCount: m.count(),
		Scaling:      m.scaling(),
		Tags:         m.args.Tags,

		CapacityProviders: m.capacity(),
		// ECS's own deployment, as the platform's services have it.
		MinimumHealthyPercent: config.DefaultMinimumHealthyPercent,
		MaximumPercent:        config.DefaultMaximumPercent,
	}
	if m.args.Policy != nil || len(m.args.ManagedPolicyArns) > 0 {
		role := m.identity.TaskRoleARN[strings.LastIndex(m.identity.TaskRoleARN, "/")+1:]
		permissions, err := iam.NewPermissions(ctx, name, &iam.PermissionsArgs{
			RoleName: role, Name: m.contract.Cluster.Key + "-" + m.name, Attached: m.args.ManagedPolicyArns, Inline: m.args.Policy, Text: m.values.policy,
			Provider: component.Inherited,
		}, pulumi.Parent(out))
		if err != nil {
			return err
		}
		args.TaskRole = permissions.Ready
	}
	service, err := ecs.NewService(ctx, name, args, pulumi.Parent(out))
	if err != nil {
		return err
	}
	waypoint, address := m.contract.Mesh.Waypoints[m.identity.Namespace], ""
	if len(m.ports()) == 0 {
		waypoint = "" // nobody calls the service
	}
	if m.args.Ingress != nil {
		address = m.contract.Ingress.Address
		if err := m.route(ctx, name, service, out); err != nil {
			return err
		}
	}
	out.IngressAddress, out.Waypoint = pulumi.String(address).ToStringOutput(), pulumi.String(waypoint).ToStringOutput()
	out.ServiceArn, out.TaskDefinitionArn = service.ARN, service.TaskDefinitionARN
	out.ServiceName = pulumi.String(m.name).ToStringOutput()
	out.TaskRoleArn = pulumi.String(m.identity.TaskRoleARN).ToStringOutput()
	out.Hostname = pulumi.String(service.Hostname).ToStringOutput()
	described := pulumi.Map{
		"arn":               service.ARN,
		"hostname":          pulumi.String(service.Hostname),
		"port":              pulumi.Int(service.Port),
		"namespace":         pulumi.String(m.identity.Namespace),
		"serviceAccount":    pulumi.String(m.args.ServiceAccount),
		"desiredCount":      pulumi.Int(m.count()),
		"exec":              pulumi.Bool(false),
		"waypoint":          pulumi.String(waypoint),
		"taskDefinitionArn": service.TaskDefinitionARN,
	}
	if in := m.args.Ingress; in != nil {
		described["users"] = pulumi.Map{"hosts": pulumi.ToStringArray(in.Hosts), "pathPrefix": pulumi.String(value(in.PathPrefix))}
	}
	out.Service = described.ToMapOutput()
	return nil
}

// member is what the tasks have. All that they need is the platform's, and the platform keeps it while a service is there.
func (m *member) member() ecs.Member {
	c := m.contract
	t := m.task()
	own := t.Mesh
	t.Mesh = c.Given(contract.Enrolment{ServiceAccount: m.args.ServiceAccount, Client: own.Client, Clients: own.Clients})
	t.Mesh.Service = own.Service
	groups := []network.Group{theirs(c.Network.ClientSecurityGroupID)}
	if len(m.ports()) > 0 {
		groups = append(groups, theirs(c.Network.ServerSecurityGroupID))
	}
	return ecs.Member{
		Name: m.name,
		Cluster: &ecs.Cluster{
			Name: c.Cluster.Name, Prefix: c.Cluster.Name,
			Providers: c.Cluster.CapacityProviders,
			ARN:       pulumi.String(c.Cluster.ARN).ToStringOutput(), LogGroupName: pulumi.String(c.Cluster.LogGroup).ToStringOutput(),
		},
		Region:           c.Region,
		Provider:         component.Inherited,
		Namespace:        m.identity.Namespace,
		ServiceAccount:   m.args.ServiceAccount,
		Hostname:         c.Hostname(m.name),
		Family:           m.family(),
		KeepRevisions:    m.ofTeam(),
		Task:             t,
		Token:            m.values.after(m.token),
		TaskRoleARN:      pulumi.String(m.identity.TaskRoleARN),
		ExecutionRoleARN: m.execution(),
		SubnetIDs:        pulumi.ToStringArray(c.Network.PrivateSubnetIDs),
		SecurityGroups:   groups,
		Network:          component.Elsewhere[network.Networks](),
		TaskRole:         component.Elsewhere[iam.TaskRole](),
		ExecutionRole:    component.Elsewhere[iam.ExecutionRole](),
		Identity:         component.Elsewhere[mesh.Namespace](),
		Mesh:             component.Elsewhere[mesh.Mesh](),
	}
}

// theirs is a security group of the platform.
func theirs(id string) network.Group {
	return network.Group{ID: pulumi.String(id).ToStringOutput(), Rules: component.Elsewhere[network.Group]()}
}

// execution is the role with which ECS starts the tasks.
func (m *member) execution() pulumi.StringInput {
	switch own := m.executionRole(); {
	case m.args.ExecutionRoleArn != nil:
		return m.args.ExecutionRoleArn
	case own != "":
		return pulumi.String(own)
	}
	return pulumi.String(m.contract.Cluster.ExecutionRoleARN)
}

// scaling is how the service scales, nil if it does not.
func (m *member) scaling() *ecs.Scaling {
	s := m.args.Scaling
	if s == nil {
		return nil
	}
	all := &ecs.Scaling{Min: s.least(), Max: s.Max, Targets: map[string]ecs.Target{}}
	if s.Cpu != nil {
		all.Targets["cpu"] = ecs.Target{Value: float64(*s.Cpu), Predefined: ecs.AverageCPU}
	}
	if s.Memory != nil {
		all.Targets["memory"] = ecs.Target{Value: float64(*s.Memory), Predefined: ecs.AverageMemory}
	}
	return all
}

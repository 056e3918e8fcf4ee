package ecs

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/ecs/task"
	"ambient-ecs/iam"
	"ambient-ecs/mesh"
	"ambient-ecs/network"
	"ambient-ecs/problem"
)

// ServiceTypeToken is the Pulumi type of Service.
const ServiceTypeToken = "ambient-ecs:ecs:Service"

// The tags that istiod's discovery reads, on the service and on its tasks.
const (
	TagNamespace      = "ecs.solo.io/namespace"
	TagServiceAccount = "ecs.solo.io/service-account"
	TagHostname       = "ecs.solo.io/hostname"
	TagPorts          = "ecs.solo.io/ports"
	// TagWaypoint becomes a label of the service's ServiceEntry, by which Istio sends its callers through a waypoint.
	TagWaypoint = "istio.io/use-waypoint"
)

// portProtocol is the protocol by which the mesh treats a service's port. Discovery also treats undeclared ports as
// HTTP. To ztunnel, which looks at connections only, the protocol makes no difference.
const portProtocol = "http"

// maxHostname is the greatest length of a hostname, because discovery uses the hostname as the value of a Kubernetes
// label.
const maxHostname = 63

// ServiceArgs configures a Service.
type ServiceArgs struct {
	// Name is the physical name of the service. Required.
	Name string
	// Cluster is the cluster that it runs on. Required.
	Cluster *Cluster
	// Region is the region of Provider. Required.
	Region string
	// Provider is the AWS provider of the service's account. Required.
	Provider pulumi.ProviderResource

	// Namespace and ServiceAccount are the service's identity in the mesh. Required. Both exist in
	// Kubernetes, and the service account is annotated with TaskRoleARN.
	Namespace, ServiceAccount string
	// Hostname is the service's name in the mesh. Required. It is declared even where discovery would choose the same
	// name, so that the published name does not depend on istiod's settings.
	Hostname string
	// Waypoint is the name of the Gateway of the service's own waypoint, in Namespace. Empty: the service has no
	// waypoint of its own.
	Waypoint string
	// Task is the task to run. NewService fills in its Region, LogGroup and Ztunnel.Token. A Port of 0 makes the
	// service client-only. Discovery gives a service without declared ports the ports 80 and 8080, and a service
	// cannot declare that it has none. Without network.TaskSecurityGroups.Server no caller reaches them.
	Task task.Task
	// Secret keeps the container definitions encrypted in the state and out of previews. Set it when Task holds a
	// secret. ECS itself shows the definitions to everyone who may describe the task definition.
	Secret bool
	// Token is the bootstrap token of the identity. Required.
	Token pulumi.StringInput
	// CPU is the CPU of the whole task in units of 1/1024 vCPU, Memory its memory in MiB. Required: a pair that
	// Fargate offers.
	CPU, Memory int
	// DesiredCount is the number of tasks. 0 keeps the service and runs none.
	DesiredCount int
	// TaskRoleARN is the role of the application and of ztunnel. ExecutionRoleARN is the role with which ECS starts
	// them. Required.
	TaskRoleARN, ExecutionRoleARN pulumi.StringInput
	// SubnetIDs are private subnets, over which the tasks are spread. Required.
	SubnetIDs pulumi.StringArrayInput
	// SecurityGroups are the tasks' groups. Required.
	SecurityGroups []network.Group

	// The tasks need the following while they live. A task whose role lost its policy, or whose way out is closed,
	// can neither start nor stop properly. All are required.

	// Network is the way out and the way to the other accounts.
	Network component.After[network.Networks]
	// TaskRole and ExecutionRole are the policies of the roles.
	TaskRole      component.After[iam.TaskRole]
	ExecutionRole component.After[iam.ExecutionRole]
	// Identity is the namespace with its service accounts, its policies, and the waypoints and traffic objects in
	// front of its services.
	Identity component.After[mesh.Namespace]
	// Mesh is the way to istiod.
	Mesh component.After[mesh.Mesh]
}

// Validate reports every problem of the arguments, or returns nil.
func (a *ServiceArgs) Validate() error {
	var p problem.List
	if !ecsName.MatchString(a.Name) {
		p.Refuse("Name", a.Name, "ECS takes at most 255 letters, digits, - and _")
	}
	if a.Cluster == nil {
		p.Missing("Cluster", "the service runs on one")
	}
	if a.Region == "" {
		p.Missing("Region", "the containers log to it")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one the service could land in another account")
	}
	if a.Namespace == "" {
		p.Missing("Namespace", "without it the service has no identity")
	}
	if a.ServiceAccount == "" {
		p.Missing("ServiceAccount", "without it the service has no identity")
	}
	if a.Hostname == "" || len(a.Hostname) > maxHostname {
		p.Refuse("Hostname", a.Hostname, "discovery makes it the value of a label, of 1 to %d characters", maxHostname)
	}
	if a.Token == nil {
		p.Missing("Token", "ztunnel would not find istiod")
	}
	if a.CPU <= 0 {
		p.Refuse("CPU", a.CPU, "Fargate needs a size of the task")
	}
	if a.Memory <= 0 {
		p.Refuse("Memory", a.Memory, "Fargate needs a size of the task")
	}
	if a.DesiredCount < 0 {
		p.Refuse("DesiredCount", a.DesiredCount, "it is negative")
	}
	if a.TaskRoleARN == nil {
		p.Missing("TaskRoleARN", "the task could not say who it is")
	}
	if a.ExecutionRoleARN == nil {
		p.Missing("ExecutionRoleARN", "the task could not start")
	}
	if a.SubnetIDs == nil {
		p.Missing("SubnetIDs", "the tasks would have no network")
	}
	if len(a.SecurityGroups) == 0 {
		p.Missing("SecurityGroups", "the tasks would carry the VPC's default group, which lets nothing pass")
	}
	// Some values are known only during the registration. Stand-ins take their place here.
	known := a.Task
	known.Region, known.LogGroup, known.Ztunnel.Token = "known", "later", "on"
	p.Under("Task", known.Validate())
	return p.Err()
}

// Service is one ECS service of the mesh.
type Service struct {
	pulumi.ResourceState

	// Name and Hostname are as given.
	Name, Hostname string
	// Port is the application's port. 0: a client-only service.
	Port int
	// ARN is the service's ARN.
	ARN pulumi.StringOutput
	// TaskDefinitionARN is the revision that the service runs. The output fails when that is not the declared
	// revision.
	TaskDefinitionARN pulumi.StringOutput
	// Ready is the service with its tasks running.
	Ready component.After[Service]
}

// NewService registers the task definition and the service.
func NewService(ctx *pulumi.Context, name string, args *ServiceArgs, opts ...pulumi.ResourceOption) (*Service, error) {
	service := &Service{}
	return component.New(ctx, ServiceTypeToken, name, service, args, opts, func() (pulumi.Map, error) {
		service.Name, service.Hostname, service.Port = args.Name, args.Hostname, args.Task.App.Port
		definition, err := service.taskDefinition(ctx, name, args)
		if err != nil {
			return nil, err
		}
		err = service.service(ctx, name, args, definition)
		return pulumi.Map{
			"arn":               service.ARN,
			"taskDefinitionArn": service.TaskDefinitionARN,
			"hostname":          pulumi.String(service.Hostname),
		}, err
	})
}

// taskDefinition registers one revision. Unlike every other resource with a fixed name, it has no
// DeleteBeforeReplace: each change is a new revision beside the old one, which the service still runs.
func (s *Service) taskDefinition(ctx *pulumi.Context, name string, args *ServiceArgs) (*ecs.TaskDefinition, error) {
	containers := pulumi.All(args.Cluster.LogGroupName, args.Token).ApplyT(func(values []any) (string, error) {
		complete := args.Task
		complete.Region = args.Region
		complete.LogGroup, complete.Ztunnel.Token = values[0].(string), values[1].(string)
		// ECS gives a task its tags when it starts the task. The label makes a changed name a new revision, which
		// starts new tasks. Without it the old tasks would go on under their old name.
		complete.App.Labels = map[string]string{TagHostname: args.Hostname}
		return complete.JSON()
	}).(pulumi.StringOutput)
	if args.Secret {
		containers = pulumi.ToSecret(containers).(pulumi.StringOutput)
	}
	definition, err := ecs.NewTaskDefinition(ctx, name, &ecs.TaskDefinitionArgs{
		Family:                  pulumi.String(args.Cluster.Name + "-" + args.Name),
		RequiresCompatibilities: pulumi.ToStringArray([]string{"FARGATE"}),
		NetworkMode:             pulumi.String("awsvpc"),
		RuntimePlatform: ecs.TaskDefinitionRuntimePlatformArgs{
			OperatingSystemFamily: pulumi.String("LINUX"),
			CpuArchitecture:       pulumi.String("X86_64"),
		},
		Cpu:                  pulumi.String(strconv.Itoa(args.CPU)),
		Memory:               pulumi.String(strconv.Itoa(args.Memory)),
		TaskRoleArn:          args.TaskRoleARN.ToStringOutput().ToStringPtrOutput(),
		ExecutionRoleArn:     args.ExecutionRoleARN.ToStringOutput().ToStringPtrOutput(),
		ContainerDefinitions: containers,
		SkipDestroy:          pulumi.Bool(false),
	}, component.Child(s, args.Provider)...)
	if err != nil {
		return nil, fmt.Errorf("register the task definition: %w", err)
	}
	return definition, nil
}

func (s *Service) service(ctx *pulumi.Context, name string, args *ServiceArgs, definition *ecs.TaskDefinition) error {
	needs := []component.Dependency{args.Network, args.TaskRole, args.ExecutionRole, args.Identity, args.Mesh}
	var groups pulumi.StringArray
	for _, group := range args.SecurityGroups {
		groups, needs = append(groups, group.ID), append(needs, group.Rules)
	}
	patience := fmt.Sprintf("%.0fm", args.Task.Ztunnel.Health.Patience().Minutes())
	service, err := ecs.NewService(ctx, name, &ecs.ServiceArgs{
		Name:           pulumi.String(args.Name),
		Cluster:        args.Cluster.ARN.ToStringPtrOutput(),
		TaskDefinition: definition.Arn.ToStringPtrOutput(),
		LaunchType:     pulumi.String("FARGATE"),
		DesiredCount:   pulumi.Int(args.DesiredCount),
		NetworkConfiguration: ecs.ServiceNetworkConfigurationArgs{
			AssignPublicIp: pulumi.Bool(false),
			Subnets:        args.SubnetIDs,
			SecurityGroups: groups,
		},
		AvailabilityZoneRebalancing: pulumi.String("ENABLED"),
		// New tasks start before the old ones stop, so that even a service with one task always has one.
		DeploymentMinimumHealthyPercent: pulumi.Int(100),
		DeploymentMaximumPercent:        pulumi.Int(200),
		DeploymentCircuitBreaker: ecs.ServiceDeploymentCircuitBreakerArgs{
			Enable: pulumi.Bool(true), Rollback: pulumi.Bool(true),
		},
		EnableExecuteCommand: pulumi.Bool(true),
		Tags:                 tags(args),
		// Discovery reads identity and name from the tasks, and the name of the service from ECS's own tags.
		PropagateTags:        pulumi.String("SERVICE"),
		EnableEcsManagedTags: pulumi.Bool(true),
		WaitForSteadyState:   pulumi.Bool(true),
	}, component.Child(s, args.Provider, component.DependsOn(needs...), pulumi.DeleteBeforeReplace(true),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: patience, Update: patience}))...)
	if err != nil {
		return fmt.Errorf("register the service: %w", err)
	}
	s.Ready = component.Made[Service](service)
	s.ARN = service.ID().ToStringOutput()
	s.TaskDefinitionARN = pulumi.All(service.TaskDefinition.Elem(), definition.Arn).ApplyT(func(values []any) (string, error) {
		running, declared := values[0].(string), values[1].(string)
		return running, task.CheckRevision(args.Cluster.Name+"/"+args.Name, running, declared)
	}).(pulumi.StringOutput)
	return nil
}

func tags(args *ServiceArgs) pulumi.StringMap {
	tags := pulumi.StringMap{
		TagNamespace:      pulumi.String(args.Namespace),
		TagServiceAccount: pulumi.String(args.ServiceAccount),
		TagHostname:       pulumi.String(args.Hostname),
	}
	if port := args.Task.App.Port; port != 0 {
		tags[TagPorts] = pulumi.String(portProtocol + ":" + strconv.Itoa(port))
	}
	if args.Waypoint != "" {
		tags[TagWaypoint] = pulumi.String(args.Waypoint)
	}
	return tags
}

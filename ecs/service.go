package ecs

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/ecs/task"
	"ambient-ecs/problem"
)

// ServiceTypeToken is the Pulumi type of Service.
const ServiceTypeToken = "ambient-ecs:ecs:Service"

// The tags that istiod's discovery reads, on the service and on its tasks.
const (
	TagNamespace      = config.TagNamespace
	TagServiceAccount = config.TagServiceAccount
	TagHostname       = config.TagHostname
	TagPorts          = config.TagPorts
	// TagWaypoint becomes a label of the service's ServiceEntry, by which Istio sends its callers through a waypoint.
	TagWaypoint = config.TagWaypoint
	// TagIngressWaypoint becomes a label too, by which gateways use the service's waypoint. Without it their requests go to
	// the tasks. (istio 1.29.1, pilot/pkg/serviceregistry/kube/controller/ambient/services.go)
	TagIngressWaypoint = config.TagIngressWaypoint
)

// Port is a port of a service, and how the mesh takes what is sent to it.
type Port struct {
	Number int
	// Protocol is http, http2, grpc or tcp. To ztunnel, which looks at connections only, it makes no difference; a waypoint
	// looks at requests where there are any. Discovery takes ports that it was not told about as HTTP.
	Protocol string
}

// The protocols of a port that says nothing of it: of the short form, and of a task definition.
const (
	ProtocolHTTP = "http"
	ProtocolTCP  = "tcp"
)

// Protocols are those of Port.
var Protocols = []string{ProtocolHTTP, "http2", "grpc", ProtocolTCP}

// ServiceArgs configures a Service.
type ServiceArgs struct {
	Member
	// Waypoint is the Gateway, in Namespace, of the service's own waypoint. Empty: it has none of its own.
	Waypoint string
	// IngressUsesWaypoint sends requests of the ingress gateway to the service's waypoint, its own or its namespace's.
	IngressUsesWaypoint bool
	// Ports are what the mesh knows of the service's ports, the one that is meant without a number first. None: the service
	// only calls. Discovery gives a service without declared ports the ports 80 and 8080, and there is no way to declare
	// none; without network.TaskSecurityGroups.Server nobody reaches them.
	Ports []Port
	// Pipeline says that a pipeline deploys the service. Nil: this program does.
	Pipeline *Pipeline
	// Import takes over a service that lives. Nil: the program makes it.
	Import *Import
	// DesiredCount is the number of tasks. 0 keeps the service and runs none. With Scaling it counts for a new service only.
	DesiredCount int
	// Scaling hands the number of tasks over to Application Auto Scaling. Nil: it stays DesiredCount.
	Scaling *Scaling
	// CapacityProviders are the strategy of the service. Empty: the launch type FARGATE.
	CapacityProviders []CapacityProvider
	// MinimumHealthyPercent and MaximumPercent bound the tasks while a deployment runs, in percent of the desired ones: 0 to
	// 100, and 101 to 200.
	MinimumHealthyPercent, MaximumPercent int
	// Tags are further tags of the service, which its tasks get. Those of the mesh and of the program win.
	Tags map[string]string
	// Exec lets commands run in the tasks. TaskRoleARN must allow it.
	Exec bool
}

// Validate reports every problem of the arguments, or returns nil.
func (a *ServiceArgs) Validate() error {
	var p problem.List
	a.Member.validate(&p)
	for _, port := range a.Ports {
		if !slices.Contains(Protocols, port.Protocol) {
			p.Refuse("Ports", port.Protocol, "port %d has the protocol, and discovery knows %s", port.Number, strings.Join(Protocols, ", "))
		}
	}
	if a.DesiredCount < 0 {
		p.Refuse("DesiredCount", a.DesiredCount, "it is negative")
	}
	a.Scaling.validate(&p, a.DesiredCount)
	a.Import.validate(&p)
	a.checkCapacity(&p)
	p.Under("Task", a.task().Validate())
	return p.Err()
}

// Service is one ECS service of the mesh.
type Service struct {
	pulumi.ResourceState

	// Name and Hostname are as given.
	Name, Hostname string
	// Port is the application's, 0 for a service that only calls.
	Port int
	// Scaling and CapacityProviders are as given.
	Scaling           *Scaling
	CapacityProviders []CapacityProvider
	// ARN is the service's ARN.
	ARN pulumi.StringOutput
	// TaskDefinitionARN is the revision that the service runs, as far as Pulumi knows. Of a service that the program deploys it
	// fails when that is not the declared one.
	TaskDefinitionARN pulumi.StringOutput
	// Ready is the service, whose tasks run.
	Ready component.After[Service]
}

// NewService registers the task definition and the service.
func NewService(ctx *pulumi.Context, name string, args *ServiceArgs, opts ...pulumi.ResourceOption) (*Service, error) {
	service := &Service{}
	return component.New(ctx, ServiceTypeToken, name, service, args, opts, func() (pulumi.Map, error) {
		service.Name, service.Hostname, service.Port = args.Name, args.Hostname, args.port()
		service.Scaling, service.CapacityProviders = args.Scaling, args.CapacityProviders
		definition, err := args.taskDefinition(ctx, name, service)
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

func (s *Service) service(ctx *pulumi.Context, name string, args *ServiceArgs, definition *ecs.TaskDefinition) error {
	groups, needs := args.groups(), args.needs()
	if len(args.CapacityProviders) > 0 {
		needs = append(needs, args.Cluster.capacity)
	}
	patience := fmt.Sprintf("%.0fm", args.Task.Mesh.Health.Patience().Minutes())
	options := []pulumi.ResourceOption{component.DependsOn(needs...), pulumi.DeleteBeforeReplace(len(args.CapacityProviders) == 0),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: patience, Update: patience})}
	if args.Scaling != nil {
		// The number belongs to the scaler from the creation of the service on.
		options = append(options, pulumi.IgnoreChanges([]string{"desiredCount"}))
	}
	declared := &ecs.ServiceArgs{
		Name:            pulumi.String(args.ecsName()),
		Cluster:         args.Cluster.ARN.ToStringPtrOutput(),
		TaskDefinition:  definition.Arn.ToStringPtrOutput(),
		PlatformVersion: component.Optional(args.PlatformVersion),
		DesiredCount:    pulumi.Int(args.DesiredCount),
		NetworkConfiguration: ecs.ServiceNetworkConfigurationArgs{
			AssignPublicIp: pulumi.Bool(false),
			Subnets:        args.SubnetIDs,
			SecurityGroups: groups,
		},
		AvailabilityZoneRebalancing:     pulumi.String("ENABLED"),
		DeploymentMinimumHealthyPercent: pulumi.Int(args.MinimumHealthyPercent),
		DeploymentMaximumPercent:        pulumi.Int(args.MaximumPercent),
		DeploymentCircuitBreaker: ecs.ServiceDeploymentCircuitBreakerArgs{
			Enable: pulumi.Bool(true), Rollback: pulumi.Bool(true),
		},
		EnableExecuteCommand: pulumi.Bool(args.Exec),
		Tags:                 args.Import.tags(args.pipelineTags(tags(args))),
		// Discovery reads identity and name from the tasks, and the name of the service from ECS's own tags.
		PropagateTags:        pulumi.String("SERVICE"),
		EnableEcsManagedTags: pulumi.Bool(true),
		WaitForSteadyState:   pulumi.Bool(true),
	}
	args.runOn(declared)
	service, err := ecs.NewService(ctx, name, declared, args.serviceOptions(args.importOptions(component.Child(s, args.Import.provider(args.Provider), options...)))...)
	if err != nil {
		return fmt.Errorf("register the service: %w", err)
	}
	component.Slow(ctx, service, fmt.Sprintf("ECS service %s/%s is not steady yet. It is when its tasks are healthy, and a task is healthy when its ztunnel has reached istiod and has its certificate. Look at "+
		"`aws ecs describe-services --cluster %s --services %s` (events), at the logs of its ztunnel, and run `ambient doctor`", args.Cluster.Name, args.ecsName(), args.Cluster.Name, args.ecsName()), needs...)
	s.Ready = component.Made[Service](service)
	s.ARN = service.ID().ToStringOutput()
	s.TaskDefinitionARN = service.TaskDefinition.Elem()
	if args.Pipeline == nil && !args.Import.pending() {
		s.TaskDefinitionARN = pulumi.All(s.TaskDefinitionARN, definition.Arn).ApplyT(func(values []any) (string, error) {
			running, declared := values[0].(string), values[1].(string)
			return running, task.CheckRevision(args.Cluster.Name+"/"+args.ecsName(), running, declared)
		}).(pulumi.StringOutput)
	}
	if args.Import.pending() {
		return nil // a scaler would change the number of tasks
	}
	return s.scale(ctx, name, args, service)
}

// port is the port that is meant without a number, 0 for a service that only calls.
func (a *ServiceArgs) port() int {
	if len(a.Ports) == 0 {
		return 0
	}
	return a.Ports[0].Number
}

func tags(args *ServiceArgs) pulumi.StringMap {
	tags := pulumi.ToStringMap(args.Tags)
	maps.Copy(tags, args.identityTags())
	if len(args.Ports) > 0 {
		var all []string
		for _, port := range args.Ports {
			all = append(all, port.Protocol+":"+strconv.Itoa(port.Number))
		}
		tags[TagPorts] = pulumi.String(strings.Join(all, "/"))
	}
	if args.Waypoint != "" {
		tags[TagWaypoint] = pulumi.String(args.Waypoint)
	}
	if args.Scaling != nil {
		tags[TagScaling] = pulumi.String("true")
	}
	if args.IngressUsesWaypoint {
		tags[TagIngressWaypoint] = pulumi.String("true")
	}
	return tags
}

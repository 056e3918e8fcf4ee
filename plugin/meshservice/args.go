package meshservice

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// MeshServiceArgs configures a MeshService. Either taskDefinition or image says what runs.
type MeshServiceArgs struct {
	// ContractParameter is the name of the SSM parameter with the contract of the cluster, as the platform team tells it: /ambient-ecs/INSTALL/v1/CLUSTER/contract.
	ContractParameter string `pulumi:"contractParameter"`
	// ServiceAccount is who the service is in the mesh: one of the identities in the contract.
	ServiceAccount string `pulumi:"serviceAccount"`
	// Name is the name of the ECS service, and the first part of its hostname. Empty: the name of the Pulumi resource.
	Name *string `pulumi:"name,optional"`

	// TaskDefinition is a task definition in AWS's JSON format, as `aws ecs register-task-definition --cli-input-json` takes it. It knows nothing of the mesh.
	TaskDefinition *string `pulumi:"taskDefinition,optional"`
	// Container is the container of taskDefinition that image, environment and secrets are for. Empty: the first one.
	Container *string `pulumi:"container,optional"`
	// Image is the image of the container. With taskDefinition it replaces what that says.
	Image pulumi.StringInput `pulumi:"image,optional"`
	// Environment has variables of the container. They win over what taskDefinition and the mesh set. Without taskDefinition, an empty value leaves a variable of the mesh out.
	Environment pulumi.StringMapInput `pulumi:"environment,optional"`
	// Secrets are the sources of variables of the container, by the variable: ARNs of secrets in Secrets Manager, and names or ARNs of SSM parameters. In the cluster of a team their names begin with team.secretPrefix of the contract; elsewhere they need executionRoleArn.
	Secrets pulumi.StringMapInput `pulumi:"secrets,optional"`

	// Cpu is the CPU of a task in units of 1/1024 vCPU. Only without taskDefinition. Empty: 256.
	Cpu *int `pulumi:"cpu,optional"`
	// Memory is the memory of a task in MiB. Only without taskDefinition. Empty: 512.
	Memory *int `pulumi:"memory,optional"`
	// Architecture is X86_64 or ARM64. Only without taskDefinition. Empty: X86_64.
	Architecture *string `pulumi:"architecture,optional"`
	// EntryPoint replaces the image's. Only without taskDefinition.
	EntryPoint []string `pulumi:"entryPoint,optional"`
	// Command replaces the image's. Only without taskDefinition.
	Command []string `pulumi:"command,optional"`
	// User is the user that the application runs as. Only without taskDefinition. Empty: the image's.
	User *string `pulumi:"user,optional"`

	// Ports are what callers know of the service, the port that is meant without a number first. Empty: the port mappings of taskDefinition; where several of its containers have some and none is named as the service or is the only essential one, ports is required. Without any, the service only calls others.
	Ports []Port `pulumi:"ports,optional"`
	// Client is what the containers call others with: curl, go, java, node, python, dotnet or none (docs/clients.md). Empty: curl.
	Client *string `pulumi:"client,optional"`
	// Clients are what single containers of taskDefinition call others with, instead of client, by the container's name.
	Clients map[string]string `pulumi:"clients,optional"`

	// DesiredCount is the number of tasks. With scaling it counts for a new service only. Empty: 1, or the minimum of scaling.
	DesiredCount *int `pulumi:"desiredCount,optional"`
	// Scaling hands the number of tasks over to Application Auto Scaling. Not in the cluster of a team, whose role has no right to it. Empty: it stays desiredCount.
	Scaling *Scaling `pulumi:"scaling,optional"`

	// CapacityProviderStrategy shares the tasks between FARGATE and FARGATE_SPOT, which the contract names under cluster.capacityProviders. Set it from the first update on: ECS refuses a service that changes between a strategy and none. Empty: the launch type FARGATE.
	CapacityProviderStrategy []CapacityProvider `pulumi:"capacityProviderStrategy,optional"`

	// Ingress lets users outside the mesh in, through the platform's gateway. It takes the provider of Kubernetes that the component's user gives. Only where the platform has granted hostnames to the team. Empty: nobody outside the mesh reaches the service.
	Ingress *Ingress `pulumi:"ingress,optional"`
	// Tags are tags of the service, which its tasks get. In the cluster of a team their keys are those of team.tagKeys in the contract.
	Tags map[string]string `pulumi:"tags,optional"`

	// ExecutionRoleArn is a role of the team's own with which ECS starts the tasks. It may write to the cluster's log group. Empty: that of taskDefinition, or the contract's. A team's reads the team's own secrets, an account's none.
	ExecutionRoleArn pulumi.StringInput `pulumi:"executionRoleArn,optional"`
	// ManagedPolicyArns are the ARNs of managed policies that the component attaches to the task role of the identity. Not in the cluster of a team, whose role may not change it.
	ManagedPolicyArns []string `pulumi:"managedPolicyArns,optional"`
	// Policy is an IAM policy in JSON that the component adds to the task role of the identity. All services with the identity have its rights. Not in the cluster of a team, whose role may not change the task role.
	Policy pulumi.StringInput `pulumi:"policy,optional"`
}

// Port is a port of a service.
type Port struct {
	// Port is the port's number.
	Port int `pulumi:"port"`
	// Protocol is how a waypoint takes what is sent to the port: http, http2, grpc or tcp. Empty: http.
	Protocol *string `pulumi:"protocol,optional"`
}

// Scaling is how Application Auto Scaling changes the number of tasks. It has at least one of cpu and memory.
type Scaling struct {
	// Min is the least number of tasks. Empty: 1.
	Min *int `pulumi:"min,optional"`
	// Max is the greatest number of tasks.
	Max int `pulumi:"max"`
	// Cpu is the average use of CPU that the scaler keeps, in percent.
	Cpu *int `pulumi:"cpu,optional"`
	// Memory is the average use of memory that the scaler keeps, in percent.
	Memory *int `pulumi:"memory,optional"`
}

// CapacityProvider is one entry of a strategy, as AWS writes it.
type CapacityProvider struct {
	// CapacityProvider is FARGATE or FARGATE_SPOT.
	CapacityProvider string `pulumi:"capacityProvider"`
	// Base is how many tasks run on this provider before the weights count, on one provider at most. Empty: none.
	Base *int `pulumi:"base,optional"`
	// Weight is the share of this provider in the tasks beyond the base, 0 to 1000. Empty: 0.
	Weight *int `pulumi:"weight,optional"`
}

// Ingress is a way of users outside the mesh to the service.
type Ingress struct {
	// Hosts are the names that users ask for, among those that the platform has granted to the team: ingress.hostnames in the contract.
	Hosts []string `pulumi:"hosts"`
	// PathPrefix is what the path begins with, in whole segments. Services with the same host share it by their prefixes: the longest counts. Empty: every path.
	PathPrefix *string `pulumi:"pathPrefix,optional"`
	// Port is the port of the service, one that speaks HTTP. Empty: the first one.
	Port *int `pulumi:"port,optional"`
}

// MeshService is an ECS service in a cluster of the platform's mesh.
type MeshService struct {
	pulumi.ResourceState

	// ServiceArn is the ARN of the ECS service.
	ServiceArn pulumi.StringOutput `pulumi:"serviceArn"`
	// ServiceName is the name of the ECS service.
	ServiceName pulumi.StringOutput `pulumi:"serviceName"`
	// TaskDefinitionArn is the revision that the service runs.
	TaskDefinitionArn pulumi.StringOutput `pulumi:"taskDefinitionArn"`
	// TaskRoleArn is the ARN of the identity's task role.
	TaskRoleArn pulumi.StringOutput `pulumi:"taskRoleArn"`
	// Hostname is the name of the service in the mesh.
	Hostname pulumi.StringOutput `pulumi:"hostname"`
	// IngressAddress is where the DNS names of the hosts point to. It is empty without ingress.
	IngressAddress pulumi.StringOutput `pulumi:"ingressAddress"`
	// Waypoint is the name of the waypoint in front of the service, in its namespace. It is empty where there is none.
	Waypoint pulumi.StringOutput `pulumi:"waypoint"`
	// Service is what `ambient verify --services FILE` reads of the service. A stack exports it as meshServices.CLUSTER.SERVICE.
	Service pulumi.MapOutput `pulumi:"service"`
}

// Annotate implements infer.Annotated.
func (a *MeshServiceArgs) Annotate(to infer.Annotator) { describe(to, a) }

// Annotate implements infer.Annotated.
func (p *Port) Annotate(to infer.Annotator) { describe(to, p) }

// Annotate implements infer.Annotated.
func (s *Scaling) Annotate(to infer.Annotator) { describe(to, s) }

// Annotate implements infer.Annotated.
func (c *CapacityProvider) Annotate(to infer.Annotator) { describe(to, c) }

// Annotate implements infer.Annotated.
func (i *Ingress) Annotate(to infer.Annotator) { describe(to, i) }

// Annotate implements infer.Annotated.
func (s *MeshService) Annotate(to infer.Annotator) { describe(to, s) }

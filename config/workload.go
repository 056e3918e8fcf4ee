package config

import (
	"iter"
	"slices"

	"ambient-ecs/ecs/task/definition"
)

// Workload is what runs in the tasks of a service, and in those of a standalone task.
type Workload struct {
	// Image is the application's container image. Required, unless taskDefinition, or deployedBy owner.
	Image string `config:"image"`
	// TaskDefinition is a file with the team's own task definition in AWS's format, relative to the folder of Pulumi.yaml. Its
	// image, command, size, secrets and health check cannot be set beside it. See docs/task-definitions.md.
	TaskDefinition string `config:"taskDefinition"`
	// EntryPoint replaces the image's entry point. Empty: the image's own.
	EntryPoint []string `config:"entryPoint"`
	// Command replaces the image's command. Empty: the image's own.
	Command []string `config:"command"`
	// User is the user that the application runs as. Empty: the image's.
	User string `config:"user"`
	// Architecture is the processor's: X86_64 or ARM64. Empty: X86_64.
	Architecture string `config:"architecture"`
	// Secrets are variables whose values ECS reads from Secrets Manager or Systems Manager, by variable: the ARN, or a parameter's
	// name. The service or task gets an execution role of its own, which may read these and nothing else.
	Secrets map[string]string `config:"secrets"`
	// SecretKeys are ARNs of the KMS keys of one's own that the secrets are encrypted with.
	SecretKeys []string `config:"secretKeys"`
	// HealthCheck is the application container's. Empty: none.
	HealthCheck *ContainerHealth `config:"healthCheck"`
	// StopTimeout is how long the application may take to stop, in seconds. Empty: ECS's 30.
	StopTimeout *int `config:"stopTimeout"`
	// PlatformVersion is Fargate's, 1.3.0 or later. Empty: the latest.
	PlatformVersion string `config:"platformVersion"`
	// Ztunnel is what the ztunnel container has of its own, instead of the top-level ztunnel. See docs/task-definitions.md.
	Ztunnel *ZtunnelSettings `config:"ztunnel"`
	// CPU is the CPU of the whole task in units of 1/1024 vCPU, a pair with memory that Fargate has. Empty: 256.
	CPU int `config:"cpu"`
	// Memory is the memory of the whole task in MiB. Empty: 512.
	Memory int `config:"memory"`
	// ServiceAccount is the Kubernetes service account, the identity in the mesh. Empty: the cluster's.
	ServiceAccount string `config:"serviceAccount"`
	// Client is what the containers call others with: curl, go, java, node, python, dotnet, or none. It decides which
	// variables send their calls to ztunnel; the log router of FireLens gets none. Empty: curl, which is ALL_PROXY and NO_PROXY. See
	// docs/clients.md.
	Client string `config:"client"`
	// Clients are what single containers of the taskDefinition call others with, instead of client, by the container's name:
	// {otel: none}.
	Clients map[string]string `config:"clients"`
	// NotSecret are variables of the taskDefinition that look like credentials and are none: whoever may describe the task
	// definition may read them.
	NotSecret []string `config:"notSecret"`
	// Environment is the application container's environment. It wins over the variables that client sets. A variable without
	// a value is left out, as ECS does.
	Environment map[string]string `config:"environment"`
	// Permissions are what the tasks may do in AWS. Services and tasks of one service account have one role, so all of them say the
	// same. Empty: nothing. See docs/permissions.md.
	Permissions *Permissions `config:"permissions"`
	// TaskRoleARN is a task role that the team has, instead of the one that the program makes. No other service account may have it.
	TaskRoleARN string `config:"taskRoleArn"`
	// TaskRoleName is the name of the task role that the program makes or imports, for the life of the service account: services and tasks
	// of one service account have one role, so all of them say the same. Empty: installName, the cluster's key and the service account.
	// Not with taskRoleArn. See docs/adoption.md.
	TaskRoleName string `config:"taskRoleName"`
	// ExecutionRoleName is the name of an execution role of its own, which the program makes or imports. Empty: the account's, or where the
	// tasks need one of their own, a name that begins with installName. See docs/adoption.md.
	ExecutionRoleName string `config:"executionRoleName"`
	// Egress opens further outbound connections, past the mesh.
	Egress []Egress `config:"egress"`

	// definition is what TaskDefinition holds.
	definition *definition.Definition
}

// asService is a service of a cluster, or a standalone task of it as the service that it resembles: one that only calls others.
// What the mesh gives to tasks, their identity and their roles follow from it for both alike.
func (c Config) asService(cluster, name string) Service {
	if t, ok := c.Clusters[cluster].Tasks[name]; ok {
		if _, both := c.Clusters[cluster].Services[name]; !both {
			return t.asService()
		}
	}
	return c.Clusters[cluster].Services[name]
}

// Field is the place of a service or a standalone task in the stack file.
func (c Config) Field(cluster, name string) string {
	if _, service := c.Clusters[cluster].Services[name]; service {
		return "clusters." + cluster + ".services." + name
	}
	return "clusters." + cluster + ".tasks." + name
}

// WorkloadKeys are the names of the cluster's services and standalone tasks, sorted.
func (c Cluster) WorkloadKeys() []string {
	all := slices.Concat(c.ServiceKeys(), c.TaskKeys())
	slices.Sort(all)
	return slices.Compact(all)
}

// workloads are the names of the cluster's services and standalone tasks, in no order.
func (c Cluster) workloads() iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range c.Services {
			if !yield(name) {
				return
			}
		}
		for name := range c.Tasks {
			if !yield(name) {
				return
			}
		}
	}
}

// setWorkload sets what runs in a service or a standalone task.
func (c Cluster) setWorkload(name string, w Workload) {
	if s, service := c.Services[name]; service {
		s.Workload = w
		c.Services[name] = s
		return
	}
	t := c.Tasks[name]
	t.Workload = w
	c.Tasks[name] = t
}

package task

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/document"
	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/problem"
)

// App is a service in the short form: one container.
type App struct {
	// Name is the container's name.
	Name string
	// Image is the container image.
	Image string
	// CPU is in units of 1/1024 vCPU, Memory in MiB, of the whole task: a pair that Fargate knows.
	CPU, Memory int
	// Architecture is X86_64 or ARM64. Empty: X86_64.
	Architecture string
	// Ports are the TCP ports that the application listens on. None: it only calls.
	Ports []int
	// EntryPoint and Command replace the image's. Empty: the image's own.
	EntryPoint, Command []string
	// User is the user that the application runs as. Empty: the image's.
	User string
	// Environment wins over what the mesh sets. An empty value leaves the variable out, also one that the mesh sets.
	Environment map[string]string
	// Secrets are the sources of variables, by the variable: secrets of Secrets Manager and parameters of Systems Manager.
	Secrets map[string]string
	// HealthCheck is the container's. Nil: none.
	HealthCheck *HealthCheck
	// StopTimeout is how long the application may take to stop, in seconds. Nil: ECS's 30.
	StopTimeout *int
	// Labels are the container's Docker labels.
	Labels map[string]string
}

// HealthCheck says whether the application is healthy. A time of 0 is ECS's own.
type HealthCheck struct {
	// Command begins with CMD or CMD-SHELL.
	Command []string
	// Interval, Timeout and StartPeriod are in seconds.
	Interval, Timeout, Retries, StartPeriod int
}

// taskDefinition is a task definition of the ECS API, as far as the short form says anything.
type taskDefinition struct {
	Family                  string          `json:"family"`
	NetworkMode             string          `json:"networkMode"`
	RequiresCompatibilities []string        `json:"requiresCompatibilities"`
	CPU                     string          `json:"cpu"`
	Memory                  string          `json:"memory"`
	RuntimePlatform         runtimePlatform `json:"runtimePlatform"`
	ContainerDefinitions    []container     `json:"containerDefinitions"`
}

type runtimePlatform struct {
	CPUArchitecture       string `json:"cpuArchitecture"`
	OperatingSystemFamily string `json:"operatingSystemFamily"`
}

type container struct {
	Name             string            `json:"name"`
	Image            string            `json:"image"`
	User             string            `json:"user,omitempty"`
	EntryPoint       []string          `json:"entryPoint,omitempty"`
	Command          []string          `json:"command,omitempty"`
	PortMappings     []portMapping     `json:"portMappings,omitempty"`
	Environment      []variable        `json:"environment,omitempty"`
	Secrets          []secret          `json:"secrets,omitempty"`
	DockerLabels     map[string]string `json:"dockerLabels,omitempty"`
	StopTimeout      *int              `json:"stopTimeout,omitempty"`
	HealthCheck      *healthCheck      `json:"healthCheck,omitempty"`
	LinuxParameters  linuxParameters   `json:"linuxParameters"`
	LogConfiguration logConfiguration  `json:"logConfiguration"`
}

type portMapping struct {
	ContainerPort int `json:"containerPort"`
}

type variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type secret struct {
	Name      string `json:"name"`
	ValueFrom string `json:"valueFrom"`
}

type healthCheck struct {
	Command     []string `json:"command"`
	Interval    int      `json:"interval,omitempty"`
	Timeout     int      `json:"timeout,omitempty"`
	Retries     int      `json:"retries,omitempty"`
	StartPeriod int      `json:"startPeriod,omitempty"`
}

type linuxParameters struct {
	InitProcessEnabled bool `json:"initProcessEnabled"`
}

type logConfiguration struct {
	LogDriver string            `json:"logDriver"`
	Options   map[string]string `json:"options"`
}

// validate reports what makes no definition that could be read.
func (a App) validate() error {
	var p problem.List
	if a.Name == "" {
		p.Missing("Name", "the container needs a name")
	}
	if a.Name == enrol.ZtunnelName {
		p.Refuse("Name", a.Name, "this is the name of the mesh's container, and discovery would take the application for it")
	}
	if a.Image == "" {
		p.Missing("Image", "the container needs an image")
	}
	if h := a.HealthCheck; h != nil && (len(h.Command) < 2 || h.Command[0] != "CMD" && h.Command[0] != "CMD-SHELL") {
		p.Refuse("HealthCheck.Command", h.Command, "it begins with CMD or CMD-SHELL, and the command follows")
	}
	return p.Err()
}

// definition is the short form in AWS's format. The container logs to the group.
func (a App) definition(family, region, logGroup string) (*definition.Definition, error) {
	c := container{
		Name: a.Name, Image: a.Image, User: a.User, EntryPoint: a.EntryPoint, Command: a.Command,
		DockerLabels: a.Labels, StopTimeout: a.StopTimeout,
		// ECS Exec starts processes in the container; somebody must reap them. It also writes into the container,
		// which is why the root filesystem is not read-only.
		LinuxParameters: linuxParameters{InitProcessEnabled: true},
		LogConfiguration: logConfiguration{LogDriver: "awslogs", Options: map[string]string{
			"awslogs-group": logGroup, "awslogs-region": region, "awslogs-stream-prefix": a.Name,
		}},
	}
	for _, port := range a.Ports {
		c.PortMappings = append(c.PortMappings, portMapping{port})
	}
	for _, name := range slices.Sorted(maps.Keys(a.Environment)) {
		c.Environment = append(c.Environment, variable{name, a.Environment[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(a.Secrets)) {
		c.Secrets = append(c.Secrets, secret{name, a.Secrets[name]})
	}
	if a.HealthCheck != nil {
		h := healthCheck(*a.HealthCheck)
		c.HealthCheck = &h
	}
	return definition.Parse(document.Encode(taskDefinition{
		Family: family, NetworkMode: "awsvpc", RequiresCompatibilities: []string{"FARGATE"},
		CPU: strconv.Itoa(a.CPU), Memory: strconv.Itoa(a.Memory),
		RuntimePlatform:      runtimePlatform{CPUArchitecture: cmp.Or(a.Architecture, "X86_64"), OperatingSystemFamily: "LINUX"},
		ContainerDefinitions: []container{c},
	}))
}

package task

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"ambient-ecs/mesh/bootstrap"
)

// JSON returns the container definitions, as a task definition takes them.
func (t Task) JSON() (string, error) {
	if err := t.Validate(); err != nil {
		return "", fmt.Errorf("container definitions of %s: %w", t.App.Name, err)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	// AWS stores the text as it is. With < and > written as \u003c people could not read a command.
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode([]container{t.app(), t.ztunnel()}); err != nil {
		return "", fmt.Errorf("container definitions of %s: %w", t.App.Name, err)
	}
	return string(bytes.TrimSuffix(text.Bytes(), []byte("\n"))), nil
}

func (t Task) app() container {
	environment := Defaults()
	maps.Copy(environment, t.App.Environment)
	c := t.container(t.App.Name, t.App.Image, environment)
	c.Command = t.App.Command
	c.DockerLabels = t.App.Labels
	c.DependsOn = []dependency{{ContainerName: ZtunnelName, Condition: "HEALTHY"}}
	// ECS Exec starts processes in the container, so an init process must reap them. It also writes into the
	// container, which is why the root filesystem is not read-only.
	c.LinuxParameters = &linuxParameters{InitProcessEnabled: true}
	if t.App.Port != 0 {
		// In a task's own network namespace the host's port is the container's.
		c.PortMappings = []portMapping{{ContainerPort: t.App.Port, HostPort: t.App.Port, Protocol: "tcp"}}
	}
	return c
}

// ztunnel is the container that `istioctl ecs add-service` would add. It has no port mapping: its ports
// are open in the task's network namespace anyway.
func (t Task) ztunnel() container {
	c := t.container(ZtunnelName, t.Ztunnel.Image, map[string]string{bootstrap.Variable: t.Ztunnel.Token})
	c.DockerLabels = t.Ztunnel.Labels
	c.HealthCheck = &healthCheck{
		Command:  []string{"CMD", "ztunnel", "healthcheck"},
		Interval: t.Ztunnel.Health.Interval, Timeout: t.Ztunnel.Health.Timeout,
		Retries: t.Ztunnel.Health.Retries, StartPeriod: t.Ztunnel.Health.StartPeriod,
	}
	return c
}

// container is what both containers have in common. Neither has a start time-out. It would also limit how long the
// application may wait for a healthy ztunnel, and in a first deployment ztunnel waits for a load balancer.
func (t Task) container(name, image string, environment map[string]string) container {
	c := container{
		Name: name, Image: image, Essential: true,
		LogConfiguration: logConfiguration{LogDriver: "awslogs", Options: logOptions{
			Group: t.LogGroup, Region: t.Region, StreamPrefix: name,
		}},
	}
	if secret := t.Credentials[Registry(image)]; secret != "" {
		c.RepositoryCredentials = &repositoryCredentials{CredentialsParameter: secret}
	}
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		if environment[name] == "" {
			continue // ECS drops an empty variable, and every later preview would show the difference
		}
		c.Environment = append(c.Environment, variable{Name: name, Value: environment[name]})
	}
	return c
}

// container is a container definition of the ECS API, as far as it is used here.
type container struct {
	Name                  string                 `json:"name"`
	Image                 string                 `json:"image"`
	Essential             bool                   `json:"essential"`
	RepositoryCredentials *repositoryCredentials `json:"repositoryCredentials,omitempty"`
	Command               []string               `json:"command,omitempty"`
	PortMappings          []portMapping          `json:"portMappings,omitempty"`
	Environment           []variable             `json:"environment,omitempty"`
	DockerLabels          map[string]string      `json:"dockerLabels,omitempty"`
	DependsOn             []dependency           `json:"dependsOn,omitempty"`
	HealthCheck           *healthCheck           `json:"healthCheck,omitempty"`
	LinuxParameters       *linuxParameters       `json:"linuxParameters,omitempty"`
	LogConfiguration      logConfiguration       `json:"logConfiguration"`
}

type repositoryCredentials struct {
	CredentialsParameter string `json:"credentialsParameter"`
}

type portMapping struct {
	ContainerPort int    `json:"containerPort"`
	HostPort      int    `json:"hostPort"`
	Protocol      string `json:"protocol"`
}

type variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	ContainerName string `json:"containerName"`
	Condition     string `json:"condition"`
}

type healthCheck struct {
	Command     []string `json:"command"`
	Interval    int      `json:"interval"`
	Timeout     int      `json:"timeout"`
	Retries     int      `json:"retries"`
	StartPeriod int      `json:"startPeriod,omitempty"`
}

type linuxParameters struct {
	InitProcessEnabled bool `json:"initProcessEnabled"`
}

type logConfiguration struct {
	LogDriver string     `json:"logDriver"`
	Options   logOptions `json:"options"`
}

type logOptions struct {
	Group        string `json:"awslogs-group"`
	Region       string `json:"awslogs-region"`
	StreamPrefix string `json:"awslogs-stream-prefix"`
}

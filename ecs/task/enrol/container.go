package enrol

import (
	"maps"
	"slices"
)

// container is ztunnel's container definition. The members are in the order in which they are written.
type container struct {
	Name                   string                 `json:"name"`
	Image                  string                 `json:"image"`
	Essential              bool                   `json:"essential"`
	RepositoryCredentials  *repositoryCredentials `json:"repositoryCredentials,omitempty"`
	CPU                    int                    `json:"cpu,omitempty"`
	Memory                 int                    `json:"memory,omitempty"`
	User                   string                 `json:"user,omitempty"`
	Environment            []variable             `json:"environment"`
	DockerLabels           map[string]string      `json:"dockerLabels,omitempty"`
	HealthCheck            healthCheck            `json:"healthCheck"`
	ReadonlyRootFilesystem bool                   `json:"readonlyRootFilesystem,omitempty"`
	LogConfiguration       logConfiguration       `json:"logConfiguration"`
}

type repositoryCredentials struct {
	CredentialsParameter string `json:"credentialsParameter"`
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

type logConfiguration struct {
	LogDriver string            `json:"logDriver"`
	Options   map[string]string `json:"options"`
}

// gate is what every other container waits for.
var gate = dependency{ContainerName: ZtunnelName, Condition: "HEALTHY"}

// ztunnel is the container that `istioctl ecs add-service` would add, with what the mesh sets besides. It has no port
// mapping: its ports are open in the task's network namespace anyway. It has no start time-out: that would limit how long
// the application may wait for a healthy ztunnel, and in a first deployment that waits for a load balancer.
func (m Mesh) ztunnel(stamp map[string]string) container {
	c := container{
		Name: ZtunnelName, Image: m.Image, Essential: true,
		CPU: m.Ztunnel.CPU, Memory: m.Ztunnel.Memory, User: m.Ztunnel.User, ReadonlyRootFilesystem: m.Ztunnel.ReadonlyRootFilesystem,
		HealthCheck: healthCheck{
			Command:  []string{"CMD", "ztunnel", "healthcheck"},
			Interval: m.Health.Interval, Timeout: m.Health.Timeout, Retries: m.Health.Retries, StartPeriod: m.Health.StartPeriod,
		},
		LogConfiguration: logConfiguration{LogDriver: "awslogs", Options: map[string]string{
			"awslogs-group": m.LogGroup, "awslogs-region": m.Region, "awslogs-stream-prefix": ZtunnelName,
		}},
	}
	if secret := m.Credentials[Registry(m.Image)]; secret != "" {
		c.RepositoryCredentials = &repositoryCredentials{secret}
	}
	environment := maps.Clone(m.Ztunnel.Environment)
	if environment == nil {
		environment = map[string]string{}
	}
	environment[EnvBootstrapToken] = m.Token
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		c.Environment = append(c.Environment, variable{name, environment[name]})
	}
	if labels := maps.Clone(m.Labels); len(labels)+len(stamp) > 0 {
		if labels == nil {
			labels = map[string]string{}
		}
		maps.Copy(labels, stamp)
		c.DockerLabels = labels
	}
	return c
}

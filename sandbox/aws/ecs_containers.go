package aws

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

// container is a container definition, as far as the sandbox looks at it.
type container struct {
	Name              string            `json:"name"`
	Image             string            `json:"image"`
	Essential         *bool             `json:"essential"`
	CPU               int               `json:"cpu"`
	Memory            int               `json:"memory"`
	MemoryReservation int               `json:"memoryReservation"`
	PortMappings      []portMapping     `json:"portMappings"`
	Environment       []nameValue       `json:"environment"`
	DockerLabels      map[string]string `json:"dockerLabels"`
	Secrets           []secretRef       `json:"secrets"`
	EnvironmentFiles  []struct {
		Value string `json:"value"`
	} `json:"environmentFiles"`
	DependsOn             []dependency      `json:"dependsOn"`
	HealthCheck           *healthCheck      `json:"healthCheck"`
	LogConfiguration      *logConfiguration `json:"logConfiguration"`
	RepositoryCredentials *struct {
		CredentialsParameter string `json:"credentialsParameter"`
	} `json:"repositoryCredentials"`
	LinuxParameters *struct {
		Tmpfs []struct {
			ContainerPath string `json:"containerPath"`
			Size          int    `json:"size"`
		} `json:"tmpfs"`
	} `json:"linuxParameters"`
	StartTimeout *int `json:"startTimeout"`
	StopTimeout  *int `json:"stopTimeout"`
}

type portMapping struct {
	ContainerPort int    `json:"containerPort"`
	HostPort      int    `json:"hostPort"`
	Protocol      string `json:"protocol"`
}

type nameValue struct{ Name, Value string }

type secretRef struct {
	Name      string `json:"name"`
	ValueFrom string `json:"valueFrom"`
}

type dependency struct {
	ContainerName string `json:"containerName"`
	Condition     string `json:"condition"`
}

type healthCheck struct {
	Command     []string `json:"command"`
	Interval    *int     `json:"interval"`
	Timeout     *int     `json:"timeout"`
	Retries     *int     `json:"retries"`
	StartPeriod *int     `json:"startPeriod"`
}

type logConfiguration struct {
	LogDriver     string            `json:"logDriver"`
	Options       map[string]string `json:"options"`
	SecretOptions []secretRef       `json:"secretOptions"`
}

func or(value *int, fallback int) int {
	if value == nil {
		return fallback
	}
	return *value
}

func parseContainers(text string) ([]container, error) {
	var all []container
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("ECS Task Definition container_definitions is invalid: %w", err)
	}
	if len(all) == 0 {
		return nil, errors.New("Container list cannot be empty.")
	}
	return all, nil
}

var containerName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,255}$`)

// checkContainers says what ECS refuses in container definitions, or "".
func checkContainers(all []container) string {
	byName := map[string]container{}
	essential := false
	for _, c := range all {
		switch {
		case !containerName.MatchString(c.Name):
			return fmt.Sprintf("Container.name contains invalid characters: %q", c.Name)
		case c.Image == "":
			return "Container.image should not be null or empty."
		}
		if _, twice := byName[c.Name]; twice {
			return fmt.Sprintf("Container.name must be unique: %s", c.Name)
		}
		byName[c.Name] = c
		essential = essential || c.Essential == nil || *c.Essential
	}
	if !essential {
		return "At least one container in a task definition must be marked as essential."
	}
	ports := map[string]bool{}
	for _, c := range all {
		for _, check := range []func() string{
			func() string { return c.checkPorts(ports) },
			func() string { return c.checkDependencies(byName) },
			c.checkHealth, c.checkLogs, c.checkTimes, c.checkTmpfs,
		} {
			if reason := check(); reason != "" {
				return reason
			}
		}
	}
	return cycle(all, byName)
}

func (c container) checkPorts(taken map[string]bool) string {
	for _, p := range c.PortMappings {
		if p.HostPort != 0 && p.HostPort != p.ContainerPort {
			return "When networkMode=awsvpc, the host ports and container ports in port mappings must match."
		}
		if p.ContainerPort < 1 || p.ContainerPort > 65535 {
			return fmt.Sprintf("Port mapping of container %s is invalid: %d", c.Name, p.ContainerPort)
		}
		key := fmt.Sprintf("%d/%s", p.ContainerPort, p.Protocol)
		if taken[key] {
			return fmt.Sprintf("The host port %d is used more than once in the task definition.", p.ContainerPort)
		}
		taken[key] = true
	}
	return ""
}

func (c container) checkDependencies(byName map[string]container) string {
	for _, d := range c.DependsOn {
		other, ok := byName[d.ContainerName]
		switch {
		case !ok:
			return fmt.Sprintf("Container '%s' depends on container '%s', which does not exist in the task definition.", c.Name, d.ContainerName)
		case d.Condition == "HEALTHY" && other.HealthCheck == nil:
			return fmt.Sprintf("Container '%s' depends on container '%s' to be HEALTHY, but '%s' has no health check.", c.Name, d.ContainerName, d.ContainerName)
		case (d.Condition == "SUCCESS" || d.Condition == "COMPLETE") && (other.Essential == nil || *other.Essential):
			return fmt.Sprintf("Container '%s' is essential and cannot be waited for to be %s.", d.ContainerName, d.Condition)
		}
		switch d.Condition {
		case "START", "COMPLETE", "SUCCESS", "HEALTHY":
		default:
			return fmt.Sprintf("Invalid container dependency condition: %q", d.Condition)
		}
	}
	return ""
}

func cycle(all []container, byName map[string]container) string {
	const open, done = 1, 2
	seen := map[string]int{}
	var visit func(name string) bool
	visit = func(name string) bool {
		switch seen[name] {
		case open:
			return true
		case done:
			return false
		}
		seen[name] = open
		for _, d := range byName[name].DependsOn {
			if visit(d.ContainerName) {
				return true
			}
		}
		seen[name] = done
		return false
	}
	for _, c := range all {
		if visit(c.Name) {
			return "There is a cycle in the container dependencies of " + c.Name + "."
		}
	}
	return ""
}

func (c container) checkHealth() string {
	h := c.HealthCheck
	if h == nil {
		return ""
	}
	if len(h.Command) == 0 {
		return "Health check command must not be empty for container " + c.Name + "."
	}
	// A command without CMD is accepted, whatever the documentation says (aws-observability/aws-otel-community#1320, 2026-11-30).
	for _, v := range []struct {
		name      string
		value     int
		low, high int
	}{
		{"interval", or(h.Interval, 30), 5, 300}, {"timeout", or(h.Timeout, 5), 2, 60},
		{"retries", or(h.Retries, 3), 1, 10}, {"startPeriod", or(h.StartPeriod, 0), 0, 300},
	} {
		if v.value < v.low || v.value > v.high {
			return fmt.Sprintf("Health check %s of container %s must be between %d and %d, got %d.", v.name, c.Name, v.low, v.high, v.value)
		}
	}
	return ""
}

func (c container) checkLogs() string {
	if c.LogConfiguration == nil || c.LogConfiguration.LogDriver != "awslogs" {
		return ""
	}
	for _, option := range []string{"awslogs-group", "awslogs-region", "awslogs-stream-prefix"} {
		if c.LogConfiguration.Options[option] == "" {
			return "Log driver awslogs requires options: awslogs-region, awslogs-group, awslogs-stream-prefix"
		}
	}
	return ""
}

func (c container) checkTmpfs() string {
	if c.LinuxParameters == nil {
		return ""
	}
	for _, t := range c.LinuxParameters.Tmpfs {
		if t.ContainerPath == "" || t.Size < 1 {
			return fmt.Sprintf("Tmpfs of container %s needs a containerPath and a size of at least 1.", c.Name)
		}
	}
	return ""
}

func (c container) checkTimes() string {
	if t := or(c.StartTimeout, 2); t < 2 || t > 120 {
		return fmt.Sprintf("startTimeout of container %s must be between 2 and 120 seconds.", c.Name)
	}
	if t := or(c.StopTimeout, 30); t < 0 || t > 120 {
		return fmt.Sprintf("stopTimeout of container %s must be at most 120 seconds.", c.Name)
	}
	return ""
}

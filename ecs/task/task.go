package task

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	// ZtunnelName is the name of the mesh's container. istiod's discovery counts a task as part of the mesh
	// if it has a container of exactly this name.
	ZtunnelName = "ztunnel"
	// EnvAllProxy sends the application's calls to ztunnel. The h in the scheme leaves names to ztunnel,
	// which knows the mesh's.
	EnvAllProxy = "ALL_PROXY"
	// EnvNoProxy exempts the task itself and the link-local addresses where it gets its credentials and
	// metadata.
	EnvNoProxy = "NO_PROXY"

	allProxy = "socks5h://127.0.0.1:15080"
	noProxy  = "localhost,127.0.0.1,169.254.170.2,169.254.169.254"
)

// The ports that ztunnel keeps in the task's network namespace, which the application shares.
const (
	FirstZtunnelPort = 15000
	LastZtunnelPort  = 15090
)

// Task is one task of the mesh.
type Task struct {
	// Region and LogGroup are where the containers log to.
	Region, LogGroup string
	// App is the application.
	App App
	// Ztunnel is the mesh's container.
	Ztunnel Ztunnel
	// Credentials are Secrets Manager secrets with registry credentials, by registry host
	// ("registry.example.com"). A container whose image comes from such a registry gets its secret.
	Credentials map[string]string
}

// App is the application's container.
type App struct {
	// Name is the container's name.
	Name string
	// Image is the container image.
	Image string
	// Port is the TCP port that the application listens on. 0: none, it only calls.
	Port int
	// Command replaces the image's command. Empty: the image's own.
	Command []string
	// Environment wins over what Defaults sets. An empty value leaves the variable out, one of
	// Defaults too.
	Environment map[string]string
	// Labels are the container's Docker labels.
	Labels map[string]string
}

// Ztunnel is the mesh's container.
type Ztunnel struct {
	// Image is the container image.
	Image string
	// Token is the bootstrap token.
	Token string
	// Labels are the container's Docker labels. They do nothing; a change of one makes a new task.
	Labels map[string]string
	// Health is its health check.
	Health Health
}

// Defaults is the environment of every application in the mesh.
func Defaults() map[string]string {
	return map[string]string{EnvAllProxy: allProxy, EnvNoProxy: noProxy}
}

// Validate returns every problem of the task.
func (t Task) Validate() error {
	var problems []error
	need := func(field, value string) {
		if value == "" {
			problems = append(problems, fmt.Errorf("%s is empty", field))
		}
	}
	need("Region", t.Region)
	need("LogGroup", t.LogGroup)
	need("App.Name", t.App.Name)
	need("App.Image", t.App.Image)
	need("Ztunnel.Image", t.Ztunnel.Image)
	need("Ztunnel.Token", t.Ztunnel.Token)
	if t.App.Name == ZtunnelName {
		problems = append(problems, fmt.Errorf("App.Name is %q, which is the mesh's container: discovery would take the application for it", ZtunnelName))
	}
	switch port := t.App.Port; {
	case port < 0 || port > 65535:
		problems = append(problems, fmt.Errorf("App.Port %d is not a port", port))
	case port >= FirstZtunnelPort && port <= LastZtunnelPort:
		problems = append(problems, fmt.Errorf("App.Port %d is among ztunnel's own, %d to %d", port, FirstZtunnelPort, LastZtunnelPort))
	}
	for _, name := range slices.Sorted(maps.Keys(t.App.Environment)) {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			problems = append(problems, fmt.Errorf("App.Environment has the name %q, which no process can have", name))
		}
	}
	if err := t.Ztunnel.Health.Validate(); err != nil {
		problems = append(problems, fmt.Errorf("Ztunnel.Health: %w", err))
	}
	for _, host := range slices.Sorted(maps.Keys(t.Credentials)) {
		if host == "" || strings.Contains(host, "/") {
			problems = append(problems, fmt.Errorf("Credentials has %q, which is not a registry host", host))
		}
		need(fmt.Sprintf("Credentials[%q]", host), t.Credentials[host])
	}
	return errors.Join(problems...)
}

// DockerHub is the registry of images that name none.
const DockerHub = "docker.io"

// Registry is the host of the registry that an image comes from.
func Registry(image string) string {
	host, _, named := strings.Cut(image, "/")
	if !named || (!strings.ContainsAny(host, ".:") && host != "localhost") {
		return DockerHub
	}
	return host
}

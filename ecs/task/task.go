package task

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

const (
	// ZtunnelName is the name of the mesh's container. istiod's discovery counts a task as part of the mesh
	// if it has a container of exactly this name.
	ZtunnelName = "ztunnel"
	// EnvAllProxy sends the application's calls to ztunnel. The h in the scheme has ztunnel resolve names, because
	// ztunnel knows the mesh's names.
	EnvAllProxy = "ALL_PROXY"
	// EnvNoProxy exempts the task itself and the link-local addresses of its credentials and metadata.
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
	// Port is the TCP port that the application listens on. 0: none, the application only calls.
	Port int
	// Command replaces the image's command. Empty: the image's own.
	Command []string
	// Environment overrides what Defaults sets. An empty value leaves the variable out, also a variable of Defaults.
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
	// Labels are the container's Docker labels. They have no effect of their own, but a changed label makes a new
	// task.
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
	var p problem.List
	need := func(field, value, reason string) {
		if value == "" {
			p.Missing(field, "%s", reason)
		}
	}
	need("Region", t.Region, "the containers log to it")
	need("LogGroup", t.LogGroup, "the containers log to it")
	need("App.Name", t.App.Name, "a container has one")
	need("App.Image", t.App.Image, "a container has one")
	need("Ztunnel.Image", t.Ztunnel.Image, "a container has one")
	need("Ztunnel.Token", t.Ztunnel.Token, "ztunnel would not find istiod")
	if t.App.Name == ZtunnelName {
		p.Refuse("App.Name", t.App.Name, "it is the mesh's container: discovery would take the application for it")
	}
	switch port := t.App.Port; {
	case port < 0 || port > 65535:
		p.Refuse("App.Port", port, "it is not a port")
	case port >= FirstZtunnelPort && port <= LastZtunnelPort:
		p.Refuse("App.Port", port, "it is among ztunnel's own, %d to %d", FirstZtunnelPort, LastZtunnelPort)
	}
	for _, name := range slices.Sorted(maps.Keys(t.App.Environment)) {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			p.Add(fmt.Sprintf("App.Environment[%q]", name), problem.IsSet, "no process can have a variable of that name")
		}
	}
	p.Under("Ztunnel.Health", t.Ztunnel.Health.Validate())
	for _, host := range slices.Sorted(maps.Keys(t.Credentials)) {
		field := fmt.Sprintf("Credentials[%q]", host)
		if host == "" || strings.Contains(host, "/") {
			p.Add(field, problem.IsSet, "it is not a registry host")
		}
		need(field, t.Credentials[host], "it names a secret")
	}
	return p.Err()
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

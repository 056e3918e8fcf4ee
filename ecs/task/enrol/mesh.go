package enrol

import (
	"maps"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

const (
	// ZtunnelName is the name of the mesh's container. istiod's discovery counts a task as part of the mesh if it has
	// a container of exactly this name.
	ZtunnelName = "ztunnel"
	// EnvBootstrapToken tells ztunnel where istiod is and who it is itself. It holds no secret.
	EnvBootstrapToken = "BOOTSTRAP_TOKEN"
)

// The ports that ztunnel keeps in the task's network namespace, which the application shares.
const (
	FirstZtunnelPort = 15000
	LastZtunnelPort  = 15090
)

// Identity is who a task is in the mesh.
type Identity struct {
	// Namespace and ServiceAccount are its Kubernetes service account.
	Namespace, ServiceAccount string
}

// String is the identity as the stamp names it: "namespace/serviceaccount".
func (i Identity) String() string { return i.Namespace + "/" + i.ServiceAccount }

// Mesh is what the mesh gives to a task.
type Mesh struct {
	// Region and LogGroup are where ztunnel logs to, always by awslogs: through FireLens it would wait for itself.
	Region, LogGroup string
	// Image is ztunnel's container image.
	Image string
	// Token is the bootstrap token of the identity. It holds no secret.
	Token string
	// Health is ztunnel's health check.
	Health Health
	// Ztunnel are further settings of ztunnel's container.
	Ztunnel Settings
	// Labels are Docker labels of ztunnel. They do nothing; a change of one makes a new task.
	Labels map[string]string
	// Credentials are Secrets Manager secrets with registry credentials, by registry host ("registry.example.com"). ztunnel
	// gets its registry's. Other containers get theirs where the definition says nothing.
	Credentials map[string]string
	// Client is what the containers call others with. Empty: DefaultClient.
	Client Client
	// Clients are what single containers call others with, by the container's name. See ClientOf.
	Clients map[string]Client
	// Service is the name of the service, by which the application's container may be known among several. Empty: the
	// definition's family.
	Service string
	// Unstamped leaves out the labels that say what was added. It is for a definition that is itself made anew each time,
	// and never unenrolled.
	Unstamped bool
}

// Settings configures the ztunnel container. The zero value is what `istioctl ecs add-service` makes.
type Settings struct {
	// CPU is ztunnel's share in units of 1/1024 vCPU, Memory its limit in MiB, both of the task's. 0: none of its own, it
	// takes from the task's what the other containers leave.
	CPU, Memory int
	// User is the user that ztunnel runs as. Empty: the image's. Unproven on Solo's image.
	User string
	// ReadonlyRootFilesystem takes the right to write to its root away from ztunnel. Unproven on Solo's image.
	ReadonlyRootFilesystem bool
	// Environment is added to ztunnel's.
	Environment map[string]string
}

// Validate reports every problem of the settings, or returns nil.
func (s Settings) Validate() error {
	var p problem.List
	if s.CPU < 0 {
		p.Refuse("cpu", s.CPU, "must not be negative")
	}
	if s.Memory != 0 && s.Memory < leastMemory {
		p.Refuse("memory", s.Memory, "ECS gives a container at least %d MiB", leastMemory)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		switch {
		case name == "" || strings.ContainsAny(name, "= \x00"):
			p.Refuse("environment", name, "the name of an environment variable has no blank and no =, and is not empty")
		case name == EnvBootstrapToken:
			p.Refuse("environment", name, "the program sets it: it tells ztunnel where istiod is and who the task is")
		}
	}
	return p.Err()
}

// leastMemory is the least memory of a container in MiB.
const leastMemory = 6

// Validate reports every problem of what the mesh gives, or returns nil.
func (m Mesh) Validate() error {
	var p problem.List
	for _, required := range []struct{ field, value string }{
		{"Region", m.Region}, {"LogGroup", m.LogGroup}, {"Image", m.Image}, {"Token", m.Token},
	} {
		if required.value == "" {
			p.Missing(required.field, "ztunnel needs it")
		}
	}
	if !m.Client.Known() {
		problem.OneOf(&p, "Client", m.Client, Clients...)
	}
	for _, container := range slices.Sorted(maps.Keys(m.Clients)) {
		problem.OneOf(&p, "Clients."+container, m.Clients[container], Clients...)
	}
	p.Under("Health", m.Health.Validate())
	p.Under("Ztunnel", m.Ztunnel.Validate())
	for _, host := range slices.Sorted(maps.Keys(m.Credentials)) {
		if host == "" || strings.Contains(host, "/") {
			p.Refuse("Credentials", host, "this is not the host of a registry")
		}
		if m.Credentials[host] == "" {
			p.Missing("Credentials."+host, "name the secret with the registry's credentials")
		}
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

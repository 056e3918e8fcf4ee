package definition

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"ambient-ecs/problem"
)

// fargateDrivers are the log drivers that Fargate has.
var fargateDrivers = []types.LogDriver{types.LogDriverAwslogs, types.LogDriverAwsfirelens, types.LogDriverSplunk}

// longestStop is the longest time in seconds that a Fargate task waits for a container to start or to stop.
const longestStop = 120

// credentialsARN is a secret of Secrets Manager with the credentials of a registry.
var credentialsARN = regexp.MustCompile(`^arn:aws[a-z-]*:secretsmanager:`)

func (c *checker) containers() {
	all := c.ContainerDefinitions
	switch {
	case len(all) == 0:
		c.Missing(containerDefinitions, "a task runs at least one container")
		return
	case len(all) > maxContainers:
		c.Refuse(containerDefinitions, len(all), "ECS takes %d containers in a task", maxContainers)
	case !slices.ContainsFunc(all, Essential):
		c.Add(containerDefinitions, "", "at least one container must be essential, or nothing keeps the task running")
	}
	names, ports, routers, routed := map[string]bool{}, map[portKey]int{}, 0, -1
	for i, container := range all {
		switch own := Text(container.Name); {
		case !name.MatchString(own):
			c.Refuse(c.at(i, "name"), own, "ECS takes 1 to 255 letters, digits, - and _")
		case names[own]:
			c.Refuse(c.at(i, "name"), own, "another container has the name")
		default:
			names[own] = true
		}
		if Text(container.Image) == "" {
			c.Missing(c.at(i, "image"), "a container needs an image")
		}
		c.onlyOnEC2(i, container)
		c.ports(i, container, ports)
		c.environment(i, container)
		c.health(i, container.HealthCheck)
		c.logs(i, container.LogConfiguration)
		c.router(i, container.FirelensConfiguration)
		c.mounts(i, container)
		c.tmpfs(i, container)
		c.times(i, container)
		if container.FirelensConfiguration != nil {
			routers++
		}
		if l := container.LogConfiguration; l != nil && l.LogDriver == types.LogDriverAwsfirelens {
			routed = i
		}
	}
	switch {
	case routers > 1:
		c.Add(containerDefinitions, "", "%d containers have a firelensConfiguration, and a task has one log router", routers)
	case routers == 0 && routed >= 0:
		c.Refuse(c.at(routed, "logConfiguration.logDriver"), "awsfirelens", "no container has a firelensConfiguration, which makes it the log router")
	}
}

// onlyOnEC2 refuses what a Fargate task does not have.
func (c *checker) onlyOnEC2(i int, container types.ContainerDefinition) {
	set := func(field string, is bool, reason string) {
		if is {
			c.Add(c.at(i, field), problem.IsSet, "%s", reason)
		}
	}
	const hosts = "a task with a network interface of its own takes names from the VPC"
	set("privileged", Yes(container.Privileged), onFargate)
	set("links", len(container.Links) > 0, "containers of a task reach each other at localhost")
	set("hostname", container.Hostname != nil, hosts)
	set("dnsServers", len(container.DnsServers) > 0, hosts)
	set("dnsSearchDomains", len(container.DnsSearchDomains) > 0, hosts)
	set("extraHosts", len(container.ExtraHosts) > 0, hosts)
	set("disableNetworking", Yes(container.DisableNetworking), "the container could not be reached, and not call")
	set("dockerSecurityOptions", len(container.DockerSecurityOptions) > 0, onFargate)
	for j, r := range container.ResourceRequirements {
		c.Refuse(c.at(i, fmt.Sprintf("resourceRequirements[%d].type", j)), string(r.Type), onFargate)
	}
	l := container.LinuxParameters
	if l == nil {
		return
	}
	set("linuxParameters.devices", len(l.Devices) > 0, onFargate)
	set("linuxParameters.sharedMemorySize", l.SharedMemorySize != nil, onFargate)
	set("linuxParameters.maxSwap", l.MaxSwap != nil, onFargate)
	set("linuxParameters.swappiness", l.Swappiness != nil, onFargate)
	if l.Capabilities != nil {
		for _, capability := range l.Capabilities.Add {
			if capability != "SYS_PTRACE" {
				c.Refuse(c.at(i, "linuxParameters.capabilities.add"), capability, "Fargate adds SYS_PTRACE and no other")
			}
		}
	}
}

// portKey is what the containers of a task share: their network.
type portKey struct {
	port int
	udp  bool
}

func (c *checker) ports(i int, container types.ContainerDefinition, taken map[portKey]int) {
	for j, p := range container.PortMappings {
		at := c.at(i, fmt.Sprintf("portMappings[%d]", j))
		if p.ContainerPortRange != nil {
			c.Refuse(at+".containerPortRange", *p.ContainerPortRange, "the mesh knows single ports: name each")
			continue
		}
		port := Number(p.ContainerPort)
		key := portKey{port, p.Protocol == types.TransportProtocolUdp}
		switch {
		case p.ContainerPort == nil:
			c.Missing(at+".containerPort", "name the port that the application listens on")
			continue
		case port < 1 || port > 65535:
			c.Refuse(at+".containerPort", port, "a port is between 1 and 65535")
		case taken[key] != 0:
			c.Refuse(at+".containerPort", port, "%s has it too, and the containers of a task share their network", c.at(taken[key]-1, "portMappings"))
		default:
			taken[key] = i + 1
		}
		if host := Number(p.HostPort); host != 0 && host != port {
			c.Refuse(at+".hostPort", host, "in a task with a network interface of its own it is containerPort, %d", port)
		}
	}
}

func (c *checker) environment(i int, container types.ContainerDefinition) {
	seen := map[string]string{}
	take := func(at, name string) {
		switch other, taken := seen[name], seen[name] != ""; {
		case name == "" || strings.ContainsAny(name, "=\x00"):
			c.Refuse(at+".name", name, "no process can have a variable of this name")
		case taken:
			c.Refuse(at+".name", name, "%s sets it too", other)
		default:
			seen[name] = at
		}
	}
	for j, v := range container.Environment {
		take(c.at(i, fmt.Sprintf("environment[%d]", j)), Text(v.Name))
	}
	for j, s := range container.Secrets {
		at := c.at(i, fmt.Sprintf("secrets[%d]", j))
		take(at, Text(s.Name))
		c.valueFrom(at, s)
	}
	for j, f := range container.EnvironmentFiles {
		at := c.at(i, fmt.Sprintf("environmentFiles[%d].value", j))
		if value := Text(f.Value); !strings.HasPrefix(value, "arn:") || !strings.HasSuffix(value, ".env") {
			c.Refuse(at, value, "ECS takes the ARN of an object in S3 whose name ends in .env")
		}
	}
	if r := container.RepositoryCredentials; r != nil && !credentialsARN.MatchString(Text(r.CredentialsParameter)) {
		c.Refuse(c.at(i, "repositoryCredentials.credentialsParameter"), Text(r.CredentialsParameter), "ECS takes the ARN of a secret in Secrets Manager")
	}
}

func (c *checker) valueFrom(at string, s types.Secret) {
	if reason := CheckSource(Text(s.ValueFrom)); reason != "" {
		c.Refuse(at+".valueFrom", Text(s.ValueFrom), "%s", reason)
	}
}

var (
	secretSource    = regexp.MustCompile(`^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^:]+(:[^:]*){0,3}$`)
	parameterSource = regexp.MustCompile(`^(arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d{12}:parameter)?[/A-Za-z0-9_.-]+$`)
)

// CheckSource says why ECS cannot take a secret from there, or returns "". It takes the ARN of a secret in Secrets
// Manager, with a JSON key, a stage and a version if need be, and the ARN or name of a parameter of Systems Manager.
func CheckSource(valueFrom string) string {
	if valueFrom == "" {
		return "name the secret or the parameter"
	}
	if secretSource.MatchString(valueFrom) || parameterSource.MatchString(valueFrom) {
		return ""
	}
	return "ECS takes the ARN of a secret in Secrets Manager, or the ARN or name of a parameter of Systems Manager"
}

func (c *checker) health(i int, h *types.HealthCheck) {
	if h == nil {
		return
	}
	at := c.at(i, "healthCheck")
	// AWS's documentation wants CMD or CMD-SHELL first. ECS takes the bare command too, and AWS's collector for Fargate needs it
	// (aws-observability/aws-otel-collector#2034, aws-otel-community#1320, 2026-11-30).
	switch {
	case len(h.Command) == 0:
		c.Missing(at+".command", "a health check runs a command")
	case len(h.Command) == 1 && (h.Command[0] == "CMD" || h.Command[0] == "CMD-SHELL"):
		c.Refuse(at+".command", h.Command, "the command is missing")
	}
	within := func(field string, value *int32, least, most int) {
		if value != nil {
			c.Between(at+"."+field, Number(value), least, most, "ECS allows no other")
		}
	}
	within("interval", h.Interval, 5, 300)
	within("timeout", h.Timeout, 2, 60)
	within("retries", h.Retries, 1, 10)
	within("startPeriod", h.StartPeriod, 0, 300)
}

func (c *checker) logs(i int, l *types.LogConfiguration) {
	if l == nil {
		return
	}
	at := c.at(i, "logConfiguration")
	if !slices.Contains(fargateDrivers, l.LogDriver) {
		c.Refuse(at+".logDriver", string(l.LogDriver), "Fargate has awslogs, awsfirelens and splunk")
	}
	if l.LogDriver == types.LogDriverAwslogs {
		for _, option := range []string{"awslogs-group", "awslogs-region", "awslogs-stream-prefix"} {
			if l.Options[option] == "" {
				c.Missing(at+".options."+option, "Fargate needs it with awslogs")
			}
		}
	}
	c.options(at, l)
	for j, s := range l.SecretOptions {
		c.valueFrom(fmt.Sprintf("%s.secretOptions[%d]", at, j), s)
	}
}

func (c *checker) mounts(i int, container types.ContainerDefinition) {
	for j, m := range container.MountPoints {
		at := c.at(i, fmt.Sprintf("mountPoints[%d]", j))
		if !slices.ContainsFunc(c.Volumes, func(v types.Volume) bool { return Text(v.Name) == Text(m.SourceVolume) }) {
			c.Refuse(at+".sourceVolume", Text(m.SourceVolume), "volumes has no such volume")
		}
		if Text(m.ContainerPath) == "" {
			c.Missing(at+".containerPath", "say where the container sees the volume")
		}
	}
	for j, v := range container.VolumesFrom {
		if source := Text(v.SourceContainer); !c.hasContainer(source) || source == Text(container.Name) {
			c.Refuse(c.at(i, fmt.Sprintf("volumesFrom[%d].sourceContainer", j)), source, "there is no other container of this name")
		}
	}
}

func (c *checker) times(i int, container types.ContainerDefinition) {
	if container.StartTimeout != nil {
		c.Between(c.at(i, "startTimeout"), Number(container.StartTimeout), 2, longestStop, "Fargate allows no other")
	}
	if container.StopTimeout != nil {
		c.Between(c.at(i, "stopTimeout"), Number(container.StopTimeout), 0, longestStop, "Fargate allows no other")
	}
}

func (c *checker) hasContainer(name string) bool {
	return slices.ContainsFunc(c.ContainerDefinitions, func(d types.ContainerDefinition) bool { return Text(d.Name) == name })
}

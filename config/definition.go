package config

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"ambient-ecs/ecs/task"
	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/problem"
)

// ZtunnelSettings configures the ztunnel container. docs/task-definitions.md says what is proven.
type ZtunnelSettings struct {
	// CPU is the share of ztunnel of the task's CPU, in units of 1/1024 vCPU. Empty: what the other containers leave.
	CPU int `config:"cpu"`
	// Memory is the limit of ztunnel in the task's memory, in MiB. Empty: what the other containers leave.
	Memory int `config:"memory"`
	// User is the user that ztunnel runs as, unproven on Solo's image. Empty: the image's.
	User string `config:"user"`
	// ReadonlyRootFilesystem keeps ztunnel from writing to its root, unproven on Solo's image.
	ReadonlyRootFilesystem bool `config:"readonlyRootFilesystem"`
	// Environment is added to ztunnel's.
	Environment map[string]string `config:"environment"`
}

// ContainerHealth is the health check of an application's container. A time that is not given is ECS's own.
type ContainerHealth struct {
	// Command is the check, beginning with CMD or CMD-SHELL. Required.
	Command []string `config:"command"`
	// Interval is the time between two checks in seconds. Empty: ECS's 30.
	Interval int `config:"interval"`
	// Timeout is how long a check may take, in seconds. Empty: ECS's 5.
	Timeout int `config:"timeout"`
	// Retries is how many checks fail in a row before the container is unhealthy. Empty: ECS's 3.
	Retries int `config:"retries"`
	// StartPeriod is how long failures do not count, in seconds. Empty: none.
	StartPeriod int `config:"startPeriod"`
}

// Port is a port of a service.
type Port struct {
	// Port is the TCP port that the application listens on. Required.
	Port int `config:"port"`
	// Protocol is what the mesh takes the traffic for: http, http2, grpc or tcp. Empty: http.
	Protocol string `config:"protocol"`
	// Private keeps a port of the taskDefinition, a sidecar's for example, from callers: no tag and no rule names it.
	Private bool `config:"private"`
}

// protocols are how the mesh can take what is sent to a port.
var protocols = []string{"http", "http2", "grpc", "tcp"}

// DefaultPortProtocol is the protocol of a port in the short form, ProtocolTCP that of a port in a task definition that says
// nothing of it.
const (
	DefaultPortProtocol = "http"
	ProtocolTCP         = "tcp"
)

// PortsOf are the ports that callers know of a service, the one that is meant without a number first. None: it only calls
// others.
func (c Config) PortsOf(cluster, service string) []Port {
	s := c.asService(cluster, service)
	if s.ClientOnly {
		return nil
	}
	var all []Port
	if s.definition != nil {
		all = s.declared(service)
	}
	for _, p := range s.Ports {
		if p.Private {
			continue
		}
		p.Protocol = cmp.Or(p.Protocol, DefaultPortProtocol)
		if i := slices.IndexFunc(all, p.same); i >= 0 {
			all[i] = p
		} else {
			all = append(all, p)
		}
	}
	first := s.Port
	if first == 0 && s.Shared != "" {
		first = c.SharedServices[s.Shared].Port
	}
	if first == 0 {
		return all
	}
	main := Port{Port: first, Protocol: DefaultPortProtocol}
	if i := slices.IndexFunc(all, main.same); i >= 0 {
		main = all[i]
		all = slices.Delete(all, i, i+1)
	}
	return slices.Insert(all, 0, main)
}

func (p Port) same(other Port) bool { return p.Port == other.Port }

// declared are the ports of the service's task definition that callers may know, those of its main container first.
func (s Service) declared(service string) (all []Port) {
	offered := s.offered()
	for _, p := range enrol.First(offered, enrol.Main(offered, service)) {
		all = append(all, Port{Port: p.Number, Protocol: cmp.Or(p.AppProtocol, ProtocolTCP)})
	}
	return all
}

// offered are the TCP ports of the service's task definition but the private ones.
func (s Service) offered() []enrol.Port {
	return slices.DeleteFunc(enrol.Ports(s.definition), func(p enrol.Port) bool {
		return slices.ContainsFunc(s.Ports, func(own Port) bool { return own.Private && own.Port == p.Number })
	})
}

// protocolOf is the protocol of a destination's port, "" if it does not serve the port. The members of a shared service
// agree.
func (c Config) protocolOf(d Destination, port int) string {
	of := []Member{{d.Cluster, d.Service}}
	if d.Shared != "" {
		of = c.Members(d.Shared)
	}
	for _, member := range of {
		for _, p := range c.PortsOf(member.Cluster, member.Service) {
			if p.Port == port {
				return p.Protocol
			}
		}
	}
	return ""
}

// TaskOf is what the tasks of a service run, as far as the configuration says it.
func (c Config) TaskOf(cluster, name string) task.Task {
	s := c.asService(cluster, name)
	identity := c.IdentityOf(cluster, name)
	ztunnel := c.Ztunnel
	if s.Ztunnel != nil {
		ztunnel = *s.Ztunnel
	}
	t := task.Task{
		Family:   c.Prefix(cluster) + "-" + name,
		Identity: enrol.Identity{Namespace: identity.Namespace, ServiceAccount: identity.ServiceAccount},
		Mesh: enrol.Mesh{
			Image:       c.ZtunnelImage(cluster),
			Health:      enrol.Health(c.HealthCheck),
			Ztunnel:     enrol.Settings(c.trusting(ztunnel)),
			Client:      s.ClientOrDefault(),
			Clients:     enrol.ClientsOf(s.Clients),
			Service:     name,
			Credentials: c.Accounts[c.Clusters[cluster].Account].RegistrySecrets,
		},
	}
	if s.definition != nil {
		t.Definition, t.Environment, t.Container = s.definition, s.Environment, s.container(name)
		return t
	}
	t.App = &task.App{
		Name: name, Image: s.Image, CPU: s.CPUOrDefault(), Memory: s.MemoryOrDefault(), Architecture: s.Architecture,
		EntryPoint: s.EntryPoint, Command: s.Command, User: s.User, Environment: s.Environment, Secrets: s.Secrets, StopTimeout: s.StopTimeout,
	}
	for _, p := range c.PortsOf(cluster, name) {
		t.App.Ports = append(t.App.Ports, p.Port)
	}
	if h := s.HealthCheck; h != nil {
		t.App.HealthCheck = &task.HealthCheck{Command: h.Command, Interval: h.Interval, Timeout: h.Timeout, Retries: h.Retries, StartPeriod: h.StartPeriod}
	}
	return t
}

// GivenZtunnel are the settings of ztunnel in every task whose service has none of its own.
func (c Config) GivenZtunnel() ZtunnelSettings { return c.trusting(c.Ztunnel) }

// trusting adds the variable that a custom trust domain requires, unless it is set already.
func (c Config) trusting(z ZtunnelSettings) ZtunnelSettings {
	if c.TrustDomain == DefaultTrustDomain {
		return z
	}
	environment := map[string]string{skipTrustDomain: "true"}
	maps.Copy(environment, z.Environment)
	z.Environment = environment
	return z
}

// container is the container of a task definition in which the service's environment is set: the one with the service's
// name, or the only one. "": there is no such container.
func (s Service) container(name string) string {
	var names []string
	for _, c := range s.definition.ContainerDefinitions {
		if own := definition.Text(c.Name); own != ztunnelContainer {
			names = append(names, own)
		}
	}
	switch {
	case slices.Contains(names, name):
		return name
	case len(names) == 1:
		return names[0]
	}
	return ""
}

// readDefinition reads the service's task definition, if it names one.
func (s *Service) readDefinition(p *problem.List, field string, read fileReader) {
	if s.TaskDefinition == "" {
		return
	}
	text, ok := read(field, s.TaskDefinition)
	if !ok {
		return
	}
	parsed, err := definition.Parse(text)
	if err != nil {
		p.Under(field, err)
		return
	}
	s.definition = parsed
}

// checkDefinition checks the team's own task definition, and what the service says beside it.
func (c Config) checkDefinition(p *problem.List, cluster, name string, s Service) {
	field := c.Field(cluster, name)
	for _, other := range s.shortForm() {
		p.Add(field+"."+other, problem.IsSet, "the task definition says it: set it in %s", s.TaskDefinition)
	}
	if s.definition == nil {
		return // it could not be read, and that is told
	}
	at := field + ".taskDefinition"
	t := c.TaskOf(cluster, name)
	t.Mesh = enrol.Mesh{Region: "r", LogGroup: "g", Image: "z", Token: "t", Health: enrol.Health{Interval: 5, Timeout: 5, Retries: 3}, Ztunnel: t.Mesh.Ztunnel, Service: name}
	if t.Mesh.Ztunnel.Validate() != nil {
		t.Mesh.Ztunnel = enrol.Settings{}
	}
	if _, err := t.Enrolled(); err != nil {
		p.Under(at, err)
	}
	checkCredentials(p, field, s)
	checkClients(p, field, s)
	for _, unknown := range s.definition.Unknown {
		unknown.Reason += ", and the AWS provider would drop it"
		p.Under(at, unknown)
	}
	if len(s.Environment) > 0 && t.Container == "" {
		p.Add(field+".environment", problem.IsSet, "nobody knows for which container: call one of the task definition's %s", name)
	}
	c.checkFileSystems(p, field, s)
	c.checkDeclaredPorts(p, field, name, s)
}

// checkCredentials refuses variables of the task definition that look like credentials, unless the service says that they are none,
// and names of variables that do not.
func checkCredentials(p *problem.List, field string, s Service) {
	for _, one := range enrol.Credentials(s.definition, s.NotSecret...) {
		one.Reason += ". If it is none, add the variable to " + field + ".notSecret"
		p.Under(field+".taskDefinition", one)
	}
	for _, name := range s.NotSecret {
		if !slices.ContainsFunc(s.definition.ContainerDefinitions, func(c types.ContainerDefinition) bool {
			return slices.ContainsFunc(c.Environment, func(v types.KeyValuePair) bool {
				return definition.Text(v.Name) == name && enrol.LooksConfidential(name, definition.Text(v.Value))
			})
		}) {
			p.Refuse(field+".notSecret", name, "no variable of this name looks like a credential: take it away, so that it does not wait for the next change")
		}
	}
}

// checkClients refuses presets for containers that the task definition does not have.
func checkClients(p *problem.List, field string, s Service) {
	if s.ByPipeline() {
		return // the pipeline's definitions may have others
	}
	for _, container := range slices.Sorted(maps.Keys(s.Clients)) {
		if !enrol.Calls(s.definition, container) {
			p.Refuse(field+".clients."+container, s.Clients[container], "the task definition has no container of this name that calls anybody")
		}
	}
}

// shortForm are the keys of the short form that the service sets.
func (s Service) shortForm() (keys []string) {
	for _, own := range []struct {
		key string
		set bool
	}{
		{"image", s.Image != ""}, {"command", len(s.Command) > 0}, {"cpu", s.CPU != 0}, {"memory", s.Memory != 0}, {"secrets", len(s.Secrets) > 0},
		{"healthCheck", s.HealthCheck != nil}, {"entryPoint", len(s.EntryPoint) > 0}, {"user", s.User != ""}, {"architecture", s.Architecture != ""},
		{"stopTimeout", s.StopTimeout != nil},
	} {
		if own.set {
			keys = append(keys, own.key)
		}
	}
	return keys
}

// portEFS is the port of EFS file systems.
const portEFS = 2049

func (c Config) checkFileSystems(p *problem.List, field string, s Service) {
	ids := s.definition.FileSystems()
	out := slices.ContainsFunc(s.Egress, func(e Egress) bool { return e.ProtocolOrDefault() == "tcp" && e.Port == portEFS })
	if len(ids) > 0 && !out {
		p.Missing(field+".egress", "the task mounts %s, and its security group lets nothing out to tcp %d: add a rule", strings.Join(ids, ", "), portEFS)
	}
}

// checkDeclaredPorts compares what the service says of its ports with the task definition.
func (c Config) checkDeclaredPorts(p *problem.List, field, name string, s Service) {
	declared := s.declared(name)
	all := enrol.Ports(s.definition)
	known := func(at string, port int) {
		switch {
		case port == 0 || slices.ContainsFunc(declared, Port{Port: port}.same):
		case slices.ContainsFunc(all, func(p enrol.Port) bool { return p.Number == port }):
			p.Refuse(at, port, "ports makes it private, and nobody calls a private port")
		default:
			p.Refuse(at, port, "no container of the task definition has the port in its portMappings")
		}
	}
	known(field+".port", s.Port)
	for i, port := range s.Ports {
		at := fmt.Sprintf("%s.ports[%d].port", field, i)
		if !port.Private {
			known(at, port.Port)
		} else if !slices.ContainsFunc(all, func(p enrol.Port) bool { return p.Number == port.Port }) {
			p.Refuse(at, port.Port, "no container of the task definition has the port in its portMappings, so it is private already")
		}
	}
	offered := s.offered()
	switch containers := enrol.Containers(offered); {
	case s.ClientOnly:
	case len(declared) == 0 && len(all) > 0:
		p.Add(field+".ports", problem.IsSet, "every port of the task definition is private, so nobody could call the service: set clientOnly")
	case len(containers) > 1 && enrol.Main(offered, name) == "" && s.Port == 0 && s.Shared == "":
		p.Missing(field+".port", "the containers %s have ports, and nobody knows which is meant where a caller names none: name it, or make the others private in ports", strings.Join(containers, ", "))
	case len(declared) == 0:
		p.Refuse(field+".taskDefinition", s.TaskDefinition, "no container has portMappings, so nobody could call the service: name a port, or set clientOnly")
	case s.Shared != "":
		known("sharedServices."+s.Shared+".port", c.SharedServices[s.Shared].Port)
	}
}

// checkShortForm checks the keys of the short form other than image, port and size.
func (c Config) checkShortForm(p *problem.List, cluster, name string, s Service) {
	field := c.Field(cluster, name)
	if s.Architecture != "" {
		problem.OneOf(p, field+".architecture", s.Architecture, string(types.CPUArchitectureX8664), string(types.CPUArchitectureArm64))
	}
	for _, variable := range slices.Sorted(maps.Keys(s.Secrets)) {
		at := field + ".secrets." + variable
		if reason := definition.CheckSource(s.Secrets[variable]); reason != "" {
			p.Refuse(at, s.Secrets[variable], "%s", reason)
		}
		if _, taken := s.Environment[variable]; taken {
			p.Add(at, problem.IsSet, "environment sets the variable too")
		}
		if variable == "" || strings.ContainsAny(variable, "= \x00") {
			p.Refuse(field+".secrets", variable, "the name of an environment variable has no blank and no =, and is not empty")
		}
	}
	if s.StopTimeout != nil {
		p.Between(field+".stopTimeout", *s.StopTimeout, 0, 120, "Fargate allows no other")
	}
	if h := s.HealthCheck; h != nil {
		if len(h.Command) < 2 || h.Command[0] != "CMD" && h.Command[0] != "CMD-SHELL" {
			p.Refuse(field+".healthCheck.command", h.Command, "it begins with CMD or CMD-SHELL, and the command follows")
		}
		for _, time := range []struct {
			key                string
			value, least, most int
		}{{"interval", h.Interval, 5, 300}, {"timeout", h.Timeout, 2, 60}, {"retries", h.Retries, 1, 10}, {"startPeriod", h.StartPeriod, 0, 300}} {
			if time.value != 0 {
				p.Between(field+".healthCheck."+time.key, time.value, time.least, time.most, "ECS allows no other")
			}
		}
	}
	t := c.TaskOf(cluster, name)
	t.Mesh.Region, t.Mesh.LogGroup = c.RegionOfCluster(cluster), c.TaskLogGroup(cluster)
	if base, err := t.Base(); err == nil && len(base.Bytes()) > definition.MaxBytes {
		p.Add(field, "is too long", "without ztunnel its task definition has %d bytes already, and ECS takes %d", len(base.Bytes()), definition.MaxBytes)
	}
	ztunnel := t.Mesh.Ztunnel
	if ztunnel.CPU > s.CPUOrDefault() {
		p.Refuse(field+".cpu", s.CPUOrDefault(), "ztunnel wants %d of it", ztunnel.CPU)
	}
	if ztunnel.Memory >= s.MemoryOrDefault() {
		p.Refuse(field+".memory", s.MemoryOrDefault(), "ztunnel wants %d MiB of it, and the application would have none", ztunnel.Memory)
	}
}

// checkPorts checks the protocols and numbers of the ports that a service sets.
func checkPorts(p *problem.List, field string, s Service) {
	for i, port := range s.Ports {
		at := fmt.Sprintf("%s.ports[%d]", field, i)
		switch {
		case !port.Private:
		case s.TaskDefinition == "":
			p.Add(at+".private", problem.IsSet, "only a taskDefinition has ports that the service does not name: leave the port out")
		case port.Protocol != "":
			p.Add(at+".protocol", problem.IsSet, "the port is private, and nobody calls it")
		}
	}
	seen := map[int]bool{}
	for i, port := range s.Ports {
		at := fmt.Sprintf("%s.ports[%d]", field, i)
		checkPort(p, at+".port", port.Port)
		problem.OneOf(p, at+".protocol", cmp.Or(port.Protocol, DefaultPortProtocol), protocols...)
		if seen[port.Port] {
			p.Refuse(at+".port", port.Port, "another entry has it")
		}
		seen[port.Port] = true
	}
}

// fargateVersion is a platform version of Fargate for Linux.
var fargateVersion = regexp.MustCompile(`^1\.([0-9]+)\.0$`)

// checkPlatform checks the platform version, below which the application would not wait for ztunnel.
func checkPlatform(p *problem.List, field string, s Service) {
	version := s.PlatformVersion
	if version == "" || version == "LATEST" {
		return
	}
	least, reason := 3, "before it containers do not wait for each other's health"
	if d := s.definition; d != nil && d.NeedsPlatform() != "" {
		least, reason = 4, "before it there is no "+d.NeedsPlatform()
	} else if d == nil && definition.NeedsPlatform(s.CPUOrDefault()) {
		least, reason = 4, "before it there are no tasks of 8 vCPU and more"
	}
	parts := fargateVersion.FindStringSubmatch(version)
	if parts == nil {
		p.Refuse(field+".platformVersion", version, "Fargate's versions are LATEST, 1.4.0 and 1.3.0")
		return
	}
	if minor, err := strconv.Atoi(parts[1]); err != nil || minor < least {
		p.Refuse(field+".platformVersion", version, "choose 1.%d.0 or later: %s", least, reason)
	}
}

// definitionWarnings are what the program does not take from the teams' task definitions, and what enrol notes.
func (c Config) definitionWarnings() (all []string) {
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].WorkloadKeys() {
			d := c.asService(key, name).definition
			if d == nil {
				continue
			}
			s := c.asService(key, name)
			warn := func(format string, args ...any) {
				all = append(all, c.Field(key, name)+".taskDefinition: "+fmt.Sprintf(format, args...))
			}
			if family := c.TaskOf(key, name).Family; definition.Text(d.Family) != family {
				warn("the family is %s and not %q, because the deployer's policy goes by the name", family, definition.Text(d.Family))
			}
			for _, role := range []struct {
				field string
				arn   *string
				given string
			}{
				{"taskRoleArn", d.TaskRoleArn, c.asService(key, name).TaskRoleARN},
				{"executionRoleArn", d.ExecutionRoleArn, c.TheirExecutionRole(c.Clusters[key].Account)},
			} {
				if role.arn != nil && *role.arn != role.given {
					warn("%s %s does not count: the program makes the roles, and the mesh knows the task by its", role.field, *role.arn)
				}
			}
			if d.Nulls > 0 {
				warn("%s", enrol.NullNote(d))
			}
			if ports := s.offered(); len(ports) > 0 && s.Port == 0 && s.Shared == "" && !s.ClientOnly {
				if main := enrol.Main(ports, name); main != "" && main != ports[0].Container {
					warn("a caller that names no port means %d of the container %s. Earlier versions of the program took %d of %s, the first: name the one that is meant in port", c.PortOf(key, name), main, ports[0].Number, ports[0].Container)
				}
			}
			t := c.TaskOf(key, name)
			t.Mesh.Region, t.Mesh.LogGroup, t.Mesh.Token = "r", "g", "t"
			if base, err := t.Base(); err == nil {
				if _, notes, err := enrol.Enrol(base, t.Identity, t.Mesh); err == nil {
					for _, note := range notes {
						warn("%s", note)
					}
				}
			}
		}
	}
	return all
}

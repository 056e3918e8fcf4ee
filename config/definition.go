package config

import (
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
		return // it could not be read, and that is recorded
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

// portEFS is the port of EFS file systems.
const portEFS = 2049

func (c Config) checkFileSystems(p *problem.List, field string, s Service) {
	ids := s.definition.FileSystems()
	out := slices.ContainsFunc(s.Egress, func(e Egress) bool { return e.ProtocolOrDefault() == "tcp" && e.Port == portEFS })
	if len(ids) > 0 && !out {
		p.Missing(field+".egress", "the task mounts %s, and its security group lets nothing out to tcp %d: add a rule", strings.Join(ids, ", "), portEFS)
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

// uncounted warns, once for all, of what the program does not take from the teams' task definitions. The file of a service that is taken over
// says what another tool made, so it has them.
func (c Config) uncounted() []string {
	var all []string
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].WorkloadKeys() {
			s := c.asService(key, name)
			d := s.definition
			if d == nil || s.Import != "" {
				continue
			}
			for _, own := range []struct{ field, given, counts string }{
				{"family", definition.Text(d.Family), c.TaskOf(key, name).Family},
				{"taskRoleArn", definition.Text(d.TaskRoleArn), c.TaskRoleARN(c.IdentityOf(key, name))},
				{"executionRoleArn", definition.Text(d.ExecutionRoleArn), c.ExecutionRoleOf(key, name)},
			} {
				if own.given != "" && own.given != own.counts {
					all = append(all, fmt.Sprintf("%s.taskDefinition.%s (%s, not %s)", c.Field(key, name), own.field, own.counts, own.given))
				}
			}
		}
	}
	if all == nil {
		return nil
	}
	return []string{"These do not count, because the program names families and makes roles: " + strings.Join(all, ", ") + ". Take them out of the files, or let them say the same"}
}

// definitionWarnings are what enrol notes about the teams' task definitions, and what is not in them.
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
			if ports := s.offered(); len(ports) > 0 && s.Port == 0 && s.Shared == "" && !s.ClientOnly {
				if main := enrol.Main(ports, name); main != "" && main != ports[0].Container {
					warn("a caller that names no port means %d of the container %s. Earlier versions of the program took %d of %s, the first: name the one that is meant in port", c.PortOf(key, name), main, ports[0].Number, ports[0].Container)
				}
			}
			notes, remarks := c.enrolNotes(key, name)
			for _, note := range notes {
				if !slices.Contains(remarks, note) {
					warn("%s", note)
				}
			}
		}
	}
	return all
}

// definitionRemarks are what nobody has to do anything about in the teams' task definitions, of services that are not in the mesh yet. Of
// tasks, which do not run all the time, it is known only whether their account lives.
func (c Config) definitionRemarks(lives Lives) (all []string) {
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].WorkloadKeys() {
			_, task := c.Clusters[key].Tasks[name]
			if lives.Members[key+"/"+name] || task && lives.Accounts[c.Clusters[key].Account] || c.asService(key, name).definition == nil {
				continue
			}
			_, remarks := c.enrolNotes(key, name)
			for _, remark := range remarks {
				all = append(all, c.Field(key, name)+".taskDefinition: "+remark)
			}
		}
	}
	return all
}

// enrolNotes are what enrol notes about a task, and those of the notes that nobody has to do anything about.
func (c Config) enrolNotes(cluster, name string) (notes, remarks []string) {
	t := c.TaskOf(cluster, name)
	t.Mesh.Region, t.Mesh.LogGroup, t.Mesh.Token = "r", "g", "t"
	base, err := t.Base()
	if err != nil {
		return nil, nil
	}
	base.Nulls += c.asService(cluster, name).definition.Nulls // the base has lost those of the file
	enrolled, notes, err := enrol.Enrol(base, t.Identity, t.Mesh)
	if err != nil {
		return nil, nil
	}
	return notes, enrol.Remarks(base, enrolled, t.Mesh)
}

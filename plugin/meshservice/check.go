package meshservice

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/contract"
	"ambient-ecs/ecs"
	"ambient-ecs/ecs/task"
	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/problem"
)

var (
	parameterName = regexp.MustCompile(`^` + contract.ParameterName(`[^/]+`, `[^/]+`) + `$`)
	serviceName   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
	policyARN     = regexp.MustCompile(`^arn:[a-z-]+:iam::[a-z0-9]+:policy/.+$`)
)

// later stands for what is not known yet, where a check needs some value.
const later = "later"

// design is a service before anything of it is registered.
type design struct {
	args   *MeshServiceArgs
	name   string
	values values
	// definition is the team's own, nil for a service in the short form.
	definition *definition.Definition
}

func newDesign(ctx *pulumi.Context, name string, args *MeshServiceArgs) (*design, error) {
	values, err := args.await(ctx)
	return &design{args: args, name: cmp.Or(value(args.Name), name), values: values}, err
}

// Validate reports every problem that can be seen without the contract, or returns nil.
func (d *design) Validate() error {
	var p problem.List
	a := d.args
	if !parameterName.MatchString(a.ContractParameter) {
		p.Refuse("contractParameter", a.ContractParameter, "the platform publishes contracts under %s", contract.ParameterName("INSTALL", "CLUSTER"))
	}
	if a.ServiceAccount == "" {
		p.Missing("serviceAccount", "without it the tasks have no identity")
	}
	if !serviceName.MatchString(d.name) {
		p.Refuse("name", d.name, "ECS takes at most 255 letters, digits, - and _")
	}
	d.checkTask(&p)
	d.checkPorts(&p)
	d.checkCount(&p)
	config.CheckStrategy(&p, "capacityProviderStrategy", d.strategy())
	d.checkIngress(&p)
	for _, key := range slices.Sorted(maps.Keys(a.Tags)) {
		if reason := config.TagProblem(key, a.Tags[key]); reason != "" {
			p.Refuse("tags."+key, a.Tags[key], "%s", reason)
		}
	}
	for i, arn := range a.ManagedPolicyArns {
		if !policyARN.MatchString(arn) {
			p.Refuse(fmt.Sprintf("managedPolicyArns[%d]", i), arn, "this is no ARN of a managed policy")
		}
	}
	return p.Err()
}

// checkTask records the problems of what runs. It reads the task definition.
func (d *design) checkTask(p *problem.List) {
	a, before := d.args, len(*p)
	if client := enrol.Client(value(a.Client)); !client.Known() {
		problem.OneOf(p, "client", client, enrol.Clients...)
	}
	for _, container := range slices.Sorted(maps.Keys(a.Clients)) {
		problem.OneOf(p, "clients."+container, enrol.Client(a.Clients[container]), enrol.Clients...)
	}
	if a.TaskDefinition == nil {
		if len(a.Clients) > 0 {
			p.Add("clients", problem.IsSet, "without taskDefinition there is one container: set client")
		}
		if a.Image == nil || d.values.known && d.values.image == "" {
			p.Missing("image", "give an image, or a taskDefinition")
		}
		if a.Container != nil {
			p.Refuse("container", *a.Container, "without taskDefinition there is one container")
		}
	} else if d.definition = d.parse(p); d.definition != nil {
		d.checkDefinition(p)
	}
	if len(*p) > before {
		return
	}
	t := d.task()
	t.Mesh.Image, t.Mesh.Health = later, enrol.Health{Interval: 5, Timeout: 5, Retries: 3, StartPeriod: 300}
	p.Under("", t.Validate())
}

// parse reads the task definition, or returns nil.
func (d *design) parse(p *problem.List) *definition.Definition {
	if !json.Valid([]byte(*d.args.TaskDefinition)) {
		p.Add("taskDefinition", "is no JSON", "give the text of the document, not the name of a file")
		return nil
	}
	parsed, err := definition.Parse([]byte(*d.args.TaskDefinition))
	p.Under("taskDefinition", err)
	return parsed
}

// checkDefinition records what the inputs and the definition cannot both say.
func (d *design) checkDefinition(p *problem.List) {
	a := d.args
	for _, short := range []struct {
		field string
		set   bool
	}{
		{"cpu", a.Cpu != nil}, {"memory", a.Memory != nil}, {"architecture", a.Architecture != nil},
		{"entryPoint", a.EntryPoint != nil}, {"command", a.Command != nil}, {"user", a.User != nil},
	} {
		if short.set {
			p.Add(short.field, problem.IsSet, "taskDefinition says it")
		}
	}
	if a.Container != nil && !slices.Contains(d.containers(), *a.Container) {
		p.Refuse("container", *a.Container, "taskDefinition has no container of this name")
	}
	for _, container := range slices.Sorted(maps.Keys(a.Clients)) {
		if !enrol.Calls(d.definition, container) {
			p.Refuse("clients."+container, a.Clients[container], "taskDefinition has no container of this name that calls anybody")
		}
	}
	if ports := enrol.Ports(d.definition); len(a.Ports) == 0 && len(ports) > 0 && d.main(ports) == "" {
		p.Missing("ports", "the containers %s have ports, and nobody knows which is meant where a caller names none: name it first", strings.Join(enrol.Containers(ports), ", "))
	}
}

// main is the container whose ports are meant where a caller names none: the one that the inputs name, or that of the definition.
func (d *design) main(ports []enrol.Port) string {
	if named := value(d.args.Container); slices.Contains(enrol.Containers(ports), named) {
		return named
	}
	return enrol.Main(ports, d.name)
}

// containers are the names of the definition's.
func (d *design) containers() (all []string) {
	for _, c := range d.definition.ContainerDefinitions {
		all = append(all, definition.Text(c.Name))
	}
	return all
}

// executionRole is the role that the definition names, empty for none.
func (d *design) executionRole() string {
	if d.definition == nil {
		return ""
	}
	return definition.Text(d.definition.ExecutionRoleArn)
}

func (d *design) checkPorts(p *problem.List) {
	seen := map[int]bool{}
	for i, port := range d.args.Ports {
		at := fmt.Sprintf("ports[%d]", i)
		switch {
		case port.Port < 1 || port.Port > 65535:
			p.Refuse(at+".port", port.Port, "a port is between 1 and 65535")
		case port.Port >= enrol.FirstZtunnelPort && port.Port <= enrol.LastZtunnelPort:
			p.Refuse(at+".port", port.Port, "ztunnel shares the task's network and keeps the ports %d to %d", enrol.FirstZtunnelPort, enrol.LastZtunnelPort)
		case seen[port.Port]:
			p.Refuse(at+".port", port.Port, "the port is named twice")
		}
		seen[port.Port] = true
		if protocol := value(port.Protocol); protocol != "" {
			problem.OneOf(p, at+".protocol", protocol, ecs.Protocols...)
		}
	}
}

func (d *design) checkCount(p *problem.List) {
	if n := d.count(); n < 0 {
		p.Refuse("desiredCount", n, "it is negative")
	}
	s := d.args.Scaling
	if s == nil {
		return
	}
	least := s.least()
	switch n := d.count(); {
	case least < 0 || s.Max < max(least, 1):
		p.Refuse("scaling", fmt.Sprintf("%d to %d", least, s.Max), "the bounds of the number of tasks must hold at least one task, the first not above the second")
	case n < least || n > s.Max:
		p.Refuse("desiredCount", n, "the scaler would change it at once: it keeps the tasks between %d and %d", least, s.Max)
	}
	for _, target := range []struct {
		field   string
		percent *int
	}{{"scaling.cpu", s.Cpu}, {"scaling.memory", s.Memory}} {
		if target.percent != nil {
			p.Between(target.field, *target.percent, 1, 100, "it is a percentage")
		}
	}
	if s.Cpu == nil && s.Memory == nil {
		p.Missing("scaling.cpu", "without it, or memory, the scaler would have nothing to scale by")
	}
}

// least is the least number of tasks.
func (s *Scaling) least() int {
	if s.Min == nil {
		return 1
	}
	return *s.Min
}

// count is the number of tasks.
func (d *design) count() int {
	switch {
	case d.args.DesiredCount != nil:
		return *d.args.DesiredCount
	case d.args.Scaling != nil:
		return d.args.Scaling.least()
	}
	return 1
}

// task is what runs, without what the mesh gives.
func (d *design) task() task.Task {
	a := d.args
	t := task.Task{Family: d.name, Identity: enrol.Identity{Namespace: later, ServiceAccount: a.ServiceAccount}}
	t.Mesh.Client, t.Mesh.Clients, t.Mesh.Service = enrol.Client(value(a.Client)), enrol.ClientsOf(a.Clients), d.name
	if d.definition != nil {
		t.Definition, t.Image, t.Environment, t.Secrets = d.definition, d.values.image, d.values.environment, d.values.secrets
		t.Container = value(a.Container)
		if all := d.containers(); t.Container == "" && len(all) > 0 {
			t.Container = all[0]
		}
		return t
	}
	t.App = &task.App{
		Name: d.name, Image: d.values.image, CPU: 256, Memory: 512, Architecture: value(a.Architecture),
		EntryPoint: a.EntryPoint, Command: a.Command, User: value(a.User), Environment: d.values.environment, Secrets: d.values.secrets,
	}
	if !d.values.known {
		t.App.Image = later
	}
	if a.Cpu != nil {
		t.App.CPU = *a.Cpu
	}
	if a.Memory != nil {
		t.App.Memory = *a.Memory
	}
	for _, port := range a.Ports {
		t.App.Ports = append(t.App.Ports, port.Port)
	}
	return t
}

// ports are what callers know of the service.
func (d *design) ports() (all []ecs.Port) {
	for _, port := range d.args.Ports {
		all = append(all, ecs.Port{Number: port.Port, Protocol: cmp.Or(value(port.Protocol), ecs.ProtocolHTTP)})
	}
	if len(all) > 0 || d.definition == nil {
		return all
	}
	ports := enrol.Ports(d.definition)
	for _, p := range enrol.First(ports, d.main(ports)) {
		all = append(all, ecs.Port{Number: p.Number, Protocol: cmp.Or(p.AppProtocol, ecs.ProtocolTCP)})
	}
	return all
}

// value is what an optional input says, or zero.
func value[T any](optional *T) (v T) {
	if optional != nil {
		v = *optional
	}
	return v
}

package config

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/network/cidr"
	"ambient-ecs/problem"
	"ambient-ecs/quota"
)

// TaskSettings are what the tasks of all services have in common.
type TaskSettings struct {
	// HealthCheck times the ztunnel container of every task.
	HealthCheck HealthCheck `config:"ztunnelHealthCheck"`
	// Ztunnel is what ztunnel's container has of its own in every task whose service says nothing.
	Ztunnel ZtunnelSettings `config:"ztunnel"`
	// ExecutionRoleSourceCheck adds aws:SourceAccount and aws:SourceArn to the trust of the execution roles. What AWS says of both is at
	// policy.TaskTrust.
	ExecutionRoleSourceCheck bool `config:"executionRoleSourceCheck"`
}

// HealthCheck is the timing of the ztunnel container's health check, in seconds. It also decides how
// long the application waits for the mesh, because its container starts when ztunnel is healthy.
type HealthCheck struct {
	// Interval is the time between two checks in seconds, 5 to 300.
	Interval int `config:"interval"`
	// Timeout is how long one check may take in seconds, 2 to 60.
	Timeout int `config:"timeout"`
	// Retries is how many checks may fail before the container is unhealthy, 1 to 10.
	Retries int `config:"retries"`
	// StartPeriod is how long failed checks do not count after the start, in seconds, 0 to 300.
	StartPeriod int `config:"startPeriod"`
}

// checkTasks checks what all tasks have in common.
func (c Config) checkTasks(p *problem.List) {
	h := c.HealthCheck
	const all = "ECS allows no other (and a ztunnelHealthCheck of your own must give all four values)"
	p.Between("ztunnelHealthCheck.interval", h.Interval, 5, 300, all)
	p.Between("ztunnelHealthCheck.timeout", h.Timeout, 2, 60, all)
	p.Between("ztunnelHealthCheck.retries", h.Retries, 1, 10, all)
	p.Between("ztunnelHealthCheck.startPeriod", h.StartPeriod, 0, 300, all)
	p.Under("ztunnel", enrol.Settings(c.Ztunnel).Validate())
}

// Service is one ECS service on Fargate.
type Service struct {
	Workload
	// Port is the TCP port that is meant where a caller or a rule names none, not one of ztunnel's, 15000 to 15090. Required,
	// unless clientOnly, shared, ports or taskDefinition.
	Port int `config:"port"`
	// Ports are the ports with their protocols. Empty: port, by http, or those of the taskDefinition's portMappings.
	Ports []Port `config:"ports"`
	// DesiredCount is the number of tasks. With scaling it is the number that a new service begins with. Empty: 1, or the min
	// of scaling.
	DesiredCount *int `config:"desiredCount"`
	// Scaling lets Application Auto Scaling choose the number of tasks. Empty: it stays desiredCount. See docs/running.md.
	Scaling *Scaling `config:"scaling"`
	// CapacityProviderStrategy shares the tasks between FARGATE and FARGATE_SPOT, in AWS's own format. Empty: the launch type
	// FARGATE. A living service changes between the two by steps: see docs/running.md.
	CapacityProviderStrategy []CapacityProvider `config:"capacityProviderStrategy"`
	// DeploymentConfiguration bounds the tasks while a deployment runs. Empty: 100 to 200 percent.
	DeploymentConfiguration *DeploymentConfiguration `config:"deploymentConfiguration"`
	// Exec lets commands run in the service's tasks. Empty: as ecsExec says.
	Exec *bool `config:"exec"`
	// ClientOnly means that the service only calls others: no inbound rule at all.
	ClientOnly bool `config:"clientOnly"`
	// Shared is the key in sharedServices of the shared service that this one is a member of. The member has the shared
	// service's name, port and policies, and an identity in its namespace. See docs/shared-services.md.
	Shared string `config:"shared"`
	Guard
	// Waypoint puts a waypoint of its own in front of the service.
	Waypoint bool `config:"waypoint"`
	// Traffic shapes what the waypoint passes on. It needs a waypoint, the service's or the cluster's. See docs/traffic.md.
	Traffic *Traffic `config:"traffic"`
	// Import takes over a service that lives on an existing cluster under the key's name, in two steps: unchanged, while nothing of
	// it changes, and then enrolled, which deploys one revision. Empty: the program makes the service. It is for the life of a
	// stack. See docs/adoption.md.
	Import Import `config:"import"`
	// ServiceName is the name in ECS of a service that import takes over, for the life of a stack. Empty: the key. The mesh's hostname begins with
	// the key, so a name with capitals or underscores needs another key.
	ServiceName string `config:"serviceName"`
	// DeployedBy is who registers the task definition and deploys it: program; or pipeline, which has both after the first up; or
	// owner, who made the service elsewhere and keeps it. Empty: program. See docs/pipelines.md and docs/adoption.md.
	DeployedBy Deployer `config:"deployedBy"`
	// Owned is what the owner of the service chose for it, with deployedBy owner. Empty: names as the key, and the account's execution role.
	Owned *Owned `config:"owned"`
}

// Defaults of a service.
const (
	// DefaultCPU and DefaultMemory are the smallest Fargate size: a quarter vCPU and 512 MiB.
	DefaultCPU    = 256
	DefaultMemory = 512
	// DefaultDesiredCount is the number of tasks of a service.
	DefaultDesiredCount = 1
	// DefaultProtocol is the protocol of an egress rule.
	DefaultProtocol = "tcp"
)

// CPUOrDefault is the task's CPU in units of 1/1024 vCPU.
func (s Service) CPUOrDefault() int {
	if s.CPU == 0 {
		return DefaultCPU
	}
	return s.CPU
}

// MemoryOrDefault is the task's memory in MiB.
func (s Service) MemoryOrDefault() int {
	if s.Memory == 0 {
		return DefaultMemory
	}
	return s.Memory
}

// DesiredCountOrDefault is the number of tasks, or that which a service with scaling begins with.
func (s Service) DesiredCountOrDefault() int {
	if s.DesiredCount == nil && s.Scaling != nil {
		return s.Scaling.MinOrZero()
	}
	if s.DesiredCount == nil {
		return DefaultDesiredCount
	}
	return *s.DesiredCount
}

// PortOf is the port of a service that is meant without a number: its own, or that of the shared service it belongs to. 0: it
// only calls others.
func (c Config) PortOf(cluster, service string) int {
	if all := c.PortsOf(cluster, service); len(all) > 0 {
		return all[0].Port
	}
	return 0
}

// Hostname is the name under which the mesh knows a service.
func (c Config) Hostname(cluster, service string) string {
	if shared := c.asService(cluster, service).Shared; shared != "" {
		return c.SharedHostname(shared)
	}
	return service + "." + c.Prefix(cluster) + "." + c.Accounts[c.Clusters[cluster].Account].Domain
}

// inbound are the keys about being called that the service sets.
func (s Service) inbound() []string {
	var keys []string
	for _, own := range []struct {
		key string
		set bool
	}{
		{"access", s.Access != ""}, {"allow", len(s.Allow) > 0}, {"deny", len(s.Deny) > 0},
		{"waypoint", s.Waypoint}, {"traffic", s.Traffic != nil},
	} {
		if own.set {
			keys = append(keys, own.key)
		}
	}
	return keys
}

var (
	image = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*(?::[0-9]+)?(?:/[a-z0-9][a-z0-9._-]*)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`)
	// ruleText is what EC2 accepts as the description of a security group rule.
	ruleText = regexp.MustCompile(`^[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}$`)
)

// checkService checks a service, or a standalone task as a service, by itself. Field is its place in the stack file.
func (c Config) checkService(p *problem.List, field, cluster, name string, s Service) {
	switch field := strings.TrimSuffix(field, "."+name); {
	case !label.MatchString(name):
		p.Refuse(field, name, "the name is the first label of its hostname: %s", labelRule)
	case name == ztunnelContainer:
		p.Refuse(field, name, "the application's container has this name, and it is that of the mesh's container, by which discovery knows a task of the mesh")
	}
	checkServiceAccount(p, field+".serviceAccount", s.ServiceAccount)
	checkTask(p, field, s)
	c.checkOwned(p, cluster, name, s)
	switch {
	case s.ByOwner():
		// It runs nothing of this stack file.
	case s.TaskDefinition != "":
		c.checkDefinition(p, cluster, name, s)
	default:
		checkContainer(p, field, s)
		c.checkShortForm(p, cluster, name, s)
	}
	c.checkExecution(p, cluster, name, s)
	c.checkPermissions(p, cluster, name, s)
	c.checkTaskRole(p, cluster, name, s)
	c.checkGivenRoles(p, cluster, name, s)
	c.checkDeployedBy(p, field, s)
	c.checkImport(p, cluster, field, s)
	c.checkServiceName(p, field, cluster, name, s)
	c.checkCapacity(p, field, s)
	c.checkEgress(p, field, s)
}

// checkTask checks what a service says of its tasks in either form.
func checkTask(p *problem.List, field string, s Service) {
	if n := s.DesiredCountOrDefault(); (s.DesiredCount != nil || s.Scaling == nil) && (n < 0 || n > quota.TasksPerECS.Default) {
		p.Refuse(field+".desiredCount", n, "an ECS service has between 0 and %d tasks", quota.TasksPerECS.Default)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		if name == "" || strings.ContainsAny(name, "= \x00") {
			p.Refuse(field+".environment", name, "the name of an environment variable has no blank and no =, and is not empty")
		}
	}
	if s.ClientOnly && s.Port != 0 {
		p.Refuse(field+".port", s.Port, "the service is clientOnly and has no inbound rule, so nobody could call the port: remove one of the two")
	}
	if s.ClientOnly && len(s.Ports) > 0 {
		p.Add(field+".ports", problem.IsSet, "the service is clientOnly and has no inbound rule, so nobody could call the ports: remove one of the two")
	}
	checkScaling(p, field, s)
	checkPorts(p, field, s)
	checkPlatform(p, field, s)
	problem.OneOf(p, field+".client", s.ClientOrDefault(), enrol.Clients...)
	for _, container := range slices.Sorted(maps.Keys(s.Clients)) {
		problem.OneOf(p, field+".clients."+container, enrol.Client(s.Clients[container]), enrol.Clients...)
	}
	if s.TaskDefinition == "" && !s.ByOwner() {
		if len(s.Clients) > 0 && !s.ByPipeline() {
			p.Add(field+".clients", problem.IsSet, "without a taskDefinition the service has one container: set client")
		}
		if len(s.NotSecret) > 0 {
			p.Add(field+".notSecret", problem.IsSet, "it is about variables of a taskDefinition")
		}
	}
	if s.Ztunnel != nil {
		p.Under(field+".ztunnel", enrol.Settings(*s.Ztunnel).Validate())
	}
}

// checkContainer checks image, port and size of the short form.
func checkContainer(p *problem.List, field string, s Service) {
	switch {
	case s.Image == "":
		p.Missing(field+".image", "give a container image, or a taskDefinition")
	case !image.MatchString(s.Image):
		p.Refuse(field+".image", s.Image, "this is no image reference such as public.ecr.aws/nginx/nginx:1.29")
	}
	switch {
	case s.ClientOnly, s.Port == 0 && (s.Shared != "" || len(s.Ports) > 0):
		// It has none, or something else says it.
	case s.Port == 0:
		p.Missing(field+".port", "give the TCP port that the application listens on, or set clientOnly")
	default:
		checkPort(p, field+".port", s.Port)
	}
	if reason := definition.CheckSize(s.CPUOrDefault(), s.MemoryOrDefault()); reason != "" {
		p.Refuse(field+".cpu", s.CPUOrDefault(), "with memory %d it is no Fargate size: %s", s.MemoryOrDefault(), reason)
	}
}

// withoutValue warns of variables that no container gets. ECS leaves them out of the task definition that it registers, so the
// program does too: the provider would plan a replacement at every preview (pulumi/pulumi-aws#4576,
// hashicorp/terraform-provider-aws#39533, both 2024-09-30).
func (c Config) withoutValue() []string {
	var all []string
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].WorkloadKeys() {
			environment := c.asService(key, name).Environment
			for _, variable := range slices.Sorted(maps.Keys(environment)) {
				if environment[variable] == "" {
					all = append(all, fmt.Sprintf("%s.environment.%s has no value: ECS drops such a variable, so the container does not have it. Take it out, or give it a value", c.Field(key, name), variable))
				}
			}
		}
	}
	return all
}

// checkPort checks a port that an application listens on, and reports whether it can be one.
func checkPort(p *problem.List, field string, port int) bool {
	switch {
	case port < 1 || port > 65535:
		p.Refuse(field, port, "a TCP port is between 1 and 65535")
	case isZtunnelPort(port):
		p.Refuse(field, port, "ztunnel shares the task's network and keeps the ports %d to %d", firstZtunnelPort, lastZtunnelPort)
	default:
		return true
	}
	return false
}

// ztunnelPorts are taken in every task: ztunnel shares the task's network with the application.
const (
	firstZtunnelPort = enrol.FirstZtunnelPort
	lastZtunnelPort  = enrol.LastZtunnelPort
)

func isZtunnelPort(port int) bool { return port >= firstZtunnelPort && port <= lastZtunnelPort }

// ztunnelContainer is the name of the mesh's container in every task.
const ztunnelContainer = enrol.ZtunnelName

// Egress is one outbound rule of a service's own security group.
type Egress struct {
	// Description says what is called.
	Description string `config:"description"`
	// CIDR is the IPv4 network that is called. Required.
	CIDR string `config:"cidr"`
	// Protocol is tcp or udp. Empty: tcp.
	Protocol string `config:"protocol"`
	// Port is the port that is called. Required.
	Port int `config:"port"`
}

// ProtocolOrDefault is the rule's protocol.
func (e Egress) ProtocolOrDefault() string {
	if e.Protocol == "" {
		return DefaultProtocol
	}
	return e.Protocol
}

// checkEgress checks the ways out of a service that do not lead through the mesh.
func (c Config) checkEgress(p *problem.List, field string, s Service) {
	seen := map[string]string{}
	for i, rule := range s.Egress {
		at := fmt.Sprintf("%s.egress[%d]", field, i)
		if !ruleText.MatchString(rule.Description) {
			p.Refuse(at+".description", rule.Description, "EC2 allows 255 letters, digits, spaces and . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *")
		}
		protocol := rule.ProtocolOrDefault()
		if protocol != "tcp" && protocol != "udp" {
			p.Refuse(at+".protocol", protocol, "choose tcp or udp")
		}
		if rule.Port < 1 || rule.Port > 65535 {
			p.Refuse(at+".port", rule.Port, "a port is between 1 and 65535")
		}
		if rule.CIDR == "" {
			p.Missing(at+".cidr", "give the IPv4 network that is called")
			continue
		}
		block, err := cidr.Parse(rule.CIDR)
		if err != nil {
			p.Because(at+".cidr", rule.CIDR, err)
			continue
		}
		key := fmt.Sprintf("%s/%s/%d", block, protocol, rule.Port)
		if other, taken := seen[key]; taken {
			p.Refuse(at, key, "%s says the same, and EC2 refuses a rule that exists", other)
		}
		seen[key] = at
		if reason := c.bypass(block, protocol, rule.Port); reason != "" {
			p.Refuse(at, key, "%s", reason)
		}
	}
}

// bypass says why a rule would lead around the mesh, or returns "".
func (c Config) bypass(block netip.Prefix, protocol string, port int) string {
	if protocol != "tcp" {
		return ""
	}
	if isZtunnelPort(port) {
		return fmt.Sprintf("the ports %d to %d are ztunnel's and istiod's: tasks already reach 15008 and 15012 in the VPCs of the mesh, and nobody else's are trusted", firstZtunnelPort, lastZtunnelPort)
	}
	for _, key := range c.AccountKeys() {
		inside := func(network string) bool {
			vpc, err := cidr.Parse(network)
			return err == nil && block.Bits() >= vpc.Bits() && cidr.Overlap(vpc, block)
		}
		if !slices.ContainsFunc(c.Accounts[key].CIDRs(), inside) {
			continue
		}
		if service := c.serviceOnPort(key, port); service != "" {
			return fmt.Sprintf("%s listens on %d in that VPC, and a direct call would bypass mTLS and policy: call it by its hostname, through the mesh", service, port)
		}
	}
	return ""
}

// serviceOnPort names a service of an account that listens on the port.
func (c Config) serviceOnPort(account string, port int) string {
	for _, key := range c.ClusterKeys() {
		cluster := c.Clusters[key]
		for _, name := range cluster.ServiceKeys() {
			if cluster.Account == account && slices.ContainsFunc(c.PortsOf(key, name), Port{Port: port}.same) {
				return "clusters." + key + ".services." + name
			}
		}
	}
	return ""
}

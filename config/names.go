package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

var (
	// label is a DNS label in lower case. Kubernetes, DNS and IAM accept it everywhere that a key becomes part of a name.
	label = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	// labelFromLetter is a label that begins with a letter, as the names of some AWS resources must.
	labelFromLetter = regexp.MustCompile(`^[a-z]([a-z0-9-]*[a-z0-9])?$`)
	// domainName is one or more labels with dots between them.
	domainName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)
)

const labelRule = "use lower-case letters, digits and hyphens, with a letter or digit at both ends"

const (
	// maxRoleName is IAM's limit for the name of a role.
	maxRoleName = 64
	// maxLabel is the limit of a DNS label, of a Kubernetes namespace and of a label's value.
	maxLabel = 63
	// maxHostname is short because the mesh uses a service's hostname as the value of a Kubernetes label.
	maxHostname = 63
	// maxECSName is ECS's limit for the name of a service and of a family of task definitions
	// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html, 2026-11-29).
	maxECSName = 255
	// maxAlarmName is CloudWatch's limit for the name of an alarm
	// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, 2026-11-29).
	maxAlarmName = 255
	// belowDesired ends the name of the alarm of a service, which begins with its cluster's key.
	belowDesired = "-below-desired"
)

// names are names that must differ from each other, each with the field that it comes from.
type names struct {
	p     *problem.List
	taken map[string]string
}

func distinct(p *problem.List) *names { return &names{p: p, taken: map[string]string{}} }

// add takes a name, or refuses the key when the name is taken.
func (n *names) add(field, key, kind, name string) {
	if other, taken := n.taken[name]; taken {
		n.p.Refuse(field, key, "the %s would be %s, and that is taken by %s", kind, name, other)
		return
	}
	n.taken[name] = field + " " + key
}

func tooLong(p *problem.List, field, key, kind, name string, most int) {
	if len(name) > most {
		p.Refuse(field, key, "the %s %s has %d characters and may have %d: shorten installName or the parts after it", kind, name, len(name), most)
	}
}

func numbers(list []int) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(list)), ", "), "[]")
}

// checkNames checks every name that the program makes from keys: its length, and that no two are the
// same. Different keys can give one name: "a-b" + "c" and "a" + "b-c".
func (c Config) checkNames(p *problem.List) {
	roles, namespaces, hostnames, services, pairs := distinct(p), distinct(p), distinct(p), distinct(p), distinct(p)
	namespaces.taken["istio-system"] = "the mesh itself"
	if c.HasDoor(DoorController) {
		namespaces.taken["istio-eastwest"] = "the east-west gateway"
	}
	if c.Ingress.IsSet() {
		for _, namespace := range c.ingressNamespaces() {
			namespaces.taken[namespace] = "the ingress gateway"
		}
	}
	c.eachRole(func(_, field, key, name string) {
		if key == name {
			return // the stack file gives it: see checkRoleNames
		}
		tooLong(p, field, key, "IAM role name", name, maxRoleName)
		roles.add(field, key, "IAM role", name)
	})
	c.checkRoleNames(p)
	for _, pair := range c.Pairs() {
		pairs.add("accounts", pair.Accepter, "name of the peering with "+pair.Requester, pair.Key())
	}
	for _, key := range c.ClusterKeys() {
		tooLong(p, "clusters", key, "Kubernetes namespace", c.Namespace(key), maxLabel)
		namespaces.add("clusters", key, "namespace", c.Namespace(key))
		for _, name := range c.Clusters[key].WorkloadKeys() {
			field := strings.TrimSuffix(c.Field(key, name), "."+name)
			if c.asService(key, name).Shared == "" {
				tooLong(p, field, name, "hostname", c.Hostname(key, name), maxHostname)
				hostnames.add(field, name, "hostname", c.Hostname(key, name))
			}
			services.add(field, name, "name of its resources", c.Prefix(key)+"-"+name)
			tooLong(p, field, name, "name of its task definitions", c.Prefix(key)+"-"+name, maxECSName)
			if c.Observability.Alarms.Enabled {
				tooLong(p, field, name, "name of its alarm", key+"-"+name+belowDesired, maxAlarmName)
			}
			if ports := c.DiscoveryTags(key, name)[TagPorts]; len(ports) > maxTagValue {
				p.Refuse(c.Field(key, name)+".ports", len(c.PortsOf(key, name)), "istiod learns the ports from the tag %s, whose value %s has %d characters, and AWS allows %d: declare fewer", TagPorts, ports, len(ports), maxTagValue)
			}
		}
	}
	for _, name := range c.SharedKeys() {
		tooLong(p, "sharedServices", name, "Kubernetes namespace", c.SharedNamespace(name), maxLabel)
		namespaces.add("sharedServices", name, "namespace", c.SharedNamespace(name))
		tooLong(p, "sharedServices", name, "hostname", c.SharedHostname(name), maxHostname)
		hostnames.add("sharedServices", name, "hostname", c.SharedHostname(name))
	}
}

// MakesRole reports whether the program makes the role with an ARN.
func (c Config) MakesRole(arn string) bool {
	makes := false
	c.eachRole(func(account, _, _, name string) { makes = makes || c.RoleARN(account, name) == arn })
	return makes
}

// RoleNames are the names that the program chooses for its roles in an account, sorted. Pulumi chooses those of EKS's roles.
func (c Config) RoleNames(account string) (names []string) {
	generated := c.generatedRoleNames()
	c.eachRole(func(of, _, _, name string) {
		if of == account && !slices.Contains(generated, name) {
			names = append(names, name)
		}
	})
	slices.Sort(names)
	return slices.Compact(names)
}

// eachRole visits every role that the program makes: its account, its name, and field and key that the name comes from. The key is the name
// itself where the stack file gives it.
func (c Config) eachRole(visit func(account, field, key, name string)) {
	visit(c.Home, "installName", c.Install, c.IstiodRoleName())
	for _, name := range c.generatedRoleNames() {
		visit(c.Home, "installName", c.Install, name)
	}
	for _, key := range c.AccountKeys() {
		if !c.CallsOnly(key) {
			visit(key, "accounts", key, c.DiscoveryRoleName(key))
		}
		if c.TheirExecutionRole(key) == "" {
			visit(key, "accounts", key, c.ExecutionRoleName(key))
		}
		if c.FlowLogs.Enabled {
			visit(key, "accounts", key, c.FlowLogRoleName(key))
		}
	}
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].WorkloadKeys() {
			switch given := c.asService(key, name).ExecutionRoleName; {
			case !c.OwnExecutionRole(key, name):
			case given != "":
				visit(c.Clusters[key].Account, c.Field(key, name)+".executionRoleName", given, given)
			default:
				visit(c.Clusters[key].Account, strings.TrimSuffix(c.Field(key, name), "."+name), name, c.ServiceExecutionRoleName(key, name))
			}
		}
		for _, name := range c.ScheduledTasks(key) {
			visit(c.Clusters[key].Account, "clusters."+key+".tasks", name, c.ScheduleRoleName(key, name))
		}
	}
	c.eachObserver(func(account, name string) { visit(account, "observability", c.Install, name) })
	if c.OwnCNIRole() {
		visit(c.Home, "vpcCniRole", string(c.VPCCNIRole), c.CNIRoleName())
	}
	if c.InstallsBalancerController() {
		visit(c.Home, "gatewayLoadBalancers", DoorController, c.BalancerControllerRoleName())
	}
	for _, team := range c.TeamKeys() {
		for _, account := range c.TeamAccounts(team) {
			visit(account, "teams", team, c.TeamRoleName(team, account))
			if len(c.TeamClusters(team, account)) > 0 {
				visit(account, "teams", team, c.TeamExecutionRoleName(team, account))
			}
		}
	}
	for _, identity := range c.Identities() {
		switch name, field := c.TaskRoleName(identity.Cluster, identity.ServiceAccount), c.taskRoleField(identity); {
		case c.TeamTaskRole(identity) != "":
		case field != "":
			visit(identity.Account, field, name, name)
		default:
			visit(identity.Account, "clusters."+identity.Cluster, identity.ServiceAccount, name)
		}
	}
}

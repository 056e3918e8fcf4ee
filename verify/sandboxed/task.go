package sandboxed

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ambient-ecs/mesh/bootstrap"
	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
)

const (
	ztunnel = "ztunnel"
	// socks is where ztunnel listens for the application of its task.
	socks = "127.0.0.1:15080"
	// hbone is the port on which proxies speak mTLS to each other.
	hbone = 15008
)

// task is a running ECS task with its containers.
type task struct {
	*world.Resource
	containers []api.Object
}

// readTask reads the containers of a task from its task definition.
func (m *model) readTask(r *world.Resource) task {
	t := task{Resource: r}
	if definition := m.Get(r.Account, aws.TaskDefinitionKind, r.String("taskDefinitionArn")); definition != nil {
		// ECS accepted the task definition, so this is JSON.
		_ = json.Unmarshal([]byte(definition.String("containerDefinitions")), &t.containers)
	}
	return t
}

// tasksOf are a service's tasks that run and are to keep running.
func (m *model) tasksOf(cluster, service string) []task {
	c, ok := m.stack.Clusters[cluster]
	if !ok {
		return nil
	}
	name := c.Services[service].Name(service)
	var tasks []task
	for _, r := range m.Find(m.stack.Accounts[c.Account].ID, aws.TaskKind, func(r *world.Resource) bool {
		return r.String("clusterArn") == c.ARN && r.String("serviceName") == name && runs(r)
	}) {
		tasks = append(tasks, m.readTask(r))
	}
	return tasks
}

func runs(r *world.Resource) bool {
	return r.String("lastStatus") == "RUNNING" && r.String("desiredStatus") == "RUNNING"
}

// taskAt is the running task with an address in a network that the mesh reaches, or nil. Other networks of the accounts may have the same
// addresses: that of another install, say.
func (m *model) taskAt(ip netip.Addr) *task {
	for key, account := range m.stack.Accounts {
		if m.stack.CallsOnly(key) {
			continue
		}
		for _, r := range m.Find(account.ID, aws.TaskKind, func(r *world.Resource) bool { return runs(r) && r.String("privateIp") == ip.String() }) {
			if eni := aws.InterfaceOf(m.Tx, r); eni != nil && eni.String("vpcId") == m.stack.VpcIDs[key] {
				t := m.readTask(r)
				return &t
			}
		}
	}
	return nil
}

// started reports whether the application's container runs: it waits for ztunnel's health check.
func (t task) started() bool {
	checked, _ := t.Props["_checked"].(bool)
	return !checked || t.String("healthStatus") == "HEALTHY"
}

// container returns the container with a name, or nil.
func (t task) container(name string) api.Object {
	for _, c := range t.containers {
		if api.String(c, "name") == name {
			return c
		}
	}
	return nil
}

// application is the container with the service's name, or the first one that is neither ztunnel nor the log router.
func (t task) application() api.Object {
	if own := t.container(t.String("serviceName")); own != nil {
		return own
	}
	for _, c := range t.containers {
		if api.String(c, "name") != ztunnel && api.Map(c, "firelensConfiguration") == nil {
			return c
		}
	}
	return nil
}

// ports are those that the containers declare.
func (t task) ports() []int {
	var ports []int
	for _, c := range t.containers {
		for _, p := range api.Maps(c, "portMappings") {
			if api.String(p, "protocol") != "udp" {
				ports = append(ports, int(api.Int(p, "containerPort")))
			}
		}
	}
	return ports
}

// listens reports whether a container of the task declares a port.
func (t task) listens(port uint32) bool { return slices.Contains(t.ports(), int(port)) }

// logs reports whether the lines of a container reach CloudWatch.
func (t task) logs(container string) bool {
	return api.String(t.container(container), "logConfiguration", "logDriver") == "awslogs"
}

func (t task) title() string { return "task " + t.ID[strings.LastIndex(t.ID, "/")+1:] }

// variable returns a variable of a container, in either spelling that curl knows.
func variable(container api.Object, name string) string {
	for _, e := range api.Maps(container, "environment") {
		if strings.EqualFold(api.String(e, "name"), name) {
			return api.String(e, "value")
		}
	}
	return ""
}

// token reads the bootstrap token that ztunnel of the task starts from.
func (t task) token() (bootstrap.Token, error) {
	b, err := bootstrap.Decode(variable(t.container(ztunnel), bootstrap.Variable))
	if err != nil {
		return b, fmt.Errorf("%s %w", bootstrap.Variable, err)
	}
	return b, nil
}

// identity is the SPIFFE id that istiod gives to a task that starts now; why says why it gives none.
func (m *model) identity(t task) (id, why string) {
	if t.container(ztunnel) == nil {
		return "", t.title() + " has no ztunnel container"
	}
	if ok, why := mesh.Readiness(m.Tx, t.Resource); !ok {
		return "", t.title() + " would not get a certificate if it started now: " + why
	}
	b, err := t.token()
	if err != nil {
		return "", err.Error()
	}
	return m.istiod.Identity(b.Namespace, b.ServiceAccount), ""
}

// host is the network side of a task.
func (m *model) host(t task) (aws.Host, bool) {
	eni := aws.InterfaceOf(m.Tx, t.Resource)
	if eni == nil {
		return aws.Host{}, false
	}
	return aws.HostOf(eni), true
}

// execIssue says why nobody can run a command in a task, or "".
func (m *model) execIssue(t task, host aws.Host) string {
	if on, _ := t.Props["enableExecuteCommand"].(bool); !on {
		return "ECS Exec is off for " + t.title()
	}
	who, err := aws.TaskPrincipal(m.Tx, t.Resource)
	if err != nil {
		return fmt.Sprintf("ECS Exec into %s: %v", t.title(), err)
	}
	for _, action := range []string{"CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"} {
		if err := aws.Allowed(m.Tx, who, "ssmmessages:"+action, "*", nil); err != nil {
			return fmt.Sprintf("ECS Exec into %s: %v", t.title(), err)
		}
	}
	if ok, why := aws.Dial(m.Tx, host, "ssmmessages."+t.Region+".amazonaws.com", 443); !ok {
		return fmt.Sprintf("ECS Exec into %s: its agent does not reach Systems Manager: %s", t.title(), why)
	}
	return ""
}

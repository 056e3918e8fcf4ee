package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/iam/evaluation"
	"ambient-ecs/mesh/bootstrap"
)

// cluster checks the ECS cluster itself, which all its services need.
func (w *walk) cluster(key string) *Finding {
	cluster := w.stack.Clusters[key]
	if find(w.ecs.Clusters, func(c Cluster) bool { return c.ARN == cluster.ARN }) == nil {
		return missing("cluster", cluster.ARN, remade, "ECS cluster %s does not exist or is not active", cluster.Name)
	}
	return nil
}

// home checks the namespace of a service: its cluster's, or that of the shared service that it belongs to.
func (w *walk) home(m member) *Finding {
	if name := w.declared(m).namespace; w.namespace(name) == nil {
		return missing("namespace", name, remade, "namespace %s, which holds the identity of %s and what istiod finds of it, does not exist", name, m)
	}
	return nil
}

// deployed is an ECS service as it is declared and as it is.
type deployed struct {
	member
	want       declared
	service    *Service
	definition *Definition
	// standalone says that it is a standalone task. Its service is what the next start would be.
	standalone bool
}

// what is the word for it.
func (d deployed) what() string {
	if d.standalone {
		return "standalone task"
	}
	return "service"
}

// declared is the stack's declaration of a service.
type declared struct {
	account, accountID, namespace, serviceAccount, hostname, definition, role string
	port                                                                      int
	clientOnly                                                                bool
	// elsewhere says that a pipeline or an owner deploys it, byOwner that an owner made it.
	elsewhere, byOwner bool
	client             enrol.Client
	clients            map[string]enrol.Client
}

func (w *walk) declared(m member) declared {
	cluster := w.stack.Clusters[m.cluster]
	service := cluster.Services[m.service]
	account := service.ServiceAccount
	if account == "" {
		account = cluster.ServiceAccount
	}
	return declared{
		account: cluster.Account, accountID: w.stack.Accounts[cluster.Account].ID, namespace: w.stack.NamespaceOf(m.cluster, m.service), serviceAccount: account,
		hostname: service.Hostname, definition: service.TaskDefinitionARN, role: w.stack.TaskRoles[m.cluster+"/"+account],
		port: service.Port, clientOnly: service.ClientOnly, elsewhere: service.Elsewhere(), byOwner: service.ByOwner(), client: enrol.Client(service.Client), clients: enrol.ClientsOf(service.Clients),
	}
}

// deployed looks a service up. Its service is nil if there is none.
func (w *walk) deployed(m member) deployed {
	d := deployed{member: m, want: w.declared(m)}
	arn := w.stack.Clusters[m.cluster].Services[m.service].ARN
	d.service = find(w.ecs.Services, func(s Service) bool { return s.ARN == arn })
	if d.service != nil {
		d.definition = w.definition(d.service.Definition)
	}
	return d
}

func (w *walk) definition(arn string) *Definition {
	return find(w.ecs.Definitions, func(d Definition) bool { return d.ARN == arn })
}

// service checks one ECS service: its configuration, its permissions and its tasks.
func (w *walk) service(m member) *Finding {
	d := w.deployed(m)
	if d.service == nil {
		return w.forOwner(d, missing("service", m.String(), remade, "ECS service %s does not exist or is not active", m))
	}
	return w.forOwner(d, first(
		func() *Finding { return w.rolledBack(d) },
		func() *Finding { return w.taskDefinition(d) },
		func() *Finding { return w.identity(d) },
		func() *Finding { return w.tasks(d) },
	))
}

func (w *walk) rolledBack(d deployed) *Finding {
	failed := find(d.service.Deployments, func(o Deployment) bool { return o.State == "FAILED" })
	// An update that failed in another place leaves the outputs as they were, and the service with the revision that it registered.
	latest := w.ecs.Latest[FamilyOf(d.service.Definition)]
	declared := d.service.Definition == d.want.definition || d.service.Definition == latest || d.want.elsewhere
	if declared && failed == nil {
		return nil
	}
	reason := ""
	if failed != nil && failed.Reason != "" {
		reason = ": " + failed.Reason
	}
	want := cmp.Or(latest, d.want.definition)
	if d.want.elsewhere {
		want = "the revision that was deployed last"
	}
	return missing("deployment-rolled-back", d.String(), "read why its tasks stopped (aws ecs describe-tasks), then run `pulumi up`",
		"service %s runs %s instead of %s%s", d.member, last(d.service.Definition), last(want), reason)
}

// serving checks what a service needs besides to be called: a port, and istiod's entries for it.
func (w *walk) serving(m member) step {
	return func() *Finding {
		if !m.ecs() {
			return nil
		}
		d := w.deployed(m)
		if !slices.ContainsFunc(d.definition.Containers, func(c Container) bool { return slices.Contains(c.Ports, d.want.port) }) {
			return w.forOwner(d, missing("application-port", last(d.definition.ARN), "declare the port that the application serves", "no container of %s serves port %d", last(d.definition.ARN), d.want.port))
		}
		return w.written(d)
	}
}

// servesPort reads "proto:port[:targetPort]" joined by "/".
func servesPort(tag string, port int) bool {
	return slices.ContainsFunc(strings.Split(tag, "/"), func(one string) bool {
		fields := strings.Split(one, ":")
		return len(fields) >= 2 && fields[1] == strconv.Itoa(port)
	})
}

// taskDefinition checks the task definition of a service's tasks.
func (w *walk) taskDefinition(d deployed) *Finding {
	if d.definition == nil {
		return missing("task-definition", d.service.Definition, remade, "task definition %s of %s %s does not exist", last(d.service.Definition), d.what(), d.member)
	}
	if d.definition.TaskRole != d.want.role {
		return missing("task-role", last(d.definition.ARN), remade, "the task role of %s is %s, and its identity belongs to %s", last(d.definition.ARN), quote(d.definition.TaskRole), d.want.role)
	}
	proxy := d.definition.container(ztunnel)
	if proxy == nil {
		return missing("ztunnel-container", last(d.definition.ARN), remade+": the container must have exactly this name", "task definition %s has no container named ztunnel, so its tasks are not in the mesh", last(d.definition.ARN))
	}
	if f := w.token(d, proxy.Environment[bootstrap.Variable]); f != nil {
		return f
	}
	return nil
}

const ztunnel = enrol.ZtunnelName

func (d *Definition) container(name string) *Container {
	return find(d.Containers, func(c Container) bool { return c.Name == name })
}

// identity checks what a task needs to get its certificate: its role, and the service account that names the
// role.
func (w *walk) identity(d deployed) *Finding {
	id := d.want.namespace + "/" + d.want.serviceAccount
	account := find(w.kubernetes.ServiceAccounts, func(a ServiceAccount) bool {
		return a.Namespace == d.want.namespace && a.Name == d.want.serviceAccount
	})
	if account == nil {
		return missing("service-account", id, remade, "service account %s does not exist", id)
	}
	if withoutPath(account.Role) != withoutPath(d.want.role) {
		return missing("service-account-role", id, "annotate it ecs.solo.io/role-arn="+d.want.role,
			"service account %s names the role %s, and its tasks have %s: istiod refuses them the identity", id, quote(account.Role), d.want.role)
	}
	return w.ecsTrust("task-role-trust", d.want.role, d)
}

// ecsTrust checks that ECS can assume a role for the tasks of a service.
func (w *walk) ecsTrust(ingredient, arn string, d deployed) *Finding {
	role := w.roles[arn]
	if role == nil {
		return missing(ingredient, arn, remade, "role %s of %s %s does not exist", quote(arn), d.what(), d.member)
	}
	cluster := w.stack.Clusters[d.cluster]
	request := map[string]string{"aws:SourceAccount": d.want.accountID, "aws:SourceArn": strings.Replace(cluster.ARN, ":cluster/", ":task/", 1) + "/0123456789abcdef0123456789abcdef"}
	if v := evaluation.Trusts(role, evaluation.Caller{Service: "ecs-tasks.amazonaws.com"}, "sts:AssumeRole", request); !v.OK() {
		return missing(ingredient, arn, remade+": the trust names ecs-tasks.amazonaws.com", "the trust of %s does not let ECS take it: %s", arn, v.Why)
	}
	return nil
}

// running are a service's tasks that run.
func (w *walk) running(d deployed) []Task {
	var all []Task
	for _, t := range w.ecs.Tasks {
		if t.Service == d.service.ARN && t.Status == "RUNNING" {
			all = append(all, t)
		}
	}
	return all
}

// last is the name at the end of an ARN.
func last(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// withoutPath drops a role's path: the ARN of an assumed role does not have it.
func withoutPath(arn string) string {
	prefix, rest, ok := strings.Cut(arn, ":role/")
	if !ok {
		return arn
	}
	return fmt.Sprintf("%s:role/%s", prefix, last(rest))
}

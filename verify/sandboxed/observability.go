package sandboxed

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/observability"
	"ambient-ecs/verify/stack"
)

var _ backend.Observer = (*Backend)(nil)

// CloudWatch is read from the world.
func (b *Backend) CloudWatch(context.Context) (map[string]backend.CloudWatch, error) {
	return read(b, b.cloudWatch)
}

// Counts reads the pattern as CloudWatch Logs does.
func (b *Backend) Counts(_ context.Context, _, pattern string, lines []string) ([]bool, error) {
	matched := make([]bool, len(lines))
	for i, line := range lines {
		var err error
		if matched[i], err = matches(pattern, line); err != nil {
			return nil, err
		}
	}
	return matched, nil
}

// OpenTo is read from the rules of the security groups that tasks carry.
func (b *Backend) OpenTo(_ context.Context, port int) (open map[string][]string, err error) {
	open = map[string][]string{}
	err = b.look(func(m *model) error {
		for _, key := range m.stack.ClusterKeys() {
			for _, name := range m.stack.Clusters[key].ServiceKeys() {
				for _, t := range m.tasksOf(key, name) {
					if host, ok := m.host(t); ok {
						open[key+"/"+name] = append(open[key+"/"+name], m.admittedTo(host, port)...)
					}
				}
			}
		}
		for service, sources := range open {
			slices.Sort(sources)
			open[service] = slices.Compact(sources)
		}
		return nil
	})
	return open, err
}

// admittedTo are the networks and groups that the rules in front of a host let in to a port.
func (m *model) admittedTo(host aws.Host, port int) []string {
	if len(host.Groups) == 0 {
		return []string{"everybody"}
	}
	var sources []string
	for _, rule := range rulesFor(m.Tx, host.Account, host.Groups, int64(port)) {
		for _, source := range []string{"cidrIpv4", "cidrIpv6", "referencedSecurityGroupId", "prefixListId"} {
			if text := rule.String(source); text != "" {
				sources = append(sources, text)
			}
		}
	}
	return sources
}

// watcher is the pod of an observability tool with its AWS identity.
type watcher struct {
	pod  api.Object
	host aws.Host
	who  aws.Principal
}

// watcherOf is the ready pod of an observability tool, by its service account, or the reason why the tool cannot
// work.
func (m *model) watcherOf(account string) (*watcher, string) {
	namespace := m.stack.ObservabilityNamespace
	for _, pod := range m.cluster.List(api.PodKind, namespace) {
		if !ready(pod) || api.String(pod, "spec", "serviceAccountName") != account {
			continue
		}
		host, ok := m.podHost(pod)
		if !ok {
			return nil, "pod " + api.ID(pod) + " has no address"
		}
		w := &watcher{pod: pod, host: host}
		if why := m.identify(w, account); why != "" {
			return nil, why
		}
		return w, ""
	}
	return nil, fmt.Sprintf("no pod of service account %s/%s is ready", namespace, account)
}

// identify finds the AWS identity that a pod got when it started, and still has.
func (m *model) identify(w *watcher, account string) (why string) {
	namespace := api.Namespace(w.pod)
	agents := m.Find(m.homeID(), addOnKind, func(r *world.Resource) bool { return r.String("addonName") == "eks-pod-identity-agent" })
	started, now := mesh.InjectedIdentity(w.pod), mesh.StartIdentity(m.cluster, namespace, account)
	var err error
	if w.who, err = aws.PodRole(m.Tx, m.cluster.ARN, namespace, account, api.Name(w.pod)); err != nil {
		return fmt.Sprintf("%s gets no AWS identity: %v", api.ID(w.pod), err)
	}
	switch {
	case started != now:
		return fmt.Sprintf("%s has the AWS identity that it started with, and not the one of its association", api.ID(w.pod))
	case len(agents) == 0:
		return fmt.Sprintf("%s gets no AWS identity: the cluster has no add-on eks-pod-identity-agent", api.ID(w.pod))
	}
	return ""
}

// values are those with which a chart was installed, as text.
func (m *model) values(name string) string {
	return api.String(m.cluster.Get(api.ConfigMapKind, m.stack.ObservabilityNamespace, name+"-values"), "data", "values.yaml")
}

// jobFor is the job of Prometheus that looks into a cluster, or nil.
func (m *model) jobFor(cluster stack.Cluster) *observability.Job {
	jobs, err := observability.Jobs(m.values("prometheus"))
	if err != nil {
		return nil // Helm rendered it, so this is YAML.
	}
	for _, j := range jobs {
		if slices.Contains(j.Clusters, cluster.ARN) {
			return &j
		}
	}
	return nil
}

// Finding walks Prometheus's way into every account: its pod, its identity, the role there, and what that may read.
func (b *Backend) Finding(context.Context) (found map[string]string, err error) {
	found = map[string]string{}
	err = b.look(func(m *model) error {
		for _, key := range m.stack.ClusterKeys() {
			account := m.stack.Clusters[key].Account
			if found[account] == "" {
				found[account] = m.unfound(m.stack.Clusters[key])
			}
		}
		return nil
	})
	return found, err
}

// unfound says what keeps Prometheus from the list of a cluster's tasks.
func (m *model) unfound(c stack.Cluster) string {
	prometheus, why := m.watcherOf(backend.PrometheusAccount)
	if why != "" {
		return why
	}
	for _, service := range []string{"sts", "ecs", "ec2"} {
		if ok, why := aws.Dial(m.Tx, prometheus.host, service+"."+c.Region+".amazonaws.com", 443); !ok {
			return "Prometheus does not reach " + service + ": " + why
		}
	}
	j := m.jobFor(c)
	if j == nil {
		return "no job of Prometheus looks into ECS cluster " + c.Name
	}
	if err := aws.MayAssume(m.Tx, prometheus.who, j.Role, nil); err != nil {
		return fmt.Sprintf("Prometheus may not assume %s: %v", j.Role, err)
	}
	// Pod Identity's session tags are transitive.
	who := aws.Principal{RoleARN: j.Role, Tags: prometheus.who.Tags}
	for _, call := range observability.Calls(c) {
		if err := aws.Allowed(m.Tx, who, call.Action, call.Resource, call.Request); err != nil {
			return fmt.Sprintf("Prometheus may not read ECS cluster %s: %v", c.Name, err)
		}
	}
	return ""
}

// Scraped looks whether Prometheus finds the tasks of a service and gets through to them.
func (b *Backend) Scraped(context.Context) (scraped map[string]string, err error) {
	scraped = map[string]string{}
	err = b.look(func(m *model) error {
		for _, key := range m.stack.ClusterKeys() {
			c := m.stack.Clusters[key]
			unfound := m.unfound(c)
			for _, name := range c.ServiceKeys() {
				tasks := m.tasksOf(key, name)
				if len(tasks) == 0 {
					continue
				}
				if scraped[key+"/"+name] = unfound; unfound == "" {
					scraped[key+"/"+name] = m.unscraped(c, tasks)
				}
			}
		}
		return nil
	})
	return scraped, err
}

// unscraped says what keeps Prometheus from the metrics of tasks that it has found.
func (m *model) unscraped(c stack.Cluster, tasks []task) string {
	// Both are there: the tasks were found.
	prometheus, _ := m.watcherOf(backend.PrometheusAccount)
	j := m.jobFor(c)
	for _, t := range tasks {
		host, ok := m.host(t)
		switch {
		case !ok:
			return t.title() + " has no network interface"
		case t.container(ztunnel) == nil:
			return t.title() + " has no ztunnel"
		case j.Port != backend.PortMetrics:
			return fmt.Sprintf("Prometheus asks port %d, and ztunnel answers on %d", j.Port, backend.PortMetrics)
		}
		if ok, why := aws.Reach(m.Tx, prometheus.host, host.IP, j.Port); !ok {
			return why
		}
	}
	return ""
}

// Shipping walks the way of istio-system's logs: the pods that ship them, their identity, and the log group.
func (b *Backend) Shipping(context.Context) (why string, err error) {
	err = b.look(func(m *model) error {
		why = m.unshipped()
		return nil
	})
	return why, err
}

func (m *model) unshipped() string {
	group := m.stack.MeshLogGroup
	if len(m.Find(m.homeID(), logGroupKind, func(r *world.Resource) bool { return r.String("name") == group })) == 0 {
		return "log group " + group + " does not exist, and nothing may make it"
	}
	if !strings.Contains(m.values(backend.ShipperAccount), "log_group_name "+group+"\n") {
		return "Fluent Bit is not told of log group " + group
	}
	shipper, why := m.watcherOf(backend.ShipperAccount)
	if why != "" {
		return why
	}
	if ok, why := aws.Dial(m.Tx, shipper.host, "logs."+m.stack.Region+".amazonaws.com", 443); !ok {
		return "Fluent Bit does not reach CloudWatch Logs: " + why
	}
	for _, call := range observability.Writes(m.stack) {
		if err := aws.Allowed(m.Tx, shipper.who, call.Action, call.Resource, nil); err != nil {
			return fmt.Sprintf("Fluent Bit may not write: %v", err)
		}
	}
	return ""
}

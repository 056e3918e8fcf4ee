package doctor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/doctor/network"
	"ambient-ecs/verify/observability"
)

// Watcher is Evidence that also covers observability. For other Evidence the doctor leaves observability out.
type Watcher interface {
	Watch(ctx context.Context) (*Watch, error)
}

// Watch holds the facts of observability, besides its pods, roles and associations.
type Watch struct {
	// CloudWatch is the CloudWatch configuration of every account, by the accounts' keys.
	CloudWatch map[string]backend.CloudWatch
	// Providers are the tracing providers in istiod's configuration. Traces are the providers that a Telemetry of the
	// mesh names.
	Providers []string
	Traces    []observability.Trace
	// Jobs are the jobs of Prometheus that discover tasks. Nil means unknown.
	Jobs []observability.Job
}

// watchIngredients are the kinds of findings about observability.
var watchIngredients = [][2]string{
	{"prometheus", "Prometheus does not run"},
	{"prometheus-identity", "Prometheus gets no AWS identity, or another one"},
	{"prometheus-job", "Prometheus is not told to look into an ECS cluster, or with another role"},
	{"scrape-role", "an account has no role for Prometheus"},
	{"scrape-trust", "a scrape role does not trust Prometheus's role"},
	{"scrape-permission", "Prometheus's role may not assume a scrape role, or that may not read ECS"},
	{"metrics-open", "the metrics of a task are open to others than Prometheus"},
	{"alarm", "an alarm is missing, watches something else, or tells nobody"},
	{"metric-filter", "a metric filter is missing or counts other lines"},
	{"saved-query", "a saved query is missing or asks other log groups"},
	{"log-shipping", "the logs of istio-system do not reach CloudWatch"},
	{"telemetry", "no Telemetry has the waypoints send traces, or it says another share of them"},
	{"tracing-provider", "istiod is not told of the collector of traces"},
	{"collector", "the collector of traces has no Service"},
}

// observing finds faults of observability. They stop no call.
func (w *walk) observing(seen *Watch) {
	o := w.stack.Observability
	if o == nil || seen == nil {
		return
	}
	for _, key := range w.stack.ClusterKeys() {
		for _, name := range w.stack.Clusters[key].ServiceKeys() {
			w.metricsOf(member{cluster: key, service: name}, seen.Jobs)
		}
	}
	for _, account := range sortedKeys(o.Alarms) {
		for _, name := range sortedKeys(o.Alarms[account]) {
			w.alarm(account, name, seen.CloudWatch[account])
		}
	}
	for _, account := range sortedKeys(o.Queries) {
		for _, name := range sortedKeys(o.Queries[account]) {
			cloud := seen.CloudWatch[account]
			if f := w.groupsGone(account, cloud, o.Queries[account][name].LogGroups...); f != nil {
				w.late(f, name)
			} else if fault := observability.Query(w.stack, account, name, cloud); fault != nil {
				w.late(missing("saved-query", name, remade, "%s (account %s)", fault.Why, account), name)
			}
		}
	}
	if w.stack.MeshLogGroup != "" {
		if f := w.shipping(seen.CloudWatch[w.stack.HomeAccount]); f != nil {
			w.late(f, system)
		}
	}
	if o.Tracing.Provider != "" {
		if f := w.tracing(seen); f != nil {
			w.late(f, "waypoints")
		}
	}
}

// groupsGone finds log groups that do not exist.
func (w *walk) groupsGone(account string, cloud backend.CloudWatch, groups ...string) *Finding {
	for _, group := range groups {
		if !slices.Contains(cloud.LogGroups, group) {
			return missing("log-group", group, remade, "log group %s in account %s does not exist, so nobody sees what is written to it", group, account)
		}
	}
	return nil
}

// metricsOf checks that Prometheus, and nobody else, can reach the metrics of a service's tasks. Tasks that have not joined have no ztunnel, and
// their security groups are none of the mesh's: a rule that somebody removed there would stop the calls of today.
func (w *walk) metricsOf(m member, jobs []observability.Job) {
	d := w.deployed(m)
	if d.service == nil || d.definition == nil || d.definition.container(ztunnel) == nil {
		return
	}
	account := w.stack.Clusters[m.cluster].Account
	var found *Finding
	metrics := w.stack.Observability.Metrics && !w.callsOnly(m) // Prometheus gets to no task of an account that only calls
	if metrics {
		found = first(
			w.once("prometheus", w.prometheus),
			w.once("job of "+m.cluster, func() *Finding { return w.job(m.cluster, jobs) }),
			w.once("scrape "+account, func() *Finding { return w.scraping(account) }),
		)
	}
	for _, task := range w.running(d) {
		host := w.hostOf(m, task.Address)
		if host == nil {
			continue
		}
		if found == nil && metrics {
			pod := w.watcher(backend.PrometheusAccount)
			if from := w.network.HostAt(pod.Address); from != nil {
				found = w.metricsWay(m, from, host)
			}
		}
		if strangers := observability.Strangers(w.stack, w.admitted(host)); len(strangers) > 0 {
			fix := "remove the rule, or " + remade
			if d.want.byOwner {
				fix = "its owner narrows the group, or takes it from the tasks when nothing needs it (docs/adoption.md)"
			}
			w.late(missing("metrics-open", strings.Join(host.Groups, ", "), fix,
				"a rule of %s admits %s to port %d of %s, where ztunnel tells whom it talks to", strings.Join(host.Groups, ", "), strings.Join(strangers, ", "), backend.PortMetrics, m), m.String())
		}
	}
	if found != nil {
		w.late(found, m.String())
	}
}

// metricsWay checks the network between Prometheus and a task. Its rule is in the security group of every task. The rules for
// calls are in the group of servers.
func (w *walk) metricsWay(m member, from, to *network.Host) *Finding {
	o := w.network.Reach(from, to.Addresses[0], backend.PortMetrics)
	what := "Prometheus does not reach the metrics of " + m.String()
	id := w.stack.ClientGroups[w.stack.Clusters[m.cluster].Account]
	group := find(w.network.Groups, func(g network.Group) bool { return g.ID == id })
	if o == nil || o.Kind != network.NoRule || group == nil || len(w.admitted(to)) > 0 {
		return obstacle(o, what)
	}
	cidr := strings.Join(w.stack.Accounts[w.stack.HomeAccount].CIDRs(), ", ")
	return missing(string(network.NoRule), id, remade, "%s: no rule of %s (%s) lets TCP %d into the host from %s", what, id, group.Name, backend.PortMetrics, cidr)
}

// admitted are the sources that the security groups of a host admit to the metrics port.
func (w *walk) admitted(host *network.Host) []string {
	var sources []string
	for _, id := range host.Groups {
		group := find(w.network.Groups, func(g network.Group) bool { return g.ID == id })
		if group == nil {
			continue
		}
		for _, r := range group.Ingress {
			switch {
			case r.Protocol != "-1" && (r.Protocol != "tcp" || backend.PortMetrics < r.From || backend.PortMetrics > r.To):
			case r.CIDR != "":
				sources = append(sources, r.CIDR)
			case r.Group != "":
				sources = append(sources, r.Group)
			}
		}
	}
	return sources
}

// watcher is the ready pod of an observability tool, or nil.
func (w *walk) watcher(account string) *Pod {
	return find(w.kubernetes.Pods, func(p Pod) bool {
		return p.Ready && p.Namespace == w.stack.ObservabilityNamespace && p.ServiceAccount == account
	})
}

// tags are the session tags that Pod Identity sets for a pod.
func (w *walk) tags(pod *Pod) map[string]string {
	return map[string]string{
		"eks-cluster-arn": w.stack.EKSArn, "eks-cluster-name": w.stack.EKSName, "kubernetes-namespace": pod.Namespace,
		"kubernetes-service-account": pod.ServiceAccount, "kubernetes-pod-name": pod.Name,
	}
}

// watcherRole checks what a pod needs to get its AWS role.
func (w *walk) watcherRole(ingredient string, pod *Pod, arn string) *Finding {
	subject := pod.Namespace + "/" + pod.ServiceAccount
	found := find(w.kubernetes.Associations, func(a Association) bool {
		return a.Namespace == pod.Namespace && a.ServiceAccount == pod.ServiceAccount
	})
	role := w.roles[arn]
	switch {
	case found == nil:
		return missing(ingredient, subject, remade+": it restarts the pod too", "service account %s has no Pod Identity association, so it gets no AWS credentials", subject)
	case found.Role != arn:
		return missing(ingredient, subject, "point the association at "+arn, "the association of %s gives it %s instead of %s", subject, found.Role, arn)
	case role == nil:
		return missing(ingredient, arn, remade, "the role %s of %s does not exist", arn, subject)
	}
	request := map[string]string{"aws:SourceAccount": evaluation.Account(w.stack.EKSArn), "aws:SourceArn": w.stack.EKSArn}
	for key, value := range w.tags(pod) {
		request["aws:RequestTag/"+key] = value
	}
	for _, action := range []string{"sts:AssumeRole", "sts:TagSession"} {
		if v := evaluation.Trusts(role, evaluation.Caller{Service: "pods.eks.amazonaws.com"}, action, request); !v.OK() {
			return missing(ingredient, arn, remade, "the trust of %s does not let Pod Identity do %s for %s: %s", arn, action, subject, v.Why)
		}
	}
	return nil
}

// prometheus checks Prometheus, its identity and its network path to AWS.
func (w *walk) prometheus() *Finding {
	pod := w.watcher(backend.PrometheusAccount)
	if pod == nil {
		return missing("prometheus", w.stack.ObservabilityNamespace+"/"+backend.PrometheusAccount, "look at the pods: kubectl -n "+w.stack.ObservabilityNamespace+" describe pods",
			"no pod of Prometheus is ready, so nobody collects metrics")
	}
	if f := w.watcherRole("prometheus-identity", pod, w.stack.Observability.PrometheusRole); f != nil {
		return f
	}
	if host := w.network.HostAt(pod.Address); host != nil {
		return obstacle(w.network.Out(host), "Prometheus cannot reach AWS's APIs")
	}
	return nil
}

// job checks the job that makes Prometheus discover the tasks of a cluster.
func (w *walk) job(key string, jobs []observability.Job) *Finding {
	c := w.stack.Clusters[key]
	role := w.stack.Observability.ScrapeRoles[c.Account]
	j := find(jobs, func(j observability.Job) bool { return slices.Contains(j.Clusters, c.ARN) })
	switch {
	case jobs == nil:
		return nil
	case j == nil:
		return missing("prometheus-job", c.ARN, remade, "no job of Prometheus looks into ECS cluster %s", c.Name)
	case j.Role != role || j.Port != backend.PortMetrics:
		return missing("prometheus-job", c.ARN, remade, "Prometheus looks into ECS cluster %s with role %s and port %d, not with %s and %d", c.Name, j.Role, j.Port, role, backend.PortMetrics)
	}
	return nil
}

// scraping checks how Prometheus gets access to an account, and its permissions there.
func (w *walk) scraping(account string) *Finding {
	arn := w.stack.Observability.ScrapeRoles[account]
	role, own := w.roles[arn], w.roles[w.stack.Observability.PrometheusRole]
	if role == nil {
		return missing("scrape-role", cmp.Or(arn, account), remade, "account %s has no role %s for Prometheus, which finds no task there", account, arn)
	}
	caller := evaluation.Caller{RoleARN: own.ARN, Tags: w.tags(w.watcher(backend.PrometheusAccount))}
	for _, action := range []string{"sts:AssumeRole", "sts:TagSession"} {
		if v := evaluation.Trusts(role, caller, action, nil); !v.OK() {
			return missing("scrape-trust", arn, remade+": the trust names Prometheus's role and its session tags", "the trust of %s does not let Prometheus do %s: %s", arn, action, v.Why)
		}
		if v := evaluation.Allows(own, caller, action, arn, nil); !v.OK() && !evaluation.Direct(role, caller) {
			return missing("scrape-permission", own.ARN, "allow "+action+" on "+arn+" in "+where(v)+" of "+own.ARN, "Prometheus's role %s may not do %s on %s: %s", own.ARN, action, arn, v.Why)
		}
	}
	caller.RoleARN = arn
	for _, key := range w.stack.ClusterKeys() {
		c := w.stack.Clusters[key]
		if c.Account != account {
			continue
		}
		for _, call := range observability.Calls(c) {
			if v := evaluation.Allows(role, caller, call.Action, call.Resource, call.Request); !v.OK() {
				return missing("scrape-permission", arn, "allow "+call.Action+" in "+where(v)+" of the role", "scrape role %s may not do %s in %s: %s", arn, call.Action, c.Name, v.Why)
			}
		}
	}
	return nil
}

// alarm finds what is wrong with an alarm or the metric filter behind it.
func (w *walk) alarm(account, name string, cloud backend.CloudWatch) {
	declared := w.stack.Observability.Alarms[account][name]
	const fix = remade
	if declared.Counts != nil {
		if f := w.groupsGone(account, cloud, declared.Counts.LogGroup); f != nil {
			w.late(f, "alarm "+name)
			return
		}
		filter, fault := observability.Filter(w.stack, account, name, cloud)
		if fault == nil && filter.Pattern != declared.Counts.Pattern {
			fault = &observability.Fault{Why: fmt.Sprintf("metric filter %s looks for %s, and %s is declared", name, filter.Pattern, declared.Counts.Pattern)}
		}
		if fault != nil {
			w.late(missing("metric-filter", name, fix, "%s (account %s)", fault.Why, account), "alarm "+name)
			return
		}
	}
	if fault := observability.Alarm(w.stack, account, name, cloud); fault != nil && !fault.Unsure {
		w.late(missing("alarm", name, fix, "%s (account %s)", fault.Why, account), "alarm "+name)
	}
}

// shipping checks how the logs of istio-system get to CloudWatch.
func (w *walk) shipping(cloud backend.CloudWatch) *Finding {
	if f := w.groupsGone(w.stack.HomeAccount, cloud, w.stack.MeshLogGroup); f != nil {
		return f
	}
	pod := w.watcher(backend.ShipperAccount)
	if pod == nil {
		return missing("log-shipping", w.stack.ObservabilityNamespace+"/"+backend.ShipperAccount, "look at the pods: kubectl -n "+w.stack.ObservabilityNamespace+" describe pods", "no pod of Fluent Bit is ready")
	}
	arn := w.stack.Observability.ClusterLogsRole
	if f := w.watcherRole("log-shipping", pod, arn); f != nil {
		return f
	}
	role := w.roles[arn]
	for _, call := range observability.Writes(w.stack) {
		if v := evaluation.Allows(role, evaluation.Caller{RoleARN: arn, Tags: w.tags(pod)}, call.Action, call.Resource, nil); !v.OK() {
			return missing("log-shipping", arn, "allow "+call.Action+" on the streams of "+w.stack.MeshLogGroup, "Fluent Bit's role %s may not do %s: %s", arn, call.Action, v.Why)
		}
	}
	return nil
}

// tracing checks the configuration that makes the waypoints send traces.
func (w *walk) tracing(seen *Watch) *Finding {
	want := w.stack.Observability.Tracing
	name, namespace, _ := strings.Cut(want.Service, ".")
	namespace, _, _ = strings.Cut(namespace, ".")
	traced := find(seen.Traces, func(t observability.Trace) bool { return t.Provider == want.Provider })
	switch {
	case !slices.Contains(seen.Providers, want.Provider):
		return missing("tracing-provider", system+"/istio", remade, "istiod's configuration has no tracing provider %s, so waypoints send no traces", want.Provider)
	case traced == nil:
		return missing("telemetry", system, remade, "no Telemetry in %s names the tracing provider %s, so waypoints send no traces", system, want.Provider)
	case traced.Sampling != float64(want.Sampling):
		return missing("telemetry", system, remade, "the Telemetry in %s has %g %% of the requests traced, and %d %% is declared", system, traced.Sampling, want.Sampling)
	case find(w.kubernetes.Services, func(s KubernetesService) bool { return s.Namespace == namespace && s.Name == name }) == nil:
		return missing("collector", want.Service, remade, "there is no Service %s/%s, so traces go nowhere", namespace, name)
	}
	return nil
}

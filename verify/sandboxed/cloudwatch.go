package sandboxed

import (
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

const (
	alarmKind  = "aws:cloudwatch/metricAlarm:MetricAlarm"
	filterKind = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
	queryKind  = "aws:cloudwatch/queryDefinition:QueryDefinition"
	topicKind  = "aws:sns/topic:Topic"
	eksKind    = "aws:eks/cluster:Cluster"
)

// cloudWatch reads alarms, metric filters and saved queries of every account of the stack, by the accounts' keys. The sandbox has no
// numbers, so of an alarm it says whether anything would publish its metric.
func (b *Backend) cloudWatch(tx *world.Tx) map[string]backend.CloudWatch {
	all := map[string]backend.CloudWatch{}
	for key, account := range b.stack.Accounts {
		find := func(kind string) []*world.Resource {
			return tx.Find(account.ID, kind, func(r *world.Resource) bool { return r.Region == b.stack.RegionOf(key) })
		}
		var one backend.CloudWatch
		for _, r := range find(logGroupKind) {
			one.LogGroups = append(one.LogGroups, r.String("name"))
		}
		for _, r := range find(filterKind) {
			made := api.Map(r.Props, "metricTransformation")
			one.Filters = append(one.Filters, backend.Filter{
				Name: r.String("name"), LogGroup: r.String("logGroupName"), Pattern: r.String("pattern"),
				Metric: stack.Metric{Namespace: api.String(made, "namespace"), Name: api.String(made, "name")},
			})
		}
		for _, r := range find(queryKind) {
			one.Queries = append(one.Queries, backend.SavedQuery{Name: r.String("name"), LogGroups: texts(r.Props, "logGroupNames")})
		}
		for _, r := range find(alarmKind) {
			one.Alarms = append(one.Alarms, alarm(tx, b.stack.InstallName, r))
		}
		all[key] = one
	}
	return all
}

func alarm(tx *world.Tx, install string, r *world.Resource) backend.Alarm {
	a := backend.Alarm{Name: r.String("name")}
	a.Silent = r.Props["actionsEnabled"] == false
	for _, arn := range texts(r.Props, "alarmActions") {
		if !gone(tx, install, arn) {
			a.Actions = append(a.Actions, arn)
		}
	}
	if name := r.String("metricName"); name != "" {
		a.Metrics = []stack.Metric{metric(r.Props)}
	}
	for _, query := range api.Maps(r.Props, "metricQueries") {
		if of := api.Map(query, "metric"); of != nil {
			a.Metrics = append(a.Metrics, metric(of))
		}
	}
	for _, m := range a.Metrics {
		if why := unpublished(tx, r.Account, m); why != "" {
			a.Blind = m.String() + ": " + why
			break
		}
	}
	return a
}

// gone reports whether a topic that the program makes does not exist. The sandbox does not hold topics that exist
// outside of the program.
func gone(tx *world.Tx, install, arn string) bool {
	return strings.HasSuffix(arn, ":"+install+"-alarms") &&
		len(tx.Find("", topicKind, func(t *world.Resource) bool { return t.String("arn") == arn })) == 0
}

func metric(props map[string]any) stack.Metric {
	return stack.Metric{Namespace: api.String(props, "namespace"), Name: api.String(props, "metricName"), Dimensions: api.Strings(props, "dimensions")}
}

// published are the metrics of AWS that the program watches, by namespace.
var published = map[string][]string{
	"ECS/ContainerInsights": {"DesiredTaskCount", "RunningTaskCount"},
	"AWS/NATGateway":        {"ErrorPortAllocation"},
	"AWS/EKS":               {"apiserver_request_total", "apiserver_request_total_5XX"},
}

// unpublished says why nothing publishes a metric. The metric of a filter is not AWS's own. The judgement of an alarm looks for
// the filter itself.
func unpublished(tx *world.Tx, account string, m stack.Metric) string {
	names, ours := published[m.Namespace]
	if !ours {
		return ""
	}
	if !slices.Contains(names, m.Name) {
		return "the sandbox knows no such metric"
	}
	one := func(kind string, match func(*world.Resource) bool) *world.Resource {
		for _, r := range tx.Find(account, kind, match) {
			return r
		}
		return nil
	}
	switch m.Namespace {
	case "ECS/ContainerInsights":
		name, service := m.Dimensions["ClusterName"], m.Dimensions["ServiceName"]
		cluster := one(ecsClusterKind, func(r *world.Resource) bool { return r.String("name") == name && r.String("_status") == "ACTIVE" })
		switch {
		case cluster == nil:
			return fmt.Sprintf("there is no ECS cluster %q", name)
		case !insights(cluster):
			return "Container Insights of ECS cluster " + name + " is off"
		case one(aws.ServiceKind, func(r *world.Resource) bool {
			return r.String("_cluster") == cluster.String("arn") && r.String("name") == service && r.String("_status") == "ACTIVE"
		}) == nil:
			return fmt.Sprintf("ECS cluster %s has no service %q", name, service)
		}
	case "AWS/NATGateway":
		if id := m.Dimensions["NatGatewayId"]; one(natKind, func(r *world.Resource) bool { return r.ID == id && r.String("_state") == "available" }) == nil {
			return fmt.Sprintf("there is no NAT gateway %q", id)
		}
	case "AWS/EKS":
		if name := m.Dimensions["ClusterName"]; one(eksKind, func(r *world.Resource) bool { return r.String("name") == name }) == nil {
			return fmt.Sprintf("there is no EKS cluster %q", name)
		}
	}
	return ""
}

func insights(cluster *world.Resource) bool {
	return slices.ContainsFunc(api.Maps(cluster.Props, "settings"), func(s api.Object) bool {
		return api.String(s, "name") == "containerInsights" && slices.Contains([]string{"enabled", "enhanced"}, api.String(s, "value"))
	})
}

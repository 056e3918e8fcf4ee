package outputs

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/iam"
	"ambient-ecs/mesh"
	"ambient-ecs/observability"
	"ambient-ecs/observability/charts"
	"ambient-ecs/observability/queries"
)

// observing describes what observes the mesh, and where to find it. The values of parts that are switched off are
// empty.
func observing(cfg config.Config, roles *iam.Roles, observed *observability.Observability) pulumi.Map {
	topics, scrape := pulumi.Map{}, pulumi.Map{}
	for key, arn := range observed.TopicARNs {
		topics[key] = arn
	}
	for key, role := range roles.Scrape {
		scrape[key] = role.RoleARN
	}
	return pulumi.Map{
		"alarmTopicArns":         topics,
		"observabilityNamespace": pulumi.String(observed.Namespace),
		"meshLogGroup":           observed.LogGroup,
		"observability": pulumi.Map{
			"metrics":            pulumi.Bool(cfg.Observability.Metrics),
			"prometheusRoleArn":  podRole(roles.Prometheus),
			"scrapeRoleArns":     scrape,
			"clusterLogsRoleArn": podRole(roles.ClusterLogs),
			"tracing":            tracing(cfg.Observability),
			"alarms":             watched(cfg, observed),
			"queries":            saved(cfg, observed),
		},
	}
}

// podRole returns the ARN of a role, or an empty string if the role does not exist.
func podRole(role *iam.PodRole) pulumi.StringInput {
	if role == nil {
		return pulumi.String("")
	}
	return role.RoleARN
}

// tracing says where the waypoints send traces, and which percentage of the requests they trace.
func tracing(o config.Observability) pulumi.Map {
	if !o.Tracing {
		return pulumi.Map{}
	}
	return pulumi.Map{
		"provider": pulumi.String(mesh.TracingProvider),
		"service":  pulumi.String(charts.CollectorService),
		"port":     pulumi.Int(charts.CollectorPort),
		"sampling": pulumi.Int(o.TraceSamplingOrDefault()),
	}
}

// watched returns the alarms by account and name, with the metrics of each. If the metric is made from log lines,
// watched also returns the lines' pattern, and which program writes them.
func watched(cfg config.Config, observed *observability.Observability) pulumi.Map {
	all := pulumi.Map{}
	for key, alarms := range observed.Watched {
		of := pulumi.Map{}
		for _, w := range alarms {
			metrics := pulumi.Array{}
			for _, m := range w.Metrics {
				if m.Expression == "" {
					metrics = append(metrics, pulumi.Map{
						"namespace": pulumi.String(m.Namespace), "name": pulumi.String(m.Name), "dimensions": w.MetricDimensions(m),
					})
				}
			}
			alarm := pulumi.Map{"metrics": metrics}
			if c := w.Counter; c != nil {
				alarm["counts"] = pulumi.Map{"logGroup": w.LogGroup, "pattern": pulumi.String(c.Pattern), "of": pulumi.String(c.Of)}
			}
			of[w.FullName(cfg.Install)] = alarm
		}
		all[key] = of
	}
	return all
}

// saved returns the log groups that saved queries read, by account and name.
func saved(cfg config.Config, observed *observability.Observability) pulumi.Map {
	all := pulumi.Map{}
	for key, groups := range observed.Saved {
		of := pulumi.Map{}
		for _, query := range queries.All() {
			of[observability.QueryName(cfg.Install, query)] = pulumi.Map{"logGroups": groups}
		}
		all[key] = of
	}
	return all
}

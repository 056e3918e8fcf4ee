package components

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/eks"
	"ambient-ecs/iam"
	"ambient-ecs/iam/policy"
	"ambient-ecs/mesh"
	"ambient-ecs/observability"
	"ambient-ecs/observability/alarms"
	"ambient-ecs/observability/charts"
)

var prometheusPods = policy.Workload{ClusterARN: clusterARN, Namespace: "observability", ServiceAccount: "prometheus"}

func validPodRole(f *fixture) *iam.PodRoleArgs {
	return &iam.PodRoleArgs{
		Name: "mesh-prometheus", Purpose: "Prometheus", Home: homePlace, Workload: prometheusPods, Provider: f.local,
		Permissions: policy.AssumePermissions([]string{"arn:aws:iam::444455556666:role/mesh-scrape-external"}),
	}
}

func validScrapeRole(f *fixture) *iam.ScrapeRoleArgs {
	return &iam.ScrapeRoleArgs{
		Name: "mesh-scrape-external", Place: externalPlace, Clusters: []string{"mesh-shop"}, Home: homePlace, Workload: prometheusPods,
		RoleARN: "arn:aws:iam::111122223333:role/mesh-prometheus", Provider: f.external,
	}
}

func validQueries(f *fixture) *observability.QueriesArgs {
	return &observability.QueriesArgs{Folder: "mesh", LogGroups: pulumi.ToStringArray([]string{"/ecs/mesh-shop"}), Provider: f.external}
}

func validAlarms(f *fixture) *observability.AlarmsArgs {
	counter := alarms.DiscoveryErrors("mesh")
	return &observability.AlarmsArgs{
		Prefix: "mesh", TopicName: "mesh-alarms", Emails: []string{"ops@example.com"}, Provider: f.local,
		Watched: []observability.Watched{
			{Alarm: alarms.APIErrors("mesh"), After: there[eks.Cluster](f)},
			{Alarm: alarms.NotDiscovering("mesh"), Counter: &counter, LogGroup: pulumi.String("/aws/eks/mesh/mesh")},
		},
	}
}

func validAddons(f *fixture) *observability.AddonsArgs {
	source, _ := charts.Pinned(charts.Jaeger)
	return &observability.AddonsArgs{
		ClusterName: pulumi.String("mesh"), Home: f.local, Provider: f.kubernetes, Cluster: there[eks.Cluster](f),
		Addons: []observability.Addon{{Name: "jaeger", Source: source, Values: charts.JaegerValues(), Identities: []observability.Identity{
			{ServiceAccount: "jaeger", RoleARN: pulumi.String("arn"), RoleID: pulumi.String("AROA")},
		}, After: []component.Dependency{there[observability.ClusterLogs](f)}}},
	}
}

func validClusterLogs(f *fixture) *observability.ClusterLogsArgs {
	return &observability.ClusterLogsArgs{LogGroupName: "/aws/eks/mesh/mesh", RetentionDays: 7, Provider: f.local}
}

func validTracing(f *fixture) *observability.TracingArgs {
	return &observability.TracingArgs{TracingProvider: "otel", Sampling: 1, Provider: f.kubernetes, Mesh: there[mesh.Mesh](f)}
}

func observabilitySubjects() []subject {
	return []subject{
		of("pod role", iam.NewPodRole, validPodRole, word("Name", "Purpose", "Home.Account", "Workload.ClusterARN", "Workload.Namespace", "Permissions", "Provider"),
			[]bad[iam.PodRoleArgs]{
				{"for every pod", func(a *iam.PodRoleArgs) { a.Workload.ServiceAccount = "" }, word("every pod of the cluster")},
				{"for nothing", func(a *iam.PodRoleArgs) { a.Permissions = policy.Document{} }, word("Permissions is not set")},
			}),
		of("scrape role", iam.NewScrapeRole, validScrapeRole, word("Name", "Place.Account", "Clusters", "Home.Account", "RoleARN", "Workload", "Provider"),
			[]bad[iam.ScrapeRoleArgs]{
				{"no cluster", func(a *iam.ScrapeRoleArgs) { a.Clusters = nil }, word("nothing to find")},
				{"a role that is none", func(a *iam.ScrapeRoleArgs) { a.RoleARN = clusterARN }, word("RoleARN", "ARN of iam")},
			}),
		of("queries", observability.NewQueries, validQueries, word("Folder", "LogGroups", "Provider"),
			[]bad[observability.QueriesArgs]{
				{"no log group", func(a *observability.QueriesArgs) { a.LogGroups = nil }, word("nothing to ask")},
			}),
		of("alarms", observability.NewAlarms, validAlarms, word("Prefix", "TopicARN", "Provider"),
			[]bad[observability.AlarmsArgs]{
				{"two topics", func(a *observability.AlarmsArgs) { a.TopicARN = "arn" }, word("want one of the two")},
				{"nobody hears", func(a *observability.AlarmsArgs) { a.TopicName = "" }, word("nobody hears")},
				{"e-mail to a topic of theirs", func(a *observability.AlarmsArgs) { a.TopicName, a.TopicARN = "", "arn" }, word("Emails")},
				{"one alarm twice", func(a *observability.AlarmsArgs) { a.Watched = append(a.Watched, a.Watched[0]) }, word("eks-api-errors", "twice")},
				{"no metric", func(a *observability.AlarmsArgs) { a.Watched[0].Metrics = nil }, word("Watched[0].Metrics is not set")},
				{"what a destroy would set off", func(a *observability.AlarmsArgs) { a.Watched[0].After = nil }, word("Watched[0].After is not set", "destroy")},
				{"lines of no log", func(a *observability.AlarmsArgs) { a.Watched[1].LogGroup = nil }, word("Watched[1].LogGroup is not set")},
			}),
		of("addons", observability.NewAddons, validAddons, word("Addons is not set", "Home is not set", "Provider is not set"),
			[]bad[observability.AddonsArgs]{
				{"the newest chart", func(a *observability.AddonsArgs) { a.Addons[0].Source.Version = "" }, word("another one tomorrow")},
				{"one release twice", func(a *observability.AddonsArgs) { a.Addons = append(a.Addons, a.Addons[0]) }, word("there twice")},
				{"an identity of no role", func(a *observability.AddonsArgs) { a.Addons[0].Identities[0].RoleARN = nil }, word("RoleARN")},
			}),
		of("cluster logs", observability.NewClusterLogs, validClusterLogs, word("LogGroupName", "RetentionDays", "Provider"),
			[]bad[observability.ClusterLogsArgs]{
				{"for ever", func(a *observability.ClusterLogsArgs) { a.RetentionDays = 0 }, word("for ever")},
			}),
		of("tracing", observability.NewTracing, validTracing, word("TracingProvider", "Sampling", "Provider"),
			[]bad[observability.TracingArgs]{
				{"more than all", func(a *observability.TracingArgs) { a.Sampling = 101 }, word("Sampling = 101")},
			}),
	}
}

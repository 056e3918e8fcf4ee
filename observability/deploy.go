package observability

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/ecs"
	"ambient-ecs/eks"
	"ambient-ecs/iam"
	"ambient-ecs/keys"
	"ambient-ecs/mesh"
	"ambient-ecs/mesh/networkpolicy"
	"ambient-ecs/network"
	"ambient-ecs/observability/charts"
	"ambient-ecs/providers"
)

// Observability is what other stacks and people need to know about the observability parts.
type Observability struct {
	// TopicARNs are the SNS topics of the alarms, by account. Empty without alarms.
	TopicARNs map[string]pulumi.StringOutput
	// Namespace is the Kubernetes namespace of the addons. Empty without any.
	Namespace string
	// LogGroup is the log group of istio-system. Empty without one.
	LogGroup pulumi.StringOutput
	// Watched are the alarms, and Saved the log groups of the saved queries, by account.
	Watched map[string][]Watched
	Saved   map[string]pulumi.StringArray
}

// Deploy makes what the configuration switches on.
func Deploy(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts, encryption *keys.Keys, networks *network.Networks, roles *iam.Roles,
	cluster *eks.Cluster, control *mesh.Mesh, fleet *ecs.Fleet,
) (*Observability, error) {
	d := &deployment{cfg: cfg, accounts: accounts, encryption: encryption, networks: networks, roles: roles, cluster: cluster, control: control, fleet: fleet,
		out: &Observability{
			TopicARNs: map[string]pulumi.StringOutput{}, LogGroup: pulumi.String("").ToStringOutput(),
			Watched: map[string][]Watched{}, Saved: map[string]pulumi.StringArray{},
		}}
	for _, deploy := range []func(*pulumi.Context) error{d.queries, d.clusterLogs, d.alarms, d.addons, d.tracing} {
		if err := deploy(ctx); err != nil {
			return nil, err
		}
	}
	return d.out, nil
}

// deployment is the configuration with everything that is observed.
type deployment struct {
	cfg        config.Config
	accounts   *providers.Accounts
	encryption *keys.Keys
	networks   *network.Networks
	roles      *iam.Roles
	cluster    *eks.Cluster
	control    *mesh.Mesh
	fleet      *ecs.Fleet
	out        *Observability

	logs *ClusterLogs
}

func (d *deployment) queries(ctx *pulumi.Context) error {
	if !d.cfg.Observability.Queries {
		return nil
	}
	for _, key := range d.accounts.Keys() {
		var groups pulumi.StringArray
		for _, cluster := range d.cfg.ClustersOf(key) {
			groups = append(groups, d.fleet.Clusters[cluster].LogGroupName)
		}
		if len(groups) == 0 {
			continue
		}
		if _, err := NewQueries(ctx, "queries-"+key, &QueriesArgs{
			Folder: d.cfg.Install, LogGroups: groups, Provider: d.accounts.Get(key).Provider,
		}); err != nil {
			return err
		}
		d.out.Saved[key] = groups
	}
	return nil
}

func (d *deployment) clusterLogs(ctx *pulumi.Context) (err error) {
	if !d.cfg.Observability.ClusterLogs {
		return nil
	}
	d.logs, err = NewClusterLogs(ctx, "mesh-logs", &ClusterLogsArgs{
		LogGroupName:  d.cfg.MeshLogGroup(),
		RetentionDays: d.cfg.LogRetentionDays,
		KeyARN:        d.encryption.For(d.cfg.Home, config.KeyForLogs),
		Provider:      d.accounts.Home().Provider,
	})
	if err == nil {
		d.out.LogGroup = d.logs.LogGroupName
	}
	return err
}

// addons are the releases in the EKS cluster.
func (d *deployment) addons(ctx *pulumi.Context) error {
	o := d.cfg.Observability
	if !o.InCluster() {
		return nil
	}
	views := charts.Views{IstioVersion: upstream(d.cfg.IstioVersion), Dashboards: o.Dashboards, Tracing: o.Tracing}
	var addons []Addon
	add := func(on bool, name string, values map[string]any, more func(*Addon)) error {
		if !on {
			return nil
		}
		source, known := charts.Pinned(name)
		if !known {
			return fmt.Errorf("there is no chart %q", name)
		}
		override := o.Charts[name]
		addon := Addon{Name: name, Source: source.Override(override.Repository, override.Version), Values: values}
		if more != nil {
			more(&addon)
		}
		addons = append(addons, addon)
		return nil
	}
	for _, err := range []error{
		add(o.Metrics, charts.Prometheus, d.metrics().Values(), d.identifyPrometheus),
		add(o.Tracing, charts.Jaeger, charts.JaegerValues(), nil),
		add(o.Tracing, charts.Collector, charts.CollectorValues(), nil),
		add(o.Dashboards, charts.Grafana, views.Grafana(), nil),
		add(o.Kiali, charts.Kiali, views.Kiali(), nil),
		add(o.ClusterLogs, charts.FluentBit, charts.Logs{Region: d.cfg.Region, Group: d.cfg.MeshLogGroup()}.Values(), d.identifyFluentBit),
	} {
		if err != nil {
			return err
		}
	}
	level := d.cfg.PodSecurity.Charts()
	if o.ClusterLogs {
		level = d.cfg.PodSecurity.System() // Fluent Bit reads the logs on the node's disk
	}
	made, err := NewAddons(ctx, "observability", &AddonsArgs{
		PodSecurity: level,
		ClusterName: d.cluster.Name,
		Addons:      addons,
		Home:        d.accounts.Home().Provider,
		Provider:    d.cluster.Kubernetes,
		Cluster:     d.cluster.ControlPlane,
		Effect:      d.cluster.Effect,
	})
	if err != nil {
		return err
	}
	d.out.Namespace = charts.Namespace
	// Waypoints of every namespace send traces to the collector.
	return mesh.Guard(ctx, d.cfg, d.cluster.Kubernetes, charts.Namespace, networkpolicy.Charts(charts.CollectorPort), made.Namespace)
}

// metrics returns where Prometheus finds tasks, and where it sends alerts.
func (d *deployment) metrics() charts.Metrics {
	m := charts.Metrics{Region: d.cfg.Region}
	for _, key := range d.cfg.DiscoveredAccounts() {
		var arns []string
		for _, cluster := range d.cfg.ClustersOf(key) {
			arns = append(arns, d.cfg.ECSClusterARN(cluster))
		}
		if len(arns) > 0 {
			m.Accounts = append(m.Accounts, charts.Tasks{
				Account: key, Region: d.cfg.RegionOf(key), RoleARN: d.cfg.RoleARN(key, d.cfg.ScrapeRoleName(key)), ClusterARNs: arns,
			})
		}
	}
	if d.cfg.Observability.Alarms.Enabled {
		m.TopicARN = d.cfg.AlarmTopicARN(d.cfg.Home)
	}
	return m
}

func (d *deployment) identifyPrometheus(addon *Addon) {
	if role := d.roles.Prometheus; role != nil {
		addon.Identities = append(addon.Identities, Identity{
			ServiceAccount: charts.PrometheusAccount, RoleARN: role.RoleARN, RoleID: role.UniqueID, Path: "server",
		})
	}
	for _, key := range d.cfg.AccountKeys() {
		if role := d.roles.Scrape[key]; role != nil {
			addon.After = append(addon.After, role.Ready)
		}
	}
	if role := d.roles.Notifier; role != nil {
		addon.Identities = append(addon.Identities, Identity{
			ServiceAccount: charts.AlertmanagerAccount, RoleARN: role.RoleARN, RoleID: role.UniqueID, Path: "alertmanager",
		})
	}
}

func (d *deployment) identifyFluentBit(addon *Addon) {
	role := d.roles.ClusterLogs
	addon.Identities = []Identity{{ServiceAccount: charts.FluentBitAccount, RoleARN: role.RoleARN, RoleID: role.UniqueID}}
	addon.After = []component.Dependency{d.logs.Ready}
}

func (d *deployment) tracing(ctx *pulumi.Context) error {
	if !d.cfg.Observability.Tracing {
		return nil
	}
	_, err := NewTracing(ctx, "tracing", &TracingArgs{
		TracingProvider: mesh.TracingProvider,
		Sampling:        d.cfg.Observability.TraceSamplingOrDefault(),
		Provider:        d.cluster.Kubernetes,
		Mesh:            d.control.Ready,
	})
	return err
}

// upstream returns the upstream Istio version behind a version of Solo's distribution: 1.28.3 for 1.28.3-patch0-solo.
func upstream(version string) string {
	plain, _, _ := strings.Cut(version, "-")
	return plain
}

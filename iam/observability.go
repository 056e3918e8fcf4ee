package iam

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/iam/policy"
	"ambient-ecs/observability/charts"
	"ambient-ecs/providers"
)

// Observers are the roles of the observability parts. The roles of parts that are switched off are nil or empty.
type Observers struct {
	// Prometheus is a role that may only assume the roles of Scrape. Those may read ECS, and are kept by account key.
	Prometheus *PodRole
	Scrape     map[string]*ScrapeRole
	// Notifier publishes Prometheus's alerts.
	Notifier *PodRole
	// ClusterLogs writes the logs of istio-system.
	ClusterLogs *PodRole
}

// observers creates the roles that the switches ask for.
func observers(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts) (Observers, error) {
	roles := Observers{Scrape: map[string]*ScrapeRole{}}
	if cfg.Observability.Metrics {
		if err := roles.metrics(ctx, cfg, accounts); err != nil {
			return Observers{}, err
		}
	}
	if cfg.Observability.Metrics && cfg.Observability.Alarms.Enabled {
		made, err := podRole(ctx, "notifier", cfg, accounts, cfg.NotifierRoleName(), "Alertmanager: publishes alerts of the mesh",
			charts.AlertmanagerAccount, policy.NotifyPermissions(place(accounts.Home()), cfg.AlarmTopicARN(cfg.Home), cfg.KeyFor(cfg.Home, config.KeyForTopics) != ""))
		if err != nil {
			return Observers{}, err
		}
		roles.Notifier = made
	}
	if cfg.Observability.ClusterLogs {
		made, err := podRole(ctx, "cluster-logs", cfg, accounts, cfg.ClusterLogsRoleName(), "Fluent Bit: writes the logs of istio-system",
			charts.FluentBitAccount, policy.ShipLogsPermissions(place(accounts.Home()), cfg.MeshLogGroup()))
		if err != nil {
			return Observers{}, err
		}
		roles.ClusterLogs = made
	}
	return roles, nil
}

func (o *Observers) metrics(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts) error {
	var arns []string
	// Prometheus gets to no task of an account that only calls.
	for _, key := range cfg.DiscoveredAccounts() {
		clusters := cfg.ClustersOf(key)
		if len(clusters) == 0 {
			continue
		}
		names := make([]string, len(clusters))
		for i, cluster := range clusters {
			names[i] = cfg.ECSName(cluster)
		}
		made, err := NewScrapeRole(ctx, "scrape-"+key, &ScrapeRoleArgs{
			Name:       cfg.ScrapeRoleName(key),
			Place:      place(accounts.Get(key)),
			Clusters:   names,
			Home:       place(accounts.Home()),
			Workload:   workload(cfg, charts.PrometheusAccount),
			RoleARN:    cfg.RoleARN(cfg.Home, cfg.PrometheusRoleName()),
			Guardrails: guardrails(cfg, accounts.Get(key)),
			Provider:   accounts.Get(key).Provider,
		})
		if err != nil {
			return err
		}
		o.Scrape[key] = made
		arns = append(arns, cfg.RoleARN(key, cfg.ScrapeRoleName(key)))
	}
	if len(arns) == 0 {
		return nil // without ECS clusters there are no tasks, so Prometheus needs no permission in AWS
	}
	made, err := podRole(ctx, "prometheus", cfg, accounts, cfg.PrometheusRoleName(), "Prometheus: assumes the roles that find ECS tasks",
		charts.PrometheusAccount, policy.AssumePermissions(arns))
	o.Prometheus = made
	return err
}

func podRole(ctx *pulumi.Context, name string, cfg config.Config, accounts *providers.Accounts, role, purpose, account string, permissions policy.Document) (*PodRole, error) {
	return NewPodRole(ctx, name, &PodRoleArgs{
		Name:        role,
		Purpose:     purpose,
		Home:        place(accounts.Home()),
		Workload:    workload(cfg, account),
		Permissions: permissions,
		Guardrails:  guardrails(cfg, accounts.Home()),
		Provider:    accounts.Home().Provider,
	})
}

func workload(cfg config.Config, serviceAccount string) policy.Workload {
	return policy.Workload{ClusterARN: cfg.EKSClusterARN(), Namespace: charts.Namespace, ServiceAccount: serviceAccount}
}

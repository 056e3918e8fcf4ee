package mesh

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/eks"
	"ambient-ecs/iam"
	"ambient-ecs/mesh/eastwest"
	"ambient-ecs/mesh/gatewayapi"
	"ambient-ecs/mesh/policy"
	"ambient-ecs/mesh/traffic"
	"ambient-ecs/mesh/values"
	"ambient-ecs/network"
	observed "ambient-ecs/observability/charts"
)

// TracingProvider is the name by which Telemetry objects know the collector of traces.
const TracingProvider = "otel"

// Mesh is the mesh as the ECS clusters need it.
type Mesh struct {
	// GatewayAddress is where the east-west gateway answers, inside the mesh's VPCs only.
	GatewayAddress pulumi.StringOutput
	// RootCertificate is the PEM certificate by which workloads know istiod and each other.
	RootCertificate pulumi.StringOutput
	// Namespaces are those of the ECS clusters and of the shared services, by name.
	Namespaces map[string]*Namespace
	// Restart is put on the proxies of workloads. They start anew when it changes.
	Restart map[string]string
	// Ready is what an ECS service waits for, and is removed before: the gateway and the releases.
	Ready []pulumi.Resource
}

// Deploy installs the mesh in the cluster.
func Deploy(ctx *pulumi.Context, cfg config.Config, plan *Plan, cluster *eks.Cluster, networks *network.Networks, roles *iam.Roles) (*Mesh, error) {
	plan.gateway.Sources = networks.MeshCIDRs

	api, err := NewGatewayAPI(ctx, "gateway-api", &GatewayAPIArgs{
		CRDs: plan.crds, Provider: cluster.Kubernetes, After: cluster.Ready,
	})
	if err != nil {
		return nil, err
	}
	plane, err := NewControlPlane(ctx, "istio", &ControlPlaneArgs{
		Charts:          plan.charts,
		SecretEnv:       cfg.IsSecret("pilotEnv"),
		LicenseDelivery: values.LicenseDelivery(cfg.LicenseDelivery),
		License:         cfg.License.Reveal(),
		Identities:      cluster.PodIdentity,
		Repository:      cfg.ChartRepository,
		CA:              plan.ca,
		Username:        cfg.ChartUsername,
		Password:        cfg.ChartPassword.Reveal(),
		Provider:        cluster.Kubernetes,
		After:           slices.Concat(cluster.Ready, discovery(cfg, roles)),
		GatewayAPI:      api.Ready,
	})
	if err != nil {
		return nil, err
	}
	gateway, err := NewEastWestGateway(ctx, "eastwest", &EastWestGatewayArgs{
		Gateway:         plan.gateway,
		RootCertificate: plan.knownRoot(),
		Provider:        cluster.Kubernetes,
		After:           slices.Concat([]pulumi.Resource{plane.Namespace}, plane.Istiod(), api.Ready, cluster.Ready),
	})
	if err != nil {
		return nil, err
	}
	mesh := &Mesh{
		GatewayAddress:  gateway.Address,
		RootCertificate: gateway.RootCertificate,
		Restart:         plan.restart(),
		Namespaces:      map[string]*Namespace{},
		Ready:           slices.Concat(gateway.Ready, plane.All()),
	}
	for _, namespace := range cfg.Namespaces() {
		mesh.Namespaces[namespace.Name], err = NewNamespace(ctx, namespace.Name, &NamespaceArgs{
			Name:            namespace.Name,
			SameZone:        namespace.Shared != "" && cfg.SharedServices[namespace.Shared].LocalityOrDefault() == config.LocalitySameZone,
			ServiceAccounts: serviceAccounts(cfg, namespace.Name),
			Policies:        plan.policies[namespace.Name],
			Waypoint:        cfg.NamespaceWaypointOf(namespace),
			Provider:        cluster.Kubernetes,
			After:           cluster.Ready,
			Istiod:          plane.Istiod(),
		})
		if err != nil {
			return nil, err
		}
	}
	if err := mesh.fronts(ctx, cfg, plan, plane, cluster); err != nil {
		return nil, err
	}
	if cfg.TestWorkloads {
		if _, err := NewTestWorkloads(ctx, "test-workloads", &TestWorkloadsArgs{
			Provider: cluster.Kubernetes, After: slices.Concat(plane.All(), cluster.Ready),
		}); err != nil {
			return nil, err
		}
	}
	return mesh, nil
}

// Plan is what Deploy can know before anything is registered.
type Plan struct {
	crds     []gatewayapi.CRD
	charts   values.Args
	ca       *CA
	gateway  eastwest.Gateway
	policies map[string][]policy.Policy
	traffic  map[string][]traffic.Object
}

// Prepare makes the plan, or reports every reason why there is none: a source of Gateway API definitions that
// cannot be read, values and policies that Istio would refuse. It registers nothing.
func Prepare(ctx context.Context, cfg config.Config) (*Plan, error) {
	p := &Plan{charts: charts(cfg), ca: authority(cfg)}
	p.gateway = eastwest.Gateway{
		Network: cfg.Network, Sources: cfg.MeshCIDRs(), Revision: revisionLabel(cfg), Restart: p.restart(), Annotations: cfg.GatewayAnnotations,
	}
	var problems []error
	refuse := func(what string, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", what, err))
		}
	}
	var err error
	p.policies, err = policies(cfg)
	refuse("policies", err)
	p.traffic, err = shapes(cfg)
	refuse("traffic", err)
	p.crds, err = gatewayapi.Load(ctx, gatewayapi.Source{Location: cfg.GatewayAPISource, SHA256: cfg.GatewayAPISHA256})
	refuse("gatewayApiSource", err)
	complete := ControlPlaneArgs{Charts: p.charts, CA: p.ca, LicenseDelivery: values.LicenseDelivery(cfg.LicenseDelivery)}
	refuse("chart values", complete.charts().Validate())
	refuse("east-west gateway", p.gateway.Validate())
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("mesh: %w", err)
	}
	return p, nil
}

func charts(cfg config.Config) values.Args {
	var accounts []values.Account
	for _, key := range cfg.AccountKeys() {
		accounts = append(accounts, values.Account{
			Domain:  cfg.Accounts[key].Domain,
			RoleARN: cfg.RoleARN(key, cfg.DiscoveryRoleName(key)),
		})
	}
	var revisions []values.Revision
	for _, revision := range cfg.RevisionList() {
		revisions = append(revisions, values.Revision{Name: revision.Name, Tag: revision.Version})
	}
	var tracing *values.Tracing
	if cfg.Observability.Tracing {
		tracing = &values.Tracing{Provider: TracingProvider, Service: observed.CollectorService, Port: observed.CollectorPort}
	}
	return values.Args{
		Tracing:           tracing,
		Revisions:         revisions,
		DefaultRevision:   cfg.IstioDefaultRevision,
		BaseVersion:       cfg.NewestVersion(),
		Hub:               cfg.ImageHub,
		Tag:               cfg.IstioVersion,
		Variant:           cfg.ImageVariant,
		Network:           cfg.Network,
		TrustDomain:       cfg.TrustDomain,
		PathNormalization: string(cfg.PathNormalization),
		Env:               cfg.PilotEnv,
		Accounts:          accounts,
		AccountsDelivery:  values.AccountsDelivery(cfg.ECSAccountsDelivery),
	}
}

// discovery are the roles that istiod assumes. They are made long before the cluster is; the edge makes
// them outlive istiod.
func discovery(cfg config.Config, roles *iam.Roles) []pulumi.Resource {
	var ready []pulumi.Resource
	for _, key := range cfg.AccountKeys() {
		ready = append(ready, roles.Discovery[key].Ready...)
	}
	return ready
}

func serviceAccounts(cfg config.Config, namespace string) []ServiceAccount {
	var accounts []ServiceAccount
	for _, identity := range cfg.Identities() {
		if identity.Namespace == namespace {
			accounts = append(accounts, ServiceAccount{
				Name:    identity.ServiceAccount,
				RoleARN: cfg.RoleARN(identity.Account, cfg.TaskRoleName(identity.Cluster, identity.ServiceAccount)),
			})
		}
	}
	return accounts
}

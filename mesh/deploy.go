package mesh

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/eks"
	"ambient-ecs/iam"
	"ambient-ecs/mesh/eastwest"
	"ambient-ecs/mesh/gatewayapi"
	"ambient-ecs/mesh/ingress"
	"ambient-ecs/mesh/loadbalancer"
	"ambient-ecs/mesh/networkpolicy"
	"ambient-ecs/mesh/policy"
	"ambient-ecs/mesh/traffic"
	"ambient-ecs/mesh/values"
	observed "ambient-ecs/observability/charts"
	"ambient-ecs/problem"
)

// TracingProvider is the name of the trace collector in Telemetry objects.
const TracingProvider = "otel"

// Mesh is what the ECS clusters need of the mesh.
type Mesh struct {
	// GatewayAddress is the address of the east-west gateway, which answers inside the mesh's VPCs only.
	GatewayAddress pulumi.StringOutput
	// RootCertificate is the PEM certificate by which workloads verify istiod and each other.
	RootCertificate pulumi.StringOutput
	// Namespaces hold, by name, what the services of each namespace wait for. The services must find their identity.
	// Their policies must apply from the first call. The waypoints and traffic objects in front of them must be
	// ready.
	Namespaces map[string]component.After[Namespace]
	// Restart is put on the proxies of workloads. They restart when it changes.
	Restart map[string]string
	// IngressAddress is the address of the gateway for users outside the mesh. Empty: there is no such gateway.
	IngressAddress pulumi.StringOutput
	// Ready is the gateway and the releases. An ECS service waits for it, and is removed before it.
	Ready component.After[Mesh]

	// Teams are, by key, what teams need to take away what they made in Kubernetes.
	Teams map[string]component.After[Team]

	// routed are what keeps the routes of teams to their own hosts.
	routed []component.Dependency
}

// Deploy installs the mesh in the cluster.
func Deploy(ctx *pulumi.Context, cfg config.Config, plan *Plan, cluster *eks.Cluster, roles *iam.Roles) (*Mesh, error) {
	api, err := NewGatewayAPI(ctx, "gateway-api", &GatewayAPIArgs{
		CRDs: plan.crds, Theirs: cfg.ExistingEKS.GatewayAPI, Shared: cfg.HasExistingEKS(), Provider: cluster.Kubernetes,
	})
	if err != nil {
		return nil, err
	}
	plane, err := NewControlPlane(ctx, "istio", &ControlPlaneArgs{
		Charts:          plan.charts,
		GatewayReplicas: cfg.GatewayReplicas,
		PodSecurity:     cfg.PodSecurity,
		SecretEnv:       cfg.IsSecret("pilotEnv"),
		LicenseDelivery: values.LicenseDelivery(cfg.LicenseDelivery),
		License:         cfg.License.Reveal(),
		Identities:      cluster.PodIdentity,
		Repository:      cfg.ChartRepository,
		CA:              plan.ca,
		Username:        cfg.ChartUsername,
		Password:        cfg.ChartPassword.Reveal(),
		Provider:        cluster.Kubernetes,
		GatewayAPI:      api.Ready,
		Discovery:       roles.Discoverable(),
	})
	if err != nil {
		return nil, err
	}
	if err := Guard(ctx, cfg, cluster.Kubernetes, values.Namespace, networkpolicy.System(), plane.Ready); err != nil {
		return nil, err
	}
	made, err := controllerDoor(ctx, cfg, cluster, roles)
	if err != nil {
		return nil, err
	}
	mesh := &Mesh{Restart: plan.Restart(), Namespaces: map[string]component.After[Namespace]{}, Teams: map[string]component.After[Team]{}}
	ready := []component.Dependency{plane.Ready}
	for i, door := range plan.gateways {
		args := &EastWestGatewayArgs{
			Gateway:         door,
			RootCertificate: plan.knownRoot(),
			PodSecurity:     cfg.PodSecurity,
			Provider:        cluster.Kubernetes,
			Istiod:          plane.Istiod,
			GatewayAPI:      api.Ready,
			Beside:          i > 0,
		}
		name := eastwest.Name
		if door.Maker == loadbalancer.AWS {
			name, args.Balancer = eastwest.Name+"-"+string(door.Maker), made.eastwest
		}
		gateway, err := NewEastWestGateway(ctx, name, args)
		if err != nil {
			return nil, err
		}
		// Tasks are given the first door.
		if i == 0 {
			mesh.GatewayAddress, mesh.RootCertificate = gateway.Address, gateway.RootCertificate
		}
		ready = append(ready, gateway.Ready)
		if own := door.Namespace(); own != values.Namespace {
			if err := Guard(ctx, cfg, cluster.Kubernetes, own, networkpolicy.EastWest(), gateway.Ready); err != nil {
				return nil, err
			}
		}
	}
	mesh.Ready = component.All[Mesh](ready...)
	for _, namespace := range cfg.Namespaces() {
		made, err := NewNamespace(ctx, namespace.Name, &NamespaceArgs{
			Name:                namespace.Name,
			SameZone:            namespace.Shared != "" && cfg.SharedServices[namespace.Shared].LocalityOrDefault() == config.LocalitySameZone,
			ServiceAccounts:     serviceAccounts(cfg, namespace.Name),
			Policies:            plan.policies[namespace.Name],
			Waypoint:            cfg.NamespaceWaypointOf(namespace),
			IngressUsesWaypoint: cfg.BehindWaypoint(namespace.Cluster),
			PodSecurity:         cfg.PodSecurity,
			Provider:            cluster.Kubernetes,
			Istiod:              plane.Istiod,
		})
		if err != nil {
			return nil, err
		}
		mesh.Namespaces[namespace.Name] = made.Ready
		if err := Guard(ctx, cfg, cluster.Kubernetes, namespace.Name, networkpolicy.Workloads(), made.Ready); err != nil {
			return nil, err
		}
	}
	if err := mesh.teams(ctx, cfg, cluster, roles); err != nil {
		return nil, err
	}
	if err := mesh.fronts(ctx, cfg, plan, plane, cluster); err != nil {
		return nil, err
	}
	if err := mesh.users(ctx, cfg, plan, plane, api, cluster, made.ingress); err != nil {
		return nil, err
	}
	if cfg.TestWorkloads {
		if _, err := NewTestWorkloads(ctx, "test-workloads", &TestWorkloadsArgs{
			PodSecurity: cfg.PodSecurity, Provider: cluster.Kubernetes, ControlPlane: plane.Ready,
		}); err != nil {
			return nil, err
		}
		if err := Guard(ctx, cfg, cluster.Kubernetes, TestNamespace, networkpolicy.Apps(TestEcho, TestShell), plane.Ready); err != nil {
			return nil, err
		}
	}
	return mesh, nil
}

// Plan is what Deploy needs and the program can know before anything is registered.
type Plan struct {
	crds     []gatewayapi.CRD
	charts   values.Args
	ca       *CA
	gateways []eastwest.Gateway
	// entrances are the gateways for users, one for each door. There is none without an ingress.
	entrances []ingress.Gateway
	policies  map[string][]policy.Policy
	traffic   map[string][]traffic.Object
}

// Prepare makes the plan, or reports every reason why there can be no mesh: a source of Gateway API definitions that
// cannot be read, or values and policies that Istio would refuse. It registers nothing.
func Prepare(ctx context.Context, cfg config.Config) (*Plan, error) {
	p := &Plan{charts: charts(cfg), ca: authority(cfg)}
	for _, maker := range cfg.Doors() {
		p.gateways = append(p.gateways, door(cfg, p.Restart(), loadbalancer.Controller(maker)))
	}
	p.entrances = entrances(cfg, p.Restart())
	var problems problem.List
	var err error
	p.policies, err = policies(cfg)
	problems.Under("policies", err)
	p.traffic, err = shapes(cfg)
	problems.Under("traffic", err)
	p.crds, err = gatewayapi.Load(ctx, gatewayapi.Source{Location: cfg.GatewayAPISource, SHA256: cfg.GatewayAPISHA256})
	problems.Under("gatewayApiSource", err)
	complete := ControlPlaneArgs{Charts: p.charts, CA: p.ca, LicenseDelivery: values.LicenseDelivery(cfg.LicenseDelivery)}
	problems.Under("chart values", complete.charts().Validate())
	for _, gateway := range p.gateways {
		problems.Under("east-west gateway", gateway.Validate())
	}
	for _, gateway := range p.entrances {
		problems.Under("ingress", gateway.Validate())
	}
	if err := problems.Err(); err != nil {
		return nil, fmt.Errorf("mesh: %w", err)
	}
	return p, nil
}

func charts(cfg config.Config) values.Args {
	var accounts []values.Account
	for _, key := range cfg.DiscoveredAccounts() {
		accounts = append(accounts, values.Account{
			Domain:  cfg.Accounts[key].Domain,
			RoleARN: cfg.RoleARN(key, cfg.DiscoveryRoleName(key)),
			More:    cfg.Accounts[key].DiscoveryValues,
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
		Env:               istiodEnv(cfg),
		Replicas:          cfg.IstiodReplicas,
		DiscoveryRate:     cfg.DiscoveryRate,
		DiscoveryBurst:    cfg.DiscoveryBurst,
		Accounts:          accounts,
		AccountsDelivery:  values.AccountsDelivery(cfg.ECSAccountsDelivery),
	}
}

func serviceAccounts(cfg config.Config, namespace string) []ServiceAccount {
	var accounts []ServiceAccount
	for _, identity := range cfg.Identities() {
		if identity.Namespace == namespace {
			accounts = append(accounts, ServiceAccount{
				Name:    identity.ServiceAccount,
				RoleARN: cfg.TaskRoleARN(identity),
			})
		}
	}
	return accounts
}

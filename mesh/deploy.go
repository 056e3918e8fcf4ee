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
	"ambient-ecs/mesh/values"
	"ambient-ecs/network"
)

// Mesh is the mesh as the ECS clusters need it.
type Mesh struct {
	// GatewayAddress is where the east-west gateway answers, inside the mesh's VPCs only.
	GatewayAddress pulumi.StringOutput
	// RootCertificate is the PEM certificate by which workloads know istiod and each other.
	RootCertificate pulumi.StringOutput
	// Namespaces are those of the ECS clusters and of the shared services, by name.
	Namespaces map[string]*Namespace
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
		Identity:        cluster.PodIdentity,
		Repository:      cfg.ChartRepository,
		Version:         cfg.IstioVersion,
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
		Gateway:  plan.gateway,
		Provider: cluster.Kubernetes,
		After:    slices.Concat([]pulumi.Resource{plane.Namespace}, plane.Istiod(), api.Ready, cluster.Ready),
	})
	if err != nil {
		return nil, err
	}
	mesh := &Mesh{
		GatewayAddress:  gateway.Address,
		RootCertificate: gateway.RootCertificate,
		Namespaces:      map[string]*Namespace{},
		Ready:           slices.Concat(gateway.Ready, plane.All()),
	}
	for _, namespace := range cfg.Namespaces() {
		mesh.Namespaces[namespace.Name], err = NewNamespace(ctx, namespace.Name, &NamespaceArgs{
			Name:            namespace.Name,
			ServiceAccounts: serviceAccounts(cfg, namespace.Name),
			Policies:        plan.policies[namespace.Name],
			Provider:        cluster.Kubernetes,
			After:           cluster.Ready,
			Istiod:          plane.Istiod(),
		})
		if err != nil {
			return nil, err
		}
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
	gateway  eastwest.Gateway
	policies map[string][]policy.Policy
}

// Prepare makes the plan, or reports every reason why there is none: a source of Gateway API definitions that
// cannot be read, values and policies that Istio would refuse. It registers nothing.
func Prepare(ctx context.Context, cfg config.Config) (*Plan, error) {
	p := &Plan{
		charts:  charts(cfg),
		gateway: eastwest.Gateway{Network: cfg.Network, Sources: cfg.MeshCIDRs(), Annotations: cfg.GatewayAnnotations},
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
	p.crds, err = gatewayapi.Load(ctx, gatewayapi.Source{Location: cfg.GatewayAPISource, SHA256: cfg.GatewayAPISHA256})
	refuse("gatewayApiSource", err)
	complete := ControlPlaneArgs{Charts: p.charts, LicenseDelivery: values.LicenseDelivery(cfg.LicenseDelivery)}
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
	return values.Args{
		Hub:              cfg.ImageHub,
		Tag:              cfg.IstioVersion,
		Variant:          cfg.ImageVariant,
		Network:          cfg.Network,
		TrustDomain:      cfg.TrustDomain,
		Env:              cfg.PilotEnv,
		Accounts:         accounts,
		AccountsDelivery: values.AccountsDelivery(cfg.ECSAccountsDelivery),
	}
}

func policies(cfg config.Config) (map[string][]policy.Policy, error) {
	mesh := policy.Mesh{Stage: policy.Stage(cfg.PolicyStage), EKS: TestNamespace}
	for _, key := range cfg.ClusterKeys() {
		namespace := policy.Namespace{Name: cfg.Namespace(key)}
		cluster := cfg.Clusters[key]
		for _, name := range cluster.ServiceKeys() {
			service := policy.Service{Name: name}
			if !cluster.Services[name].ClientOnly {
				service.Port = cluster.Services[name].Port
			}
			namespace.Services = append(namespace.Services, service)
		}
		mesh.Namespaces = append(mesh.Namespaces, namespace)
	}
	return mesh.Policies()
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

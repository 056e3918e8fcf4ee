package components

import (
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/ecs"
	"ambient-ecs/eks"
	"ambient-ecs/iam"
	"ambient-ecs/mesh"
	"ambient-ecs/mesh/eastwest"
	"ambient-ecs/mesh/gatewayapi"
	"ambient-ecs/mesh/helm"
	"ambient-ecs/mesh/ingress"
	"ambient-ecs/mesh/loadbalancer"
	"ambient-ecs/mesh/policy"
	"ambient-ecs/mesh/traffic"
	"ambient-ecs/mesh/values"
)

// license is a licence that is easy to find where it must not be.
const license = "a-licence-that-must-stay-secret"

func validGatewayAPI(f *fixture) *mesh.GatewayAPIArgs {
	spec := map[string]any{"group": "gateway.networking.k8s.io"}
	return &mesh.GatewayAPIArgs{Provider: f.kubernetes, CRDs: []gatewayapi.CRD{
		{Name: "gatewayclasses.gateway.networking.k8s.io", Annotations: map[string]string{"gateway.networking.k8s.io/bundle-version": "v1.4.0"}, Spec: spec},
		{Name: "gateways.gateway.networking.k8s.io", Spec: spec},
	}}
}

func validControlPlane(f *fixture) *mesh.ControlPlaneArgs {
	return &mesh.ControlPlaneArgs{
		Charts: values.Args{
			Hub: "registry.example/istio", Tag: "1.29.1-solo", Variant: "distroless", Network: "eks", TrustDomain: "cluster.local", PathNormalization: "MERGE_SLASHES",
			Accounts:         []values.Account{{Domain: "ecs.local", RoleARN: "arn:aws:iam::111122223333:role/mesh-discovery-local"}},
			AccountsDelivery: values.AccountsByChart, DiscoveryRate: 2, DiscoveryBurst: 10, Replicas: 2,
		},
		GatewayReplicas: 2,
		LicenseDelivery: values.LicenseByEnv, License: license, Identities: identities("istiod"),
		Repository: "oci://registry.example/charts", Provider: f.kubernetes,
		GatewayAPI: there[mesh.GatewayAPI](f), Discovery: there[iam.DiscoveryRole](f),
	}
}

// identities returns identities for some istiods.
func identities(names ...string) map[string]pulumi.StringOutput {
	all := map[string]pulumi.StringOutput{}
	for _, name := range names {
		all[name] = pulumi.String("a-1/AROAISTIOD").ToStringOutput()
	}
	return all
}

// twoRevisions adds an istiod of the next version to the existing one.
func twoRevisions(a *mesh.ControlPlaneArgs) {
	a.Charts.Revisions = []values.Revision{{Name: "1-30-2", Tag: "1.30.2-solo"}, {Name: values.Unnamed, Tag: "1.29.1-solo"}}
	a.Charts.DefaultRevision, a.Charts.BaseVersion = values.Unnamed, "1.30.2-solo"
	a.Identities = identities("istiod", "istiod-1-30-2")
}

func validGateway(f *fixture) *mesh.EastWestGatewayArgs {
	return &mesh.EastWestGatewayArgs{
		Gateway: eastwest.Gateway{Network: "eks", Sources: []string{"10.0.0.0/16", "10.1.0.0/16"}}, Provider: f.kubernetes,
		Istiod: there[mesh.Istiod](f), GatewayAPI: there[mesh.GatewayAPI](f), Balancer: there[mesh.LoadBalancerController](f),
	}
}

// validDoor is the gateway behind the AWS Load Balancer Controller.
func validDoor(f *fixture) *mesh.EastWestGatewayArgs {
	args := validGateway(f)
	args.Gateway.Maker, args.Gateway.SecurityGroup = loadbalancer.AWS, "mesh-eastwest-gateway"
	return args
}

func validController(f *fixture) *mesh.LoadBalancerControllerArgs {
	return &mesh.LoadBalancerControllerArgs{
		Values:      loadbalancer.ChartValues{Cluster: "mesh", Region: "eu-central-1", Tags: map[string]string{"owner": "mesh"}},
		ClusterName: pulumi.String("mesh"), VpcID: pulumi.String("vpc-1"),
		RoleARN: pulumi.String("arn:aws:iam::111122223333:role/mesh-load-balancer-controller"), RoleID: pulumi.String("AROA1"),
		Home: f.local, Provider: f.kubernetes, Cluster: there[eks.Cluster](f), Role: there[iam.PodRole](f),
	}
}

func validBalancerGroup(f *fixture) *mesh.LoadBalancerGroupArgs {
	return &mesh.LoadBalancerGroupArgs{
		Name: "mesh-eastwest-gateway", Description: "who reaches it", VpcID: pulumi.String("vpc-1"), NodesGroupID: pulumi.String("sg-nodes"),
		Sources: []string{"10.0.0.0/16", "10.1.0.0/16"}, Ports: []mesh.PortRange{{From: 15008, To: 15012}}, TargetPorts: []mesh.PortRange{{From: 15008, To: 15021}}, Home: f.local,
	}
}

func validNamespace(f *fixture) *mesh.NamespaceArgs {
	return &mesh.NamespaceArgs{
		Name: "mesh-shop", Provider: f.kubernetes, Istiod: there[mesh.Istiod](f),
		ServiceAccounts: []mesh.ServiceAccount{
			{Name: "cart", RoleARN: "arn:aws:iam::444455556666:role/mesh-shop-cart"},
			{Name: "ecs", RoleARN: "arn:aws:iam::444455556666:role/mesh-shop-ecs"},
		},
		Policies: []policy.Policy{{Namespace: "mesh-shop", Name: policy.NameDenyAll, Spec: map[string]any{}}},
	}
}

func validWaypoint(f *fixture) *mesh.WaypointArgs {
	return &mesh.WaypointArgs{Name: "waypoint", Namespace: "mesh-shop", Provider: f.kubernetes,
		Policies: there[mesh.Namespace](f), Istiod: there[mesh.Istiod](f), Defaults: there[mesh.WaypointDefaults](f)}
}

func validIngress(f *fixture) *mesh.IngressArgs {
	return &mesh.IngressArgs{
		Provider: f.kubernetes, Istiod: there[mesh.Istiod](f), GatewayAPI: there[mesh.GatewayAPI](f), Services: there[mesh.Namespace](f), Guests: there[mesh.Team](f), Balancer: there[mesh.LoadBalancerController](f),
		Gateway: ingress.Gateway{
			Namespace: "mesh-ingress", Network: "eks", CertificateARN: "arn:aws:acm:eu-central-1:111122223333:certificate/a",
			LoadBalancer: loadbalancer.Settings{Controller: loadbalancer.AWS, SecurityGroup: "mesh-ingress", Sources: []string{"10.0.0.0/16"}},
			Hosts:        []ingress.Host{{Name: "shop.example.com", Routes: []ingress.Route{{To: []traffic.Backend{{Hostname: "cart.shop", Port: 8080, Weight: 1}}}}}},
		},
	}
}

func validTraffic(f *fixture) *mesh.TrafficArgs {
	return &mesh.TrafficArgs{Provider: f.kubernetes, Behind: there[ecs.Service](f), Namespace: there[mesh.Namespace](f), Istiod: there[mesh.Istiod](f), Object: traffic.Object{
		APIVersion: "networking.istio.io/v1", Kind: "VirtualService", Namespace: "mesh-shop", Name: "cart", Spec: map[string]any{"hosts": []any{"cart.shop"}},
	}}
}

func validWorkloads(f *fixture) *mesh.TestWorkloadsArgs {
	return &mesh.TestWorkloadsArgs{Provider: f.kubernetes, ControlPlane: there[mesh.ControlPlane](f)}
}

func validRelease(*fixture) *helm.ReleaseArgs {
	return &helm.ReleaseArgs{Name: "istiod", Namespace: "istio-system", Chart: "istiod", Version: "1.29.1", Repository: "https://charts.example", Timeout: time.Minute, After: []component.Dependency{component.Elsewhere[mesh.ControlPlane]()}}
}

func meshSubjects() []subject {
	return []subject{
		of("Gateway API", mesh.NewGatewayAPI, validGatewayAPI, word("CRDs", "Provider"),
			[]bad[mesh.GatewayAPIArgs]{
				{"no definition", func(a *mesh.GatewayAPIArgs) { a.CRDs = nil }, word("CRDs is not set")},
				{"no provider", func(a *mesh.GatewayAPIArgs) { a.Provider = nil }, word("Provider is not set")},
			}),
		of("control plane", mesh.NewControlPlane, validControlPlane,
			word("Hub", "Tag", "Network", "TrustDomain", "PathNormalization", "AccountsDelivery", "License.Delivery", "Accounts", "License is not set", "Identities", "Repository", "Provider"),
			[]bad[mesh.ControlPlaneArgs]{
				{"no provider", func(a *mesh.ControlPlaneArgs) { a.Provider = nil }, word("Provider is not set")},
				{"no licence", func(a *mesh.ControlPlaneArgs) { a.License = "" }, word("License is not set", "refuses to start")},
				{"no identity", func(a *mesh.ControlPlaneArgs) { a.Identities = nil }, word(`Identities["istiod"] is not set`)},
				{"no identity for one of two", func(a *mesh.ControlPlaneArgs) { twoRevisions(a); a.Identities = identities("istiod") }, word(`Identities["istiod-1-30-2"] is not set`)},
				{"a default revision that does not exist", func(a *mesh.ControlPlaneArgs) { twoRevisions(a); a.Charts.DefaultRevision = "1-31" }, word("DefaultRevision", `"1-31"`)},
				{"a part of an authority", func(a *mesh.ControlPlaneArgs) { a.CA = &mesh.CA{Certificate: "x", Key: "y", Root: "z"} }, word("CA.Chain is not set")},
				{"no repository", func(a *mesh.ControlPlaneArgs) { a.Repository = "" }, word("Repository is not set")},
				{"whatever version is newest", func(a *mesh.ControlPlaneArgs) { a.Charts.Tag = "" }, word("Tag is not set")},
				{"a user without a password", func(a *mesh.ControlPlaneArgs) { a.Username = "reader" }, word("both or neither")},
				{"a password without a user", func(a *mesh.ControlPlaneArgs) { a.Password = "hunter2" }, word("both or neither")},
				{"no account to discover", func(a *mesh.ControlPlaneArgs) { a.Charts.Accounts = nil }, word("Accounts is not set")},
				{"two accounts with one role", func(a *mesh.ControlPlaneArgs) { a.Charts.Accounts = append(a.Charts.Accounts, a.Charts.Accounts[0]) }, word("Accounts[1].RoleARN", "only one")},
				{"an unknown way to the licence", func(a *mesh.ControlPlaneArgs) { a.LicenseDelivery = "value" }, word("License.Delivery", `"value"`)},
				{"the licence as a variable", func(a *mesh.ControlPlaneArgs) { a.Charts.Env = map[string]string{values.EnvLicense: license} }, word(values.EnvLicense, "plain ConfigMap")},
				{"no network", func(a *mesh.ControlPlaneArgs) { a.Charts.Network = "" }, word("Network is not set")},
			}),
		of("east-west gateway", mesh.NewEastWestGateway, validGateway, word("Network", "Sources", "Provider"),
			[]bad[mesh.EastWestGatewayArgs]{
				{"no provider", func(a *mesh.EastWestGatewayArgs) { a.Provider = nil }, word("Provider is not set")},
				{"no network", func(a *mesh.EastWestGatewayArgs) { a.Gateway.Network = "" }, word("Network is not set")},
				{"open to every address", func(a *mesh.EastWestGatewayArgs) { a.Gateway.Sources = nil }, word("Sources is not set", "every address")},
				{"a source that is no network", func(a *mesh.EastWestGatewayArgs) { a.Gateway.Sources[0] = "10.0.0.1/16" }, word(`"10.0.0.1/16"`, "no CIDR")},
				{"another condition to wait for", func(a *mesh.EastWestGatewayArgs) {
					a.Gateway.Annotations = map[string]string{"pulumi.com/waitFor": "condition=Accepted"}
				}, word("pulumi.com/waitFor", "needs it itself")},
				{"a key that is none", func(a *mesh.EastWestGatewayArgs) { a.Gateway.Annotations = map[string]string{"my key": ""} }, word(`"my key"`, "no annotation key")},
				{"too long a value", func(a *mesh.EastWestGatewayArgs) {
					a.Gateway.Annotations = map[string]string{"a": strings.Repeat("x", 4097)}
				}, word("4096")},
				{"too many annotations", func(a *mesh.EastWestGatewayArgs) {
					a.Gateway.Annotations = map[string]string{"a": "", "b": "", "c": "", "d": "", "e": ""}
				}, word("they are 9", "allows 8")},
			}),
		of("gateway of the controller", mesh.NewEastWestGateway, validDoor, word("Network", "Sources", "Provider"),
			[]bad[mesh.EastWestGatewayArgs]{
				{"no security group", func(a *mesh.EastWestGatewayArgs) { a.Gateway.SecurityGroup = "" }, word("SecurityGroup is not set", "admit every address")},
				{"nobody that makes it", func(a *mesh.EastWestGatewayArgs) { a.Balancer = nil }, word("Balancer is not set", "outlive its controller")},
				{"nobody that may connect", func(a *mesh.EastWestGatewayArgs) { a.Gateway.Sources = nil }, word("Sources is not set")},
			}),
		of("load balancer controller", mesh.NewLoadBalancerController, validController, word("Values.Cluster", "Values.Region", "ClusterName", "VpcID", "RoleARN", "RoleID", "Home", "Provider"),
			[]bad[mesh.LoadBalancerControllerArgs]{
				{"no role", func(a *mesh.LoadBalancerControllerArgs) { a.RoleARN = nil }, word("RoleARN is not set")},
			}),
		of("load balancer group", mesh.NewLoadBalancerGroup, validBalancerGroup, word("Name", "Description", "VpcID", "NodesGroupID", "Home", "Sources", "Ports", "TargetPorts"),
			[]bad[mesh.LoadBalancerGroupArgs]{
				{"a source that is no network", func(a *mesh.LoadBalancerGroupArgs) { a.Sources[0] = "10.0.0.1/16" }, word(`"10.0.0.1/16"`, "no CIDR")},
				{"a range that ends before it begins", func(a *mesh.LoadBalancerGroupArgs) { a.Ports[0].To = 1 }, word("Ports[0]", "no range of ports")},
				{"nodes that nobody names", func(a *mesh.LoadBalancerGroupArgs) { a.NodesGroupID = nil }, word("NodesGroupID is not set")},
			}),
		of("namespace guard", mesh.NewNamespaceGuard, validGuard, word("Namespace", "Policy", "Provider", "Guarded"),
			[]bad[mesh.NamespaceGuardArgs]{
				{"nothing to guard with", func(a *mesh.NamespaceGuardArgs) { a.Policy, a.NoDefaultTokens = nil, false }, word("Policy is not set", "nothing to guard")},
				{"no namespace", func(a *mesh.NamespaceGuardArgs) { a.Namespace = "" }, word("Namespace is not set")},
				{"no order", func(a *mesh.NamespaceGuardArgs) { a.Guarded = nil }, word("Guarded is not set", "not be there yet")},
			}),
		of("team", mesh.NewTeam, validTeam, word("Group", "RoleARN", "ClusterName", "AWS", "Namespaces", "Made", "Confined", "PolicyName", "OwnRoles", "Provider"),
			[]bad[mesh.TeamArgs]{
				{"nobody", func(a *mesh.TeamArgs) { a.Group, a.RoleARN = "", nil }, word("Group is not set", "nobody")},
				{"nothing to do", func(a *mesh.TeamArgs) { a.Namespaces = nil }, word("Namespaces is not set", "nothing to do")},
				{"routes that nothing keeps apart", func(a *mesh.TeamArgs) { a.Routes = &mesh.TeamRoutes{PolicyName: "mesh-team-orders-routes"} }, word("Routes is not set", "keep nothing apart")},
				{"rights before its confinement", func(a *mesh.TeamArgs) { a.Confined = component.After[mesh.Confinement]{} }, word("Confined is not set")},
			}),
		of("confinement", mesh.NewConfinement, validConfinement, word("Name", "Groups", "Prefix", "Provider"),
			[]bad[mesh.ConfinementArgs]{
				{"everybody", func(a *mesh.ConfinementArgs) { a.Groups = "" }, word("Groups is not set", "the platform too")},
				{"nobody", func(a *mesh.ConfinementArgs) { a.Prefix = "" }, word("Prefix is not set", "confine nobody")},
			}),
		of("namespace", mesh.NewNamespace, validNamespace, word("Name", "ServiceAccounts", "Provider"),
			[]bad[mesh.NamespaceArgs]{
				{"no provider", func(a *mesh.NamespaceArgs) { a.Provider = nil }, word("Provider is not set")},
				{"no name", func(a *mesh.NamespaceArgs) { a.Name, a.Policies = "", nil }, word("Name is not set")},
				{"no identity", func(a *mesh.NamespaceArgs) { a.ServiceAccounts = nil }, word("ServiceAccounts is not set")},
				{"an identity without a role", func(a *mesh.NamespaceArgs) { a.ServiceAccounts[0].RoleARN = "" }, word("ServiceAccounts[0].RoleARN is not set")},
				{"one identity twice", func(a *mesh.NamespaceArgs) { a.ServiceAccounts[1].Name = "cart" }, word(`ServiceAccounts[1].Name = "cart"`, "there twice")},
				{"two identities with one role", func(a *mesh.NamespaceArgs) { a.ServiceAccounts[1].RoleARN = a.ServiceAccounts[0].RoleARN }, word("ServiceAccounts[1]", "the other's identity")},
				{"a policy of another namespace", func(a *mesh.NamespaceArgs) { a.Policies[0].Namespace = "default" }, word("deny-all", `"default"`)},
			}),
		of("waypoint", mesh.NewWaypoint, validWaypoint, word("waypoint", "Namespace", "Provider"),
			[]bad[mesh.WaypointArgs]{
				{"no provider", func(a *mesh.WaypointArgs) { a.Provider = nil }, word("Provider is not set")},
				{"no namespace", func(a *mesh.WaypointArgs) { a.Namespace = "" }, word("Namespace is not set")},
				{"a name in capitals", func(a *mesh.WaypointArgs) { a.Name = "Waypoint" }, word(`"Waypoint"`, "no name for a waypoint")},
				{"the name that means no waypoint", func(a *mesh.WaypointArgs) { a.Name = "none" }, word("called none")},
			}),
		of("ingress", mesh.NewIngress, validIngress, word("Namespace", "Network", "LoadBalancer", "Hosts", "Certificate", "Provider"),
			[]bad[mesh.IngressArgs]{
				{"no provider", func(a *mesh.IngressArgs) { a.Provider = nil }, word("Provider is not set")},
				{"no certificate", func(a *mesh.IngressArgs) { a.Gateway.CertificateARN = "" }, word("Certificate is not set")},
				{"two certificates", func(a *mesh.IngressArgs) { a.Certificate, a.Key = "c", "k" }, word("Certificate is not set", "or at the gateway")},
				{"open to every address", func(a *mesh.IngressArgs) {
					a.Gateway.LoadBalancer = loadbalancer.Settings{Controller: loadbalancer.Legacy}
				}, word("Sources is not set", "every address")},
				{"guests that nothing keeps apart", func(a *mesh.IngressArgs) {
					a.Gateway.Guests, a.Guests = []ingress.Guest{{Name: "orders", Namespaces: []string{"mesh-orders"}, Hosts: []string{"orders.example.com"}}}, nil
				}, word("Guests is not set", "the host of somebody else")},
				{"a guest without a namespace", func(a *mesh.IngressArgs) {
					a.Gateway.Guests = []ingress.Guest{{Name: "orders", Hosts: []string{"orders.example.com"}}}
				}, word("Gateway.Guests[orders] is not set")},
				{"nowhere to go", func(a *mesh.IngressArgs) { a.Gateway.Hosts = nil }, word("Hosts is not set")},
			}),
		of("traffic", mesh.NewTraffic, validTraffic, word("Object", "Provider"),
			[]bad[mesh.TrafficArgs]{
				{"no provider", func(a *mesh.TrafficArgs) { a.Provider = nil }, word("Provider is not set")},
				{"no object", func(a *mesh.TrafficArgs) { a.Object = traffic.Object{} }, word("Object.Kind is not set", "Object.Name is not set", "Object.Namespace is not set")},
			}),
		of("test workloads", mesh.NewTestWorkloads, validWorkloads, word("Provider"),
			[]bad[mesh.TestWorkloadsArgs]{
				{"no provider", func(a *mesh.TestWorkloadsArgs) { a.Provider = nil }, word("Provider is not set")},
			}),
		of("Helm release", helm.NewRelease, validRelease, word("Name", "Namespace", "Chart", "Version", "Timeout", "After"),
			[]bad[helm.ReleaseArgs]{
				{"no namespace", func(a *helm.ReleaseArgs) { a.Namespace = "" }, word("Namespace is not set")},
				{"whatever version is newest", func(a *helm.ReleaseArgs) { a.Version = "" }, word("Version is not set")},
				{"a password without a user", func(a *helm.ReleaseArgs) { a.Password = "hunter2" }, word("both or neither")},
				{"no patience", func(a *helm.ReleaseArgs) { a.Timeout = time.Millisecond }, word("Timeout = 1ms")},
			}),
	}
}

package mesh

import (
	"fmt"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	rbacv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/rbac/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/eks"
	"ambient-ecs/iam"
	"ambient-ecs/mesh/tenancy"
	"ambient-ecs/problem"
)

// TeamTypeToken is the Pulumi type of Team.
const TeamTypeToken = "ambient-ecs:mesh:Team"

// TeamArgs configures a Team.
type TeamArgs struct {
	// Group is the Kubernetes group of the team. Required. EKS refuses one that begins with system:.
	Group string
	// RoleARN is the role that is the team in Kubernetes. It must exist when EKS makes the entry. Required.
	RoleARN pulumi.StringInput
	// ClusterName is the EKS cluster, AWS the provider of its account. Required.
	ClusterName pulumi.StringInput
	AWS         pulumi.ProviderResource
	// Namespaces are the team's, and Made is what makes them. Required.
	Namespaces []string
	Made       component.After[Namespace]
	// PolicyName is the name of the admission policy that keeps the team's service accounts to its roles. It is in no namespace, so it
	// is the install's own. Required.
	PolicyName string
	// TaskRoles are the ARNs of the task roles of the team's identities, and OwnRoles is a regular expression of the whole ARNs of the roles
	// that the team makes. OwnRoles is required.
	TaskRoles []string
	OwnRoles  string
	// Routes keep the HTTPRoutes of the team at the gateway for users to its own hosts and services. Nil: it has no hosts.
	Routes *TeamRoutes
	// Confined is what keeps the team to its own policies. The team gets its rights after it.
	Confined component.After[Confinement]
	// Provider is the cluster's provider. Required.
	Provider *kubernetes.Provider
}

// TeamRoutes are what a team may route from the gateway for users.
type TeamRoutes struct {
	// PolicyName is the name of the admission policy. Required.
	PolicyName string
	tenancy.Routes
}

// Validate reports every problem of the arguments, or returns nil.
func (a *TeamArgs) Validate() error {
	var p problem.List
	if a.Routes != nil && (a.Routes.PolicyName == "" || len(a.Routes.Gateways) == 0 || len(a.Routes.Hosts) == 0 || len(a.Routes.Domains) == 0) {
		p.Missing("Routes", "without a name, gateways, hosts and domains the admission policy would keep nothing apart")
	}
	for _, required := range []struct {
		field, reason string
		set           bool
	}{
		{"Group", "the team would be nobody", a.Group != ""},
		{"RoleARN", "the team would be nobody", a.RoleARN != nil},
		{"ClusterName", "the entry is one of a cluster", a.ClusterName != nil},
		{"AWS", "without one the entry could land in another account", a.AWS != nil},
		{"Namespaces", "the team would have nothing to do", len(a.Namespaces) > 0},
		{"PolicyName", "it is the admission policy's", a.PolicyName != ""},
		{"OwnRoles", "the team could use no role that it makes", a.OwnRoles != ""},
		{"Provider", "without one there is no cluster", a.Provider != nil},
	} {
		if !required.set {
			p.Missing(required.field, "%s", required.reason)
		}
	}
	return p.Err()
}

// Team is one team in Kubernetes: who it is, and what it may do in its namespaces.
type Team struct {
	pulumi.ResourceState

	// Routed is what keeps the team's routes to its own hosts, zero without any. A gateway admits the team's namespaces after it.
	Routed component.After[Team]
	// Ready is everything by which the team acts in Kubernetes. What only the team can take away goes before it.
	Ready component.After[Team]
}

// NewTeam registers the access entry, and a Role with its binding in each namespace.
func NewTeam(ctx *pulumi.Context, name string, args *TeamArgs, opts ...pulumi.ResourceOption) (*Team, error) {
	out := &Team{}
	return component.New(ctx, TeamTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		entry, err := awseks.NewAccessEntry(ctx, name, &awseks.AccessEntryArgs{
			ClusterName: args.ClusterName, PrincipalArn: args.RoleARN, KubernetesGroups: pulumi.ToStringArray([]string{args.Group}),
		}, component.Child(out, args.AWS, pulumi.DeleteBeforeReplace(true))...)
		if err != nil {
			return nil, fmt.Errorf("register the access entry: %w", err)
		}
		// The team gets its rights after what narrows them.
		confined, err := admission(ctx, out, args.Provider, name+"-roles", args.PolicyName, tenancy.RolesPolicySpec(args.Group, args.TaskRoles, args.OwnRoles))
		if err != nil {
			return nil, err
		}
		if args.Routes != nil {
			routed, err := admission(ctx, out, args.Provider, name+"-routes", args.Routes.PolicyName, tenancy.RoutesPolicySpec(args.Group, args.Routes.Routes))
			if err != nil {
				return nil, err
			}
			out.Routed = component.Made[Team](routed...)
			confined = append(confined, routed...)
		}
		var rules rbacv1.PolicyRuleArray
		for _, rule := range tenancy.Rules() {
			rules = append(rules, rbacv1.PolicyRuleArgs{
				ApiGroups: pulumi.ToStringArray(rule.APIGroups), Resources: pulumi.ToStringArray(rule.Resources), Verbs: pulumi.ToStringArray(rule.Verbs),
			})
		}
		rights := []pulumi.Resource{entry}
		for _, namespace := range args.Namespaces {
			child, metadata := component.Child(out, args.Provider, component.DependsOn(args.Made, args.Confined, component.Made[Confinement](confined...))), metav1.ObjectMetaArgs{Name: pulumi.String(name), Namespace: pulumi.String(namespace)}
			role, err := rbacv1.NewRole(ctx, name+"/"+namespace, &rbacv1.RoleArgs{Metadata: metadata, Rules: rules}, child...)
			if err != nil {
				return nil, fmt.Errorf("register the role in %s: %w", namespace, err)
			}
			binding, err := rbacv1.NewRoleBinding(ctx, name+"/"+namespace, &rbacv1.RoleBindingArgs{
				Metadata: metadata,
				RoleRef:  rbacv1.RoleRefArgs{ApiGroup: pulumi.String(rbacGroup), Kind: pulumi.String("Role"), Name: role.Metadata.Name().Elem()},
				Subjects: rbacv1.SubjectArray{rbacv1.SubjectArgs{ApiGroup: pulumi.String(rbacGroup), Kind: pulumi.String("Group"), Name: pulumi.String(args.Group)}},
			}, child...)
			if err != nil {
				return nil, fmt.Errorf("register the binding in %s: %w", namespace, err)
			}
			rights = append(rights, role, binding)
		}
		out.Ready = component.Made[Team](rights...)
		return pulumi.Map{"group": pulumi.String(args.Group)}, nil
	})
}

const rbacGroup = "rbac.authorization.k8s.io"

// ConfinementTypeToken is the Pulumi type of Confinement.
const ConfinementTypeToken = "ambient-ecs:mesh:Confinement"

// ConfinementArgs configures a Confinement.
type ConfinementArgs struct {
	// Name is the name of the policy in Kubernetes. It is in no namespace, so it is the install's own. Required.
	Name string
	// Groups begins the groups of the teams, Prefix the names of their policies. Required.
	Groups, Prefix string
	// Provider is the cluster's provider. Required.
	Provider *kubernetes.Provider
}

// Validate reports every problem of the arguments, or returns nil.
func (a *ConfinementArgs) Validate() error {
	var p problem.List
	if a.Name == "" {
		p.Missing("Name", "it is the policy's")
	}
	if a.Groups == "" {
		p.Missing("Groups", "it would confine the platform too")
	}
	if a.Prefix == "" {
		p.Missing("Prefix", "it would confine nobody")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one there is no cluster")
	}
	return p.Err()
}

// Confinement keeps teams to their own AuthorizationPolicies.
type Confinement struct {
	pulumi.ResourceState

	// Ready is the policy in force. Teams get their rights after it.
	Ready component.After[Confinement]
}

// NewConfinement registers the admission policy and its binding.
func NewConfinement(ctx *pulumi.Context, name string, args *ConfinementArgs, opts ...pulumi.ResourceOption) (*Confinement, error) {
	out := &Confinement{}
	return component.New(ctx, ConfinementTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		made, err := admission(ctx, out, args.Provider, name, args.Name, tenancy.PolicySpec(args.Groups, args.Prefix))
		if err != nil {
			return nil, err
		}
		out.Ready = component.Made[Confinement](made...)
		return pulumi.Map{"policy": pulumi.String(args.Name)}, nil
	})
}

// admission registers an admission policy and its binding.
func admission(ctx *pulumi.Context, parent pulumi.Resource, provider *kubernetes.Provider, resource, name string, spec map[string]any) ([]pulumi.Resource, error) {
	object := func(resource, kind string, spec map[string]any, more ...pulumi.ResourceOption) (pulumi.Resource, error) {
		made, err := apiextensions.NewCustomResource(ctx, resource, &apiextensions.CustomResourceArgs{
			ApiVersion: pulumi.String(tenancy.APIVersion), Kind: pulumi.String(kind),
			Metadata: metav1.ObjectMetaArgs{Name: pulumi.String(name)}, OtherFields: kubernetes.UntypedArgs{"spec": spec},
		}, component.Child(parent, provider, more...)...)
		if err != nil {
			return nil, fmt.Errorf("register the %s: %w", kind, err)
		}
		return made, nil
	}
	policy, err := object(resource, tenancy.KindPolicy, spec)
	if err != nil {
		return nil, err
	}
	binding, err := object(resource+"-binding", tenancy.KindBinding, tenancy.BindingSpec(name), behind(policy))
	return []pulumi.Resource{policy, binding}, err
}

// teams registers what the teams of the configuration are and may do in Kubernetes.
func (m *Mesh) teams(ctx *pulumi.Context, cfg config.Config, cluster *eks.Cluster, roles *iam.Roles) error {
	if len(cfg.Teams) == 0 {
		return nil
	}
	confined, err := NewConfinement(ctx, "teams", &ConfinementArgs{
		Name: cfg.Install + "-teams", Groups: cfg.TeamGroups(), Prefix: config.TeamPolicyPrefix, Provider: cluster.Kubernetes,
	})
	if err != nil {
		return err
	}
	for _, team := range cfg.TeamKeys() {
		var namespaces []component.Dependency
		for _, namespace := range cfg.TeamNamespaces(team) {
			namespaces = append(namespaces, m.Namespaces[namespace])
		}
		made, err := NewTeam(ctx, "team-"+team, &TeamArgs{
			Group: cfg.TeamGroup(team), RoleARN: roles.Team[team+"/"+cfg.Home].RoleARN, ClusterName: cluster.Name, AWS: cluster.AWS,
			PolicyName: cfg.Install + "-team-" + team + "-roles", TaskRoles: cfg.TeamRolesOfIdentities(team), OwnRoles: cfg.TeamOwnRoles(team),
			Namespaces: cfg.TeamNamespaces(team), Made: component.All[Namespace](namespaces...), Confined: confined.Ready, Provider: cluster.Kubernetes,
			Routes: teamRoutes(cfg, team),
		})
		if err != nil {
			return err
		}
		m.Teams[team] = made.Ready
		if len(cfg.TeamHosts(team)) > 0 {
			m.routed = append(m.routed, made.Routed)
		}
	}
	return nil
}

// teamRoutes are what a team may route from the gateway for users, nil if it has no hosts.
func teamRoutes(cfg config.Config, team string) *TeamRoutes {
	hosts := cfg.TeamHosts(team)
	if len(hosts) == 0 {
		return nil
	}
	all := &TeamRoutes{PolicyName: cfg.Install + "-team-" + team + "-routes", Routes: tenancy.Routes{Hosts: hosts, Domains: cfg.TeamDomains(team)}}
	for _, maker := range cfg.Doors() {
		all.Gateways = append(all.Gateways, tenancy.Gateway{Namespace: cfg.IngressNamespaceAt(maker), Name: config.IngressName})
	}
	return all
}

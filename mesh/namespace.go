package mesh

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/mesh/podsecurity"
	"ambient-ecs/mesh/policy"
	"ambient-ecs/mesh/waypoint"
	"ambient-ecs/problem"
)

// NamespaceTypeToken is the Pulumi type of Namespace.
const NamespaceTypeToken = "ambient-ecs:mesh:Namespace"

const (
	// labelDataplane enrols a namespace or a pod. dataplaneAmbient is the mode without sidecars.
	labelDataplane   = "istio.io/dataplane-mode"
	dataplaneAmbient = "ambient"
	// annotationRole is the AWS role that lets a task take a service account's identity.
	annotationRole = "ecs.solo.io/role-arn"
	// annotationDistribution makes callers prefer near endpoints: first those in their own zone, then those in their
	// region. (https://istio.io/latest/docs/ambient/usage/traffic-distribution/)
	annotationDistribution = "networking.istio.io/traffic-distribution"
	distributionSameZone   = "PreferSameZone"
)

// NamespaceArgs configures a Namespace.
type NamespaceArgs struct {
	// Name is the namespace's name. It equals the ECS cluster's name. Required. A change replaces the namespace.
	Name string
	// SameZone makes callers prefer the endpoints in their own zone, then those in their region.
	SameZone bool
	// ServiceAccounts are the identities of the tasks. At least one.
	ServiceAccounts []ServiceAccount
	// Policies are the namespace's policies; see package policy.
	Policies []policy.Policy
	// Waypoint is the waypoint in front of every service of the namespace. Empty: none. A waypoint that is not ready
	// yet changes nothing: callers reach the tasks, whose policies decide.
	Waypoint string
	// IngressUsesWaypoint sends requests of gateways to the waypoint of every service of the namespace that says nothing of it. By
	// themselves gateways go past waypoints.
	IngressUsesWaypoint bool
	// PodSecurity is the Pod Security Standard of the namespace. Empty: no label.
	PodSecurity podsecurity.Level
	// Provider is the cluster's provider. It comes after the cluster with its nodes. Required.
	Provider *kubernetes.Provider
	// Istiod reads the policies on admission. Only the policies wait for it. Required.
	Istiod component.After[Istiod]
}

// ServiceAccount is the identity of some of a cluster's tasks.
type ServiceAccount struct {
	// Name is the service account's.
	Name string
	// RoleARN is the tasks' role. istiod gives the identity to every task that proves to have the role, so no other
	// service account of the mesh may name it.
	RoleARN string
}

// Validate reports every problem of the arguments, or returns nil.
func (a *NamespaceArgs) Validate() error {
	var p problem.List
	if a.Name == "" {
		p.Missing("Name", "it is the namespace's")
	}
	if len(a.ServiceAccounts) == 0 {
		p.Missing("ServiceAccounts", "no task could get an identity")
	}
	names, roles := map[string]bool{}, map[string]bool{}
	for i, account := range a.ServiceAccounts {
		field := fmt.Sprintf("ServiceAccounts[%d]", i)
		if account.Name == "" {
			p.Missing(field+".Name", "it is half of the identity")
		}
		if account.RoleARN == "" {
			p.Missing(field+".RoleARN", "no task could prove to have the identity")
		}
		if names[account.Name] {
			p.Refuse(field+".Name", account.Name, "it is there twice")
		}
		if roles[account.RoleARN] {
			p.Refuse(field+".RoleARN", account.RoleARN, "another service account has it: one could take the other's identity")
		}
		names[account.Name], roles[account.RoleARN] = true, true
	}
	for i, one := range a.Policies {
		if one.Namespace != a.Name {
			p.Refuse(fmt.Sprintf("Policies[%d].Namespace", i), one.Namespace, "the policy %s is for another namespace", one.Name)
		}
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one there is no cluster")
	}
	return p.Err()
}

// Namespace is what one ECS cluster has in Kubernetes: a namespace for the objects that istiod makes from its
// services, the identities of its tasks, and the policies that protect them.
type Namespace struct {
	pulumi.ResourceState

	// Name is the namespace's.
	Name string
	// Ready are the namespace, its identities and its policies.
	Ready component.After[Namespace]
}

// NewNamespace registers the namespace, its service accounts and its policies.
func NewNamespace(ctx *pulumi.Context, name string, args *NamespaceArgs, opts ...pulumi.ResourceOption) (*Namespace, error) {
	out := &Namespace{}
	return component.New(ctx, NamespaceTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		out.Name = args.Name
		ready, err := out.register(ctx, name, args)
		out.Ready = component.Made[Namespace](ready...)
		return pulumi.Map{"name": pulumi.String(args.Name)}, err
	})
}

func (n *Namespace) register(ctx *pulumi.Context, name string, args *NamespaceArgs) (made []pulumi.Resource, err error) {
	labels := map[string]string{labelDataplane: dataplaneAmbient}
	if args.Waypoint != "" {
		labels[waypoint.LabelUse] = args.Waypoint
	}
	if args.IngressUsesWaypoint {
		labels[waypoint.LabelIngress] = "true"
	}
	metadata := metav1.ObjectMetaArgs{Name: pulumi.String(args.Name), Labels: pulumi.ToStringMap(args.PodSecurity.Label(labels))}
	if args.SameZone {
		metadata.Annotations = pulumi.StringMap{annotationDistribution: pulumi.String(distributionSameZone)}
	}
	namespace, err := corev1.NewNamespace(ctx, name, &corev1.NamespaceArgs{Metadata: metadata}, component.Child(n, args.Provider)...)
	if err != nil {
		return nil, fmt.Errorf("register: %w", err)
	}
	made = append(made, namespace)
	for _, account := range args.ServiceAccounts {
		one, err := corev1.NewServiceAccount(ctx, name+"-"+account.Name, &corev1.ServiceAccountArgs{
			Metadata: metav1.ObjectMetaArgs{
				Name:        pulumi.String(account.Name),
				Namespace:   pulumi.String(args.Name),
				Annotations: pulumi.StringMap{annotationRole: pulumi.String(account.RoleARN)},
			},
		}, component.Child(n, args.Provider, behind(namespace))...)
		if err != nil {
			return nil, fmt.Errorf("register service account %s: %w", account.Name, err)
		}
		made = append(made, one)
	}
	// The policy that closes a namespace is made last and removed first. So no admitted caller is refused in between.
	// If another policy cannot be made, the namespace stays open as it was.
	policies := slices.Clone(args.Policies)
	slices.SortStableFunc(policies, func(a, b policy.Policy) int { return a.Order() - b.Order() })
	var opening []pulumi.Resource
	for _, p := range policies {
		options := component.Child(n, args.Provider, behind(namespace), component.DependsOn(args.Istiod))
		if p.Closes() {
			options = append(options, behind(opening...))
		}
		one, err := apiextensions.NewCustomResource(ctx, name+"-"+p.Name, &apiextensions.CustomResourceArgs{
			ApiVersion: pulumi.String(policy.APIVersion),
			Kind:       pulumi.String(policy.Kind),
			Metadata: metav1.ObjectMetaArgs{
				Name:      pulumi.String(p.Name),
				Namespace: pulumi.String(p.Namespace),
			},
			OtherFields: kubernetes.UntypedArgs{"spec": p.Spec},
		}, options...)
		if err != nil {
			return nil, fmt.Errorf("register policy %s: %w", p.Name, err)
		}
		made = append(made, one)
		if !p.Closes() {
			opening = append(opening, one)
		}
	}
	return made, nil
}

package mesh

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/mesh/policy"
	"ambient-ecs/mesh/waypoint"
)

// NamespaceTypeToken is the Pulumi type of Namespace.
const NamespaceTypeToken = "ambient-ecs:mesh:Namespace"

const (
	// labelDataplane enrols a namespace or a pod; dataplaneAmbient is the mode without sidecars.
	labelDataplane   = "istio.io/dataplane-mode"
	dataplaneAmbient = "ambient"
	// annotationRole is the AWS role whose bearer may take a service account's identity.
	annotationRole = "ecs.solo.io/role-arn"
	// annotationDistribution has callers prefer endpoints that are near them; nearest are those of their own zone,
	// then those of their region. (https://istio.io/latest/docs/ambient/usage/traffic-distribution/)
	annotationDistribution = "networking.istio.io/traffic-distribution"
	distributionSameZone   = "PreferSameZone"
)

// NamespaceArgs configures a Namespace.
type NamespaceArgs struct {
	// Name is the namespace's, equal to its ECS cluster's. Required. A change replaces it.
	Name string
	// SameZone has callers prefer the endpoints of their own zone, then those of their region.
	SameZone bool
	// ServiceAccounts are the identities of the tasks. At least one.
	ServiceAccounts []ServiceAccount
	// Policies are the namespace's policies; see package policy.
	Policies []policy.Policy
	// Waypoint is the waypoint that stands for every service of the namespace. Empty: none does. One that does not
	// serve yet changes nothing: callers go to the tasks, whose policies decide.
	Waypoint string
	// Provider is the cluster's. Required.
	Provider pulumi.ProviderResource
	// After is what must exist first: the cluster.
	After []pulumi.Resource
	// Istiod is what policies wait for besides: istiod reads them on admission.
	Istiod []pulumi.Resource
}

// ServiceAccount is the identity of some of a cluster's tasks.
type ServiceAccount struct {
	// Name is the service account's.
	Name string
	// RoleARN is the tasks' role. istiod gives the identity to whoever proves to have it, so no other
	// service account of the mesh may name the same.
	RoleARN string
}

// Validate reports every problem of the arguments, or returns nil.
func (a *NamespaceArgs) Validate() error {
	var problems []error
	if a.Name == "" {
		problems = append(problems, errors.New("Name is empty"))
	}
	if len(a.ServiceAccounts) == 0 {
		problems = append(problems, errors.New("ServiceAccounts is empty: no task could get an identity"))
	}
	names, roles := map[string]bool{}, map[string]bool{}
	for i, account := range a.ServiceAccounts {
		if account.Name == "" || account.RoleARN == "" {
			problems = append(problems, fmt.Errorf("ServiceAccounts[%d] is %q with role %q: neither may be empty", i, account.Name, account.RoleARN))
		}
		if names[account.Name] {
			problems = append(problems, fmt.Errorf("ServiceAccounts[%d] %s is there twice", i, account.Name))
		}
		if roles[account.RoleARN] {
			problems = append(problems, fmt.Errorf("ServiceAccounts[%d] has the role %s of another: one could take the other's identity", i, account.RoleARN))
		}
		names[account.Name], roles[account.RoleARN] = true, true
	}
	for _, p := range a.Policies {
		if p.Namespace != a.Name {
			problems = append(problems, fmt.Errorf("policy %s is for namespace %q", p.Name, p.Namespace))
		}
	}
	if a.Provider == nil {
		problems = append(problems, errors.New("Provider is nil"))
	}
	return errors.Join(problems...)
}

// Namespace is what one ECS cluster has in Kubernetes: a namespace for the objects that istiod makes of its
// services, the identities of its tasks, and the policies that protect them.
type Namespace struct {
	pulumi.ResourceState

	// Name is the namespace's.
	Name string
	// Ready is what the cluster's services wait for: they must find their identity, and their policies must
	// hold from the first call.
	Ready []pulumi.Resource
	// inside is what other objects of the namespace wait for.
	inside []pulumi.Resource
}

// NewNamespace registers the namespace, its service accounts and its policies.
func NewNamespace(ctx *pulumi.Context, name string, args *NamespaceArgs, opts ...pulumi.ResourceOption) (*Namespace, error) {
	if args == nil {
		return nil, fmt.Errorf("namespace %s: args is nil", name)
	}
	if err := args.Validate(); err != nil {
		return nil, fmt.Errorf("namespace %s: %w", name, err)
	}
	component := &Namespace{Name: args.Name}
	if err := ctx.RegisterComponentResource(NamespaceTypeToken, name, component, opts...); err != nil {
		return nil, fmt.Errorf("namespace %s: %w", name, err)
	}
	labels := pulumi.StringMap{labelDataplane: pulumi.String(dataplaneAmbient)}
	if args.Waypoint != "" {
		labels[waypoint.LabelUse] = pulumi.String(args.Waypoint)
	}
	metadata := metav1.ObjectMetaArgs{Name: pulumi.String(args.Name), Labels: labels}
	if args.SameZone {
		metadata.Annotations = pulumi.StringMap{annotationDistribution: pulumi.String(distributionSameZone)}
	}
	namespace, err := corev1.NewNamespace(ctx, name, &corev1.NamespaceArgs{Metadata: metadata}, child(component, args.Provider, after(args.After))...)
	if err != nil {
		return nil, fmt.Errorf("namespace %s: register: %w", name, err)
	}
	inside := []pulumi.Resource{namespace}
	component.Ready = []pulumi.Resource{namespace}
	for _, account := range args.ServiceAccounts {
		made, err := corev1.NewServiceAccount(ctx, name+"-"+account.Name, &corev1.ServiceAccountArgs{
			Metadata: metav1.ObjectMetaArgs{
				Name:        pulumi.String(account.Name),
				Namespace:   pulumi.String(args.Name),
				Annotations: pulumi.StringMap{annotationRole: pulumi.String(account.RoleARN)},
			},
		}, child(component, args.Provider, after(inside))...)
		if err != nil {
			return nil, fmt.Errorf("namespace %s: register service account %s: %w", name, account.Name, err)
		}
		component.Ready = append(component.Ready, made)
	}
	// What closes a namespace comes last, and goes first: nobody who is to be admitted is refused in between, and when
	// another policy cannot be made, the namespace stays open as it was.
	policies := slices.Clone(args.Policies)
	slices.SortStableFunc(policies, func(a, b policy.Policy) int { return a.Order() - b.Order() })
	var opening []pulumi.Resource
	for _, p := range policies {
		needs := args.Istiod
		if p.Closes() {
			needs = slices.Concat(needs, opening)
		}
		made, err := apiextensions.NewCustomResource(ctx, name+"-"+p.Name, &apiextensions.CustomResourceArgs{
			ApiVersion: pulumi.String(policy.APIVersion),
			Kind:       pulumi.String(policy.Kind),
			Metadata: metav1.ObjectMetaArgs{
				Name:      pulumi.String(p.Name),
				Namespace: pulumi.String(p.Namespace),
			},
			OtherFields: kubernetes.UntypedArgs{"spec": p.Spec},
		}, child(component, args.Provider, after(inside, needs))...)
		if err != nil {
			return nil, fmt.Errorf("namespace %s: register policy %s: %w", name, p.Name, err)
		}
		component.Ready = append(component.Ready, made)
		if !p.Closes() {
			opening = append(opening, made)
		}
	}
	component.inside = slices.Clone(component.Ready)
	if err := ctx.RegisterResourceOutputs(component, pulumi.Map{"name": pulumi.String(args.Name)}); err != nil {
		return nil, fmt.Errorf("namespace %s: %w", name, err)
	}
	return component, nil
}

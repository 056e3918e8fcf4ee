package observability

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/mesh/helm"
	"ambient-ecs/observability/charts"
)

// AddonsTypeToken is the Pulumi type of Addons.
const AddonsTypeToken = "ambient-ecs:observability:Addons"

// AnnotationIdentity restarts pods when their AWS identity changes: they read it only when they start.
const AnnotationIdentity = "ambient-ecs/pod-identity"

// releaseTimeout is how long a release may take: images come over a NAT gateway.
const releaseTimeout = 10 * time.Minute

// AddonsArgs configures Addons.
type AddonsArgs struct {
	// ClusterName is the EKS cluster. Required where an addon has an identity.
	ClusterName pulumi.StringInput
	// Addons are the releases in the order in which they are installed. At least one.
	Addons []Addon
	// Home is the AWS provider of the EKS cluster's account, Provider that of the cluster itself. Both required.
	Home, Provider pulumi.ProviderResource
	// After is what must exist first: the cluster with its nodes.
	After []pulumi.Resource
}

// Addon is one release.
type Addon struct {
	// Name is the release's.
	Name string
	// Source is where its chart comes from.
	Source charts.Source
	// Values are the chart's values.
	Values map[string]any
	// Identities are the AWS roles of its pods.
	Identities []Identity
	// After is what must exist before it, besides the namespace.
	After []pulumi.Resource
}

// Identity is the AWS role of some pods of a release.
type Identity struct {
	// ServiceAccount is the pods'.
	ServiceAccount string
	// RoleARN is the role, RoleID is IAM's unique id of it.
	RoleARN, RoleID pulumi.StringInput
	// Path leads, in the chart's values, to the object whose podAnnotations are the pods'. Empty: the values themselves.
	Path string
}

// Validate reports every problem of the arguments, or returns nil.
func (a *AddonsArgs) Validate() error {
	var problems []error
	refuse := func(format string, values ...any) { problems = append(problems, fmt.Errorf(format, values...)) }
	if len(a.Addons) == 0 {
		refuse("Addons is empty")
	}
	seen := map[string]bool{}
	for i, addon := range a.Addons {
		if addon.Name == "" || seen[addon.Name] {
			refuse("Addons[%d].Name %q is empty or there twice", i, addon.Name)
		}
		seen[addon.Name] = true
		if addon.Source.Chart == "" || addon.Source.Repository == "" || addon.Source.Version == "" {
			refuse("Addons[%d].Source %+v: a chart without a version would be another one tomorrow", i, addon.Source)
		}
		for _, identity := range addon.Identities {
			if a.ClusterName == nil || identity.ServiceAccount == "" || identity.RoleARN == nil || identity.RoleID == nil {
				refuse("Addons[%d] has an identity without ClusterName, ServiceAccount, RoleARN or RoleID", i)
			}
		}
	}
	if a.Home == nil || a.Provider == nil {
		refuse("Home or Provider is nil")
	}
	return errors.Join(problems...)
}

// Addons are what runs beside the mesh in the EKS cluster.
type Addons struct {
	pulumi.ResourceState

	// Releases are the releases by name.
	Releases map[string]*helm.Release

	namespace *corev1.Namespace
}

// NewAddons registers the namespace, the identities and the releases.
func NewAddons(ctx *pulumi.Context, name string, args *AddonsArgs, opts ...pulumi.ResourceOption) (*Addons, error) {
	if args == nil {
		return nil, fmt.Errorf("addons %s: args is nil", name)
	}
	if err := args.Validate(); err != nil {
		return nil, fmt.Errorf("addons %s: %w", name, err)
	}
	component := &Addons{Releases: map[string]*helm.Release{}}
	if err := ctx.RegisterComponentResource(AddonsTypeToken, name, component, opts...); err != nil {
		return nil, fmt.Errorf("addons %s: %w", name, err)
	}
	var err error
	component.namespace, err = corev1.NewNamespace(ctx, charts.Namespace, &corev1.NamespaceArgs{
		Metadata: metav1.ObjectMetaArgs{Name: pulumi.String(charts.Namespace)},
	}, child(component, args.Provider, after(args.After))...)
	if err != nil {
		return nil, fmt.Errorf("addons %s: register namespace %s: %w", name, charts.Namespace, err)
	}
	for _, addon := range args.Addons {
		if err := component.install(ctx, args, addon); err != nil {
			return nil, fmt.Errorf("addons %s: %s: %w", name, addon.Name, err)
		}
	}
	if err := ctx.RegisterResourceOutputs(component, pulumi.Map{"namespace": pulumi.String(charts.Namespace)}); err != nil {
		return nil, fmt.Errorf("addons %s: %w", name, err)
	}
	return component, nil
}

func (a *Addons) install(ctx *pulumi.Context, args *AddonsArgs, addon Addon) error {
	values := helm.Values(addon.Values)
	needs := slices.Concat([]pulumi.Resource{a.namespace}, args.After, addon.After)
	for _, identity := range addon.Identities {
		association, err := eks.NewPodIdentityAssociation(ctx, addon.Name+"-"+identity.ServiceAccount, &eks.PodIdentityAssociationArgs{
			ClusterName:    args.ClusterName,
			Namespace:      pulumi.String(charts.Namespace),
			ServiceAccount: pulumi.String(identity.ServiceAccount),
			RoleArn:        identity.RoleARN,
		}, child(a, args.Home, after(args.After))...)
		if err != nil {
			return fmt.Errorf("register the Pod Identity association of %s: %w", identity.ServiceAccount, err)
		}
		needs = append(needs, association)
		annotations := pulumi.StringMap{AnnotationIdentity: pulumi.Sprintf("%s/%s", association.AssociationId, identity.RoleID)}
		if identity.Path == "" {
			values["podAnnotations"] = annotations
			continue
		}
		inner, _ := addon.Values[identity.Path].(map[string]any)
		at := helm.Values(inner)
		at["podAnnotations"] = annotations
		values[identity.Path] = at
	}
	chart, repository := addon.Source.Reference()
	release, err := helm.NewRelease(ctx, addon.Name, &helm.ReleaseArgs{
		Name:       addon.Name,
		Namespace:  charts.Namespace,
		Chart:      chart,
		Version:    addon.Source.Version,
		Repository: repository,
		Values:     values,
		Timeout:    releaseTimeout,
	}, child(a, args.Provider, after(needs))...)
	if err != nil {
		return err
	}
	a.Releases[addon.Name] = release
	return nil
}

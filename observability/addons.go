package observability

import (
	"fmt"
	"time"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/eks"
	"ambient-ecs/mesh/helm"
	"ambient-ecs/mesh/podsecurity"
	"ambient-ecs/observability/charts"
	"ambient-ecs/problem"
)

// AddonsTypeToken is the Pulumi type of Addons.
const AddonsTypeToken = "ambient-ecs:observability:Addons"

// AnnotationIdentity restarts pods when their AWS identity changes, because pods read it only when they start.
const AnnotationIdentity = "ambient-ecs/pod-identity"

// releaseTimeout is how long a release may take: images come over a NAT gateway.
const releaseTimeout = 10 * time.Minute

// AddonsArgs configures Addons.
type AddonsArgs struct {
	// ClusterName is the EKS cluster. Required where an addon has an identity.
	ClusterName pulumi.StringInput
	// Addons are the releases in the order in which they are installed. At least one.
	Addons []Addon
	// Effect is what waits until an identity takes effect.
	Effect component.Effect
	// PodSecurity is the Pod Security Standard of the namespace. Empty: no label.
	PodSecurity podsecurity.Level
	// Home is the AWS provider of the EKS cluster's account. Required.
	Home pulumi.ProviderResource
	// Provider is the cluster's provider. It comes after the cluster with its nodes. Required.
	Provider *kubernetes.Provider
	// Cluster is what the identities wait for: the control plane, so that they are older than their pods. Required.
	Cluster component.After[eks.Cluster]
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
	// After is what must exist before the release, besides the namespace and the policies of Identities.
	After []component.Dependency
}

// Identity is the AWS role of some pods of a release.
type Identity struct {
	// ServiceAccount is the pods' service account.
	ServiceAccount string
	// RoleARN is the role. RoleID is IAM's unique id of it.
	RoleARN, RoleID pulumi.StringInput
	// Path is the path, in the chart's values, of the object whose podAnnotations become the pods' annotations.
	// Empty: the top of the values.
	Path string
}

// Validate reports every problem of the arguments, or returns nil.
func (a *AddonsArgs) Validate() error {
	var p problem.List
	if len(a.Addons) == 0 {
		p.Missing("Addons", "the namespace would be empty")
	}
	seen := map[string]bool{}
	for i, addon := range a.Addons {
		field := fmt.Sprintf("Addons[%d]", i)
		if addon.Name == "" || seen[addon.Name] {
			p.Refuse(field+".Name", addon.Name, "it is empty or there twice")
		}
		seen[addon.Name] = true
		if addon.Source.Chart == "" {
			p.Missing(field+".Source.Chart", "there is nothing to install")
		}
		if addon.Source.Repository == "" {
			p.Missing(field+".Source.Repository", "the chart comes from it")
		}
		if addon.Source.Version == "" {
			p.Missing(field+".Source.Version", "the chart would be another one tomorrow")
		}
		for j, identity := range addon.Identities {
			at := fmt.Sprintf("%s.Identities[%d]", field, j)
			if a.ClusterName == nil {
				p.Missing("ClusterName", "%s is one of a cluster", at)
			}
			if identity.ServiceAccount == "" {
				p.Missing(at+".ServiceAccount", "no pod could have it")
			}
			if identity.RoleARN == nil {
				p.Missing(at+".RoleARN", "the pods could do nothing")
			}
			if identity.RoleID == nil {
				p.Missing(at+".RoleID", "running pods would not notice another role")
			}
		}
	}
	if a.Home == nil {
		p.Missing("Home", "without one the identities could land in another account")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one there is no cluster")
	}
	return p.Err()
}

// Addons are the releases that run beside the mesh in the EKS cluster.
type Addons struct {
	pulumi.ResourceState

	// Namespace is what makes the namespace of the releases.
	Namespace component.After[Addons]

	namespace *corev1.Namespace
}

// NewAddons registers the namespace, the identities and the releases.
func NewAddons(ctx *pulumi.Context, name string, args *AddonsArgs, opts ...pulumi.ResourceOption) (*Addons, error) {
	out := &Addons{}
	return component.New(ctx, AddonsTypeToken, name, out, args, opts, func() (_ pulumi.Map, err error) {
		metadata := metav1.ObjectMetaArgs{Name: pulumi.String(charts.Namespace)}
		if labels := args.PodSecurity.Label(nil); labels != nil {
			metadata.Labels = pulumi.ToStringMap(labels)
		}
		out.namespace, err = corev1.NewNamespace(ctx, charts.Namespace, &corev1.NamespaceArgs{
			Metadata: metadata,
		}, component.Child(out, args.Provider)...)
		if err != nil {
			return nil, fmt.Errorf("register namespace %s: %w", charts.Namespace, err)
		}
		out.Namespace = component.Made[Addons](out.namespace)
		for _, addon := range args.Addons {
			if err := out.install(ctx, args, addon); err != nil {
				return nil, fmt.Errorf("%s: %w", addon.Name, err)
			}
		}
		return pulumi.Map{"namespace": pulumi.String(charts.Namespace)}, nil
	})
}

func (a *Addons) install(ctx *pulumi.Context, args *AddonsArgs, addon Addon) error {
	values := helm.Values(addon.Values)
	needs := []pulumi.Resource{a.namespace}
	for _, identity := range addon.Identities {
		association, err := awseks.NewPodIdentityAssociation(ctx, addon.Name+"-"+identity.ServiceAccount, &awseks.PodIdentityAssociationArgs{
			ClusterName:    args.ClusterName,
			Namespace:      pulumi.String(charts.Namespace),
			ServiceAccount: pulumi.String(identity.ServiceAccount),
			RoleArn:        identity.RoleARN,
		}, component.Child(a, args.Home, component.DependsOn(args.Cluster), args.Effect.Option())...)
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
	_, err := helm.NewRelease(ctx, addon.Name, &helm.ReleaseArgs{
		Name:       addon.Name,
		Namespace:  charts.Namespace,
		Chart:      chart,
		Version:    addon.Source.Version,
		Repository: repository,
		Values:     values,
		Timeout:    releaseTimeout,
		After:      append([]component.Dependency{component.Behind(needs...)}, addon.After...),
	}, component.Child(a, args.Provider)...)
	return err
}

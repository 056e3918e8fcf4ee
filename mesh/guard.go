package mesh

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/mesh/networkpolicy"
	"ambient-ecs/problem"
)

// NamespaceGuardTypeToken is the Pulumi type of NamespaceGuard.
const NamespaceGuardTypeToken = "ambient-ecs:mesh:NamespaceGuard"

// defaultServiceAccount is the one that Kubernetes makes in every namespace, for pods that name none.
const defaultServiceAccount = "default"

// NamespaceGuardArgs configures a NamespaceGuard.
type NamespaceGuardArgs struct {
	// Namespace is guarded. Required.
	Namespace string
	// Policy is what its pods admit. Nil: no network policy.
	Policy *networkpolicy.Policy
	// NoDefaultTokens gives no token of the Kubernetes API to pods that name no service account.
	NoDefaultTokens bool
	// Provider is the cluster's provider. It comes after the cluster with its nodes. Required.
	Provider *kubernetes.Provider
	// Guarded is what makes the namespace. Required.
	Guarded component.Dependency
}

// Validate reports every problem of the arguments, or returns nil.
func (a *NamespaceGuardArgs) Validate() error {
	var p problem.List
	if a.Namespace == "" {
		p.Missing("Namespace", "there is nothing to guard")
	}
	if a.Policy == nil && !a.NoDefaultTokens {
		p.Missing("Policy", "there is nothing to guard the namespace with")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one there is no cluster")
	}
	if a.Guarded == nil {
		p.Missing("Guarded", "the namespace might not be there yet")
	}
	return p.Err()
}

// NamespaceGuard closes what the pods of a namespace do not need.
type NamespaceGuard struct {
	pulumi.ResourceState
}

// NewNamespaceGuard registers the network policy, and the namespace's default service account without tokens.
func NewNamespaceGuard(ctx *pulumi.Context, name string, args *NamespaceGuardArgs, opts ...pulumi.ResourceOption) (*NamespaceGuard, error) {
	out := &NamespaceGuard{}
	return component.New(ctx, NamespaceGuardTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		child := component.Child(out, args.Provider, component.DependsOn(args.Guarded))
		if args.Policy != nil {
			if _, err := apiextensions.NewCustomResource(ctx, name, &apiextensions.CustomResourceArgs{
				ApiVersion:  pulumi.String(networkpolicy.APIVersion),
				Kind:        pulumi.String(networkpolicy.Kind),
				Metadata:    metav1.ObjectMetaArgs{Name: pulumi.String(networkpolicy.Name), Namespace: pulumi.String(args.Namespace)},
				OtherFields: kubernetes.UntypedArgs{"spec": args.Policy.Spec()},
			}, child...); err != nil {
				return nil, fmt.Errorf("register the network policy of %s: %w", args.Namespace, err)
			}
		}
		if args.NoDefaultTokens {
			// Kubernetes makes the account too. Server-side apply takes over the one field, whoever comes first
			// (https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/, 2026-11-29).
			if _, err := corev1.NewServiceAccount(ctx, name, &corev1.ServiceAccountArgs{
				Metadata:                     metav1.ObjectMetaArgs{Name: pulumi.String(defaultServiceAccount), Namespace: pulumi.String(args.Namespace)},
				AutomountServiceAccountToken: pulumi.Bool(false),
			}, child...); err != nil {
				return nil, fmt.Errorf("register the default service account of %s: %w", args.Namespace, err)
			}
		}
		return pulumi.Map{"namespace": pulumi.String(args.Namespace)}, nil
	})
}

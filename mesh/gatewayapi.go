package mesh

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/mesh/eastwest"
	"ambient-ecs/mesh/gatewayapi"
	"ambient-ecs/problem"
)

// GatewayAPITypeToken is the Pulumi type of GatewayAPI.
const GatewayAPITypeToken = "ambient-ecs:mesh:GatewayAPI"

// GatewayAPIArgs configures a GatewayAPI.
type GatewayAPIArgs struct {
	// CRDs are the definitions; see package gatewayapi. Required, unless Theirs.
	CRDs []gatewayapi.CRD
	// Theirs says that the cluster has the definitions already.
	Theirs bool
	// Shared leaves the definitions in the cluster when the stack is destroyed: with a definition Kubernetes deletes every
	// object of its kind, whoever made it.
	Shared bool
	// Provider is the cluster's provider. It comes after the cluster with its nodes. Required.
	Provider *kubernetes.Provider
}

// Validate reports every problem of the arguments, or returns nil.
func (a *GatewayAPIArgs) Validate() error {
	var p problem.List
	if len(a.CRDs) == 0 && !a.Theirs {
		p.Missing("CRDs", "istiod could run no gateway")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one there is no cluster")
	}
	return p.Err()
}

// GatewayAPI is the Gateway API in the cluster: its definitions, each a resource of its own, and the class
// of the east-west gateway.
type GatewayAPI struct {
	pulumi.ResourceState

	// Ready is the definitions and the class. istiod must find them when it starts.
	Ready component.After[GatewayAPI]
}

// NewGatewayAPI registers the definitions and the class. They are registered one by one because Pulumi's
// YAML components fail while the cluster does not exist yet.
func NewGatewayAPI(ctx *pulumi.Context, name string, args *GatewayAPIArgs, opts ...pulumi.ResourceOption) (*GatewayAPI, error) {
	api := &GatewayAPI{}
	return component.New(ctx, GatewayAPITypeToken, name, api, args, opts, func() (pulumi.Map, error) {
		var definitions []pulumi.Resource
		if args.Theirs {
			args.CRDs = nil
		}
		for _, crd := range args.CRDs {
			definition, err := apiextensions.NewCustomResource(ctx, crd.Name, &apiextensions.CustomResourceArgs{
				ApiVersion: pulumi.String(gatewayapi.APIVersion),
				Kind:       pulumi.String(gatewayapi.Kind),
				Metadata: metav1.ObjectMetaArgs{
					Name:        pulumi.String(crd.Name),
					Labels:      stringMap(crd.Labels),
					Annotations: stringMap(crd.Annotations),
				},
				OtherFields: kubernetes.UntypedArgs{"spec": crd.Spec},
			}, component.Child(api, args.Provider, pulumi.RetainOnDelete(args.Shared))...)
			if err != nil {
				return nil, fmt.Errorf("register definition %s: %w", crd.Name, err)
			}
			definitions = append(definitions, definition)
		}
		class, err := apiextensions.NewCustomResource(ctx, eastwest.Class, &apiextensions.CustomResourceArgs{
			ApiVersion:  pulumi.String(eastwest.APIVersion),
			Kind:        pulumi.String(eastwest.KindClass),
			Metadata:    metav1.ObjectMetaArgs{Name: pulumi.String(eastwest.Class)},
			OtherFields: kubernetes.UntypedArgs{"spec": eastwest.ClassSpec()},
		}, component.Child(api, args.Provider, behind(definitions...))...)
		if err != nil {
			return nil, fmt.Errorf("register class %s: %w", eastwest.Class, err)
		}
		api.Ready = component.Made[GatewayAPI](append(definitions, class)...)
		return pulumi.Map{"gatewayClass": pulumi.String(eastwest.Class)}, nil
	})
}

// stringMap returns nil for an empty map, so that the object has no empty map where the file has none.
func stringMap(in map[string]string) pulumi.StringMapInput {
	if len(in) == 0 {
		return nil
	}
	return pulumi.ToStringMap(in)
}

package mesh

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/mesh/eastwest"
	"ambient-ecs/mesh/gatewayapi"
)

// GatewayAPITypeToken is the Pulumi type of GatewayAPI.
const GatewayAPITypeToken = "ambient-ecs:mesh:GatewayAPI"

// GatewayAPIArgs configures a GatewayAPI.
type GatewayAPIArgs struct {
	// CRDs are the definitions; see package gatewayapi. Required.
	CRDs []gatewayapi.CRD
	// Provider is the cluster's. Required.
	Provider pulumi.ProviderResource
	// After is what must exist first: the cluster.
	After []pulumi.Resource
}

// Validate reports every problem of the arguments, or returns nil.
func (a *GatewayAPIArgs) Validate() error {
	var problems []error
	if len(a.CRDs) == 0 {
		problems = append(problems, errors.New("CRDs is empty"))
	}
	if a.Provider == nil {
		problems = append(problems, errors.New("Provider is nil"))
	}
	return errors.Join(problems...)
}

// GatewayAPI is the Gateway API in the cluster: its definitions, each a resource of its own, and the class
// of the east-west gateway.
type GatewayAPI struct {
	pulumi.ResourceState

	// Ready is what istiod must find when it starts.
	Ready []pulumi.Resource
}

// NewGatewayAPI registers the definitions and the class. They are registered one by one because Pulumi's
// YAML components fail while the cluster does not exist yet.
func NewGatewayAPI(ctx *pulumi.Context, name string, args *GatewayAPIArgs, opts ...pulumi.ResourceOption) (*GatewayAPI, error) {
	if args == nil {
		return nil, fmt.Errorf("Gateway API %s: args is nil", name)
	}
	if err := args.Validate(); err != nil {
		return nil, fmt.Errorf("Gateway API %s: %w", name, err)
	}
	api := &GatewayAPI{}
	if err := ctx.RegisterComponentResource(GatewayAPITypeToken, name, api, opts...); err != nil {
		return nil, fmt.Errorf("Gateway API %s: %w", name, err)
	}
	var definitions []pulumi.Resource
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
		}, child(api, args.Provider, after(args.After))...)
		if err != nil {
			return nil, fmt.Errorf("Gateway API %s: register definition %s: %w", name, crd.Name, err)
		}
		definitions = append(definitions, definition)
	}
	class, err := apiextensions.NewCustomResource(ctx, eastwest.Class, &apiextensions.CustomResourceArgs{
		ApiVersion:  pulumi.String(eastwest.APIVersion),
		Kind:        pulumi.String(eastwest.KindClass),
		Metadata:    metav1.ObjectMetaArgs{Name: pulumi.String(eastwest.Class)},
		OtherFields: kubernetes.UntypedArgs{"spec": eastwest.ClassSpec()},
	}, child(api, args.Provider, after(args.After, definitions))...)
	if err != nil {
		return nil, fmt.Errorf("Gateway API %s: register class %s: %w", name, eastwest.Class, err)
	}
	api.Ready = append(definitions, class)
	if err := ctx.RegisterResourceOutputs(api, pulumi.Map{"gatewayClass": pulumi.String(eastwest.Class)}); err != nil {
		return nil, fmt.Errorf("Gateway API %s: %w", name, err)
	}
	return api, nil
}

// stringMap leaves an empty map out, as the files do.
func stringMap(in map[string]string) pulumi.StringMapInput {
	if len(in) == 0 {
		return nil
	}
	return pulumi.ToStringMap(in)
}

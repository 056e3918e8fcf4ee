package mesh

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/mesh/waypoint"
)

// WaypointTypeToken is the Pulumi type of Waypoint.
const WaypointTypeToken = "ambient-ecs:mesh:Waypoint"

// WaypointArgs configures a Waypoint.
type WaypointArgs struct {
	// Name is the waypoint's, and that of its service account. Required. A change replaces it.
	Name string
	// Namespace is where it lives, with the services that it stands for. Required.
	Namespace string
	// Waypoint is what the manifest is made from.
	Waypoint waypoint.Waypoint
	// Provider is the cluster's. Required.
	Provider pulumi.ProviderResource
	// After is what must exist first: the namespace, istiod, and the waypoint's policies, which must hold from its first
	// request.
	After []pulumi.Resource
}

// Validate reports every problem of the arguments, or returns nil.
func (a *WaypointArgs) Validate() error {
	problems := []error{waypoint.Check(a.Name)}
	if a.Namespace == "" {
		problems = append(problems, errors.New("Namespace is empty"))
	}
	if a.Provider == nil {
		problems = append(problems, errors.New("Provider is nil"))
	}
	return errors.Join(problems...)
}

// Waypoint is a proxy in front of ECS services.
type Waypoint struct {
	pulumi.ResourceState

	// Ready is what waits until the waypoint serves.
	Ready []pulumi.Resource
}

// NewWaypoint registers the waypoint's Gateway and waits until it is programmed.
func NewWaypoint(ctx *pulumi.Context, name string, args *WaypointArgs, opts ...pulumi.ResourceOption) (*Waypoint, error) {
	if args == nil {
		return nil, fmt.Errorf("waypoint %s: args is nil", name)
	}
	if err := args.Validate(); err != nil {
		return nil, fmt.Errorf("waypoint %s: %w", name, err)
	}
	component := &Waypoint{}
	if err := ctx.RegisterComponentResource(WaypointTypeToken, name, component, opts...); err != nil {
		return nil, fmt.Errorf("waypoint %s: %w", name, err)
	}
	labels, annotations := args.Waypoint.Metadata()
	gateway, err := apiextensions.NewCustomResource(ctx, name, &apiextensions.CustomResourceArgs{
		ApiVersion: pulumi.String(waypoint.APIVersion),
		Kind:       pulumi.String(waypoint.Kind),
		Metadata: metav1.ObjectMetaArgs{
			Name:        pulumi.String(args.Name),
			Namespace:   pulumi.String(args.Namespace),
			Labels:      pulumi.ToStringMap(labels),
			Annotations: pulumi.ToStringMap(annotations),
		},
		OtherFields: kubernetes.UntypedArgs{"spec": args.Waypoint.Spec()},
		// It is programmed when one of its pods is ready.
	}, child(component, args.Provider, after(args.After), minutes("10m", "10m"))...)
	if err != nil {
		return nil, fmt.Errorf("waypoint %s: register: %w", name, err)
	}
	component.Ready = []pulumi.Resource{gateway}
	if err := ctx.RegisterResourceOutputs(component, pulumi.Map{"name": pulumi.String(args.Name)}); err != nil {
		return nil, fmt.Errorf("waypoint %s: %w", name, err)
	}
	return component, nil
}

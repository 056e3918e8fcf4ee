package mesh

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/mesh/waypoint"
	"ambient-ecs/problem"
)

// WaypointTypeToken is the Pulumi type of Waypoint.
const WaypointTypeToken = "ambient-ecs:mesh:Waypoint"

// WaypointArgs configures a Waypoint.
type WaypointArgs struct {
	// Name is the name of the waypoint and of its service account. Required. A change replaces the waypoint.
	Name string
	// Namespace is the namespace of the waypoint and of its services. Required.
	Namespace string
	// Waypoint is the input of the manifest.
	Waypoint waypoint.Waypoint
	// Provider is the cluster's provider. It comes after the cluster with its nodes. Required.
	Provider *kubernetes.Provider
	// Policies are the policies of the namespace, with the namespace itself. They must apply from the waypoint's
	// first request. Required.
	Policies component.After[Namespace]
	// Istiod makes the waypoint's Service and its pods, from Defaults. Required.
	Istiod   component.After[Istiod]
	Defaults component.After[WaypointDefaults]
}

// Validate reports every problem of the arguments, or returns nil.
func (a *WaypointArgs) Validate() error {
	var p problem.List
	p.Because("Name", a.Name, waypoint.Check(a.Name))
	if a.Namespace == "" {
		p.Missing("Namespace", "a waypoint stands for the services of one")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one there is no cluster")
	}
	return p.Err()
}

// Waypoint is a proxy in front of ECS services.
type Waypoint struct {
	pulumi.ResourceState

	// Ready is the waypoint when it is programmed.
	Ready component.After[Waypoint]
}

// NewWaypoint registers the waypoint's Gateway and waits until it is programmed.
func NewWaypoint(ctx *pulumi.Context, name string, args *WaypointArgs, opts ...pulumi.ResourceOption) (*Waypoint, error) {
	out := &Waypoint{}
	return component.New(ctx, WaypointTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
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
			// The waypoint is programmed when one of its pods is ready.
		}, component.Child(out, args.Provider, component.DependsOn(args.Policies, args.Istiod, args.Defaults), minutes("10m", "10m"))...)
		if err != nil {
			return nil, fmt.Errorf("register: %w", err)
		}
		component.Slow(ctx, gateway, waiting(args.Namespace, args.Name), args.Policies, args.Istiod, args.Defaults)
		out.Ready = component.Made[Waypoint](gateway)
		return pulumi.Map{"name": pulumi.String(args.Name)}, nil
	})
}

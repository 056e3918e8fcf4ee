package components

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/mesh"
	"ambient-ecs/mesh/values"
	"ambient-ecs/mesh/waypoint"
)

func TestAWaypointServesServicesAndIsThereWhenItIsProgrammed(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		namespace, err := mesh.NewNamespace(ctx, "shop", validNamespace(f))
		if err != nil {
			return err
		}
		args := validWaypoint(f)
		args.Policies = namespace.Ready
		args.Waypoint = waypoint.Waypoint{Revision: "1-29-1", Restart: map[string]string{values.AnnotationCA: "abc"}}
		made, err := mesh.NewWaypoint(ctx, "mesh-shop-waypoint", args)
		if err != nil {
			return err
		}
		return probe(ctx, made.Ready)
	})
	gateway := only(t, r, gatewayObject)
	if gateway.Parent != only(t, r, mesh.WaypointTypeToken).URN || gateway.Provider != kubernetesProvider {
		t.Errorf("the waypoint is under %s, made with %q", gateway.Parent, gateway.Provider)
	}
	says(t, gateway, "istio-waypoint", "spec", "gatewayClassName")
	says(t, gateway, "service", "metadata", "labels", "istio.io/waypoint-for")
	says(t, gateway, "1-29-1", "metadata", "labels", "istio.io/rev")
	says(t, gateway, "condition=Programmed", "metadata", "annotations", "pulumi.com/waitFor")
	says(t, gateway, map[string]any{values.AnnotationCA: "abc"}, "spec", "infrastructure", "annotations")
	needs(t, r, gateway, r.Get(t, coreNamespace, "shop"))
	needs(t, r, only(t, r, probeType), gateway)
}

func TestANamespaceNamesTheWaypointThatStandsForIt(t *testing.T) {
	r := oneNamespace(t, func(a *mesh.NamespaceArgs) { a.Waypoint = "waypoint" })
	says(t, r.Get(t, coreNamespace, "shop"), "waypoint", "metadata", "labels", "istio.io/use-waypoint")
	says(t, oneNamespace(t, nil).Get(t, coreNamespace, "shop"), nil, "metadata", "labels", "istio.io/use-waypoint")
}

func TestTrafficIsTheObjectAsItWasMade(t *testing.T) {
	const object = "kubernetes:networking.istio.io/v1:VirtualService"
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		made, err := mesh.NewTraffic(ctx, "mesh-shop-cart", validTraffic(f))
		if err != nil {
			return err
		}
		return probe(ctx, made.Ready)
	})
	children(t, r, mesh.TrafficTypeToken, kubernetesProvider)
	says(t, only(t, r, object), []any{"cart.shop"}, "spec", "hosts")
	says(t, only(t, r, object), "cart", "metadata", "name")
	needs(t, r, only(t, r, probeType), only(t, r, object))
}

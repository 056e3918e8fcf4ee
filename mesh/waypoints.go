package mesh

import (
	"fmt"
	"slices"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/eks"
	"ambient-ecs/mesh/values"
	"ambient-ecs/mesh/waypoint"
)

// fronts registers what is in front of the ECS services: the waypoints, and what they do with requests. The services
// of a namespace wait for both.
func (m *Mesh) fronts(ctx *pulumi.Context, cfg config.Config, plan *Plan, plane *ControlPlane, cluster *eks.Cluster) error {
	istiod, waypoints := plane.Istiod(), cfg.Waypoints()
	if len(waypoints) > 0 {
		defaults, err := waypointDefaults(ctx, plane, cluster.Kubernetes)
		if err != nil {
			return err
		}
		istiod = slices.Concat(istiod, []pulumi.Resource{defaults})
	}
	for _, w := range waypoints {
		namespace := m.Namespaces[w.Namespace.Name]
		made, err := NewWaypoint(ctx, namespace.Name+"-"+w.Name, &WaypointArgs{
			Name:      w.Name,
			Namespace: namespace.Name,
			Waypoint:  waypoint.Waypoint{Revision: plan.gateway.Revision, Restart: plan.gateway.Restart},
			Provider:  cluster.Kubernetes,
			After:     slices.Concat(namespace.inside, istiod),
		})
		if err != nil {
			return err
		}
		namespace.Ready = append(namespace.Ready, made.Ready...)
	}
	for _, w := range cfg.Namespaces() {
		namespace := m.Namespaces[w.Name]
		for _, object := range plan.traffic[w.Name] {
			made, err := NewTraffic(ctx, namespace.Name+"-"+object.Name, &TrafficArgs{
				Object: object, Provider: cluster.Kubernetes, After: slices.Concat(namespace.inside, plane.Istiod()),
			})
			if err != nil {
				return err
			}
			namespace.Ready = append(namespace.Ready, made.Ready...)
		}
	}
	return nil
}

// waypointDefaults registers what all waypoints have in common, beside istiod.
func waypointDefaults(ctx *pulumi.Context, plane *ControlPlane, provider pulumi.ProviderResource) (pulumi.Resource, error) {
	made, err := corev1.NewConfigMap(ctx, waypoint.DefaultsName, &corev1.ConfigMapArgs{
		Metadata: metav1.ObjectMetaArgs{
			Name:      pulumi.String(waypoint.DefaultsName),
			Namespace: pulumi.String(values.Namespace),
			Labels:    pulumi.StringMap{waypoint.DefaultsLabel: pulumi.String(waypoint.Class)},
		},
		Data: pulumi.ToStringMap(waypoint.Defaults()),
	}, child(plane, provider, after([]pulumi.Resource{plane.Namespace}))...)
	if err != nil {
		return nil, fmt.Errorf("waypoints: register %s: %w", waypoint.DefaultsName, err)
	}
	return made, nil
}

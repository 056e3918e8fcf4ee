package mesh

import (
	"fmt"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/eks"
	"ambient-ecs/mesh/podsecurity"
	"ambient-ecs/mesh/values"
	"ambient-ecs/mesh/waypoint"
)

// fronts registers what stands in front of the ECS services: the waypoints, and the objects that shape their traffic.
// The services of a namespace wait for both, and for the namespace itself.
func (m *Mesh) fronts(ctx *pulumi.Context, cfg config.Config, plan *Plan, plane *ControlPlane, cluster *eks.Cluster) error {
	waypoints, fronts := cfg.Waypoints(), map[string][]component.Dependency{}
	var defaults component.After[WaypointDefaults]
	if len(waypoints) > 0 {
		var err error
		if defaults, err = waypointDefaults(ctx, cfg.WaypointReplicas, cfg.PodSecurity, plane, cluster.Kubernetes); err != nil {
			return err
		}
	}
	for _, w := range waypoints {
		namespace := w.Namespace.Name
		made, err := NewWaypoint(ctx, namespace+"-"+w.Name, &WaypointArgs{
			Name:      w.Name,
			Namespace: namespace,
			Waypoint:  waypoint.Waypoint{Revision: revisionLabel(cfg), Restart: plan.Restart()},
			Provider:  cluster.Kubernetes,
			Policies:  m.Namespaces[namespace],
			Istiod:    plane.Istiod,
			Defaults:  defaults,
		})
		if err != nil {
			return err
		}
		fronts[namespace] = append(fronts[namespace], made.Ready)
	}
	for _, namespace := range cfg.Namespaces() {
		for _, object := range plan.traffic[namespace.Name] {
			made, err := NewTraffic(ctx, namespace.Name+"-"+object.Name, &TrafficArgs{
				Object: object, Provider: cluster.Kubernetes, Namespace: m.Namespaces[namespace.Name], Istiod: plane.Istiod,
			})
			if err != nil {
				return err
			}
			fronts[namespace.Name] = append(fronts[namespace.Name], made.Ready)
		}
	}
	for name, ready := range m.Namespaces {
		m.Namespaces[name] = component.All[Namespace](append(fronts[name], ready)...)
	}
	return nil
}

// WaypointDefaults stands for the ConfigMap with what all waypoints have in common.
type WaypointDefaults struct{}

// waypointDefaults registers the ConfigMap beside istiod.
func waypointDefaults(ctx *pulumi.Context, replicas int, level podsecurity.Level, plane *ControlPlane, provider pulumi.ProviderResource) (component.After[WaypointDefaults], error) {
	made, err := classDefaults(ctx, waypoint.DefaultsName, waypoint.Class, values.Overlay(waypoint.Class, replicas, level), component.Child(plane, provider, behind(plane.Namespace)))
	if err != nil {
		return component.After[WaypointDefaults]{}, err
	}
	return component.Made[WaypointDefaults](made), nil
}

// classDefaults registers the ConfigMap that says how many pods each gateway of a class has, and where they run.
func classDefaults(ctx *pulumi.Context, name, class string, overlay map[string]string, opts []pulumi.ResourceOption) (*corev1.ConfigMap, error) {
	made, err := corev1.NewConfigMap(ctx, name, &corev1.ConfigMapArgs{
		Metadata: metav1.ObjectMetaArgs{
			Name:      pulumi.String(name),
			Namespace: pulumi.String(values.Namespace),
			Labels:    pulumi.StringMap{values.LabelDefaults: pulumi.String(class)},
		},
		Data: pulumi.ToStringMap(overlay),
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("register %s: %w", name, err)
	}
	return made, nil
}

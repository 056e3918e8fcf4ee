package waypoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"ambient-ecs/mesh/eastwest"
)

// Class is the gateway class of waypoints. istiod makes it.
const Class = "istio-waypoint"

// LabelUse names the waypoint that callers of a service, or of all services of a namespace, go through.
const LabelUse = "istio.io/use-waypoint"

// Port is where callers reach a waypoint.
const Port = 15008

const (
	// labelFor says whose traffic the waypoint takes: that to services, not that to the address of a task.
	labelFor   = "istio.io/waypoint-for"
	forService = "service"

	// labelRevision on a Gateway names the istiod that runs it.
	labelRevision = "istio.io/rev"

	annotationWait = "pulumi.com/waitFor"
)

// APIVersion and Kind are those of the manifest.
const (
	APIVersion = eastwest.APIVersion
	Kind       = eastwest.KindGateway
)

// label is the form of a name: istiod makes a Service of the same name.
var label = regexp.MustCompile(`^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$`)

// none is what the label's value must not be: to Istio it means no waypoint.
const none = "none"

// Check says why a waypoint cannot have a name, or returns nil.
func Check(name string) error {
	switch {
	case !label.MatchString(name):
		return fmt.Errorf("%q is no name for a waypoint: it has up to 63 lower-case letters, digits and hyphens and begins with a letter", name)
	case name == none:
		return errors.New("a waypoint cannot be called none: to Istio that means no waypoint")
	}
	return nil
}

// Waypoint is what the manifest is made from.
type Waypoint struct {
	// Revision is the istiod that runs the waypoint. Empty: the mesh's default one.
	Revision string
	// Restart is put on the waypoint's pods. They start anew when it changes.
	Restart map[string]string
}

// Metadata are the Gateway's own labels and annotations.
func (w Waypoint) Metadata() (labels, annotations map[string]string) {
	labels = map[string]string{labelFor: forService}
	if w.Revision != "" {
		labels[labelRevision] = w.Revision
	}
	return labels, map[string]string{annotationWait: "condition=Programmed"}
}

// Spec is the Gateway's spec, with nothing left for the API server to fill in.
func (w Waypoint) Spec() map[string]any {
	spec := map[string]any{
		"gatewayClassName": Class,
		"listeners": []any{map[string]any{
			"name": "mesh", "port": Port, "protocol": "HBONE",
			"allowedRoutes": map[string]any{"namespaces": map[string]any{"from": "Same"}},
		}},
	}
	if len(w.Restart) > 0 || w.Revision != "" {
		// Of labels and annotations, what istiod makes has these and no others.
		restart := map[string]any{}
		for key, value := range w.Restart {
			restart[key] = value
		}
		spec["infrastructure"] = map[string]any{"labels": map[string]any{labelFor: forService}, "annotations": restart}
	}
	return spec
}

// The ConfigMap with what all waypoints have in common.
const (
	DefaultsName  = "waypoint-defaults"
	DefaultsLabel = "gateway.istio.io/defaults-for-class"
)

// Replicas is the number of pods of a waypoint: with one alone, every rollout of a node would be an outage.
const Replicas = 2

// Defaults is the data of the ConfigMap. istiod merges it into what it makes for a waypoint.
func Defaults() map[string]string {
	spread := func(topology string) any {
		return map[string]any{
			"topologyKey": topology, "maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway",
			"labelSelector": map[string]any{"matchLabels": map[string]any{"gateway.networking.k8s.io/gateway-class-name": Class}},
			// Each waypoint for itself.
			"matchLabelKeys": []any{"gateway.networking.k8s.io/gateway-name"},
		}
	}
	return map[string]string{
		"deployment": text(map[string]any{"spec": map[string]any{
			"replicas": Replicas,
			"template": map[string]any{"spec": map[string]any{
				"topologySpreadConstraints": []any{spread("topology.kubernetes.io/zone"), spread("kubernetes.io/hostname")},
			}},
		}}),
		"podDisruptionBudget": text(map[string]any{"spec": map[string]any{"minAvailable": 1}}),
	}
}

// text is JSON, which is YAML too.
func text(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		panic("waypoint: " + err.Error()) // literals encode
	}
	return string(data)
}

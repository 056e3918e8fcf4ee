package waypoint

import (
	"errors"
	"fmt"
	"regexp"

	"ambient-ecs/mesh/eastwest"
)

// Class is the gateway class of waypoints. istiod makes it.
const Class = "istio-waypoint"

// LabelUse names the waypoint of a service, or of all services of a namespace. Callers go through it.
const LabelUse = "istio.io/use-waypoint"

// LabelIngress sends the requests of gateways to the waypoint, of a service or of all services of a namespace that have no such label.
// (ingressUseWaypoint of istio 1.29.1, pilot/pkg/serviceregistry/kube/controller/ambient/sidecar_interop.go)
const LabelIngress = "istio.io/ingress-use-waypoint"

// Port is where callers reach a waypoint.
const Port = 15008

const (
	// labelFor says which traffic the waypoint takes: traffic to services, not traffic to the address of a task.
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

// label matches a waypoint's name. It must be a Service's name, because istiod makes a Service of the same name.
var label = regexp.MustCompile(`^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$`)

// none is a value that the label must not have, because Istio takes it for no waypoint.
const none = "none"

// Check returns an error that says why a waypoint cannot have a name, or nil.
func Check(name string) error {
	switch {
	case !label.MatchString(name):
		return fmt.Errorf("%q is no name for a waypoint: it has up to 63 lower-case letters, digits and hyphens and begins with a letter", name)
	case name == none:
		return errors.New("a waypoint cannot be called none: to Istio that means no waypoint")
	}
	return nil
}

// Waypoint is the input of the manifest.
type Waypoint struct {
	// Revision is the istiod that runs the waypoint. Empty: the mesh's default one.
	Revision string
	// Restart is put on the waypoint's pods. They restart when it changes.
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

// Spec is the Gateway's spec, with every field that the API server would fill in.
func (w Waypoint) Spec() map[string]any {
	spec := map[string]any{
		"gatewayClassName": Class,
		"listeners": []any{map[string]any{
			"name": "mesh", "port": Port, "protocol": "HBONE",
			"allowedRoutes": map[string]any{"namespaces": map[string]any{"from": "Same"}},
		}},
	}
	if len(w.Restart) > 0 || w.Revision != "" {
		// The objects that istiod makes get these labels and annotations and no others.
		restart := map[string]any{}
		for key, value := range w.Restart {
			restart[key] = value
		}
		spec["infrastructure"] = map[string]any{"labels": map[string]any{labelFor: forService}, "annotations": restart}
	}
	return spec
}

// DefaultsName is the name of the ConfigMap with what all waypoints have in common.
const DefaultsName = "waypoint-defaults"

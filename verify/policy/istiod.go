package policy

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config/mesh"
	istiolog "istio.io/istio/pkg/log"
	"istio.io/istio/pkg/test"

	"ambient-ecs/verify/backend"
)

// system is the namespace of Istio's control plane.
const system = "istio-system"

// kinds are the kinds of objects that istiod reads. All other objects of a cluster are left out.
var kinds = map[string][]string{
	"":                          {"Namespace", "Node", "Pod", "Service"},
	"discovery.k8s.io":          {"EndpointSlice"},
	"gateway.networking.k8s.io": {"Gateway", "GatewayClass", "GRPCRoute", "HTTPRoute", "ReferenceGrant"},
	"networking.istio.io":       {"DestinationRule", "ServiceEntry", "VirtualService", "WorkloadEntry"},
	"security.istio.io":         {"AuthorizationPolicy", "PeerAuthentication"},
	"telemetry.istio.io":        {"Telemetry"},
}

// Reads reports whether istiod reads an object. A change of any other object changes no answer.
func Reads(o backend.Object) bool {
	group, kind := groupKind(o)
	return slices.Contains(kinds[group], kind) || isMeshConfig(o)
}

func groupKind(o backend.Object) (group, kind string) {
	version, _ := o["apiVersion"].(string)
	kind, _ = o["kind"].(string)
	if before, _, ok := strings.Cut(version, "/"); ok {
		group = before
	}
	return group, kind
}

// isMeshConfig finds the ConfigMap that holds istiod's own configuration.
func isMeshConfig(o backend.Object) bool {
	return o["kind"] == "ConfigMap" && backend.NamespaceOf(o) == system && backend.NameOf(o) == "istio"
}

// running guards istiod's package variables: only one istiod runs at a time.
var running sync.Mutex

// Istiod is the configuration that istiod sends to the proxies for one set of objects.
type Istiod struct {
	addresses
	policies []*authorization
	// waypoints are the filter chains of every waypoint, by "namespace/name" and name of the chain.
	waypoints map[string]map[string]chain
	// gateways are the ingress gateways, by "namespace/name".
	gateways map[string]entrance
	// TrustDomain is the first part of every identity of the mesh.
	TrustDomain string
}

// New runs istiod over the objects of one cluster until it has answered. Its mesh configuration and its feature
// settings are taken from the objects too: the ConfigMap istio-system/istio, and the environment of istiod's pod.
func New(objects []backend.Object) (*Istiod, error) {
	configuration, err := meshConfiguration(objects)
	if err != nil {
		return nil, err
	}
	running.Lock()
	defer running.Unlock()
	i := &Istiod{waypoints: map[string]map[string]chain{}, gateways: map[string]entrance{}, TrustDomain: configuration.TrustDomain}
	environment := istiodEnvironment(objects)
	if environment["PILOT_ENABLE_AMBIENT"] != "true" {
		return i, nil // such an istiod refuses every ztunnel
	}
	if environment["PILOT_ENABLE_IP_AUTOALLOCATE"] != "false" {
		if objects, err = allocate(objects); err != nil {
			return nil, err
		}
	}
	objects = withSlices(objects)
	text, err := manifest(withSystem(objects))
	if err != nil {
		return nil, err
	}
	if text, err = withCertificates(text, objects); err != nil {
		return nil, err
	}
	waypoints, gateways, configurations := gatewaysOf(objects, waypointClass), gatewaysOf(objects, IngressClass), ""
	if len(waypoints)+len(gateways) > 0 {
		// istiod configures waypoints and gateways from its configuration store, which gets its own text.
		if configurations, err = manifest(slices.DeleteFunc(slices.Clone(objects), kubernetesOwn)); err != nil {
			return nil, err
		}
	}
	quiet()
	err = test.Wrap(func(t test.Failer) {
		test.SetForTest(t, &features.EnableAmbient, true)
		test.SetForTest(t, &features.EnableAmbientWaypoints, true)
		test.SetForTest(t, &features.EnableHBONESend, true)
		test.SetForTest(t, &features.PreferHBONESend, environment["PILOT_PREFER_SENDING_HBONE"] == "true")
		test.SetForTest(t, &features.EnableIngressWaypointRouting, environment["ENABLE_INGRESS_WAYPOINT_ROUTING"] != "false")
		test.SetForTest(t, &features.EnableAmbientMultiNetwork, environment["AMBIENT_ENABLE_MULTI_NETWORK"] == "true")
		server := xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
			KubernetesObjectString: text, ConfigString: configurations, MeshConfig: configuration, DebounceTime: time.Millisecond,
		})
		if err := i.read(server, waypoints, gateways); err != nil {
			t.Fatal(err)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("run istiod over %d objects: %w", len(objects), err)
	}
	return i, nil
}

// manifest is the objects as one YAML text of several documents, in a stable order.
func manifest(objects []backend.Object) (string, error) {
	var documents []string
	var problems []error
	for _, o := range objects {
		if !Reads(o) || isMeshConfig(o) {
			continue
		}
		data, err := json.Marshal(o)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s %s: %w", o["kind"], backend.NameOf(o), err))
			continue
		}
		documents = append(documents, string(data))
	}
	slices.Sort(documents)
	return strings.Join(documents, "\n---\n"), errors.Join(problems...)
}

// kubernetesOwn reports whether an object is of a kind of Kubernetes itself. istiod does not keep those in its
// configuration store.
func kubernetesOwn(o backend.Object) bool {
	group, _ := groupKind(o)
	return !strings.HasSuffix(group, ".istio.io") && group != "gateway.networking.k8s.io"
}

// withSystem adds the namespace from which istiod's in-process server reads the cluster's mesh network. It reads
// the label from a namespace with an empty name, not from istio-system.
func withSystem(objects []backend.Object) []backend.Object {
	for _, o := range objects {
		if o["kind"] == "Namespace" && backend.NameOf(o) == system {
			metadata := map[string]any{"name": "", "labels": o["metadata"].(map[string]any)["labels"]}
			return append(slices.Clip(objects), backend.Object{"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
		}
	}
	return objects
}

// meshConfiguration is istiod's default configuration with the settings in its ConfigMap.
func meshConfiguration(objects []backend.Object) (*meshconfig.MeshConfig, error) {
	for _, o := range objects {
		if isMeshConfig(o) {
			m, err := mesh.ApplyMeshConfigDefaults(backend.Text(o, "data", "mesh"))
			if err != nil {
				return nil, fmt.Errorf("ConfigMap %s/istio: %w", system, err)
			}
			return m, nil
		}
	}
	return mesh.DefaultMeshConfig(), nil
}

// istiodEnvironment is the plain environment of istiod's youngest pod; with no pod, that of the ambient profile.
func istiodEnvironment(objects []backend.Object) map[string]string {
	var pods []backend.Object
	for _, o := range objects {
		if o["kind"] == "Pod" && backend.NamespaceOf(o) == system && backend.Text(o, "metadata", "labels", "app") == "istiod" {
			pods = append(pods, o)
		}
	}
	if len(pods) == 0 {
		return map[string]string{"PILOT_ENABLE_AMBIENT": "true"}
	}
	youngest := slices.MaxFunc(pods, func(a, b backend.Object) int {
		return cmp.Compare(backend.Text(a, "metadata", "creationTimestamp"), backend.Text(b, "metadata", "creationTimestamp"))
	})
	environment := map[string]string{}
	spec, _ := youngest["spec"].(map[string]any)
	containers, _ := spec["containers"].([]any)
	for _, c := range containers {
		container, _ := c.(map[string]any)
		variables, _ := container["env"].([]any)
		for _, v := range variables {
			if variable, ok := v.(map[string]any); ok && container["name"] == "discovery" {
				environment[backend.Text(variable, "name")] = backend.Text(variable, "value")
			}
		}
	}
	return environment
}

// quiet silences istiod's log, which is about istiod's own start and stop and not about the objects. Parts of istiod
// outlive one run, so the log stays silent.
var quiet = sync.OnceFunc(func() {
	for _, scope := range istiolog.Scopes() {
		scope.SetOutputLevel(istiolog.NoneLevel)
	}
})

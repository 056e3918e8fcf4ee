package mesh

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"

	"ambient-ecs/sandbox/kubernetes/api"
)

// classDefaults labels a ConfigMap in istiod's namespace. istiod merges its contents into every object that it makes for
// the gateways of that class.
const classDefaults = "gateway.istio.io/defaults-for-class"

// The keys of such a ConfigMap, by kind. An object whose kind is optional is made only if there is a key for it.
var (
	defaultsKeys     = map[string]string{"Deployment": "deployment", "Service": "service", "ServiceAccount": "serviceAccount", "PodDisruptionBudget": "podDisruptionBudget"}
	defaultsOptional = map[string]bool{"PodDisruptionBudget": true}
)

// withDefaults merges the defaults of the gateway's class, and then what the gateway's parametersRef names, into the
// objects that istiod makes for the gateway. If istiod cannot merge, it makes no object at all.
func withDefaults(c *api.Cluster, gateway api.Object, objects []api.Object) ([]api.Object, error) {
	overlays, err := overlaysOf(c, gateway)
	if err != nil {
		return nil, err
	}
	var merged []api.Object
	for _, o := range objects {
		kind := api.KindOf(o)
		given := false
		for _, data := range overlays {
			overlay, has := data[defaultsKeys[kind.Kind]]
			if !has {
				continue
			}
			given = true
			if o, err = mergedWith(o, overlay); err != nil {
				return nil, fmt.Errorf("parameters of gateway %s: %w", api.ID(gateway), err)
			}
		}
		if given || !defaultsOptional[kind.Kind] {
			merged = append(merged, o)
		}
	}
	return merged, nil
}

// overlaysOf returns the data of the ConfigMaps for a gateway, in the order in which istiod merges them.
func overlaysOf(c *api.Cluster, gateway api.Object) ([]map[string]string, error) {
	var all []map[string]string
	for _, m := range c.List(api.ConfigMapKind, System) {
		if api.Labels(m)[classDefaults] == api.String(gateway, "spec", "gatewayClassName") {
			all = append(all, api.Strings(m, "data"))
			break
		}
	}
	if name := api.String(gateway, "spec", "infrastructure", "parametersRef", "name"); name != "" {
		m := c.Get(api.ConfigMapKind, api.Namespace(gateway), name)
		if m == nil {
			return nil, fmt.Errorf("parametersRef targeting configmap %q, but configmap does not exist", api.Namespace(gateway)+"/"+name)
		}
		all = append(all, api.Strings(m, "data"))
	}
	return all, nil
}

// mergedWith is an object with an overlay, by Kubernetes' strategic merge.
func mergedWith(o api.Object, overlay string) (api.Object, error) {
	typed, err := scheme.Scheme.New(api.KindOf(o))
	if err != nil {
		return nil, err
	}
	before, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	patch, err := yaml.YAMLToJSON([]byte(overlay))
	if err != nil {
		return nil, err
	}
	after, err := strategicpatch.StrategicMergePatch(before, patch, typed)
	if err != nil {
		return nil, err
	}
	var result api.Object
	if err := yaml.Unmarshal(after, &result); err != nil {
		return nil, err
	}
	return result, nil
}

// gatewayBudget is made only where the defaults of the class have something for it.
func gatewayBudget(gateway api.Object, name string) api.Object {
	o := generated("policy/v1", "PodDisruptionBudget", name, gateway)
	o["spec"] = api.Object{"selector": api.Object{"matchLabels": api.Object{gatewayNameLabel: api.Name(gateway)}}}
	return o
}

// hasServed reports whether a gateway has or has had a ready pod. Only then does istiod report the address of a Service
// without a load balancer.
func hasServed(c *api.Cluster, gateway api.Object) bool {
	if len(api.List(gateway, "status", "addresses")) > 0 {
		return true
	}
	for _, pod := range c.List(api.PodKind, api.Namespace(gateway)) {
		if api.Labels(pod)[gatewayNameLabel] == api.Name(gateway) && api.Ready(pod) {
			return true
		}
	}
	return false
}

package resident

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
)

// cluster is what a cluster has, by kind.
type cluster map[string][]backend.Object

func (c cluster) List(_ context.Context, _, kind string) ([]backend.Object, error) {
	if kind == "GatewayClass" && len(c["CustomResourceDefinition"]) == 0 {
		return nil, errors.New("the cluster has no such kind")
	}
	return c[kind], nil
}

func object(namespace, name string, labels, annotations map[string]any, more ...map[string]any) backend.Object {
	o := backend.Object{"metadata": map[string]any{"namespace": namespace, "name": name, "labels": labels, "annotations": annotations}}
	for _, m := range more {
		for key, value := range m {
			o[key] = value
		}
	}
	return o
}

func definition(name, version, channel string) backend.Object {
	annotations := map[string]any{}
	if version != "" {
		annotations[bundleVersion], annotations[bundleChannel] = version, channel
	}
	_, group, _ := strings.Cut(name, ".")
	return object("", name, nil, annotations, map[string]any{"spec": map[string]any{"group": group}})
}

func pod(namespace, container string, labels, annotations map[string]any) backend.Object {
	return object(namespace, "p", labels, annotations, map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"name": "app"}, map[string]any{"name": container}}}})
}

func TestResidentsAreNamed(t *testing.T) {
	gateway := func(version, channel string) cluster {
		return cluster{"CustomResourceDefinition": {definition("gatewayclasses.gateway.networking.k8s.io", version, channel), definition("gateways.gateway.networking.k8s.io", version, channel)}}
	}
	type maps = map[string]any
	for _, c := range []struct {
		name   string
		from   cluster
		wanted Wanted
		// finds are the ingredients and a word of each sentence or fix.
		finds [][2]string
	}{
		{name: "an empty cluster", from: cluster{"Namespace": {object("", "default", nil, nil)}, "DaemonSet": {object("kube-system", "aws-node", nil, nil)}}},
		{"an Istio in the mesh's namespace", cluster{"Deployment": {object("istio-system", "istiod", maps{"app": "istiod"}, nil), object("default", "web", nil, nil)}}, Wanted{}, [][2]string{{Istio, "Helm would refuse"}}},
		{"an Istio of a revision, elsewhere", cluster{"Deployment": {object("mesh", "istiod-1-27", maps{"app": "istiod"}, nil)}}, Wanted{}, [][2]string{{Istio, "discoverySelectors"}}},
		{"definitions of another release", cluster{"CustomResourceDefinition": {object("", "gateways.networking.istio.io", nil, maps{helmRelease: "base", helmNamespace: "mesh"}, maps{"spec": maps{"group": "networking.istio.io"}})}},
			Wanted{}, [][2]string{{Istio, "the Helm release base in mesh"}}},
		{"an injector", cluster{"MutatingWebhookConfiguration": {object("", "sidecars", nil, nil, maps{"webhooks": []any{maps{"name": "rev.namespace.sidecar-injector.istio.io"}}}),
			object("", "cert-manager", nil, nil, maps{"webhooks": []any{maps{"name": "webhook.cert-manager.io"}}})}}, Wanted{}, [][2]string{{Injection, "sidecars injects sidecars"}}},
		{"labels of namespaces", cluster{"Namespace": {object("", "a", maps{"istio-injection": "enabled"}, nil), object("", "b", maps{"istio.io/rev": "stable"}, nil),
			object("", "c", maps{"istio-injection": "disabled"}, nil), object("", "d", maps{"istio.io/dataplane-mode": "ambient", "istio.io/rev": "x"}, nil)}},
			Wanted{}, [][2]string{{Injection, "namespace a"}, {Injection, "namespace b"}, {Ambient, "namespace d"}}},
		{"sidecars", cluster{"Pod": {pod("shop", "istio-proxy", nil, nil), pod("shop", "istio-proxy", nil, nil), pod("pay", "logs", nil, nil)}}, Wanted{}, [][2]string{{Sidecar, "2 pods of the namespace shop"}}},
		{"gateways are no sidecars", cluster{"Pod": {pod("in", "istio-proxy", maps{"gateway.networking.k8s.io/gateway-name": "in"}, nil), pod("in", "istio-proxy", nil, maps{"inject.istio.io/templates": "gateway"})}}, Wanted{}, nil},
		{"definitions of the Gateway API", gateway("v1.2.1", "standard"), Wanted{GatewayAPI: "v1.4.0"}, [][2]string{{GatewayAPI, "gatewayApi: true"}}},
		{"older ones that are the owner's", gateway("v1.2.1", "standard"), Wanted{"v1.4.0", true}, [][2]string{{GatewayAPI, "needs v1.4.0"}}},
		{"newer ones that are the owner's", gateway("v1.10.0", "experimental"), Wanted{"v1.4.0", true}, nil},
		{"the owner's without a version", gateway("", ""), Wanted{"v1.4.0", true}, nil},
		{"the owner's that are not there", cluster{}, Wanted{"v1.4.0", true}, [][2]string{{GatewayAPI, "there are none"}}},
		{"classes", func() cluster {
			c := gateway("v1.4.0", "standard")
			c["GatewayClass"] = []backend.Object{object("", "istio-remote", nil, nil, maps{"spec": maps{"controllerName": "istio.io/unmanaged-gateway"}}), object("", "cilium", nil, nil)}
			return c
		}(), Wanted{"v1.4.0", true}, [][2]string{{Class, "istio-remote"}}},
		{"plug-ins", cluster{"DaemonSet": {object("kube-system", "cilium", nil, nil), object("mesh", "istio-cni-node", nil, nil), object("kube-system", "kube-proxy", nil, nil)}},
			Wanted{}, [][2]string{{Plugin, "cilium"}, {Plugin, "two of them on a node"}}},
	} {
		found, err := Look(t.Context(), c.from, c.wanted)
		if err != nil || len(found) != len(c.finds) {
			t.Errorf("%s: %v, %+v", c.name, err, found)
			continue
		}
		for i, want := range c.finds {
			if found[i].Ingredient != want[0] || !strings.Contains(found[i].Sentence+". "+found[i].Fix, want[1]) {
				t.Errorf("%s: found %+v, want %v", c.name, found[i], want)
			}
			if !slices.ContainsFunc(Ingredients, func(known [2]string) bool { return known[0] == found[i].Ingredient }) {
				t.Errorf("%s: nothing says what %s is", c.name, found[i].Ingredient)
			}
		}
	}
}

type forbidden struct{}

func (forbidden) List(context.Context, string, string) ([]backend.Object, error) {
	return nil, errors.New("forbidden")
}

func TestACallerWhoMayNotLookIsToldSo(t *testing.T) {
	if _, err := Look(t.Context(), forbidden{}, Wanted{}); err == nil || !strings.Contains(err.Error(), "forbidden") {
		t.Errorf("the error is %v", err)
	}
}

package kubernetes_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
)

// entrance reads the ingress gateway that the program makes.
func entrance(t *testing.T) (spec map[string]any, routes []map[string]any, parameters map[string]any) {
	t.Helper()
	data, err := os.ReadFile("../../mesh/ingress/testdata/acm.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Spec, Parameters map[string]any
		Routes           []struct {
			Name string
			Spec map[string]any
		}
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	for _, route := range golden.Routes {
		routes = append(routes, map[string]any{"metadata": map[string]any{"name": route.Name, "namespace": "demo-ingress"}, "spec": route.Spec})
	}
	return golden.Spec, routes, golden.Parameters
}

func TestTheIngressIsWhatItsParametersSay(t *testing.T) {
	t.Parallel()
	f := installed(t)
	f.mustCreate(definitionToken, "httproutes", gatewayDefinition(t, "httproutes"))
	f.mustCreate(namespaceToken, "demo-ingress", namespace("demo-ingress", nil))
	spec, routes, parameters := entrance(t)
	inputs := map[string]any{"spec": spec, "metadata": map[string]any{"name": "ingress", "namespace": "demo-ingress",
		"annotations": map[string]any{"pulumi.com/waitFor": "condition=Programmed", "gateway.istio.io/name-override": "ingress-istio"}}}
	alone := api.Copy(inputs)
	api.Set(alone, "15", "metadata", "annotations", "pulumi.com/timeoutSeconds")
	_, err := f.create(gatewayToken, "without", alone)
	wantError(t, err, "Programmed")
	if f.live("apps/v1", "Deployment", "demo-ingress", "ingress-istio") != nil {
		t.Error("istiod made a gateway whose parameters do not exist")
	}

	f = installed(t)
	f.mustCreate(definitionToken, "httproutes", gatewayDefinition(t, "httproutes"))
	f.mustCreate(namespaceToken, "demo-ingress", namespace("demo-ingress", nil))
	f.mustCreate(configMapToken, "parameters", map[string]any{"metadata": map[string]any{"name": "ingress-parameters", "namespace": "demo-ingress"}, "data": parameters})
	r := f.mustCreate(gatewayToken, "ingress", inputs)
	f.unchanged(r)
	for _, route := range routes {
		f.unchanged(f.mustCreate(routeToken, api.Name(route), route))
	}
	deployment := f.live("apps/v1", "Deployment", "demo-ingress", "ingress-istio")
	if api.Int(deployment, "spec", "replicas") != 2 || len(api.Maps(deployment, "spec", "template", "spec", "topologySpreadConstraints")) != 2 {
		t.Errorf("the Deployment is %v, want two pods that are spread", deployment["spec"])
	}
	if api.Int(f.live("policy/v1", "PodDisruptionBudget", "demo-ingress", "ingress-istio"), "spec", "minAvailable") != 1 {
		t.Error("there is no budget")
	}
	service := f.live("v1", "Service", "demo-ingress", "ingress-istio")
	var ports []int64
	for _, p := range api.Maps(service, "spec", "ports") {
		ports = append(ports, api.Int(p, "port"))
	}
	if slices.Sort(ports); !slices.Equal(ports, []int64{80, 443}) || api.String(service, "spec", "externalTrafficPolicy") != "Local" {
		t.Errorf("the Service is %v, want the ports 80 and 443, and the clients' addresses", service["spec"])
	}
}

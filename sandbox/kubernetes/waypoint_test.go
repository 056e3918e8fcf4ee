package kubernetes_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
)

const (
	routeToken   = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"
	virtualToken = "kubernetes:networking.istio.io/v1:VirtualService"
)

func waypointInputs() map[string]any {
	return map[string]any{
		"metadata": map[string]any{"name": "waypoint", "namespace": "shop", "labels": map[string]any{"istio.io/waypoint-for": "service"},
			"annotations": map[string]any{"pulumi.com/waitFor": "condition=Programmed"}},
		"spec": map[string]any{"gatewayClassName": "istio-waypoint", "listeners": []any{map[string]any{
			"name": "mesh", "port": 15008.0, "protocol": "HBONE", "allowedRoutes": map[string]any{"namespaces": map[string]any{"from": "Same"}}}}},
	}
}

func TestWaypointIsWhatItsClassHasByDefaultAndGoesAsAWhole(t *testing.T) {
	t.Parallel()
	f := installed(t)
	f.mustCreate(namespaceToken, "shop", namespace("shop", nil))
	f.mustCreate(configMapToken, "defaults", map[string]any{
		"metadata": map[string]any{"name": "defaults", "namespace": "istio-system", "labels": map[string]any{"gateway.istio.io/defaults-for-class": "istio-waypoint"}},
		"data": map[string]any{
			"deployment":          `{"spec":{"replicas":2,"template":{"spec":{"priorityClassName":"high"}}}}`,
			"podDisruptionBudget": `{"spec":{"minAvailable":1}}`,
		},
	})
	r := f.mustCreate(gatewayToken, "waypoint", waypointInputs())
	addresses := api.Maps(r.State, "status", "addresses")
	if len(addresses) != 1 || addresses[0]["value"] != "waypoint.shop.svc.cluster.local" {
		t.Errorf("addresses are %v", addresses)
	}
	deployment := f.live("apps/v1", "Deployment", "shop", "waypoint")
	if api.Int(deployment, "spec", "replicas") != 2 || api.String(deployment, "spec", "template", "spec", "priorityClassName") != "high" ||
		api.String(deployment, "spec", "template", "spec", "serviceAccountName") != "waypoint" {
		t.Errorf("the Deployment is %v", deployment["spec"])
	}
	if api.Int(f.live("policy/v1", "PodDisruptionBudget", "shop", "waypoint"), "spec", "minAvailable") != 1 {
		t.Error("there is no budget")
	}
	if service := f.live("v1", "Service", "shop", "waypoint"); api.String(service, "spec", "type") != "ClusterIP" {
		t.Errorf("the Service is %v", service["spec"])
	}
	f.unchanged(r)
	if err := f.session.Delete(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	for kind, version := range map[string]string{"Deployment": "apps/v1", "Service": "v1", "ServiceAccount": "v1", "PodDisruptionBudget": "policy/v1"} {
		if f.live(version, kind, "shop", "waypoint") != nil {
			t.Errorf("the waypoint's %s is still there", kind)
		}
	}
}

func TestWaypointWithoutAPodThatServesIsNotProgrammed(t *testing.T) {
	t.Parallel()
	f := installed(t)
	f.mustCreate(namespaceToken, "shop", namespace("shop", nil))
	f.mustCreate(configMapToken, "defaults", map[string]any{
		"metadata": map[string]any{"name": "defaults", "namespace": "istio-system", "labels": map[string]any{"gateway.istio.io/defaults-for-class": "istio-waypoint"}},
		"data":     map[string]any{"deployment": `{"spec":{"replicas":0}}`},
	})
	inputs := waypointInputs()
	api.Set(inputs, "15", "metadata", "annotations", "pulumi.com/timeoutSeconds")
	_, err := f.create(gatewayToken, "waypoint", inputs)
	wantError(t, err, "Programmed")
}

// shape is an object that the program makes.
func shape(t *testing.T, example string) map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../mesh/traffic/testdata", example+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var inputs map[string]any
	if err := json.Unmarshal(data, &inputs); err != nil {
		t.Fatal(err)
	}
	delete(inputs, "apiVersion")
	delete(inputs, "kind")
	return inputs
}

func TestTheProgramsTrafficIsAcceptedAndStaysAsItIs(t *testing.T) {
	t.Parallel()
	f := installed(t)
	f.mustCreate(definitionToken, "httproutes", gatewayDefinition(t, "httproutes"))
	for _, name := range []string{"demo-2", "demo-pay"} {
		f.mustCreate(namespaceToken, name, namespace(name, nil))
	}
	for example, token := range map[string]string{
		"split": routeToken, "routes": routeToken,
		"order": virtualToken, "retries": virtualToken, "fault": virtualToken, "shared": virtualToken,
	} {
		r := f.mustCreate(token, example, shape(t, example))
		f.unchanged(r)
		if err := f.session.Delete(context.Background(), r); err != nil {
			t.Fatal(err)
		}
	}
	broken := shape(t, "split")
	broken["spec"].(map[string]any)["rules"] = []any{map[string]any{"timeouts": map[string]any{"request": "soon"}}}
	_, err := f.create(routeToken, "broken", broken)
	wantError(t, err, "request")
	virtual := shape(t, "fault")
	virtual["spec"].(map[string]any)["http"] = []any{map[string]any{"timeout": "5s"}}
	_, err = f.create(virtualToken, "broken", virtual)
	wantError(t, err, "denied the request")
}

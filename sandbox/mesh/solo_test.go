package mesh_test

import (
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/kubernetes/chart"
	"ambient-ecs/sandbox/mesh"
)

func istiodVariables(t *testing.T, values map[string]any) map[string]string {
	t.Helper()
	objects, err := chart.Render("istiod", values, mesh.System, "istiod", "v1.34.0")
	if err != nil {
		t.Fatal(err)
	}
	variables := map[string]string{}
	for _, o := range objects {
		if api.KindOf(o) == api.DeploymentKind {
			for _, e := range api.Maps(api.Maps(o, "spec", "template", "spec", "containers")[0], "env") {
				variables[api.String(e, "name")] = api.String(e, "value")
			}
		}
	}
	return variables
}

func TestSolosValuesBecomeVariables(t *testing.T) {
	accounts := map[string]any{"ecs": map[string]any{"accounts": []any{
		map[string]any{"role": "role-1", "domain": "ecs.local"}, map[string]any{"role": "role-2", "domain": "ecs.external"}}}}
	got := istiodVariables(t, map[string]any{
		"platforms": accounts, "license": map[string]any{"secretRef": map[string]any{"name": "istio-license", "namespace": "istio-system"}}})
	if got["ECS_ACCOUNTS"] != "ecs.local,role-1,ecs.external,role-2" || got["SOLO_LICENSE_SECRET"] != "istio-system/istio-license" {
		t.Errorf("variables are %v", got)
	}
	if values, set := got["SANDBOX_ECS_ACCOUNT_VALUES"]; set {
		t.Errorf("accounts with a domain and a role only have further values %s", values)
	}
	more := map[string]any{"ecs": map[string]any{"accounts": []any{map[string]any{"role": "role-1", "domain": "ecs.local", "where": []any{"us-east-1"}}}}}
	got = istiodVariables(t, map[string]any{"platforms": more})
	if want := `{"role-1":{"domain":"ecs.local","role":"role-1","where":["us-east-1"]}}`; got["SANDBOX_ECS_ACCOUNT_VALUES"] != want {
		t.Errorf("the further values are %s", got["SANDBOX_ECS_ACCOUNT_VALUES"])
	}
	got = istiodVariables(t, map[string]any{"license": map[string]any{"value": "key"}})
	if got["SOLO_LICENSE_KEY"] != "key" {
		t.Errorf("variables are %v", got)
	}
	got = istiodVariables(t, map[string]any{"platforms": accounts, "env": map[string]any{"ECS_ACCOUNTS": "mine,role"}})
	if got["ECS_ACCOUNTS"] != "mine,role" {
		t.Errorf("a variable of the values' own became %q", got["ECS_ACCOUNTS"])
	}
}

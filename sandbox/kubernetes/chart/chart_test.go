package chart_test

import (
	"fmt"
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/kubernetes/chart"
)

func TestEveryChartRenders(t *testing.T) {
	wanted := map[string]string{"base": "CustomResourceDefinition", "istiod": "Deployment", "cni": "DaemonSet", "ztunnel": "DaemonSet"}
	for name, kind := range wanted {
		objects, err := chart.Render(name, map[string]any{"profile": "ambient"}, "istio-system", name, "v1.34.2")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		found := false
		for _, o := range objects {
			found = found || api.KindOf(o).Kind == kind
			if err := api.CheckFields(o); err != nil {
				t.Errorf("%s %s: %v", api.KindOf(o).Kind, api.Name(o), err)
			}
		}
		if !found {
			t.Errorf("%s renders no %s", name, kind)
		}
	}
}

func TestValuesReachTheTemplates(t *testing.T) {
	objects, err := chart.Render("istiod", map[string]any{"env": map[string]any{"ECS_ACCOUNTS": "d,r"}}, "istio-system", "istiod", "v1.34.2")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		if api.KindOf(o) != api.DeploymentKind {
			continue
		}
		for _, e := range api.Maps(api.Maps(o, "spec", "template", "spec", "containers")[0], "env") {
			if e["name"] == "ECS_ACCOUNTS" && e["value"] == "d,r" {
				return
			}
		}
	}
	t.Error("the environment does not reach istiod")
}

func TestChartsAreFoundInRegistriesAndRepositories(t *testing.T) {
	for _, where := range [][3]string{
		{"oci://us-docker.pkg.dev/soloio-img/istio-helm/istiod", "", "1.28.3-patch0-solo"},
		{"istiod", "https://istio-release.storage.googleapis.com/charts", "1.29.1"},
	} {
		c, err := chart.Locate(where[0], where[1], where[2])
		if err != nil || c.Metadata.Version != where[2] || c.Metadata.Name != "istiod" {
			t.Errorf("%v: %v", where, err)
		}
	}
}

func TestChartsThatDoNotExistAreRefused(t *testing.T) {
	for _, c := range []struct{ reference, repository, version, words string }{
		{"oci://registry.example/istio-helm/pilot", "", "1.29.1", "not found"},
		{"pilot", "https://charts.example", "1.29.1", `chart "pilot" version "1.29.1" not found`},
		{"istiod", "", "1.29.1", "non-absolute URLs"},
		{"istiod", "charts.example", "1.29.1", "could not find protocol handler"},
		{"istiod", "oci://registry.example/istio-helm", "1.29.1", "not a valid chart repository"},
		{"istiod", "https://charts.example", "latest", "improper constraint: latest"},
	} {
		_, err := chart.Locate(c.reference, c.repository, c.version)
		if err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s in %q: error %v, want %q", c.reference, c.repository, err, c.words)
		}
	}
}

func TestAChartIsRenderedAnewForWhoeverChangesItsObjects(t *testing.T) {
	render := func(values map[string]any, release string) []api.Object {
		t.Helper()
		objects, err := chart.Render("istiod", values, "istio-system", release, "v1.34.2")
		if err != nil {
			t.Fatal(err)
		}
		return objects
	}
	text := func(objects []api.Object) string { return fmt.Sprint(objects) }
	first := render(map[string]any{"revision": "blue"}, "istiod")
	want := text(first)
	for _, o := range first {
		api.Set(o, "changed", "metadata", "name")
	}
	if text(render(map[string]any{"revision": "blue"}, "istiod")) != want {
		t.Error("the objects of the second rendering are not those of the first")
	}
	if text(render(map[string]any{"revision": "green"}, "istiod")) == want {
		t.Error("other values make no difference")
	}
	if text(render(map[string]any{"revision": "blue"}, "other")) == want {
		t.Error("another release makes no difference")
	}
}

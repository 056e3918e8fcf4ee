package chart_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/util/protomarshal"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/kubernetes/chart"
)

// Istio's charts have no schema: they ignore an unknown key without an error. So these tests render the program's
// values with the real charts and check the objects that come out. The values come from the golden files of the
// program's package mesh/values, which this module cannot import.

// release is a Helm release as the golden files have it.
type release struct {
	Name, Chart string
	Values      map[string]any
}

const goldens = "../../../mesh/values/testdata"

// The golden files that single tests look at.
const (
	byChart        = "by-chart"
	byEnvironment  = "by-environment"
	withoutVariant = "without-variant"
)

// upstream and solo are versions of the charts: as Istio publishes them, and with what Solo's add.
const (
	upstream = "1.29.1"
	solo     = "1.29.1-solo"
)

func golden(t *testing.T, name string) []release {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(goldens, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []release
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// each calls a test for every release of every golden file.
func each(t *testing.T, test func(t *testing.T, r release)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(goldens, "*.json"))
	if err != nil || len(files) < 3 {
		t.Fatalf("golden files %v, %v", files, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		for _, r := range golden(t, name) {
			t.Run(name+"/"+r.Name, func(t *testing.T) { test(t, r) })
		}
	}
}

// render renders the release of a chart.
func render(version string, r release) ([]api.Object, error) {
	c, err := chart.Locate("oci://registry.example/charts/"+r.Chart, "", version)
	if err != nil {
		return nil, err
	}
	return chart.Objects(c, r.Values, "istio-system", r.Name, "v1.34.2", 1)
}

// rendered are the objects of one chart of a golden file.
func rendered(t *testing.T, version, name, chart string) []api.Object {
	t.Helper()
	for _, r := range golden(t, name) {
		if r.Chart != chart {
			continue
		}
		objects, err := render(version, r)
		if err != nil {
			t.Fatal(err)
		}
		return objects
	}
	t.Fatalf("%s has no release of chart %s", name, chart)
	return nil
}

func object(t *testing.T, objects []api.Object, kind, name string) api.Object {
	t.Helper()
	for _, o := range objects {
		if api.KindOf(o).Kind == kind && api.Name(o) == name {
			return o
		}
	}
	t.Fatalf("there is no %s %s", kind, name)
	return nil
}

// workload is the pod template of a chart's only Deployment or DaemonSet, and container its only container.
func workload(t *testing.T, version, name, chart string) (template, container api.Object) {
	t.Helper()
	kind, of := "DaemonSet", map[string]string{"istiod": "istiod", "cni": "istio-cni-node", "ztunnel": "ztunnel"}[chart]
	if chart == "istiod" {
		kind = "Deployment"
	}
	template = api.Map(object(t, rendered(t, version, name, chart), kind, of), "spec", "template")
	containers := api.Maps(template, "spec", "containers")
	if len(containers) != 1 {
		t.Fatalf("%s has %d containers", of, len(containers))
	}
	return template, containers[0]
}

// environment are the variables of a container. A name must not occur twice: the last value would win silently.
func environment(t *testing.T, container api.Object) map[string]api.Object {
	t.Helper()
	all := map[string]api.Object{}
	for _, variable := range api.Maps(container, "env") {
		name := api.String(variable, "name")
		if all[name] != nil {
			t.Errorf("the variable %s is set twice", name)
		}
		all[name] = variable
	}
	return all
}

// accounts is the value that istiod has to read, whichever way it is delivered.
const accounts = "ecs.external,arn:aws:iam::222222222222:role/demo-discovery-external,ecs.local,arn:aws:iam::111111111111:role/demo-discovery-local"

func TestIstiodGetsTheEnvironmentThatWasMeant(t *testing.T) {
	for _, c := range []struct {
		version, golden string
		want            map[string]string
	}{
		{upstream, byChart, map[string]string{"PILOT_ENABLE_AMBIENT": "true", "PILOT_ENABLE_IP_AUTOALLOCATE": "true", "PILOT_ENABLE_ALPHA_GATEWAY_API": "true"}},
		{upstream, byEnvironment, map[string]string{
			"PILOT_ENABLE_AMBIENT": "true", "PILOT_ENABLE_IP_AUTOALLOCATE": "true", "PILOT_ENABLE_ALPHA_GATEWAY_API": "false",
			"ECS_DISCOVERY_RATE_LIMIT": "10", "ECS_ACCOUNTS": accounts,
		}},
		{upstream, withoutVariant, map[string]string{"PILOT_ENABLE_AMBIENT": "true", "PILOT_ENABLE_IP_AUTOALLOCATE": "true"}},
		{solo, byChart, map[string]string{"ECS_ACCOUNTS": accounts}},
		{solo, byEnvironment, map[string]string{"ECS_ACCOUNTS": accounts, "SOLO_LICENSE_SECRET": "istio-system/istio-license"}},
	} {
		t.Run(c.version+"/"+c.golden, func(t *testing.T) {
			_, container := workload(t, c.version, c.golden, "istiod")
			variables := environment(t, container)
			for _, name := range slices.Sorted(maps.Keys(c.want)) {
				if got := api.String(variables[name], "value"); got != c.want[name] {
					t.Errorf("%s is %q, want %q", name, got, c.want[name])
				}
			}
		})
	}
}

func TestIstiodReadsTheLicenceFromItsSecret(t *testing.T) {
	for _, golden := range []string{byChart, withoutVariant} {
		for _, version := range []string{upstream, solo} {
			_, container := workload(t, version, golden, "istiod")
			want := api.Object{"name": "SOLO_LICENSE_KEY", "valueFrom": api.Object{
				"secretKeyRef": api.Object{"name": "istio-license", "key": "license-key"},
			}}
			if got := environment(t, container)["SOLO_LICENSE_KEY"]; !api.Equal(got, want) {
				t.Errorf("%s, charts %s: the licence is %v", golden, version, got)
			}
		}
	}
	for _, version := range []string{upstream, solo} {
		_, container := workload(t, version, byEnvironment, "istiod")
		if got := environment(t, container)["SOLO_LICENSE_KEY"]; got != nil {
			t.Errorf("charts %s: istiod is to read the Secret by itself, and has %v", version, got)
		}
	}
}

// This is why the licence is never a value: everybody who may read ConfigMaps could read it.
func TestEveryValueOfIstiodEndsInAConfigMap(t *testing.T) {
	const licence = "a-licence-that-must-stay-secret"
	objects, err := render(upstream, release{Name: "istiod", Chart: "istiod", Values: map[string]any{"license": map[string]any{"value": licence}}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text(t, api.Map(object(t, objects, "ConfigMap", "values"), "data")), licence) {
		t.Error("values no longer end in a ConfigMap: the program's reasons for a Secret may be gone")
	}
}

func TestAConfigMapOnlySaysWhereTheLicenceIs(t *testing.T) {
	for golden, want := range map[string]string{
		byChart:       `{"envVarFrom":[{"name":"SOLO_LICENSE_KEY","valueFrom":{"secretKeyRef":{"key":"license-key","name":"istio-license"}}}],"license":null}`,
		byEnvironment: `{"envVarFrom":null,"license":{"secretRef":{"name":"istio-license","namespace":"istio-system"}}}`,
	} {
		copied := copyOfValues(t, rendered(t, solo, golden, "istiod"), "values", "original-values")
		if got := text(t, map[string]any{"envVarFrom": copied["envVarFrom"], "license": copied["license"]}); got != want {
			t.Errorf("%s: the ConfigMap says %s, want %s", golden, got, want)
		}
		if got := api.Value(copied, "env", "SOLO_LICENSE_KEY"); got != nil {
			t.Errorf("%s: the licence is the variable %v", golden, got)
		}
	}
}

// copyOfValues reads values that the istiod chart keeps in a ConfigMap.
func copyOfValues(t *testing.T, objects []api.Object, configMap, key string) api.Object {
	t.Helper()
	var copied api.Object
	if err := json.Unmarshal([]byte(api.String(object(t, objects, "ConfigMap", configMap), "data", key)), &copied); err != nil {
		t.Fatal(err)
	}
	return copied
}

// injector is the ConfigMap with the templates of istiod's pods, and with the values that they ask for.
const injector = "istio-sidecar-injector"

// The three must name one network, or ztunnel finds no service behind a gateway.
func TestTheNetworkReachesIstiodsTemplatesAndZtunnel(t *testing.T) {
	for _, golden := range []string{byChart, byEnvironment, withoutVariant} {
		objects := rendered(t, upstream, golden, "istiod")
		if got := api.String(copyOfValues(t, objects, injector, "values"), "global", "network"); got != "eks" {
			t.Errorf("%s: istiod's templates have the network %q", golden, got)
		}
		if !strings.Contains(api.String(object(t, objects, "ConfigMap", injector), "data", "config"), ".Values.global.network") {
			t.Error("istiod's templates no longer ask for global.network")
		}
		_, container := workload(t, upstream, golden, "ztunnel")
		if got := api.String(environment(t, container)["NETWORK"], "value"); got != "eks" {
			t.Errorf("%s: ztunnel has the network %q", golden, got)
		}
	}
}

func TestTheNodeAgentCapturesTrafficAndNames(t *testing.T) {
	for _, golden := range []string{byChart, byEnvironment, withoutVariant} {
		data := api.Strings(object(t, rendered(t, upstream, golden, "cni"), "ConfigMap", "istio-cni-config"), "data")
		for _, key := range []string{"AMBIENT_ENABLED", "AMBIENT_DNS_CAPTURE"} {
			if data[key] != "true" {
				t.Errorf("%s: %s is %q", golden, key, data[key])
			}
		}
	}
}

func TestEveryImageIsTheOneThatWasMeant(t *testing.T) {
	for golden, suffix := range map[string]string{byChart: "-distroless", byEnvironment: "-distroless", withoutVariant: ""} {
		for chart, image := range map[string]string{"istiod": "pilot", "cni": "install-cni", "ztunnel": "ztunnel"} {
			_, container := workload(t, upstream, golden, chart)
			if got, want := api.String(container, "image"), "registry.example/istio/"+image+":1.30.2-solo"+suffix; got != want {
				t.Errorf("%s: %s runs %s, want %s", golden, chart, got, want)
			}
		}
	}
	// istiod makes the gateways' pods from these values.
	for golden, want := range map[string]string{byChart: "proxyv2", withoutVariant: "registry.example/istio/proxyv2:1.30.2-solo"} {
		values := copyOfValues(t, rendered(t, upstream, golden, "istiod"), injector, "values")
		if got := api.String(values, "global", "proxy", "image"); got != want {
			t.Errorf("%s: gateways run %q, want %q", golden, got, want)
		}
	}
}

func TestAPodAnnotationReachesIstiodsPods(t *testing.T) {
	template, _ := workload(t, upstream, byEnvironment, "istiod")
	if got := api.Annotations(template)["example.com/restart"]; got != "1" {
		t.Errorf("the annotation is %q: nothing would restart istiod", got)
	}
}

// The chart passes meshConfig on whole, so Istio's own type knows its keys.
func TestTheMeshConfigurationIsUnderstood(t *testing.T) {
	for _, golden := range []string{byChart, byEnvironment, withoutVariant} {
		data := api.Strings(object(t, rendered(t, upstream, golden, "istiod"), "ConfigMap", "istio"), "data")
		spec, err := collections.MeshConfig.NewInstance()
		if err != nil {
			t.Fatal(err)
		}
		if err := protomarshal.ApplyYAMLStrict(data["mesh"], spec.(proto.Message)); err != nil {
			t.Fatalf("%s: %v", golden, err)
		}
		understood, err := protomarshal.ToJSONMap(spec.(proto.Message))
		if err != nil {
			t.Fatal(err)
		}
		if understood["accessLogFile"] != "/dev/stdout" || understood["trustDomain"] != "cluster.local" {
			t.Errorf("%s: the mesh logs to %v and has the trust domain %v", golden, understood["accessLogFile"], understood["trustDomain"])
		}
		if got := api.String(understood, "defaultConfig", "proxyMetadata", "ISTIO_META_ENABLE_HBONE"); got != "true" {
			t.Errorf("%s: HBONE is %q", golden, got)
		}
	}
}

func TestEveryObjectHasOnlyFieldsOfItsKind(t *testing.T) {
	each(t, func(t *testing.T, r release) {
		objects, err := render(solo, r)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objects {
			if err := api.CheckFields(o); err != nil {
				t.Errorf("%s %s: %v", api.KindOf(o).Kind, api.Name(o), err)
			}
		}
	})
}

func text(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

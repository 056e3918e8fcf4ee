package values

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"ambient-ecs/tests/golden"
)

func args() Args {
	return Args{
		Hub: "registry.example/istio", Tag: "1.30.2-solo", Variant: "distroless", Network: "eks", TrustDomain: "cluster.local", PathNormalization: "MERGE_SLASHES",
		Accounts: []Account{
			{Domain: "ecs.external", RoleARN: "arn:aws:iam::222222222222:role/demo-discovery-external"},
			{Domain: "ecs.local", RoleARN: "arn:aws:iam::111111111111:role/demo-discovery-local"},
		},
		AccountsDelivery: AccountsByChart, DiscoveryRate: 2, DiscoveryBurst: 10, Replicas: 2,
		License: License{Secret: "istio-license", Key: "license-key", Delivery: LicenseByEnv},
	}
}

func expect(t *testing.T, got map[string]any, want string) {
	t.Helper()
	var wanted map[string]any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	// JSON gives every number the same type.
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var read map[string]any
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read, wanted) {
		pretty, err := json.MarshalIndent(got, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		t.Errorf("got %s", pretty)
	}
}

// byEnvironment returns arguments in which everything is delivered the other way.
func byEnvironment() Args {
	a := args()
	a.AccountsDelivery = AccountsByEnv
	a.License.Delivery = LicenseBySecretRef
	a.Env = map[string]string{"ECS_DISCOVERY_RATE_LIMIT": "10", "PILOT_ENABLE_ALPHA_GATEWAY_API": "false"}
	a.PodAnnotations = map[string]string{"example.com/restart": "1"}
	a.Tracing = &Tracing{Provider: "otel", Service: "otel-collector.observability.svc.cluster.local", Port: 4317}
	return a
}

// upgrading returns arguments while one istiod takes over from another, with a certificate authority from the
// configuration.
func upgrading() Args {
	a := args()
	a.Tag = "1.29.1-solo"
	a.Revisions = []Revision{{Name: "1-30-2", Tag: "1.30.2-solo"}, {Name: Unnamed, Tag: "1.29.1-solo"}}
	a.DefaultRevision, a.BaseVersion = "1-30-2", "1.30.2-solo"
	a.PodAnnotations = map[string]string{"ambient-ecs/mesh-ca": "abc"}
	a.ProxyAnnotations = map[string]string{"ambient-ecs/mesh-ca": "abc"}
	return a
}

func withoutVariant() Args {
	a := args()
	a.Variant = ""
	return a
}

// The sandbox also renders the golden files with the real charts, to check that every key does something.
func TestReleasesMatchGolden(t *testing.T) {
	for name, a := range map[string]Args{
		"by-chart": args(), "by-environment": byEnvironment(), "without-variant": withoutVariant(),
		"upgrading": upgrading(),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := json.MarshalIndent(a.Releases(), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			file := filepath.Join("testdata", name+".json")
			golden.Check(t, file, string(got), "Releases differ.")
		})
	}
}

func TestIstiodGetsAccountsByChartAndLicenceByReference(t *testing.T) {
	expect(t, args().Istiod(args().Istiods()[0]), `{
		"profile": "ambient",
		"global": {"hub": "registry.example/istio", "tag": "1.30.2-solo", "variant": "distroless", "network": "eks", "priorityClassName": "system-cluster-critical"},
		"autoscaleEnabled": false, "replicaCount": 2, "rollingMaxSurge": 1, "rollingMaxUnavailable": 1,
		"topologySpreadConstraints": [
			{"topologyKey": "topology.kubernetes.io/zone", "maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway", "nodeTaintsPolicy": "Honor",
				"labelSelector": {"matchLabels": {"app": "istiod", "istio.io/rev": "default"}}, "matchLabelKeys": ["pod-template-hash"]},
			{"topologyKey": "kubernetes.io/hostname", "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule", "nodeTaintsPolicy": "Honor",
				"labelSelector": {"matchLabels": {"app": "istiod", "istio.io/rev": "default"}}, "matchLabelKeys": ["pod-template-hash"]}
		],
		"env": {"PILOT_ENABLE_IP_AUTOALLOCATE": "true", "PILOT_ENABLE_ALPHA_GATEWAY_API": "true", "AMBIENT_ENABLE_MULTI_NETWORK": "true",
			"ECS_DISCOVERY_RATE_LIMIT": "2", "ECS_DISCOVERY_BURST_LIMIT": "10"},
		"meshConfig": {"accessLogFile": "/dev/stdout", "pathNormalization": {"normalization": "MERGE_SLASHES"}, "trustDomain": "cluster.local"},
		"platforms": {"ecs": {"accounts": [
			{"domain": "ecs.external", "role": "arn:aws:iam::222222222222:role/demo-discovery-external"},
			{"domain": "ecs.local", "role": "arn:aws:iam::111111111111:role/demo-discovery-local"}
		]}},
		"envVarFrom": [{"name": "SOLO_LICENSE_KEY", "valueFrom": {"secretKeyRef": {"name": "istio-license", "key": "license-key"}}}]
	}`)
}

func TestFurtherValuesOfAnAccountStandInItsEntry(t *testing.T) {
	a := args()
	a.Accounts[0].More = map[string]any{"regions": []any{"us-east-1"}, "role": "not this one"}
	got := a.Istiod(a.Istiods()[0])["platforms"].(map[string]any)["ecs"].(map[string]any)["accounts"].([]any)[0]
	expect(t, got.(map[string]any), `{"domain": "ecs.external", "role": "arn:aws:iam::222222222222:role/demo-discovery-external", "regions": ["us-east-1"]}`)
	if a.Accounts[0].More["role"] != "not this one" {
		t.Error("the values of the configuration were changed")
	}
}

func TestIstiodGetsAccountsByEnvironmentAndLicenceBySecretRef(t *testing.T) {
	expect(t, byEnvironment().Istiod(byEnvironment().Istiods()[0]), `{
		"profile": "ambient",
		"global": {"hub": "registry.example/istio", "tag": "1.30.2-solo", "variant": "distroless", "network": "eks", "priorityClassName": "system-cluster-critical"},
		"autoscaleEnabled": false, "replicaCount": 2, "rollingMaxSurge": 1, "rollingMaxUnavailable": 1,
		"topologySpreadConstraints": [
			{"topologyKey": "topology.kubernetes.io/zone", "maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway", "nodeTaintsPolicy": "Honor",
				"labelSelector": {"matchLabels": {"app": "istiod", "istio.io/rev": "default"}}, "matchLabelKeys": ["pod-template-hash"]},
			{"topologyKey": "kubernetes.io/hostname", "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule", "nodeTaintsPolicy": "Honor",
				"labelSelector": {"matchLabels": {"app": "istiod", "istio.io/rev": "default"}}, "matchLabelKeys": ["pod-template-hash"]}
		],
		"env": {
			"PILOT_ENABLE_IP_AUTOALLOCATE": "true", "PILOT_ENABLE_ALPHA_GATEWAY_API": "false", "AMBIENT_ENABLE_MULTI_NETWORK": "true",
			"ECS_DISCOVERY_RATE_LIMIT": "10", "ECS_DISCOVERY_BURST_LIMIT": "10",
			"ECS_ACCOUNTS": "ecs.external,arn:aws:iam::222222222222:role/demo-discovery-external,ecs.local,arn:aws:iam::111111111111:role/demo-discovery-local"
		},
		"meshConfig": {
			"accessLogFile": "/dev/stdout", "pathNormalization": {"normalization": "MERGE_SLASHES"}, "trustDomain": "cluster.local",
			"extensionProviders": [{"name": "otel", "opentelemetry": {"service": "otel-collector.observability.svc.cluster.local", "port": 4317}}]
		},
		"license": {"secretRef": {"name": "istio-license", "namespace": "istio-system"}},
		"podAnnotations": {"example.com/restart": "1"}
	}`)
}

func TestCNIAndZtunnel(t *testing.T) {
	expect(t, args().CNI(), `{
		"profile": "ambient",
		"global": {"hub": "registry.example/istio", "tag": "1.30.2-solo", "variant": "distroless"},
		"ambient": {"dnsCapture": true}
	}`)
	expect(t, args().Ztunnel(), `{
		"profile": "ambient", "hub": "registry.example/istio", "tag": "1.30.2-solo", "variant": "distroless", "network": "eks"
	}`)
	expect(t, args().Base(), `{}`)
}

func TestATrustDomainOfOnesOwnIsAcceptedByIstiodAndZtunnel(t *testing.T) {
	a := args()
	for domain, want := range map[string]any{"cluster.local": nil, "mesh.example": "true"} {
		a.TrustDomain = domain
		env, _ := a.Ztunnel()["env"].(map[string]any)
		istiod := a.Istiod(a.Istiods()[0])["env"].(map[string]any)
		if env["SKIP_VALIDATE_TRUST_DOMAIN"] != want || istiod["PILOT_SKIP_VALIDATE_TRUST_DOMAIN"] != want {
			t.Errorf("%s: ztunnel has %v, istiod %v", domain, env, istiod)
		}
	}
}

func TestWithoutVariantEveryImageIsNamedInFull(t *testing.T) {
	a := withoutVariant()
	for chart, image := range map[string]string{
		ChartIstiod: "registry.example/istio/pilot:1.30.2-solo", ChartCNI: "registry.example/istio/install-cni:1.30.2-solo",
		ChartZtunnel: "registry.example/istio/ztunnel:1.30.2-solo",
	} {
		for _, release := range a.Releases() {
			if release.Chart == chart && release.Values["image"] != image {
				t.Errorf("chart %s has image %v, want %s", chart, release.Values["image"], image)
			}
		}
	}
	proxy := a.Istiod(a.Istiods()[0])["global"].(map[string]any)["proxy"]
	if want := map[string]any{"image": "registry.example/istio/proxyv2:1.30.2-solo"}; !reflect.DeepEqual(proxy, want) {
		t.Errorf("proxy is %v, want %v", proxy, want)
	}
}

func TestReleasesStartWithTheAgentThatMustGoLast(t *testing.T) {
	var names []string
	for _, release := range args().Releases() {
		names = append(names, release.Name+"="+release.Chart)
	}
	if got, want := strings.Join(names, " "), "istio-cni=cni istio-base=base istiod=istiod ztunnel=ztunnel"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAnIstiodOfARevisionIsAReleaseOfItsOwnAndTheDefaultOneHasTheNodes(t *testing.T) {
	a := upgrading()
	var got []string
	for _, release := range a.Releases() {
		revision, _ := release.Values["revision"].(string)
		got = append(got, release.Name+" "+release.Version+" "+revision)
	}
	want := []string{"istio-cni 1.29.1-solo ", "istio-base 1.30.2-solo ", "istiod-1-30-2 1.30.2-solo 1-30-2", "istiod 1.29.1-solo ", "ztunnel 1.29.1-solo 1-30-2"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	expect(t, a.Base(), `{"defaultRevision": "1-30-2"}`)
	a.DefaultRevision = Unnamed
	expect(t, a.Base(), `{}`)
	if revision := a.Ztunnel()["revision"]; revision != nil {
		t.Errorf("the nodes ask for revision %v of the istiod that has none", revision)
	}
}

func TestReference(t *testing.T) {
	for _, c := range []struct{ repository, name, repo string }{
		{"oci://registry.example/charts", "oci://registry.example/charts/istiod", ""},
		{"oci://registry.example/charts/", "oci://registry.example/charts/istiod", ""},
		{"https://charts.example/istio", "istiod", "https://charts.example/istio"},
	} {
		if name, repo := Reference(c.repository, ChartIstiod); name != c.name || repo != c.repo {
			t.Errorf("%s: got %q, %q, want %q, %q", c.repository, name, repo, c.name, c.repo)
		}
	}
}

func TestValidAreAccepted(t *testing.T) {
	if err := args().Validate(); err != nil {
		t.Error(err)
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Args)
		want   string
	}{
		{"no hub", func(a *Args) { a.Hub = "" }, "Hub is not set"},
		{"no tag", func(a *Args) { a.Tag = "" }, "Tag is not set"},
		{"no network", func(a *Args) { a.Network = "" }, "Network is not set"},
		{"no trust domain", func(a *Args) { a.TrustDomain = "" }, "TrustDomain is not set"},
		{"no istiod", func(a *Args) { a.Replicas = 0 }, "Replicas = 0"},
		{"no discovery", func(a *Args) { a.DiscoveryRate = 0 }, "DiscoveryRate = 0"},
		{"no burst of discovery", func(a *Args) { a.DiscoveryBurst = 0 }, "DiscoveryBurst = 0"},
		{"no licence secret", func(a *Args) { a.License.Secret = "" }, "License.Secret is not set"},
		{"no licence key", func(a *Args) { a.License.Key = "" }, "License.Key is not set"},
		{"unknown licence delivery", func(a *Args) { a.License.Delivery = "value" }, `License.Delivery = "value"`},
		{"unknown accounts delivery", func(a *Args) { a.AccountsDelivery = "" }, "AccountsDelivery is not set"},
		{"no account", func(a *Args) { a.Accounts = nil }, "would discover nothing"},
		{"two accounts with one role", func(a *Args) { a.Accounts[1].RoleARN = a.Accounts[0].RoleARN }, "would keep only one"},
		{"further values by environment", func(a *Args) { a.AccountsDelivery, a.Accounts[1].More = AccountsByEnv, map[string]any{"regions": "x"} }, "only domains and roles"},
		{"account without domain", func(a *Args) { a.Accounts[0].Domain = "" }, "Accounts[0].Domain"},
		{"role with a comma", func(a *Args) { a.Accounts[1].RoleARN = "a,b" }, "Accounts[1].RoleARN"},
		{"licence in the environment", func(a *Args) { a.Env = map[string]string{"SOLO_LICENSE_KEY": "x"} }, "plain ConfigMap"},
		{"accounts in the environment", func(a *Args) { a.Env = map[string]string{"ECS_ACCOUNTS": "x"} }, "made from Accounts"},
		{"a default revision that does not exist", func(a *Args) { *a = upgrading(); a.DefaultRevision = "1-31" }, `DefaultRevision = "1-31"`},
		{"one revision twice", func(a *Args) { *a = upgrading(); a.Revisions[1].Name = "1-30-2" }, `"1-30-2": it stands there twice`},
		{"a revision without a tag", func(a *Args) { *a = upgrading(); a.Revisions[1].Tag = "" }, "Revisions[1].Tag is not set"},
		{"nobody knows the newest", func(a *Args) { *a = upgrading(); a.BaseVersion = "" }, "BaseVersion is not set"},
		{"variable without name", func(a *Args) { a.Env = map[string]string{"": "x"} }, "not a name"},
		{"variable with a quote", func(a *Args) { a.Env = map[string]string{"X": `a"b`} }, "cannot render"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := args()
			c.change(&a)
			err := a.Validate()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestAllProblemsComeAtOnce(t *testing.T) {
	err := Args{}.Validate()
	for _, want := range []string{"Hub", "Tag", "Network", "TrustDomain", "License.Secret", "License.Delivery", "AccountsDelivery", "Accounts is not set"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not among the problems: %v", want, err)
		}
	}
}

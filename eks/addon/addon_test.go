package addon

import (
	"strings"
	"testing"
)

func TestEveryKubernetesVersionPinsEveryAddon(t *testing.T) {
	for _, kubernetes := range Kubernetes() {
		versions, err := Resolve(kubernetes, nil)
		if err != nil {
			t.Errorf("%s: %v", kubernetes, err)
			continue
		}
		for _, name := range Names() {
			if !shape.MatchString(versions[name]) {
				t.Errorf("%s: %s has the version %q", kubernetes, name, versions[name])
			}
		}
		if len(versions) != len(Names()) {
			t.Errorf("%s pins %v", kubernetes, versions)
		}
		if !strings.HasPrefix(versions[KubeProxy], "v"+kubernetes+".") {
			t.Errorf("%s: kube-proxy is %s", kubernetes, versions[KubeProxy])
		}
	}
}

func TestAnOverrideWins(t *testing.T) {
	overrides := map[string]string{CoreDNS: "v1.13.2-eksbuild.4"}
	versions, err := Resolve("1.34", overrides)
	if err != nil {
		t.Fatal(err)
	}
	if versions[CoreDNS] != "v1.13.2-eksbuild.4" {
		t.Errorf("coredns is %s", versions[CoreDNS])
	}
	if pinned["1.34"][CoreDNS] == "v1.13.2-eksbuild.4" || len(overrides) != 1 {
		t.Error("Resolve changed the table or its argument")
	}
}

func TestTheMetricsServerIsThereWhereSomebodyWantsIt(t *testing.T) {
	if versions, err := Resolve("1.34", nil); err != nil || versions[MetricsServer] != "" {
		t.Errorf("%v %v", versions, err)
	}
	if versions, err := Resolve("1.34", nil, MetricsServer); err != nil || !shape.MatchString(versions[MetricsServer]) {
		t.Errorf("%v %v", versions, err)
	}
	const own = "v0.8.2-eksbuild.1"
	for _, kubernetes := range []string{"1.30", "1.36"} {
		if _, err := Resolve(kubernetes, nil, MetricsServer); err == nil || !strings.Contains(err.Error(), "no version of metrics-server is known") {
			t.Errorf("Kubernetes %s: %v", kubernetes, err)
		}
		if versions, err := Resolve(kubernetes, map[string]string{MetricsServer: own}, MetricsServer); err != nil || versions[MetricsServer] != own {
			t.Errorf("Kubernetes %s: %v %v", kubernetes, versions, err)
		}
	}
	if _, err := Resolve("1.34", map[string]string{MetricsServer: own}); err == nil || !strings.Contains(err.Error(), "is not an add-on of the cluster") {
		t.Errorf("a version of an add-on that nobody wants: %v", err)
	}
}

func TestAnUnknownKubernetesVersionNeedsAllVersions(t *testing.T) {
	all := map[string]string{VPCCNI: "v2.0.0-eksbuild.1", KubeProxy: "v1.99.0-eksbuild.1", CoreDNS: "v2.0.0-eksbuild.1", PodIdentityAgent: "v2.0.0-eksbuild.1"}
	if _, err := Resolve("1.99", all); err != nil {
		t.Error(err)
	}
	delete(all, CoreDNS)
	if _, err := Resolve("1.99", all); err == nil || !strings.Contains(err.Error(), "no version of coredns is known for Kubernetes 1.99") {
		t.Error(err)
	}
}

func TestOverridesThatCannotBeAreRefused(t *testing.T) {
	for _, c := range []struct{ kubernetes, name, version, want string }{
		{"1.34", "core-dns", "v1.12.4-eksbuild.1", "is not an add-on of the cluster"},
		{"1.34", CoreDNS, "1.12.4", "is not an add-on version"},
		{"1.34", KubeProxy, "v1.33.5-eksbuild.2", "is not of Kubernetes 1.34"},
		{"1.3", KubeProxy, "v1.34.1-eksbuild.2", "is not of Kubernetes 1.3"},
	} {
		if _, err := Resolve(c.kubernetes, map[string]string{c.name: c.version}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Kubernetes %s with %s %s: %v, want %q", c.kubernetes, c.name, c.version, err, c.want)
		}
	}
	_, err := Resolve("1.34", map[string]string{"core-dns": "x", CoreDNS: "y"})
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("not every problem is told: %v", err)
	}
}

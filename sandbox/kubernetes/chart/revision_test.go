package chart_test

import (
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
)

// upgrading is the golden file of two istiods, one with a revision and one without.
const upgrading = "upgrading"

func TestAnIstiodOfARevisionHasNamesOfItsOwn(t *testing.T) {
	for release, name := range map[string]string{"istiod": "istiod", "istiod-1-30-2": "istiod-1-30-2"} {
		objects := released(t, upstream, upgrading, release)
		for _, kind := range []string{"Deployment", "Service", "ServiceAccount"} {
			object(t, objects, kind, name)
		}
		account := api.String(object(t, objects, "Deployment", name), "spec", "template", "spec", "serviceAccountName")
		if account != name {
			t.Errorf("%s runs as %s: its Pod Identity association is for %s", release, account, name)
		}
	}
}

func TestTwoIstiodsShareNoObject(t *testing.T) {
	one := map[string]bool{}
	for _, o := range released(t, upstream, upgrading, "istiod") {
		one[api.KindOf(o).Kind+" "+api.ID(o)] = true
	}
	for _, o := range released(t, upstream, upgrading, "istiod-1-30-2") {
		if id := api.KindOf(o).Kind + " " + api.ID(o); one[id] {
			t.Errorf("both releases own %s", id)
		}
	}
}

func TestTheDefaultRevisionHasTheNodesAndJudgesIstiosObjects(t *testing.T) {
	ztunnel := object(t, released(t, upstream, upgrading, "ztunnel"), "DaemonSet", "ztunnel")
	for _, container := range api.Maps(ztunnel, "spec", "template", "spec", "containers") {
		for _, env := range api.Maps(container, "env") {
			if name := api.String(env, "name"); name == "CA_ADDRESS" || name == "XDS_ADDRESS" {
				if got := api.String(env, "value"); got != "istiod-1-30-2.istio-system.svc:15012" {
					t.Errorf("%s is %s", name, got)
				}
			}
		}
	}
	if got := api.String(ztunnel, "spec", "template", "metadata", "annotations", "ambient-ecs/mesh-ca"); got != "abc" {
		t.Errorf("ztunnel's pods carry the digest %q", got)
	}
	validator := object(t, released(t, upstream, upgrading, "istio-base"), "ValidatingWebhookConfiguration", "istiod-default-validator")
	if got := api.Labels(validator)["istio.io/rev"]; got != "1-30-2" {
		t.Errorf("the default revision is %q", got)
	}
	if got := api.String(api.Maps(validator, "webhooks")[0], "clientConfig", "service", "name"); got != "istiod-1-30-2" {
		t.Errorf("Istio's objects are judged by %s", got)
	}
}

// released renders one release of a golden file by its name: charts may be there more than once.
func released(t *testing.T, version, file, name string) []api.Object {
	t.Helper()
	for _, r := range golden(t, file) {
		if r.Name == name {
			objects, err := render(version, r)
			if err != nil {
				t.Fatal(err)
			}
			return objects
		}
	}
	t.Fatalf("%s has no release %s", file, name)
	return nil
}

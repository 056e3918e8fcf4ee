package kubernetes_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

const registry = "oci://registry.example/istio-helm/"

// releaseInputs is a release of one of Istio's charts in Solo's version.
func releaseInputs(chart, name string, values map[string]any) map[string]any {
	if values == nil {
		values = map[string]any{}
	}
	values["profile"] = "ambient"
	values["global"] = map[string]any{"hub": "registry.example/istio", "tag": "1.28.3-solo"}
	return map[string]any{"chart": registry + chart, "version": "1.28.3-solo", "name": name, "namespace": "istio-system", "values": values}
}

func licensed() map[string]any {
	return map[string]any{"envVarFrom": []any{map[string]any{"name": "SOLO_LICENSE_KEY", "valueFrom": map[string]any{
		"secretKeyRef": map[string]any{"name": "istio-license", "key": "license-key"}}}}}
}

// prepare makes what istiod's release needs: nodes, namespace, Gateway API and the licence.
func (f *fixture) prepare() {
	f.Helper()
	f.addNodes()
	f.gatewayDefinitions()
	f.system = f.mustCreate(namespaceToken, "system", namespace("istio-system", map[string]any{"topology.istio.io/network": "eks"}))
	f.mustCreate(secretToken, "license", map[string]any{
		"metadata": map[string]any{"name": "istio-license", "namespace": "istio-system"}, "stringData": map[string]any{"license-key": "secret"}})
}

func TestReleasesMakeTheChartsObjects(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.prepare()
	base := f.mustCreate(releaseToken, "base", releaseInputs("base", "istio-base", nil))
	istiod := f.mustCreate(releaseToken, "istiod", releaseInputs("istiod", "istiod", licensed()))
	cni := f.mustCreate(releaseToken, "cni", releaseInputs("cni", "istio-cni", nil))
	ztunnel := f.mustCreate(releaseToken, "ztunnel", releaseInputs("ztunnel", "ztunnel", nil))
	for _, r := range []provider.Resource{base, istiod, cni, ztunnel} {
		if api.String(r.State, "status", "status") != "deployed" || api.Int(r.State, "status", "revision") != 1 {
			t.Errorf("%s: status %v", r.ID, r.State["status"])
		}
		f.unchanged(r)
	}
	if f.live("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "authorizationpolicies.security.istio.io") == nil {
		t.Error("base brought no definitions")
	}
	deployment := f.live("apps/v1", "Deployment", "istio-system", "istiod")
	if api.Int(deployment, "status", "readyReplicas") != 1 {
		t.Errorf("istiod's status is %v", deployment["status"])
	}
	if ds := f.live("apps/v1", "DaemonSet", "istio-system", "ztunnel"); api.Int(ds, "status", "numberReady") != 2 {
		t.Errorf("ztunnel's status is %v", ds["status"])
	}
	if f.live("v1", "Secret", "istio-system", "sh.helm.release.v1.istiod.v1") == nil {
		t.Error("the release was not stored")
	}
	if err := f.session.Delete(context.Background(), base); err != nil {
		t.Fatal(err)
	}
	if f.live("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "authorizationpolicies.security.istio.io") == nil {
		t.Error("definitions with the keep policy went with their release")
	}
	if f.live("v1", "ServiceAccount", "istio-system", "istio-reader-service-account") != nil {
		t.Error("objects outlived their release")
	}
	if _, _, state, err := f.session.Read(context.Background(), base); err != nil || state != nil {
		t.Errorf("reading a release that is gone: %v, %v", state, err)
	}
}

func TestUpgradeChangesWhatTheValuesChange(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.prepare()
	r := f.mustCreate(releaseToken, "istiod", releaseInputs("istiod", "istiod", licensed()))
	r.Inputs = objectCopy(r.Inputs)
	api.Set(r.Inputs, map[string]any{"PILOT_TRACE_SAMPLING": "100"}, "values", "env")
	api.Set(r.Inputs, false, "values", "autoscaleEnabled")
	changes, err := f.session.Diff(context.Background(), r)
	if err != nil || len(changes.Replace) > 0 || !slices.Equal(changes.Changed, []string{"values.autoscaleEnabled", "values.env"}) {
		t.Fatalf("changes %+v, %v", changes, err)
	}
	state, err := f.session.Update(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	if api.Int(state, "status", "revision") != 2 {
		t.Errorf("status %v", state["status"])
	}
	if f.live("autoscaling/v2", "HorizontalPodAutoscaler", "istio-system", "istiod") != nil {
		t.Error("an object that is no longer in the chart is still there")
	}
	found := false
	for _, e := range api.Maps(api.Maps(f.live("apps/v1", "Deployment", "istio-system", "istiod"), "spec", "template", "spec", "containers")[0], "env") {
		found = found || e["name"] == "PILOT_TRACE_SAMPLING"
	}
	if !found {
		t.Error("the new variable did not reach istiod")
	}
	if old := f.live("v1", "Secret", "istio-system", "sh.helm.release.v1.istiod.v1"); api.Labels(old)["status"] != "superseded" {
		t.Errorf("the first revision is %v", api.Labels(old))
	}
}

func TestFailedUpgradeCleansUpAndOldRevisionsAreForgotten(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.prepare()
	inputs := releaseInputs("istiod", "istiod", licensed())
	api.Set(inputs, false, "values", "autoscaleEnabled")
	inputs["cleanupOnFail"], inputs["maxHistory"], inputs["timeout"] = true, 2, 15
	r := f.mustCreate(releaseToken, "istiod", inputs)
	broken := objectCopy(inputs)
	api.Set(broken, true, "values", "autoscaleEnabled")
	api.Set(broken, "Not A Tag", "values", "global", "tag")
	_, err := f.update(r, broken)
	wantError(t, err, "error running update", "InvalidImageName")
	if f.live("autoscaling/v2", "HorizontalPodAutoscaler", "istio-system", "istiod") != nil {
		t.Error("what the failed upgrade added is still there")
	}
	r.State = map[string]any{"status": map[string]any{"revision": 2}}
	state, err := f.update(r, inputs)
	if err != nil {
		t.Fatal(err)
	}
	if api.Int(state, "status", "revision") != 3 || f.live("v1", "Secret", "istio-system", "sh.helm.release.v1.istiod.v1") != nil {
		t.Errorf("revision %v, and the first one is kept", api.Int(state, "status", "revision"))
	}
}

func TestAnotherNameOrNamespaceIsAnotherRelease(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.prepare()
	r := f.mustCreate(releaseToken, "base", releaseInputs("base", "istio-base", nil))
	r.Inputs = objectCopy(r.Inputs)
	r.Inputs["name"] = "other"
	changes, err := f.session.Diff(context.Background(), r)
	if err != nil || !slices.Equal(changes.Replace, []string{"name"}) {
		t.Errorf("changes %+v, %v", changes, err)
	}
}

func TestReleasesAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.create(releaseToken, "base", releaseInputs("base", "istio-base", nil))
	wantError(t, err, `create: failed to create: namespaces "istio-system" not found`)
	f.prepare()
	_, err = f.create(releaseToken, "pilot", releaseInputs("pilot", "pilot", nil))
	wantError(t, err, "could not download chart", "not found")
	f.mustCreate(releaseToken, "base", releaseInputs("base", "istio-base", nil))
	_, err = f.create(releaseToken, "again", releaseInputs("base", "istio-base", nil))
	wantError(t, err, "cannot re-use a name that is still in use")
	_, err = f.create(releaseToken, "again", releaseInputs("base", "istio-base-2", nil))
	wantError(t, err, "exists and cannot be imported into the current release: invalid ownership metadata")
	_, err = f.create(releaseToken, "typo", map[string]any{"chart": registry + "base", "vales": map[string]any{}})
	wantError(t, err, "vales")
}

func TestReleaseFailsAndSaysWhich(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(f *fixture)
		words string
	}{
		"no node": {func(f *fixture) {
			f.do(func(tx *world.Tx) { tx.Drop(tx.Get(account, "aws:eks/nodeGroup:NodeGroup", nodeGroup)) })
		}, "no nodes available to schedule pods"},
		"no licence": {func(f *fixture) {
			f.do(func(tx *world.Tx) { _ = api.At(tx, arn).Delete(api.SecretKind, "istio-system", "istio-license") })
		}, `CreateContainerConfigError: secret "istio-license" not found`},
		"no key": {func(f *fixture) {
			f.do(func(tx *world.Tx) {
				c := api.At(tx, arn)
				o := api.Copy(c.Get(api.SecretKind, "istio-system", "istio-license"))
				o["data"] = api.Object{"key": "c2VjcmV0"}
				_ = c.Write(o)
			})
		}, "couldn't find key license-key in Secret istio-system/istio-license"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.prepare()
			c.spoil(f)
			inputs := releaseInputs("istiod", "istiod", licensed())
			inputs["timeout"] = 15
			r, err := f.create(releaseToken, "istiod", inputs)
			var partial *provider.PartialError
			if !errors.As(err, &partial) || partial.ID != "istio-system/istiod" || api.String(partial.State, "status", "status") != "failed" {
				t.Fatalf("error %v", err)
			}
			wantError(t, err, "failed to initialize completely", "Deployment istio-system/istiod: 0 of 1 pods are ready", c.words)
			// A failed release can be repaired by an update, and it can be deleted.
			f.mustRepair(r, partial)
		})
	}
}

func (f *fixture) mustRepair(r provider.Resource, partial *provider.PartialError) {
	f.Helper()
	f.addNodes()
	f.do(func(tx *world.Tx) { _ = api.At(tx, arn).Delete(api.SecretKind, "istio-system", "istio-license") })
	f.mustCreate(secretToken, "license", map[string]any{
		"metadata": map[string]any{"name": "istio-license", "namespace": "istio-system"}, "stringData": map[string]any{"license-key": "secret"}})
	r.ID, r.State, r.OldInputs = partial.ID, partial.State, partial.Inputs
	state, err := f.session.Update(context.Background(), r)
	if err != nil || api.String(state, "status", "status") != "deployed" {
		f.Errorf("update after a failure: %v, %v", state["status"], err)
	}
	if err := f.session.Delete(context.Background(), r); err != nil {
		f.Error(err)
	}
	if f.live("apps/v1", "Deployment", "istio-system", "istiod") != nil {
		f.Error("istiod outlived its release")
	}
}

func TestUnlicensedSoloBuildDoesNotStart(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.prepare()
	inputs := releaseInputs("istiod", "istiod", nil)
	inputs["timeout"] = 15
	_, err := f.create(releaseToken, "istiod", inputs)
	wantError(t, err, "CrashLoopBackOff", "no valid license found")
	// The licence may also come through the chart's own keys.
	inputs = releaseInputs("istiod", "istiod", map[string]any{"license": map[string]any{"secretRef": map[string]any{
		"name": "istio-license", "namespace": "istio-system"}}})
	r := resourceOf(releaseToken, "istiod", inputs)
	r.ID = "istio-system/istiod"
	if _, err := f.session.Update(context.Background(), r); err != nil {
		t.Error(err)
	}
}

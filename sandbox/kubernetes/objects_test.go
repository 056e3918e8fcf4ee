package kubernetes_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"testing"

	"ambient-ecs/sandbox/kubernetes"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

const (
	releaseToken        = "kubernetes:helm.sh/v3:Release"
	namespaceToken      = "kubernetes:core/v1:Namespace"
	namespacePatchToken = "kubernetes:core/v1:NamespacePatch"
	secretToken         = "kubernetes:core/v1:Secret"
	configMapToken      = "kubernetes:core/v1:ConfigMap"
	accountToken        = "kubernetes:core/v1:ServiceAccount"
	definitionToken     = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
)

func TestObjectsAreStableAfterTheyAreCreated(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ns := f.mustCreate(namespaceToken, "ns", namespace("team", map[string]any{"istio.io/dataplane-mode": "ambient"}))
	account := f.mustCreate(accountToken, "sa", map[string]any{"metadata": map[string]any{
		"name": "app", "namespace": "team", "annotations": map[string]any{"ecs.solo.io/role-arn": "arn:aws:iam::1:role/x"}}})
	secret := f.mustCreate(secretToken, "secret", map[string]any{
		"metadata": map[string]any{"name": "licence", "namespace": "team"}, "stringData": map[string]any{"key": "value"}})
	if ns.ID != "team" || account.ID != "team/app" || secret.ID != "team/licence" {
		t.Errorf("ids are %q, %q and %q", ns.ID, account.ID, secret.ID)
	}
	want := base64.StdEncoding.EncodeToString([]byte("value"))
	if got := api.String(secret.State, "data", "key"); got != want {
		t.Errorf("secret data is %q, want %q", got, want)
	}
	for _, r := range []provider.Resource{ns, account, secret} {
		f.unchanged(r)
	}
}

func TestObjectNeedsItsNamespace(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.create(accountToken, "sa", map[string]any{"metadata": map[string]any{"name": "app", "namespace": "team"}})
	wantError(t, err, `namespaces "team" not found`)
}

func TestCustomResourceNeedsItsDefinition(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.create("kubernetes:gateway.networking.k8s.io/v1:GatewayClass", "class", map[string]any{
		"metadata": map[string]any{"name": "c"}, "spec": map[string]any{"controllerName": "istio.io/x"}})
	wantError(t, err, `no matches for kind "GatewayClass" in version "gateway.networking.k8s.io/v1"`, "Verify that any required CRDs")
}

func TestUnnamedObjectGetsANameThatStays(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.mustCreate(configMapToken, "settings", map[string]any{"data": map[string]any{"a": "1"}})
	name := api.String(r.State, "metadata", "name")
	if len(name) != len("settings-12345678") {
		t.Fatalf("generated name is %q", name)
	}
	again := r
	again.Inputs, again.Seed = map[string]any{"data": map[string]any{"a": "1"}}, []byte("other")
	checked, _, err := f.session.Check(context.Background(), again)
	if err != nil || api.String(checked, "metadata", "name") != name {
		t.Errorf("the name changed from %q to %q (%v)", name, api.String(checked, "metadata", "name"), err)
	}
	f.unchanged(r)
}

func TestUnknownFieldsAreRefusedBeforeAnythingIsMade(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.create(accountToken, "sa", map[string]any{"metadata": map[string]any{"name": "app", "annotation": map[string]any{}}})
	wantError(t, err, `unknown field "metadata.annotation"`)
}

func TestInvalidNamesAndLabelsAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.create(namespaceToken, "ns", namespace("Team_1", nil))
	wantError(t, err, `Namespace "Team_1" is invalid: metadata.name`, "RFC 1123")
	_, err = f.create(namespaceToken, "ns", namespace("team", map[string]any{"a": "not a label"}))
	wantError(t, err, "metadata.labels", "a valid label must")
}

func TestChangeOfIdentityOrSecretDataReplaces(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.mustCreate(secretToken, "secret", map[string]any{
		"metadata": map[string]any{"name": "licence", "namespace": "default"}, "stringData": map[string]any{"license-key": "value"}})
	r.Inputs = objectCopy(r.Inputs)
	api.Set(r.Inputs, "other", "stringData", "license-key")
	changes, err := f.session.Diff(context.Background(), r)
	if err != nil || !slices.Equal(changes.Replace, []string{`stringData["license-key"]`}) || !changes.DeleteFirst {
		t.Errorf("changed secret data: %+v, %v", changes, err)
	}
	r.Inputs = objectCopy(r.OldInputs)
	api.Set(r.Inputs, "moved", "metadata", "namespace")
	changes, err = f.session.Diff(context.Background(), r)
	if err != nil || !slices.Equal(changes.Replace, []string{"metadata.namespace"}) || changes.DeleteFirst {
		t.Errorf("changed namespace: %+v, %v", changes, err)
	}
	r.Inputs = objectCopy(r.OldInputs)
	api.Set(r.Inputs, map[string]any{"a": "b"}, "metadata", "labels")
	changes, err = f.session.Diff(context.Background(), r)
	if err != nil || len(changes.Replace) > 0 || !slices.Equal(changes.Changed, []string{"metadata.labels"}) {
		t.Errorf("changed labels: %+v, %v", changes, err)
	}
}

func TestMutableSecretsAreUpdatedInPlace(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	session, err := kubernetes.New(f.world).Open(context.Background(), map[string]any{
		"kubeconfig": kubeconfig(endpoint, authority, "mesh", "--role-arn", deployer), "enableSecretMutable": "true"})
	if err != nil {
		t.Fatal(err)
	}
	f.session = session
	secret := f.mustCreate(secretToken, "secret", map[string]any{
		"metadata": map[string]any{"name": "licence", "namespace": "default"}, "data": map[string]any{"key": "b25l"}})
	configMap := f.mustCreate(configMapToken, "settings", map[string]any{
		"metadata": map[string]any{"name": "settings", "namespace": "default"}, "data": map[string]any{"key": "one"}})
	for _, c := range []struct {
		of      provider.Resource
		value   any
		path    []string
		replace bool
	}{
		{secret, "dHdv", []string{"data", "key"}, false},
		{secret, "kubernetes.io/tls", []string{"type"}, true},
		{configMap, "two", []string{"data", "key"}, true},
	} {
		r := c.of
		r.Inputs = objectCopy(r.Inputs)
		api.Set(r.Inputs, c.value, c.path...)
		changes, err := f.session.Diff(context.Background(), r)
		if err != nil || len(changes.Changed) != 1 || (len(changes.Replace) > 0) != c.replace {
			t.Errorf("%s with another %v: %+v, %v", r.Name, c.path, changes, err)
		}
	}
	uid := api.UID(f.live("v1", "Secret", "default", "licence"))
	state, err := f.update(secret, map[string]any{
		"metadata": map[string]any{"name": "licence", "namespace": "default"}, "data": map[string]any{"key": "dHdv"}})
	if err != nil || api.String(state, "data", "key") != "dHdv" || api.UID(state) != uid {
		t.Errorf("after the update: %v, %v", state, err)
	}
}

func objectCopy(m map[string]any) map[string]any { return api.Copy(m) }

func TestUpdateRemovesWhatTheProgramNoLongerSays(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.mustCreate(namespaceToken, "ns", namespace("team", map[string]any{"a": "1", "b": "2"}))
	r.Inputs = objectCopy(r.Inputs)
	api.Unset(r.Inputs, "metadata", "labels", "a")
	state, err := f.session.Update(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	labels := api.Labels(state)
	if labels["a"] != "" || labels["b"] != "2" || labels["kubernetes.io/metadata.name"] != "team" {
		t.Errorf("labels are %v", labels)
	}
}

func TestDriftIsSeenByRefresh(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.mustCreate(namespaceToken, "ns", namespace("team", map[string]any{"a": "1"}))
	f.do(func(tx *world.Tx) {
		c := api.At(tx, arn)
		o := api.Copy(c.Get(api.NamespaceKind, "", "team"))
		api.Set(o, "changed by hand", "metadata", "labels", "a")
		if err := c.Write(o); err != nil {
			t.Error(err)
		}
	})
	_, inputs, _, err := f.session.Read(context.Background(), provider.Resource{Token: r.Token, ID: r.ID, Inputs: r.OldInputs, State: r.State})
	if err != nil || api.Labels(inputs)["a"] != "changed by hand" {
		t.Errorf("refreshed inputs are %v (%v)", inputs, err)
	}
}

func TestPatchOwnsItsFieldsAndGivesThemBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	patch := f.mustCreate(namespacePatchToken, "default", namespace("default", map[string]any{"istio.io/dataplane-mode": "ambient"}))
	if got := api.Labels(f.live("v1", "Namespace", "", "default")); got["istio.io/dataplane-mode"] != "ambient" {
		t.Fatalf("labels after the patch: %v", got)
	}
	f.unchanged(patch)
	if err := f.session.Delete(context.Background(), patch); err != nil {
		t.Fatal(err)
	}
	ns := f.live("v1", "Namespace", "", "default")
	if ns == nil || api.Labels(ns)["istio.io/dataplane-mode"] != "" {
		t.Errorf("after the patch is gone: %v", ns)
	}
	_, err := f.create(namespacePatchToken, "none", namespace("none", map[string]any{"a": "b"}))
	wantError(t, err, `namespaces "none" not found`)
}

func TestTwoManagersOfOneFieldConflict(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate(namespacePatchToken, "one", namespace("default", map[string]any{"a": "1"}))
	_, err := f.create(namespacePatchToken, "two", namespace("default", map[string]any{"a": "2"}))
	wantError(t, err, "Apply failed with 1 conflict", ".metadata.labels.a")
}

func TestReadOfWhatDoesNotExistFindsNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, _, state, err := f.session.Read(context.Background(), provider.Resource{Token: configMapToken, ID: "default/absent"})
	if err != nil || state != nil {
		t.Errorf("state %v, error %v", state, err)
	}
	_, inputs, state, err := f.session.Read(context.Background(), provider.Resource{Token: configMapToken, ID: "default/kube-root-ca.crt"})
	if err != nil || api.String(state, "data", "ca.crt") != authority || api.String(inputs, "metadata", "name") != "kube-root-ca.crt" {
		t.Errorf("state %v, inputs %v, error %v", state, inputs, err)
	}
}

func TestPreviewChangesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := resourceOf(namespaceToken, "ns", namespace("team", nil))
	r.Preview = true
	r.Inputs, _, _ = f.session.Check(context.Background(), r)
	id, state, err := f.session.Create(context.Background(), r)
	if err != nil || id != "" || api.Name(state) != "team" || api.UID(state) != "" || state["status"] != nil {
		t.Errorf("preview: id %q, state %v, error %v", id, state, err)
	}
	if f.live("v1", "Namespace", "", "team") != nil {
		t.Error("the preview made the namespace")
	}
	r = resourceOf(accountToken, "sa", map[string]any{"metadata": map[string]any{"name": "app", "namespace": "team"}})
	r.Preview = true
	if _, _, err := f.session.Create(context.Background(), r); err != nil {
		t.Errorf("a preview must not ask for a namespace that is about to be made: %v", err)
	}
	r.Inputs = map[string]any{"metadata": map[string]any{"name": provider.Unknown}}
	if _, state, err := f.session.Create(context.Background(), r); err != nil || !provider.HasUnknown(state) {
		t.Errorf("preview with unknown inputs: %v, %v", state, err)
	}
}

func TestNamespaceGoesAfterItsContents(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ns := f.mustCreate(namespaceToken, "ns", namespace("team", nil))
	f.do(func(tx *world.Tx) {
		held := api.Object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": api.Object{
			"name": "held", "namespace": "team", "finalizers": []any{"example.com/hold"}}}
		if err := api.At(tx, arn).Write(held); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.session.Delete(ctx, ns) }()
	for f.live("v1", "Namespace", "", "team")["metadata"].(map[string]any)["deletionTimestamp"] == nil {
	}
	_, err := f.create(configMapToken, "late", map[string]any{"metadata": map[string]any{"name": "late", "namespace": "team"}})
	wantError(t, err, "because it is being terminated")
	select {
	case err := <-done:
		t.Fatalf("the namespace went before its contents: %v", err)
	default:
	}
	f.do(func(tx *world.Tx) {
		c := api.At(tx, arn)
		c.Finish(c.Get(api.ConfigMapKind, "team", "held"), "example.com/hold")
	})
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	cancel()
	if f.live("v1", "Namespace", "", "team") != nil {
		t.Error("the namespace is still there")
	}
}

func TestOwnedObjectsGoWithTheirOwner(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	owner := f.mustCreate(configMapToken, "owner", map[string]any{"metadata": map[string]any{"name": "owner"}})
	f.mustCreate(configMapToken, "owned", map[string]any{"metadata": map[string]any{"name": "owned", "ownerReferences": []any{
		map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": api.UID(owner.State)}}}})
	if err := f.session.Delete(context.Background(), owner); err != nil {
		t.Fatal(err)
	}
	if f.live("v1", "ConfigMap", "default", "owned") != nil {
		t.Error("the owned object is still there")
	}
	if err := f.session.Delete(context.Background(), owner); err != nil {
		t.Errorf("deleting what is gone: %v", err)
	}
}

func TestMutableConfigMapsAreUpdatedInPlace(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	session, err := kubernetes.New(f.world).Open(context.Background(), map[string]any{
		"kubeconfig": kubeconfig(endpoint, authority, "mesh", "--role-arn", deployer), "enableConfigMapMutable": "true"})
	if err != nil {
		t.Fatal(err)
	}
	f.session = session
	for immutable, replaced := range map[bool]int{false: 0, true: 1} {
		r := f.mustCreate(configMapToken, fmt.Sprintf("settings-%t", immutable), map[string]any{
			"metadata": map[string]any{"name": fmt.Sprintf("settings-%t", immutable), "namespace": "default"}, "immutable": immutable, "data": map[string]any{"key": "one"}})
		r.Inputs = objectCopy(r.Inputs)
		api.Set(r.Inputs, "two", "data", "key")
		if changes, err := session.Diff(context.Background(), r); err != nil || len(changes.Changed) != 1 || len(changes.Replace) != replaced {
			t.Errorf("immutable %t: %+v, %v", immutable, changes, err)
		}
	}
}

// An object of which the provider has no state gets another field manager at every read, so the engine finds other outputs and counts the
// read in a preview without changes. One that has a state keeps its manager.
func TestAReadWithoutAStateIsNeverTheSame(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	read := func(state map[string]any) string {
		t.Helper()
		_, _, got, err := f.session.Read(context.Background(), provider.Resource{Token: configMapToken, ID: "default/kube-root-ca.crt", State: state})
		if err != nil {
			t.Fatal(err)
		}
		manager, _ := got["__fieldManager"].(string)
		return manager
	}
	if a, b := read(map[string]any{}), read(map[string]any{}); a == "" || a == b {
		t.Errorf("two reads have the managers %q and %q", a, b)
	}
	if kept := read(map[string]any{"__fieldManager": "pulumi-kubernetes-1"}); kept != "pulumi-kubernetes-1" {
		t.Errorf("a read of what has a state has the manager %q", kept)
	}
}

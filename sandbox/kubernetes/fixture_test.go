package kubernetes_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

const (
	account  = "111111111111"
	endpoint = "https://ABCDEF.gr7.eu-central-1.eks.amazonaws.com"
	arn      = "arn:aws:eks:eu-central-1:111111111111:cluster/mesh"
)

var authority = base64.StdEncoding.EncodeToString([]byte("certificate"))

// fixture is a world with one EKS cluster, and a provider instance that points to it.
type fixture struct {
	*testing.T
	world   *world.World
	session provider.Session
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	w, err := world.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w.Control(kubernetes.Controllers()...)
	f := &fixture{T: t, world: w}
	f.do(func(tx *world.Tx) {
		tx.Put(&world.Resource{Account: account, Region: "eu-central-1", Kind: kubernetes.ClusterResource, ID: "mesh", Props: map[string]any{
			"name": "mesh", "arn": arn, "endpoint": endpoint, "status": "ACTIVE", "version": "1.34",
			"certificateAuthority": map[string]any{"data": authority},
		}})
	})
	f.session = f.open(kubeconfig(endpoint, authority, "mesh"))
	return f
}

func (f *fixture) do(change func(tx *world.Tx)) {
	f.Helper()
	if err := f.world.Do(func(tx *world.Tx) error { change(tx); return nil }); err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) open(kubeconfig string) provider.Session {
	f.Helper()
	s, err := kubernetes.New(f.world).Open(context.Background(), map[string]any{"kubeconfig": kubeconfig})
	if err != nil {
		f.Fatal(err)
	}
	return s
}

func kubeconfig(server, ca, cluster string, more ...string) string {
	args := append([]string{"--region", "eu-central-1", "eks", "get-token", "--cluster-name", cluster, "--output", "json"}, more...)
	return fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"aws",
		"clusters":[{"name":"k","cluster":{"server":%q,"certificate-authority-data":%q}}],
		"contexts":[{"name":"aws","context":{"cluster":"k","user":"aws"}}],
		"users":[{"name":"aws","user":{"exec":{"apiVersion":"client.authentication.k8s.io/v1beta1","command":"aws","args":["%s"]}}}]}`,
		server, ca, strings.Join(args, `","`))
}

// live returns the object as the world has it, nil when it is not there.
func (f *fixture) live(apiVersion, kind, namespace, name string) api.Object {
	var o api.Object
	f.do(func(tx *world.Tx) {
		o = api.At(tx, arn).Get(api.KindOf(api.Object{"apiVersion": apiVersion, "kind": kind}), namespace, name)
	})
	return o
}

func resourceOf(token, name string, inputs map[string]any) provider.Resource {
	return provider.Resource{URN: "urn:pulumi:dev::ambient-ecs::" + token + "::" + name, Token: token, Name: name, Inputs: inputs, Seed: []byte(name)}
}

// create runs Check and Create as the engine does, and returns the resource as the engine would remember it.
func (f *fixture) create(token, name string, inputs map[string]any) (provider.Resource, error) {
	f.Helper()
	r := resourceOf(token, name, inputs)
	checked, failures, err := f.session.Check(context.Background(), r)
	if err != nil {
		return r, err
	}
	if len(failures) > 0 {
		return r, fmt.Errorf("%v", failures)
	}
	r.Inputs = checked
	id, state, err := f.session.Create(context.Background(), r)
	if err != nil {
		return r, err
	}
	r.ID, r.State, r.OldInputs = id, state, checked
	return r, nil
}

func (f *fixture) mustCreate(token, name string, inputs map[string]any) provider.Resource {
	f.Helper()
	r, err := f.create(token, name, inputs)
	if err != nil {
		f.Fatal(err)
	}
	return r
}

// unchanged fails unless a refresh and a new preview with the same inputs find nothing to do.
func (f *fixture) unchanged(r provider.Resource) {
	f.Helper()
	id, inputs, state, err := f.session.Read(context.Background(), provider.Resource{
		URN: r.URN, Token: r.Token, Name: r.Name, ID: r.ID, Inputs: r.OldInputs, State: r.State})
	if err != nil {
		f.Fatal(err)
	}
	if id != r.ID || !api.Equal(state, r.State) {
		f.Errorf("refresh changes the state of %s:\n%v\n%v", r.ID, r.State, state)
	}
	if !api.Equal(inputs, r.OldInputs) {
		f.Errorf("refresh changes the inputs of %s:\n%v\n%v", r.ID, r.OldInputs, inputs)
	}
	changes, err := f.session.Diff(context.Background(), r)
	if err != nil || len(changes.Changed) > 0 {
		f.Errorf("an unchanged %s differs in %v (%v)", r.ID, changes.Changed, err)
	}
}

func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not say %q", err, word)
		}
	}
}

func namespace(name string, labels map[string]any) map[string]any {
	metadata := map[string]any{"name": name}
	if labels != nil {
		metadata["labels"] = labels
	}
	return map[string]any{"metadata": metadata}
}

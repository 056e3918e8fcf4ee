package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	eks "ambient-ecs/eks/existing"
	"ambient-ecs/verify/adopt"
	"ambient-ecs/verify/backend"
)

// guest is an account with an EKS cluster. Asked keeps what it was asked.
type guest struct {
	accounts
	objects map[string][]backend.Object
	asked   *[]string
}

func (g guest) ReadControlPlane(_ context.Context, a adopt.Account, region, name, kubeconfig string) (adopt.ControlPlane, error) {
	*g.asked = append(*g.asked, a.Key, a.ID, a.Profile, region, name, kubeconfig)
	if name != "prod-eu" {
		return adopt.ControlPlane{}, nil
	}
	return adopt.ControlPlane{Cluster: eks.Cluster{Name: name, Status: "ACTIVE", Version: "1.34", Mode: "API", Public: true, Private: true, Addons: map[string]eks.Addon{"eks-pod-identity-agent": {}}}, Objects: g}, nil
}

func (g guest) List(_ context.Context, _, kind string) ([]backend.Object, error) {
	if g.objects == nil {
		return nil, errors.New("forbidden")
	}
	return g.objects[kind], nil
}

func labelled(name string) map[string][]backend.Object {
	return map[string][]backend.Object{"Namespace": {{"metadata": map[string]any{"name": name, "labels": map[string]any{"istio-injection": "enabled"}}}}}
}

func TestAdoptNamesTheEKSClusterAndWhatIsInTheWay(t *testing.T) {
	args := []string{"--stack", "shop", "--region", "eu-central-1", "--account", "apps=111122223333", "--profile", "apps=x", "--eks"}
	config := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(config, []byte("a kubeconfig"), 0o600); err != nil {
		t.Fatal(err)
	}
	g := guest{shop(), labelled("web"), new([]string)}
	r, folder := adopting(t, g, append(args, "prod-eu", "--kubeconfig", config)...)
	if r.code != 0 || !strings.Contains(r.out, "the namespace web is labelled for sidecars") {
		t.Errorf("%+v", r)
	}
	if got := strings.Join(*g.asked, " "); got != "apps 111122223333 x eu-central-1 prod-eu a kubeconfig" {
		t.Errorf("it asked for %s", got)
	}
	text, err := os.ReadFile(filepath.Join(folder, "Pulumi.shop.yaml"))
	if err != nil || !strings.Contains(string(text), "name: prod-eu") {
		t.Errorf("%v\n%s", err, text)
	}
	for name, words := range map[string]string{"dev": "has no EKS cluster dev in eu-central-1", "a b": "at most 100"} {
		if r, _ := adopting(t, g, append(args, name)...); r.code != exitRefused || !strings.Contains(r.stderr, words) {
			t.Errorf("--eks %q: %+v", name, r)
		}
	}
	if r, _ := adopting(t, shop(), append(args, "prod-eu")...); r.code != exitRefused {
		t.Errorf("a reader that knows no EKS clusters: %+v", r)
	}
}

// doctoring runs the doctor of a stack without outputs, whose stack file has the text.
func doctoring(t *testing.T, g guest, stackFile string, outputs func() ([]byte, error)) result {
	t.Helper()
	folder := t.TempDir()
	project, err := os.ReadFile("../../../Pulumi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"Pulumi.yaml": string(project), "Pulumi.prod.yaml": stackFile} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := &program{surveyor: func(place) adopt.Reader { return g }, outputs: func(context.Context, place) ([]byte, error) { return outputs() }}
	var out, stderr strings.Builder
	code := execute(t.Context(), p, &out, &stderr, []string{"doctor", "--project", folder, "--stack", "acme/mesh/prod", "-o", "json"})
	return result{code: code, out: out.String(), stderr: stderr.String()}
}

func TestTheDoctorLooksIntoTheClusterBeforeTheFirstUp(t *testing.T) {
	const file = `config:
  ambient-ecs:region: eu-central-1
  ambient-ecs:home: apps
  ambient-ecs:existingEks: {name: prod-eu}
  ambient-ecs:accounts:
    apps: {id: "111122223333", profile: x, region: eu-west-1}
`
	empty, unknown := func() ([]byte, error) { return []byte("{}"), nil }, func() ([]byte, error) { return nil, errors.New("error: no stack named 'prod' found") }
	for _, outputs := range []func() ([]byte, error){empty, unknown} {
		g := guest{shop(), labelled("web"), new([]string)}
		r := doctoring(t, g, file, outputs)
		var found []struct{ Ingredient, Subject string }
		if err := json.Unmarshal([]byte(r.out), &found); err != nil || r.code != 1 || len(found) != 1 || found[0].Ingredient != "resident-injection" || found[0].Subject != "web" {
			t.Errorf("%v: %+v", err, r)
		}
		if got := strings.Join(*g.asked, " "); got != "apps 111122223333 x eu-west-1 prod-eu " {
			t.Errorf("it asked for %q", got)
		}
	}
	if r := doctoring(t, guest{shop(), map[string][]backend.Object{}, new([]string)}, file, empty); r.code != 0 || strings.TrimSpace(r.out) != "[]" {
		t.Errorf("with nothing in the way: %+v", r)
	}
	if r := doctoring(t, guest{shop(), nil, new([]string)}, file, empty); r.code != exitRefused || !strings.Contains(r.stderr, "forbidden") {
		t.Errorf("of a cluster that refuses: %+v", r)
	}
	if r := doctoring(t, guest{shop(), nil, new([]string)}, strings.Replace(file, "existingEks: {name: prod-eu}", "protect: true", 1), empty); r.code != exitRefused || !strings.Contains(r.stderr, "no outputs of a finished") {
		t.Errorf("without existingEks: %+v", r)
	}
	if r := doctoring(t, guest{shop(), labelled("web"), new([]string)}, file, func() ([]byte, error) { return nil, errors.New("the passphrase is wrong") }); r.code != exitRefused || !strings.Contains(r.stderr, "passphrase") {
		t.Errorf("with outputs that cannot be read: %+v", r)
	}
}

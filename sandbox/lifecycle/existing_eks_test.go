//go:build engine

package lifecycle

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

const theirEKS = "arn:aws:eks:" + region + ":" + home + ":cluster/prod-eu"

// newGuest is the stack of an example in the EKS cluster of a platform team, and what the team has.
func newGuest(t *testing.T) *theirs {
	t.Helper()
	s := &theirs{stack: newStack(t, "their-eks")}
	s.exist(filepath.Join(root, "examples", "their-eks", "theirs.json"))
	return s
}

// objects are the names of the objects in the platform team's cluster.
func (s *theirs) objects() (names []string) {
	s.t.Helper()
	s.look(func(tx *world.Tx) {
		for name := range tx.Objects(theirEKS) {
			names = append(names, name)
		}
	})
	slices.Sort(names)
	return names
}

// stays is what is in a cluster without a mesh, and what docs/existing-eks.md says of a destroy.
var stays = []string{
	"Node//", "Namespace//default", "Namespace//kube-", "ServiceAccount/default/default", "ServiceAccount/kube-", "/kube-root-ca.crt",
	"CustomResourceDefinition//", "GatewayClass//istio", "/istio-ca-root-cert",
}

func TestAMeshInTheEKSClusterOfOthersTouchesNothingOfTheirs(t *testing.T) {
	t.Parallel()
	s := newGuest(t)
	s.up()
	s.nothingToDo()
	s.verified()
	made := map[string]int{}
	for _, name := range s.untouched() {
		kind, _, _ := strings.Cut(name, " ")
		if strings.HasPrefix(kind, "aws:eks/") || kind == "aws:iam/openIdConnectProvider:OpenIdConnectProvider" || kind == "aws:ec2/launchTemplate:LaunchTemplate" {
			made[kind]++
		}
	}
	if made["aws:eks/podIdentityAssociation:PodIdentityAssociation"] != 1 || len(made) != 1 {
		t.Errorf("the program made %v in their cluster", made)
	}
	s.run("destroy")
	s.untouched()
	for _, name := range s.objects() {
		if !slices.ContainsFunc(stays, func(part string) bool { return strings.Contains(name, part) }) {
			t.Errorf("left in their cluster: %s", name)
		}
	}
}

// What is wrong with the cluster is told before anything is made, all at once.
func TestAnEKSClusterThatCannotBeJoinedIsRefused(t *testing.T) {
	t.Parallel()
	alone := newStack(t, "their-eks")
	alone.refused([]string{"existingEks.name", "has no EKS cluster of this name"}, "preview")
	s := newGuest(t)
	s.look(func(tx *world.Tx) {
		for _, r := range tx.Find(home, "", nil) {
			deployers := strings.HasPrefix(r.Kind, "aws:eks/access") && strings.HasSuffix(r.String("principalArn"), "user/platform")
			if deployers || r.String("addonName") == "eks-pod-identity-agent" {
				tx.Drop(r)
			}
			if r.ID == theirEKS {
				r.Props["version"] = "1.30"
				r.Props["accessConfig"].(map[string]any)["authenticationMode"] = "API"
				tx.Put(r)
			}
		}
	})
	s.before = s.everything()
	_, said, err := s.try("up")
	for _, word := range []string{"it has no add-on eks-pod-identity-agent", "too old for Istio 1.31", "has no access entry of the EKS cluster prod-eu"} {
		if err == nil || !strings.Contains(said, word) {
			t.Errorf("up does not say %q: %v\n%s", word, err, said)
		}
	}
	if made := s.untouched(); len(made) > 0 {
		t.Errorf("the refused up made %v", made)
	}

	// The deployer may make its own entry.
	s.configure("clusterAdmins", []any{"arn:aws:iam::" + home + ":user/platform"})
	_, said, err = s.tryPreview()
	if err == nil || strings.Contains(said, "has no access entry") {
		t.Errorf("a deployer that lists itself: %v\n%s", err, said)
	}
}

// What only the cluster knows is told before the first up, by whoever asks: `ambient adopt`, which names the cluster in the stack file
// that it writes, and `ambient doctor`.
func TestWhatLivesInTheirEKSClusterIsToldBeforeTheFirstUp(t *testing.T) {
	t.Parallel()
	s := newGuest(t)
	look := func(args ...string) (string, error) {
		out, err := exec.Command(filepath.Join(root, "bin", "ambient"), append([]string{"--sandbox", s.state, "--project", s.project}, args...)...).CombinedOutput()
		return string(out), err
	}
	if out, err := look("--stack", "their-eks", "doctor"); err != nil || !strings.Contains(out, "Nothing is missing") {
		t.Errorf("the doctor of a cluster in which nothing is in the way: %v\n%s", err, out)
	}
	s.look(func(tx *world.Tx) {
		c := api.At(tx, theirEKS)
		for _, o := range []api.Object{
			{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "shop", "labels": map[string]any{"istio-injection": "enabled"}}},
			{"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration", "metadata": map[string]any{"name": "istio-sidecar-injector"}},
		} {
			if _, err := c.Create(o, "their-tool"); err != nil {
				t.Fatal(err)
			}
		}
	})
	words := []string{"the namespace shop is labelled for sidecars", "the webhook istio-sidecar-injector injects sidecars"}
	out, err := look("--stack", "their-eks", "doctor")
	adopted, adopting := look("--stack", "adopted", "adopt", "--region", region, "--account", "platform="+home, "--eks", "prod-eu")
	for _, word := range words {
		if err == nil || !strings.Contains(out, word) {
			t.Errorf("the doctor does not say %q: %v\n%s", word, err, out)
		}
		if adopting != nil || !strings.Contains(adopted, word) {
			t.Errorf("adopt does not say %q: %v\n%s", word, adopting, adopted)
		}
	}
	if text := string(read(t, filepath.Join(s.project, "Pulumi.adopted.yaml"))); !strings.Contains(text, "name: prod-eu") || !strings.Contains(text, "vpcId: vpc-00600000000000001") {
		t.Errorf("adopt writes\n%s", text)
	}
	if made := s.untouched(); len(made) > 0 {
		t.Errorf("who only looks made %v", made)
	}
	// The stack file needs only what is in no account.
	a := &stack{t: t, name: "adopted", project: s.project, state: s.state}
	a.configure("license", "sandbox-only-not-a-licence")
	a.configure("protect", false)
	if steps, said, err := a.tryPreview(); err != nil || len(steps) == 0 {
		t.Errorf("the preview of the adopted stack file: %v\n%s", err, said)
	}
}

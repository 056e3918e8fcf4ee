//go:build engine

package lifecycle

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

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

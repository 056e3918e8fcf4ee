//go:build engine

package lifecycle

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
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

// objects are the objects in the platform team's cluster, each as the text of everything that Kubernetes keeps of it, by its key.
func (s *theirs) objects() map[string]string {
	s.t.Helper()
	all := map[string]string{}
	s.look(func(tx *world.Tx) {
		for key, o := range tx.Objects(theirEKS) {
			all[key] = text(s.t, o)
		}
	})
	return all
}

// sameObjects asserts that what was in the platform team's cluster is there, to the byte. It returns the keys of what is there besides, sorted.
func (s *theirs) sameObjects(when string, before map[string]string) (added []string) {
	s.t.Helper()
	now := s.objects()
	for _, key := range slices.Sorted(maps.Keys(before)) {
		switch is, there := now[key]; {
		case !there:
			s.t.Errorf("%s: %s of their cluster is gone", when, key)
		case is != before[key]:
			s.t.Errorf("%s: %s of their cluster was\n%s\nand is\n%s", when, key, before[key], is)
		}
		delete(now, key)
	}
	return slices.Sorted(maps.Keys(now))
}

// live makes objects of the platform team in its cluster: a team's namespace with a workload that other tools know, and a gateway class.
func (s *theirs) live() {
	s.t.Helper()
	s.look(func(tx *world.Tx) {
		c := api.At(tx, theirEKS)
		labels := map[string]any{"app": "shop"}
		for _, o := range []api.Object{
			{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "shop", "labels": map[string]any{"team": "shop"}}},
			{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "settings", "namespace": "shop"}, "data": map[string]any{"mesh": "none"}},
			{"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": "shop", "namespace": "shop"}, "spec": map[string]any{"selector": labels, "ports": []any{map[string]any{"port": int64(80)}}}},
			{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": map[string]any{"name": "shop", "namespace": "shop"}, "spec": map[string]any{"podSelector": map[string]any{}}},
			{"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration", "metadata": map[string]any{"name": "their-defaults"}},
			{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": map[string]any{"name": "their-operators"},
				"rules": []any{map[string]any{"apiGroups": []any{""}, "resources": []any{"pods"}, "verbs": []any{"get"}}}},
		} {
			if _, err := c.Create(o, "their-tool"); err != nil {
				s.t.Fatal(err)
			}
		}
	})
}

// text is a value as JSON.
func text(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// stays is what is in a cluster without a mesh, and what docs/existing-eks.md says of a destroy.
var stays = []string{
	"Node//", "Namespace//default", "Namespace//kube-", "ServiceAccount/default/default", "ServiceAccount/shop/default", "ServiceAccount/kube-", "/kube-root-ca.crt",
	"CustomResourceDefinition//", "GatewayClass//istio", "/istio-ca-root-cert",
}

func TestAMeshInTheEKSClusterOfOthersTouchesNothingOfTheirs(t *testing.T) {
	t.Parallel()
	s := newGuest(t)
	s.live()
	s.before = s.everything()
	objects := s.objects()
	s.up()
	s.nothingToDo()
	s.verified()
	s.sameObjects("after the up", objects)
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
	for _, name := range s.sameObjects("after the destroy", objects) {
		if !slices.ContainsFunc(stays, func(part string) bool { return strings.Contains(name, part) }) {
			t.Errorf("left in their cluster: %s", name)
		}
	}
}

// A deployer may do everything but look the cluster up. A kubeconfig with the token of a ServiceAccount leads in.
func TestAKubeconfigLeadsIntoACluster(t *testing.T) {
	t.Parallel()
	s := newGuest(t)
	const token = "a-token-of-their-cluster"
	role := "arn:aws:iam::" + home + ":role/blind"
	s.makes(
		aws.Foreign{Account: home, Type: "aws:iam/role:Role", Inputs: map[string]any{"name": "blind", "assumeRolePolicy": `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::` + home + `:root"}, "Action": "sts:AssumeRole"}]}`}},
		aws.Foreign{Account: home, Type: "aws:iam/rolePolicy:RolePolicy", Inputs: map[string]any{"name": "all", "role": "blind", "policy": `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "eks:DescribeCluster", "Resource": "*"}]}`}},
	)
	kubeconfig, group := "", ""
	s.look(func(tx *world.Tx) {
		c := api.At(tx, theirEKS)
		for _, o := range []api.Object{
			{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "platform-tools"}},
			{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": map[string]any{"namespace": "platform-tools", "name": "mesh-deployer"}},
			{"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token", "data": map[string]any{"token": base64.StdEncoding.EncodeToString([]byte(token))},
				"metadata": map[string]any{"namespace": "platform-tools", "name": "mesh-deployer", "annotations": map[string]any{"kubernetes.io/service-account.name": "mesh-deployer"}}},
			{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": map[string]any{"name": "everything"},
				"rules": []any{map[string]any{"apiGroups": []any{"*"}, "resources": []any{"*"}, "verbs": []any{"*"}}}},
			{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": map[string]any{"name": "mesh-deployer"},
				"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "everything"},
				"subjects": []any{map[string]any{"kind": "ServiceAccount", "namespace": "platform-tools", "name": "mesh-deployer"}}},
		} {
			if _, err := c.Create(o, "platform-team"); err != nil {
				t.Fatal(err)
			}
		}
		for _, r := range tx.Find(home, "", nil) {
			if r.ID == theirEKS {
				kubeconfig = fmt.Sprintf("{current-context: prod, clusters: [{name: prod, cluster: {server: '%s', certificate-authority-data: '%s'}}], contexts: [{name: prod, context: {cluster: prod, user: deployer}}], users: [{name: deployer, user: {token: %s}}]}",
					r.String("endpoint"), api.String(r.Props, "certificateAuthority", "data"), token)
				group = api.String(r.Props, "vpcConfig", "clusterSecurityGroupId")
			}
		}
	})
	s.before = s.everything()
	objects := s.objects()
	s.configure("accounts.platform.roleArn", role)
	s.refused([]string{"existingEks.name", "eks:DescribeCluster", "existingEks.kubeconfig"}, "preview")
	s.configure("existingEks.kubeconfig", kubeconfig)
	s.refused([]string{"existingEks.clusterSecurityGroupId is not set"}, "preview")
	s.configure("existingEks.clusterSecurityGroupId", group)
	s.up()
	s.nothingToDo()
	s.verified()
	s.untouched()
	err := filepath.WalkDir(filepath.Join(s.state, "backend"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		state, err := os.ReadFile(path)
		if strings.Contains(string(state), token) {
			t.Errorf("%s has the token in plain text", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if shown := s.run("stack", "output", "--json"); strings.Contains(shown, token) {
		t.Errorf("the outputs show the token:\n%s", shown)
	}

	// Who may look it up later goes in without a kubeconfig, and nothing of Kubernetes is made anew.
	s.look(func(tx *world.Tx) {
		for _, policy := range tx.Find(home, "aws:iam/rolePolicy:RolePolicy", aws.Has("role", "blind")) {
			policy.Props["policy"] = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`
			tx.Put(policy)
			s.before[policy.Kind+" "+policy.ID+" in "+home] = text(t, policy)
		}
	})
	s.makesLater(
		aws.Foreign{Account: home, Type: "aws:eks/accessEntry:AccessEntry", Inputs: map[string]any{"clusterName": "prod-eu", "principalArn": role}},
		aws.Foreign{Account: home, Type: "aws:eks/accessPolicyAssociation:AccessPolicyAssociation", Inputs: map[string]any{
			"clusterName": "prod-eu", "principalArn": role, "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy", "accessScope": map[string]any{"type": "cluster"}}},
	)
	s.unset("existingEks", "kubeconfig")
	s.unset("existingEks", "clusterSecurityGroupId")
	if steps := s.preview(); !slices.Equal(steps, []string{"update pulumi:providers:kubernetes eks kubeconfig"}) {
		t.Errorf("without the kubeconfig: %q", steps)
	}
	s.run("destroy")
	s.untouched()
	s.sameObjects("after the destroy", objects)
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

//go:build engine

package lifecycle

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/world"
)

const (
	policyAssociation = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
	operator          = "arn:aws:iam::" + home + ":role/operator"
	auditor           = "arn:aws:iam::" + home + ":role/auditor"
)

// access are the access policies of each principal that the configuration names.
func (s *stack) access() map[string]string {
	s.t.Helper()
	policies := map[string]string{}
	s.look(func(tx *world.Tx) {
		for _, r := range tx.Find(home, policyAssociation, nil) {
			if principal := r.String("principalArn"); principal == operator || principal == auditor {
				policies[principal] += r.String("policyArn")[strings.LastIndex(r.String("policyArn"), "/")+1:]
			}
		}
	})
	return policies
}

// remembered is a resource in Pulumi's state.
type remembered struct {
	Type         string   `json:"type"`
	Protect      bool     `json:"protect"`
	Dependencies []string `json:"dependencies"`
}

// remembers reads Pulumi's state.
func (s *stack) remembers() []remembered {
	s.t.Helper()
	var state struct {
		Deployment struct {
			Resources []remembered `json:"resources"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal([]byte(s.run("stack", "export")), &state); err != nil {
		s.t.Fatalf("the exported state is no JSON: %v", err)
	}
	return state.Deployment.Resources
}

// protected are the types of the protected resources beside the network's, each once.
func protected(state []remembered) []string {
	var types []string
	for _, r := range state {
		if r.Protect && !strings.HasPrefix(r.Type, "aws:ec2/") {
			types = append(types, r.Type)
		}
	}
	slices.Sort(types)
	return slices.Compact(types)
}

func TestAProtectedClusterStaysAndItsAccessEntriesComeAndGo(t *testing.T) {
	t.Parallel()
	s := newStack(t, "single")
	s.configure("protect", true)
	s.configure("clusterAdmins", []any{operator})
	s.configure("clusterReaders", []any{auditor})
	s.up()
	if got := s.access(); got[operator] != "AmazonEKSClusterAdminPolicy" || got[auditor] != "AmazonEKSViewPolicy" {
		t.Errorf("access is %v", got)
	}
	want := []string{"aws:eks/cluster:Cluster", "aws:kms/key:Key"}
	state := s.remembers()
	if got := protected(state); !slices.Equal(got, want) {
		t.Errorf("protected are %v, want %v", got, want)
	}
	// Protection of the cluster must not change the order in which its resources are deleted.
	cluster := state[slices.IndexFunc(state, func(r remembered) bool { return r.Type == want[0] })]
	for _, typ := range []string{"aws:ec2/subnet:Subnet", "aws:kms/key:Key", "aws:iam/role:Role"} {
		if !slices.ContainsFunc(cluster.Dependencies, func(urn string) bool { return strings.Contains(urn, typ+"::") }) {
			t.Errorf("the protected cluster does not depend on any %s: %v", typ, cluster.Dependencies)
		}
	}
	s.nothingToDo()

	// The auditor takes the operator's place.
	s.configure("clusterAdmins", []any{auditor})
	s.configure("clusterReaders", []any{})
	golden(t, "testdata/another-administrator.txt", strings.Join(s.preview(), "\n")+"\n")
	s.up()
	if got := s.access(); len(got) != 1 || got[auditor] != "AmazonEKSClusterAdminPolicy" {
		t.Errorf("access is %v", got)
	}
	s.nothingToDo()

	before := s.remains()
	// The preview refuses. Without it Pulumi would delete everything that is not protected before it stops.
	_, all, err := s.try("destroy", withPreview)
	if err == nil || !strings.Contains(all, "aws:eks:Cluster") || !strings.Contains(all, "protect") {
		t.Errorf("a destroy of the protected cluster: %v\n%s", err, all)
	}
	if after := s.remains(); !slices.Equal(before, after) {
		t.Errorf("the refused destroy left\n%s\nof\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
	s.configure("protect", false)
	s.up()
	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}

// licence returns the uid of the licence's Secret, the licence in it, and the uids of istiod's pods.
func (s *stack) licence() (uid, value string, pods []string) {
	s.t.Helper()
	s.look(func(tx *world.Tx) {
		for _, arn := range tx.Clusters() {
			for _, o := range tx.Objects(arn) {
				metadata := o["metadata"].(map[string]any)
				name, id := metadata["name"].(string), metadata["uid"].(string)
				switch {
				case o["kind"] == "Secret" && name == "istio-license":
					data, err := base64.StdEncoding.DecodeString(o["data"].(map[string]any)["license-key"].(string))
					if err != nil {
						s.t.Error(err)
					}
					uid, value = id, string(data)
				case o["kind"] == "Pod" && strings.HasPrefix(name, "istiod-"):
					pods = append(pods, id)
				}
			}
		}
	})
	slices.Sort(pods)
	return uid, value, pods
}

func TestAnotherLicenceIsWrittenOverTheOldOneAndIstiodRestarts(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	uid, _, pods := s.licence()
	s.configure("license", "the-licence-of-next-year")
	golden(t, "testdata/renew-the-licence.txt", strings.Join(s.preview(), "\n")+"\n")
	s.up()
	again, value, restarted := s.licence()
	if value != "the-licence-of-next-year" || again != uid {
		t.Errorf("the Secret %s holds %q, want the new licence in %s", again, value, uid)
	}
	if len(pods) == 0 || len(restarted) == 0 || slices.ContainsFunc(restarted, func(pod string) bool { return slices.Contains(pods, pod) }) {
		t.Errorf("istiod ran as %v and runs as %v", pods, restarted)
	}
	s.nothingToDo()
}

func TestAnEndpointCanBePrivate(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	s.configure("apiAccessCidrs", []any{})
	s.configure("deployerInsideNetwork", true)
	s.configure("apiPrivateCidrs", []any{"10.8.0.0/24"})
	golden(t, "testdata/close-the-endpoint.txt", strings.Join(s.preview(), "\n")+"\n")
	s.up()
	s.nothingToDo()

	t.Run("and is opened again", func(t *testing.T) {
		f := s.fork(t)
		f.configure("apiAccessCidrs", []any{"203.0.113.7/32"})
		f.configure("deployerInsideNetwork", false)
		f.configure("apiPrivateCidrs", []any{})
		f.up()
		f.nothingToDo()
	})
	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}

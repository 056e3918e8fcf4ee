package stack

import (
	"strings"
	"testing"
)

func TestParseRefusesOtherStacks(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"no JSON", "Updating (dev)", "not what ambient-ecs exports"},
		{"another program's outputs", `{"url": "http://a"}`, "no outputs of a finished"},
		{"no outputs yet", `{}`, "no outputs of a finished"},
	} {
		if _, err := Parse([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

func TestParseTellsWhoseTheClusterIs(t *testing.T) {
	const ours = `{"installName": "mesh", "eksClusterName": "prod-eu", "accounts": {"home": {"id": "111122223333"}}`
	s, err := Parse([]byte(ours + `, "existingEks": {"name": "prod-eu", "loadBalancerController": true}}`))
	if err != nil || s.ExistingEKS == nil || *s.ExistingEKS != (ExistingEKS{Name: "prod-eu", LoadBalancerController: true}) {
		t.Errorf("got %+v, %v", s.ExistingEKS, err)
	}
	if s, err := Parse([]byte(ours + "}")); err != nil || s.ExistingEKS != nil {
		t.Errorf("got %+v, %v", s.ExistingEKS, err)
	}
}

func TestParseKeepsClustersAndTheirOrder(t *testing.T) {
	s, err := Parse([]byte(`{"installName": "mesh", "eksClusterName": "mesh", "trustDomain": "cluster.local", "accounts": {"home": {"id": "111122223333"}},
		"ecsClusters": {"b": {"services": {"z": {"port": 8080}, "a": {"clientOnly": true}}}, "a": {}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(s.ClusterKeys(), ",") + " " + strings.Join(s.Clusters["b"].ServiceKeys(), ","); got != "a,b a,z" {
		t.Errorf("got %s", got)
	}
	if got := s.Identity("ns", "sa"); got != "spiffe://cluster.local/ns/ns/sa/sa" {
		t.Errorf("got %s", got)
	}
}

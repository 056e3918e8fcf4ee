package config

import (
	"slices"
	"testing"
)

func TestRefusedClusters(t *testing.T) {
	run(t, []refusal{
		one("no account", "clusters/ecs-1/account", "", "clusters.ecs-1.account is not set"),
		one("unknown account", "clusters/ecs-1/account", "externel", `clusters.ecs-1.account = "externel"`, "did you mean external?"),
		one("malformed service account", "clusters/ecs-1/serviceAccount", "My_SA", "clusters.ecs-1.serviceAccount", "lower-case"),
		{"cluster key in upper case", []edit{{"clusters/ECS", object{"account": "local"}}}, [][]string{{`clusters = "ECS"`, "lower-case"}}},
		{"cluster null", []edit{{"clusters", object{"ecs-1": object{}}}}, [][]string{{"clusters.ecs-1.account is not set"}}},
	})
}

func TestServiceAccountComesFromServiceThenClusterThenDefault(t *testing.T) {
	var c Config
	c.Clusters = map[string]Cluster{
		"x": {ServiceAccount: "team", Services: map[string]Service{"own": {Workload: Workload{ServiceAccount: "mine"}}, "plain": {}}},
		"y": {Services: map[string]Service{"plain": {}}},
	}
	for _, one := range []struct{ cluster, service, want string }{{"x", "own", "mine"}, {"x", "plain", "team"}, {"y", "plain", "ecs"}} {
		if got := c.ServiceAccountOf(one.cluster, one.service); got != one.want {
			t.Errorf("%s/%s runs as %q, want %q", one.cluster, one.service, got, one.want)
		}
	}
}

func TestIdentitiesAreUniqueAndSorted(t *testing.T) {
	c := Config{StackSettings: StackSettings{Install: "i"}}
	c.Clusters = map[string]Cluster{
		"y": {Account: "b"},
		"x": {Account: "a", Services: map[string]Service{"1": {Workload: Workload{ServiceAccount: "zeta"}}, "2": {Workload: Workload{ServiceAccount: "zeta"}}, "3": {}, "4": {Workload: Workload{ServiceAccount: "alpha"}}}},
	}
	want := []Identity{
		{Cluster: "x", Account: "a", Namespace: "i-x", ServiceAccount: "alpha"},
		{Cluster: "x", Account: "a", Namespace: "i-x", ServiceAccount: "ecs"},
		{Cluster: "x", Account: "a", Namespace: "i-x", ServiceAccount: "zeta"},
		{Cluster: "y", Account: "b", Namespace: "i-y", ServiceAccount: "ecs"},
	}
	if got := c.Identities(); !slices.Equal(got, want) {
		t.Errorf("identities are %v, want %v", got, want)
	}
	if got := want[0].Key(); got != "x/alpha" {
		t.Errorf("the key of an identity is %q", got)
	}
}

func TestRefusedPodSecurity(t *testing.T) {
	run(t, []refusal{
		one("a level that Kubernetes has not", "podSecurity", "strict", `podSecurity = "strict"`, "baseline, restricted"),
		one("a level that refuses nothing", "podSecurity", "privileged", `podSecurity = "privileged"`, "baseline, restricted"),
	})
	if c := mustLoad(t, with(edit{"podSecurity", "restricted"})); c.PodSecurity != "restricted" {
		t.Errorf("podSecurity is %q", c.PodSecurity)
	}
}

package config

import "testing"

func TestRefusedPodSecurity(t *testing.T) {
	run(t, []refusal{
		one("a level that Kubernetes has not", "podSecurity", "strict", `podSecurity = "strict"`, "baseline, restricted"),
		one("a level that refuses nothing", "podSecurity", "privileged", `podSecurity = "privileged"`, "baseline, restricted"),
	})
	if c := mustLoad(t, with(edit{"podSecurity", "restricted"})); c.PodSecurity != "restricted" {
		t.Errorf("podSecurity is %q", c.PodSecurity)
	}
}

package config

import "testing"

func TestTheMeshIsGuardedOnlyWhereAStackSaysSo(t *testing.T) {
	if c := mustLoad(t, plain()); c.NetworkPolicies || !c.DefaultTokens {
		t.Errorf("a stack that says nothing has networkPolicies %t and defaultServiceAccountTokens %t", c.NetworkPolicies, c.DefaultTokens)
	}
	if c := mustLoad(t, with(edit{"networkPolicies", true}, edit{"defaultServiceAccountTokens", false})); !c.NetworkPolicies || c.DefaultTokens {
		t.Errorf("networkPolicies is %t and defaultServiceAccountTokens %t", c.NetworkPolicies, c.DefaultTokens)
	}
}

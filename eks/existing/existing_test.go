package existing

import "testing"

func TestTheConfigurationOfVPCCNIIsRead(t *testing.T) {
	for text, want := range map[string]struct{ policies, strict bool }{
		"":                               {},
		"no JSON":                        {},
		"[]":                             {},
		`{"enableNetworkPolicy":"true"}`: {policies: true},
		`{"enableNetworkPolicy":true}`:   {policies: true},
		`{"enableNetworkPolicy":"false","env":{"ENABLE_POD_ENI":"false"}}`:                           {},
		`{"env":{"ENABLE_POD_ENI":"true"}}`:                                                          {strict: true},
		`{"env":{"ENABLE_POD_ENI":"true","POD_SECURITY_GROUP_ENFORCING_MODE":"strict"}}`:             {strict: true},
		`{"env":{"ENABLE_POD_ENI":"true","POD_SECURITY_GROUP_ENFORCING_MODE":"standard"}}`:           {},
		`{"env":{"POD_SECURITY_GROUP_ENFORCING_MODE":"strict","WARM_IP_TARGET":"5"},"resources":{}}`: {},
	} {
		a := Addon{Configuration: text}
		if a.EnforcesPolicies() != want.policies || a.StrictGroups() != want.strict {
			t.Errorf("%s: enforces policies %v, strict groups %v", text, a.EnforcesPolicies(), a.StrictGroups())
		}
	}
}

func TestOnlyConfigMapModeHasNoEntries(t *testing.T) {
	for mode, want := range map[string]bool{"CONFIG_MAP": false, "API_AND_CONFIG_MAP": true, "API": true} {
		if got := (Cluster{Mode: mode}).HasEntries(); got != want {
			t.Errorf("%s: %v", mode, got)
		}
	}
}

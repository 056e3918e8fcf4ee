package config

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/quota"
)

// AWS counts the tasks of one account in one region together, whichever entry of the stack file they are in.
func TestVCPUsOfFargateAreWarnedOfOnceForEachAccount(t *testing.T) {
	n := func(n int) *int { return &n }
	for name, c := range map[string]struct {
		service Service
		want    bool
	}{
		"six":                     {Service{Workload: Workload{CPU: 1024}, DesiredCount: n(3)}, false},
		"more than six":           {Service{Workload: Workload{CPU: 2048}, DesiredCount: n(2)}, true},
		"a scaler that may":       {Service{Workload: Workload{CPU: 1024}, Scaling: &Scaling{Max: n(4)}}, true},
		"on Spot":                 {Service{Workload: Workload{CPU: 4096}, DesiredCount: n(9), CapacityProviderStrategy: []CapacityProvider{{CapacityProvider: Spot, Weight: 1}}}, false},
		"a third not on Spot":     {Service{Workload: Workload{CPU: 1024}, DesiredCount: n(9), CapacityProviderStrategy: []CapacityProvider{{CapacityProvider: Spot, Weight: 2}, {CapacityProvider: OnDemand, Weight: 1}}}, false},
		"a base not on Spot":      {Service{Workload: Workload{CPU: 1024}, DesiredCount: n(9), CapacityProviderStrategy: []CapacityProvider{{CapacityProvider: OnDemand, Base: 4}, {CapacityProvider: Spot, Weight: 1}}}, true},
		"those that an owner has": {Service{Workload: Workload{CPU: 4096}, DesiredCount: n(9), DeployedBy: DeployedByOwner}, false},
	} {
		cfg := Config{AccountSettings: AccountSettings{Home: "a", Accounts: map[string]Account{"a": {ID: "111122223333"}, "b": {ID: "111122223333"}}}}
		cfg.Region = "eu-central-1"
		cfg.Clusters = map[string]Cluster{"a": {Account: "a", Services: map[string]Service{"s": c.service}}, "b": {Account: "b", Services: map[string]Service{"s": c.service}}}
		warned := slices.DeleteFunc(quotaWarnings(cfg), func(w string) bool { return !strings.Contains(w, quota.FargateVCPUs.Name) })
		if c.want != (len(warned) == 1) || c.want && !strings.HasPrefix(warned[0], "the AWS account 111122223333 in eu-central-1: AWS allows 6 ") {
			t.Errorf("%s: %q", name, warned)
		}
	}
}

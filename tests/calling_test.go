package tests

import (
	"reflect"
	"strings"
	"testing"

	"ambient-ecs/tests/recorder"
)

// withoutBought takes the account that only calls out of the example, and what names it.
func withoutBought(o *recorder.Options) {
	set(o, "accounts", func(accounts map[string]any) { delete(accounts, "bought") })
	set(o, "clusters", func(clusters map[string]any) {
		delete(clusters, "branch")
		for cluster, service := range map[string]string{"front": "prices", "shop": "orders"} {
			delete(clusters[cluster].(map[string]any)["services"].(map[string]any)[service].(map[string]any), "allow")
		}
	})
}

// A living stack that gains such an account, or loses it, loses no call elsewhere: nothing of the others is another but the policies that
// name the account's services.
func TestAnAccountThatOnlyCallsChangesNothingOfTheOthers(t *testing.T) {
	whole := succeed(t, Record(t, "overlapping-networks", nil))
	rest := succeed(t, Record(t, "overlapping-networks", withoutBought))
	same := 0
	for _, res := range rest.Resources {
		if res.Type == policyObject || !res.Custom {
			continue
		}
		found := false
		for _, other := range whole.Resources {
			if other.URN != res.URN {
				continue
			}
			found = true
			if !reflect.DeepEqual(other.Inputs, res.Inputs) {
				t.Errorf("%s %s is another with the account: %v and not %v", res.Type, res.Name, other.Inputs, res.Inputs)
			}
			same++
		}
		if !found {
			t.Errorf("with the account there is no %s %s", res.Type, res.Name)
		}
	}
	if same < 100 {
		t.Errorf("%d resources were compared", same)
	}
	for _, res := range rest.Resources {
		if strings.Contains(res.Name, "bought") || res.Type == endpointService {
			t.Errorf("without the account there is %s %s", res.Type, res.Name)
		}
	}
}

package config

import (
	"slices"
	"testing"
)

// What a team meant so is told before it lives, and never again.
func TestWhatLivesIsNotToldAgain(t *testing.T) {
	const echo = "clusters/ecs-1/services/echo-service/"
	c := mustLoad(t, with(
		edit{"protect", true}, edit{"logRetentionDays", 90},
		edit{"istioVersion", "1.30.2-solo"}, edit{"accounts/external/region", "us-east-1"}, edit{"accounts/external/discoveryValues", object{"regions": list("us-east-1")}},
		edit{"clusters/ecs-1/existing", "Shared_Prod"},
		edit{echo + "serviceAccount", "echo"}, edit{echo + "taskRoleArn", teamRole},
		edit{echo + "capacityProviderStrategy", list(object{"capacityProvider": "FARGATE_SPOT", "weight": 1})},
		orders(nil), edit{"ecsExec", object{"enabled": true}},
	))
	if first := c.Notices(Lives{}); len(first) < 6 {
		t.Errorf("before the first up it tells %q", first)
	}
	lives := Lives{Mesh: true, Accounts: map[string]bool{}, Members: map[string]bool{}, TaskRoles: map[string]bool{teamRole: true}}
	for _, key := range c.AccountKeys() {
		lives.Accounts[key] = true
	}
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].ServiceKeys() {
			lives.Members[key+"/"+name] = true
		}
	}
	if again := c.Notices(lives); len(again) > 0 {
		t.Errorf("the living stack is told %q", again)
	}
	delete(lives.Members, "ecs-1/echo-service")
	delete(lives.TaskRoles, teamRole)
	if more := c.Notices(lives); len(more) != 4 || slices.Equal(more, c.Notices(Lives{})) {
		t.Errorf("one more service is told of %q", more)
	}
}

// The file of a service that is taken over says what another tool made.
func TestTheFileOfAServiceThatIsTakenOverIsNotWarnedOf(t *testing.T) {
	taken := []edit{orders(object{"import": "enrolled"}), {"clusters/ecs-1/existing", "Shared-Prod"}}
	if all := mustLoad(t, with(taken...)).uncounted(); all != nil {
		t.Errorf("%q", all)
	}
	if all := mustLoad(t, with(orders(nil))).uncounted(); len(all) != 1 {
		t.Errorf("a file of the stack's own: %q", all)
	}
}

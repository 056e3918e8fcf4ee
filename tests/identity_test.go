package tests

import (
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/tests/recorder"
)

// A pod that starts before its association takes effect has no credentials as long as it lives. So the program waits after each association
// that it makes or changes: istiod's, the load balancer controller's and those of what shows the mesh.
func TestEveryAssociationIsWaitedFor(t *testing.T) {
	accounts := map[string]bool{}
	for _, stack := range Stacks {
		g := graph{succeed(t, Record(t, stack, func(o *recorder.Options) {
			everything(o)
			if _, set := o.Config[config.Project+":existingEks"]; !set {
				o.Config[config.Project+":gatewayLoadBalancers"] = `["controller", "legacy"]`
			}
		}))}
		for _, res := range g.find(isType(association)) {
			account, _ := res.Inputs["serviceAccount"].(string)
			accounts[account] = true
			if len(res.AfterCreate) != 1 || len(res.AfterUpdate) != 1 {
				t.Errorf("%s: nothing waits until %s takes effect", stack, res.Name)
			}
		}
	}
	for _, account := range []string{"istiod", "aws-load-balancer-controller", "prometheus", "fluent-bit"} {
		if !accounts[account] {
			t.Errorf("no stack has an association of %s: %v", account, accounts)
		}
	}
}

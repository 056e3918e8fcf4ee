package compare_test

import (
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

// A load balancer does not go while the token of a service leads to it.
func TestADoorInUseIsNotTakenAway(t *testing.T) {
	const legacy, own = "a0123456789abcdef0123456789abcde-0123456789abcdef.elb.eu-central-1.amazonaws.com", "k8s-istioeas-eastwest-0123456789-0123456789abcdef.elb.eu-central-1.amazonaws.com"
	for name, c := range map[string]struct {
		doors  []string
		tokens map[string]string
		want   []string
	}{
		"nothing lives":          {[]string{"controller"}, nil, nil},
		"a stack of before":      {nil, map[string]string{"a/x": legacy}, nil},
		"both stand":             {[]string{"controller", "legacy"}, map[string]string{"a/x": legacy, "a/y": own}, nil},
		"all have the new token": {[]string{"controller"}, map[string]string{"a/x": own}, nil},
		"a name of one's own":    {[]string{"controller"}, map[string]string{"a/x": "gateway.example"}, nil},
		"one has the old token":  {[]string{"controller"}, map[string]string{"a/x": own, "a/y": legacy, "b/z": legacy}, []string{"[controller]", "legacy", "a/y, b/z"}},
		"the key was taken out":  {nil, map[string]string{"a/x": own}, []string{"[legacy]", "controller", "a/x"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := dev(t, func(cfg *config.Config) { cfg.GatewayLoadBalancers = c.doors })
			_, err := compare.Compare(cfg, compare.World{Doors: c.tokens})
			refuses(t, name, err, c.want)
		})
	}
}

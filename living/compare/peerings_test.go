package compare_test

import (
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

// What AWS does with a second request depends on its direction, and neither is what the stack file asks for.
func TestAPeeringOfSomebodyElseIsRefused(t *testing.T) {
	ids := func(cfg config.Config) (string, string) {
		return cfg.Accounts["local"].Network.VPCID, cfg.Accounts["external"].Network.VPCID
	}
	for name, c := range map[string]struct {
		change  func(cfg *config.Config, w *compare.World)
		refused bool
	}{
		"from home": {func(cfg *config.Config, w *compare.World) {
			local, external := ids(*cfg)
			w.Connections["pcx-1"] = compare.Connection{Requester: local, Accepter: external, Status: "active"}
		}, true},
		"to home, not accepted yet": {func(cfg *config.Config, w *compare.World) {
			local, external := ids(*cfg)
			w.Connections["pcx-1"] = compare.Connection{Requester: external, Accepter: local, Status: "pending-acceptance"}
		}, true},
		"with a VPC that this stack made": {func(cfg *config.Config, w *compare.World) {
			_, external := ids(*cfg)
			home := cfg.Accounts["local"]
			home.Network = nil
			cfg.Accounts["local"] = home
			delete(w.Networks, "local")
			w.Accounts["local"] = compare.Account{Installs: map[string]string{"vpc-ours": cfg.Install}}
			w.Connections["pcx-1"] = compare.Connection{Requester: external, Accepter: "vpc-ours", Status: "active"}
		}, true},
		"the install's own": {func(cfg *config.Config, w *compare.World) {
			local, external := ids(*cfg)
			w.Connections["pcx-1"] = compare.Connection{Requester: local, Accepter: external, Status: "active", Ours: true}
		}, false},
		"of another VPC": {func(cfg *config.Config, w *compare.World) {
			local, _ := ids(*cfg)
			w.Connections["pcx-1"] = compare.Connection{Requester: local, Accepter: "vpc-9", Status: "active"}
		}, false},
		"where their owner joins the networks": {func(cfg *config.Config, w *compare.World) {
			local, external := ids(*cfg)
			w.Connections["pcx-1"] = compare.Connection{Requester: local, Accepter: external, Status: "active"}
			cfg.Connect = config.ConnectNone
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, w := their(t)
			w.Connections = map[string]compare.Connection{}
			c.change(&cfg, &w)
			_, err := compare.Compare(cfg, w)
			if !c.refused {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			for _, words := range []string{"connect", "joined by a peering of somebody else, pcx-1", "set connect to none"} {
				if err == nil || !strings.Contains(err.Error(), words) {
					t.Errorf("the refusal does not say %q: %v", words, err)
				}
			}
		})
	}
}

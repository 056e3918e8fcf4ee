package compare_test

import (
	"testing"

	"ambient-ecs/config"
)

func TestNetworksThatComeApartAreWarnedOf(t *testing.T) {
	alone := func(c *config.Config) {
		account := c.Accounts["external"]
		account.Connect = config.AccountConnectNone
		c.Accounts["external"] = account
	}
	for name, c := range map[string]struct {
		change func(*config.Config)
		vpc    string
		warned []string
	}{
		"nothing changes":           {},
		"one account by others":     {change: alone, warned: []string{`accounts.external.connect = "none"`, "deletes the peering ambient-local-external", "two halves of each network", "docs/living-stack.md"}},
		"all by others":             {change: func(c *config.Config) { c.Connect = config.ConnectNone }, warned: []string{`connect = "none": this up deletes`}},
		"a transit gateway instead": {change: func(c *config.Config) { c.Connect = config.ConnectTransitGateway }},
		"another network":           {vpc: "vpc-1", warned: []string{`accounts.external.vpcCidr = "10.1.0.0/16": vpc-1 has another network`, "add a second account"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := dev(t, nil)
			w := lives(cfg)
			if c.change != nil {
				c.change(&cfg)
			}
			account := w.Accounts["external"]
			account.OtherNetwork = c.vpc
			w.Accounts["external"] = account
			says(t, cfg, w, nil, c.warned)
		})
	}
}

// A preview shows that an attachment is deleted. That others must have made their way before, it does not show.
func TestAnAccountThatOthersJoinFromNowOnLosesItsAttachmentWithAWarning(t *testing.T) {
	for _, c := range []struct {
		connect config.AccountConnect
		warned  []string
	}{
		{config.AccountConnectNone, []string{`accounts.external.connect = "none": this up deletes tgw-attach-1`, "docs/living-stack.md"}},
		{"", nil},
	} {
		cfg := dev(t, func(c *config.Config) { c.Connect = config.ConnectTransitGateway })
		w := lives(cfg)
		delete(w.Accounts["local"].Peerings, "ambient-local-external")
		w.Leaving = map[string][]string{"external": {"tgw-attach-1"}}
		account := cfg.Accounts["external"]
		account.Connect = c.connect
		cfg.Accounts["external"] = account
		says(t, cfg, w, nil, c.warned)
	}
}

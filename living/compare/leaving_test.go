package compare_test

import (
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

// A preview shows that ways are deleted. That others must have made theirs before, it does not show.
func TestAnAccountThatOthersJoinFromNowOnLosesItsWaysWithAWarning(t *testing.T) {
	of := func(connect config.AccountConnect, more ...func(*config.Config)) config.Config {
		return dev(t, func(c *config.Config) {
			account := c.Accounts["external"]
			account.Connect = connect
			c.Accounts["external"] = account
			for _, change := range more {
				change(c)
			}
		})
	}
	joined := of("")
	for name, c := range map[string]struct {
		cfg  config.Config
		word string // "": nothing goes
	}{
		"a peering":                        {of(config.AccountConnectNone), "this stack joined the network by ambient-local-external, and takes that away"},
		"a peering that stays":             {joined, ""},
		"an attachment":                    {of(config.AccountConnectNone, func(c *config.Config) { c.Connect = config.ConnectTransitGateway }), "tgw-attach-1"},
		"a peering that the others' keeps": {of(config.AccountConnectNone, func(c *config.Config) { c.Install = "other" }), ""},
	} {
		w := lives(joined)
		if c.cfg.Connect == config.ConnectTransitGateway {
			w.Leaving = map[string][]string{"external": {"tgw-attach-1"}}
		}
		warnings, _ := compare.Compare(c.cfg, w)
		said := ""
		for _, warning := range warnings {
			if strings.HasPrefix(warning, "accounts.external.connect: ") {
				said = warning
			}
		}
		if (said == "") != (c.word == "") || !strings.Contains(said, c.word) {
			t.Errorf("%s: %q", name, said)
		}
	}
}

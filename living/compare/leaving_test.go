package compare_test

import (
	"testing"

	"ambient-ecs/config"
)

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

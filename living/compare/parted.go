package compare

import (
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/config"
)

// parted warns of networks that this update takes apart while tasks live in them.
func (c *comparison) parted() {
	keys, peerings := c.cfg.AccountKeys(), c.world.Accounts[c.cfg.Home].Peerings
	for i, first := range keys {
		for _, second := range keys[i+1:] {
			pair := config.PairOf(c.cfg.Home, first, second)
			name := c.cfg.Install + "-" + pair.Key()
			if _, lives := peerings[name]; !lives || slices.Contains(c.cfg.Pairs(), pair) {
				continue
			}
			field := ""
			for _, key := range []string{first, second} {
				if c.cfg.JoinedByOthers(key) {
					field = fmt.Sprintf("accounts.%s.connect = %q", key, config.ConnectNone)
				}
			}
			if field == "" && c.cfg.Connect == config.ConnectNone {
				field = fmt.Sprintf("connect = %q", config.ConnectNone)
			}
			if field != "" {
				c.cut(field, "the peering "+name+" with its routes", "from "+first+" to "+second)
			}
		}
	}
	for _, key := range keys {
		if attachments := c.world.Leaving[key]; len(attachments) > 0 && c.cfg.Accounts[key].Connect == config.AccountConnectNone {
			c.cut(fmt.Sprintf("accounts.%s.connect = %q", key, config.AccountConnectNone), strings.Join(attachments, ", ")+", with the routes by it", "to the other accounts")
		}
		if vpc := c.world.Accounts[key].OtherNetwork; vpc != "" && key != c.cfg.Home {
			c.warn("accounts.%[1]s.vpcCidr = %[2]q: %[3]s has another network, and AWS changes none. This up makes another VPC and moves every task of the account: its services have no task for minutes. "+
				"Without a loss: add a second account, move the callers, and remove this one (docs/living-stack.md).", key, c.cfg.Accounts[key].VPCCIDR, vpc)
		}
	}
}

// cut warns of a way between networks that somebody else has to have replaced before. The preview shows that it goes, and not that.
func (c *comparison) cut(field, way, between string) {
	c.warn("%s: this up deletes %s. Until other routes lead %s and back, no call gets through, and tasks away from home have no istiod. "+
		"Without a loss: let whoever joins the networks add their routes first, two halves of each network (docs/living-stack.md).", field, way, between)
}

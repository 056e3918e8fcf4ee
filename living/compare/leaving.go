package compare

import (
	"strings"

	"ambient-ecs/config"
)

// leaving warns of attachments to a transit gateway that go when somebody else joins the network of an account from now on. The preview
// shows that they are deleted, and not that nobody may have made another way yet.
func (c *comparison) leaving() {
	for _, key := range c.cfg.NetworkKeys() {
		if attachments := c.world.Leaving[key]; len(attachments) > 0 && c.cfg.Accounts[key].Connect == config.AccountConnectNone {
			c.warn("accounts.%s.connect = %q: this up deletes %s, with the routes by it. Until other routes lead to the other accounts and back, no call gets through, and tasks away from home have no istiod. "+
				"Without a loss: let whoever joins the networks add their routes first, two halves of each network (docs/living-stack.md).", key, config.AccountConnectNone, strings.Join(attachments, ", "))
		}
	}
}

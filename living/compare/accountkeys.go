package compare

import (
	"slices"
	"strings"

	"ambient-ecs/config"
)

// OtherKey returns the key that the names of an account's security groups have, if it is not the account's. Empty: there is none. A service
// may have a group that ends like one of the two that an account has for its tasks, but not both.
func OtherKey(cfg config.Config, account string, groups []string) string {
	for _, name := range groups {
		key, mine := strings.CutPrefix(name, cfg.Install+"-")
		key, client := strings.CutSuffix(key, "-client")
		if mine && client && key != account && slices.Contains(groups, cfg.Install+"-"+key+"-server") {
			return key
		}
	}
	return ""
}

// accountKeys refuses another key for an account that lives. The names of its VPC, peerings, groups and roles have the key, so all of it would
// be made once more beside what is there, and AWS refuses the second route to the same network in the middle of the up.
func (c *comparison) accountKeys() {
	for _, key := range c.cfg.AccountKeys() {
		if was := c.world.Accounts[key].OtherKey; was != "" {
			c.problems.Refuse("accounts."+key+".id", c.cfg.Accounts[key].ID, "the account lives in this install as accounts.%[1]s, and its network and its roles have the key in their names. Under another key this up would make all of them once more beside those that live, and fail half way. "+
				"Name the account %[1]s again, wherever the stack file names it. To give it another key, take it out in one update and in again in the next (docs/living-stack.md)", was)
		}
	}
}

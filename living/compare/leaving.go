package compare

import (
	"maps"
	"slices"
	"strings"

	"ambient-ecs/config"
)

// leaving warns of the ways that go when somebody else joins the network of an account from now on. The preview shows that they are deleted, and
// not that nobody may have made another way yet.
func (c *comparison) leaving() {
	for _, key := range c.cfg.NetworkKeys() {
		if c.cfg.Accounts[key].Connect != config.AccountConnectNone {
			continue
		}
		ways := slices.Clone(c.world.Leaving[key])
		for _, account := range slices.Sorted(maps.Keys(c.world.Accounts)) {
			for _, name := range slices.Sorted(maps.Keys(c.world.Accounts[account].Peerings)) {
				for _, other := range c.cfg.NetworkKeys() {
					pair := strings.TrimPrefix(name, c.cfg.Install+"-")
					if other != key && (pair == key+"-"+other || pair == other+"-"+key) && !slices.Contains(ways, name) {
						ways = append(ways, name)
					}
				}
			}
		}
		if len(ways) > 0 {
			c.warn("accounts.%s.connect: this stack joined the network by %s, and takes that away with its routes. Somebody else has to have joined the network before: from then on its tasks reach istiod and the other accounts by those ways alone. `ambient doctor` names a way that is missing", key, strings.Join(ways, ", "))
		}
	}
}

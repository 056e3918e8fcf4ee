package compare

import (
	"maps"
	"slices"
)

// QuotasSubject is the subject of the look-ups of quotas.
const QuotasSubject = "service quotas"

// quotas warns of the quotas that the stack goes beyond: those that AWS says the accounts have, and AWS's defaults where it does not say.
func (c *comparison) quotas() {
	for _, need := range c.cfg.BeyondQuotas() {
		unknown := len(need.Accounts) == 0
		low := map[int][]string{}
		for _, key := range need.Accounts {
			switch value, known := c.world.Quotas[key][need.Quota.Code]; {
			case !known:
				unknown = true
			case value < need.Have:
				low[value] = append(low[value], key)
			}
		}
		if unknown {
			c.warnings = append(c.warnings, need.BeyondDefault())
		}
		for _, value := range slices.Sorted(maps.Keys(low)) {
			c.warnings = append(c.warnings, need.Beyond(value, low[value]))
		}
	}
}

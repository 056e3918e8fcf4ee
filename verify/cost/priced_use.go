package cost

import (
	"cmp"
	"fmt"
)

// dollars prints an amount with a price of a region, and says when no source of the price was found. It says that the amount is unknown
// where the list has no such price.
func (a *adder) dollars(region, price string, amount float64) string {
	found, known := a.prices.find(region, price)
	if !known {
		return "an " + unknown + " amount"
	}
	text := fmt.Sprintf("$%.4g", amount*(found.Each+found.Monthly))
	if found.Source == "" {
		text += " (price unverified)"
	}
	return text
}

// logs cost by the GB that tasks and control planes write, which nothing in the stack tells.
func logs(a *adder, r *resource) {
	region := accountOf(a.stack, r).Region
	a.use(fmt.Sprintf("CloudWatch Logs in %s: %s for each GB written, %s a month for each GB kept, and queries",
		cmp.Or(region, "the region of its provider"), a.dollars(region, "logs.written", 1), a.dollars(region, "logs.kept", 1)))
}

// istiod's limit of requests to ECS in its chart's values, for each pod and account.
const discoveryRate = "ECS_DISCOVERY_RATE_LIMIT"

// discovery is istiod's reading of ECS. Every request is a management event in the account that it reads. The limit of requests bounds the
// events. What they cost depends on the trails and the detectors of the account, which are not the stack's.
func discovery(a *adder) {
	const seconds = Hours * 3600
	var events float64
	regions := map[string]bool{}
	for _, r := range a.stack.Resources {
		switch r.Type {
		case "kubernetes:helm.sh/v3:Release":
			rate, limited := number(r.Inputs, "values", "env", discoveryRate)
			pods, counted := number(r.Inputs, "values", "replicaCount")
			if limited && counted {
				events += rate * pods * seconds
			}
		case "aws:ecs/cluster:Cluster", "aws:ecs/tag:Tag":
			regions[accountOf(a.stack, r).Region] = true
		}
	}
	for region := range regions {
		item := "CloudTrail and GuardDuty events of istiod's discovery: docs/discovery.md has the numbers"
		if events > 0 {
			item = fmt.Sprintf("CloudTrail and GuardDuty events of istiod's discovery: at most %.3g million a month in each account that it reads in %s. "+
				"The first trail is free; a further one costs %s at most, GuardDuty %s",
				events/1e6, region, a.dollars(region, "cloudtrail.event", events), a.dollars(region, "guardduty.event", events))
		}
		a.use(item)
	}
}

package config

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/network/zone"
	"ambient-ecs/problem"
	"ambient-ecs/quota"
)

// RegionOf is the region of an account: of its network, its ECS clusters and all that belongs to them.
func (c Config) RegionOf(account string) string { return cmp.Or(c.Accounts[account].Region, c.Region) }

// RegionOfCluster is the region of an ECS cluster.
func (c Config) RegionOfCluster(cluster string) string {
	return c.RegionOf(c.Clusters[cluster].Account)
}

// Regions are the regions of all accounts, sorted.
func (c Config) Regions() []string {
	regions := map[string]bool{c.Region: true}
	for key := range c.Accounts {
		regions[c.RegionOf(key)] = true
	}
	return slices.Sorted(maps.Keys(regions))
}

// Abroad reports whether an account is in another region than the stack's, where istiod is.
func (c Config) Abroad(account string) bool { return c.RegionOf(account) != c.Region }

// ZoneIDsOf are the zone ids that the stack file gives an account, and the field that gives them. Zone ids are those of one region.
func (c Config) ZoneIDsOf(account string) (ids []string, field string) {
	if c.Abroad(account) {
		return c.Accounts[account].ZoneIDs, "accounts." + account + ".zoneIds"
	}
	return c.ZoneIDs, "zoneIds"
}

// severalRegions is Istio's first minor version whose ECS discovery takes several regions ("Solo Enterprise for Istio 1.29+",
// docs.solo.io, "Add ECS services to the mesh", 2.11.x).
const severalRegions = 29

// checkRegions checks the regions of accounts, and what goes with one region only.
func (c Config) checkRegions(p *problem.List) {
	for _, key := range c.AccountKeys() {
		field, account := "accounts."+key, c.Accounts[key]
		checkRegion(p, field+".region", account.Region, account.ZoneIDs)
		c.checkDiscoveryValues(p, key)
		if !c.Abroad(key) {
			if len(account.ZoneIDs) > 0 {
				p.Add(field+".zoneIds", problem.IsSet, "the account is in the stack's region, %s: the zoneIds at the top are for all accounts there", c.Region)
			}
			continue
		}
		switch {
		case !regionName.MatchString(account.Region) || !regionName.MatchString(c.Region):
			continue
		case key == c.Home:
			p.Refuse(field+".region", account.Region, "the region at the top is that of the home account, with EKS and istiod: it is %s", c.Region)
		case quota.Partition(account.Region) != c.Partition():
			p.Refuse(field+".region", account.Region, "it is in the partition %s and the stack in %s: no peering and no role leads from one to the other", quota.Partition(account.Region), c.Partition())
		}
		if account.Network != nil && len(account.ZoneIDs) > 0 {
			p.Add(field+".zoneIds", problem.IsSet, "the subnets that network names say the zones")
		} else {
			c.checkZoneIDs(p, key)
		}
	}
	if len(c.Regions()) < 2 {
		return
	}
	if id := c.TransitGateway.ID; id != "" && c.Connect == ConnectTransitGateway {
		p.Refuse("transitGateway.id", id, "it joins networks of one region, and the accounts are in %s: leave it out, and the program makes a gateway for each region, or choose connect %s if your network team joins the regions",
			strings.Join(c.Regions(), " and "), ConnectNone)
	}
	if arn := c.Observability.Alarms.TopicARN; arn != "" {
		p.Refuse("observability.alarms.topicArn", arn, "an alarm can notify a topic of its own region only, and the accounts are in %s: leave it out, and the program makes a topic for each", strings.Join(c.Regions(), " and "))
	}
	if arn := c.Exec.KMSKeyARN; arn != "" {
		for _, key := range c.ClusterKeys() {
			if c.Abroad(c.Clusters[key].Account) {
				p.Refuse("ecsExec.kmsKeyArn", arn, "a key is for its own region, and clusters.%s is in %s", key, c.RegionOfCluster(key))
			}
		}
	}
}

// checkRegion refuses what is no region. Zone ids make up for a region that is newer than this release.
func checkRegion(p *problem.List, field, region string, zoneIDs []string) {
	switch {
	case region == "":
	case !regionName.MatchString(region):
		p.Refuse(field, region, "this is no region of the partitions aws, aws-cn or aws-us-gov (an availability zone such as eu-central-1a is not a region)")
	case !slices.Contains(quota.Regions, region) && len(zoneIDs) == 0:
		p.Refuse(field, region, "AWS has no such region as far as this release knows%s. If it is new, give zoneIds too", problem.DidYouMean(region, quota.Regions))
	}
}

// checkZoneIDs checks the zone ids that an account's VPC gets, where the stack file gives them.
func (c Config) checkZoneIDs(p *problem.List, account string) {
	ids, field := c.ZoneIDsOf(account)
	region := c.RegionOf(account)
	p.Because(field, ids, zone.Validate(ids, true))
	prefix := zonePrefix(region)
	for i, id := range ids {
		wellFormed := zone.Validate([]string{id}, false) == nil && regionName.MatchString(region)
		if wellFormed && !strings.HasPrefix(id, prefix+"-") {
			p.Refuse(fmt.Sprintf("%s[%d]", field, i), id, "the zone ids of %s begin with %s-", region, prefix)
		}
	}
}

// helmKey is a key of a chart's values.
var helmKey = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

// ownDiscoveryValues are the values of an account's entry that the program sets.
var ownDiscoveryValues = map[string]string{"domain": "domain", "role": "id, installName and iamPath"}

// checkDiscoveryValues checks what istiod's chart gets of an account besides domain and role. istiod looks for ECS clusters in its own
// region. From 1.29 on it can look in others, by a value of the chart that no public source shows. So the program cannot set it,
// and an account in another region needs it from the user.
func (c Config) checkDiscoveryValues(p *problem.List, key string) {
	account, field := c.Accounts[key], "accounts."+key+".discoveryValues"
	for _, name := range slices.Sorted(maps.Keys(account.DiscoveryValues)) {
		if from, own := ownDiscoveryValues[name]; own {
			p.Refuse(field, name, "the program makes it of %s", from)
		} else if !helmKey.MatchString(name) {
			p.Refuse(field, name, "it becomes a key of platforms.ecs.accounts in the values of the istiod chart: letters and digits, and a letter first")
		}
	}
	switch {
	case len(account.DiscoveryValues) == 0:
		if c.Abroad(key) && key != c.Home && regionName.MatchString(account.Region) {
			p.Missing(field, "istiod looks for ECS clusters in its own region, %s. From 1.%d on Solo's chart has a value for others, which no public source shows: ask Solo for it, and give it here (docs/regions.md)", c.Region, severalRegions)
		}
		return
	case c.ECSAccountsDelivery == AccountsEnv:
		p.Add(field, problem.IsSet, "with ecsAccountsDelivery %s istiod's chart gets no accounts, and the variable has only domains and roles", AccountsEnv)
	case c.Abroad(key) && !mentions(account.DiscoveryValues, account.Region):
		p.Add(field, problem.IsSet, "it names %s nowhere: istiod would look for the account's ECS clusters in %s", account.Region, c.Region)
	}
	for _, revision := range c.RevisionList() {
		if minor, known := minorOf(revision.Version); known && c.Abroad(key) && minor < severalRegions {
			p.Refuse("accounts."+key+".region", account.Region, "%s %s looks for ECS clusters in its own region only: several regions need 1.%d", revision.IstiodName(), revision.Version, severalRegions)
		}
	}
}

// mentions reports whether a text stands anywhere in decoded values.
func mentions(value any, text string) bool {
	switch v := value.(type) {
	case string:
		return v == text
	case []any:
		return slices.ContainsFunc(v, func(element any) bool { return mentions(element, text) })
	case map[string]any:
		for key, element := range v {
			if key == text || mentions(element, text) {
				return true
			}
		}
	}
	return false
}

// unprovenRegions tells of what was never seen to work.
func (c Config) unprovenRegions(lives Lives) []string {
	abroad := slices.DeleteFunc(c.AccountKeys(), func(key string) bool { return !c.Abroad(key) || lives.Accounts[key] })
	if len(abroad) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("accounts.%s: the discovery of ECS services in another region than istiod's was never shown to work with this program. Try it with one service first (docs/regions.md)", strings.Join(abroad, ", accounts."))}
}

package compare

import (
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/network/zone"
)

// ZonesSubject is the subject of the look-up of availability zones.
const ZonesSubject = "availability zones"

// zones compares the zones of the networks that the program makes with those that AWS offers their accounts.
func (c *comparison) zones() {
	told := map[string]bool{}
	for _, key := range c.cfg.AccountKeys() {
		if c.cfg.Accounts[key].Network != nil {
			continue // its subnets say the zones
		}
		ids, field := c.cfg.ZoneIDsOf(key)
		offered, looked := c.world.Zones[key]
		switch {
		case told[field]: // zoneIds at the top are of many accounts
		case len(ids) == 0 && looked:
			_, err := zone.Pick(offered, c.cfg.Zones(key))
			told[field] = err != nil
			c.problems.Because(field, ids, err)
		case len(ids) == 0 && c.world.Unseen[ZonesSubject] != "":
			told[field] = true
			c.problems.Missing(field, "the program cannot choose zones, because the caller may not ask for them in account %s: allow ec2:DescribeAvailabilityZones, or name the zones: %s", key, c.world.Unseen[ZonesSubject])
		case looked:
			for i, id := range ids {
				if !slices.Contains(offered, id) {
					told[field] = true
					c.problems.Refuse(fmt.Sprintf("%s[%d]", field, i), id, "account %s has no such zone in %s, which has %s", key, c.cfg.RegionOf(key), strings.Join(slices.Sorted(slices.Values(offered)), ", "))
				}
			}
		}
	}
}

// ZonesOf are the zones of a network that the program makes: those that the stack file names, or the first of those that AWS offers. A
// living subnet keeps its zone where the program chooses, so a zone that AWS offers later changes nothing. It is nil where nobody knows.
func (w World) ZonesOf(cfg config.Config, account string) []string {
	if ids, _ := cfg.ZoneIDsOf(account); len(ids) > 0 {
		return ids
	}
	picked, err := zone.Pick(w.Zones[account], cfg.Zones(account))
	if err != nil {
		return nil
	}
	return picked
}

// ZonesByAccount are the zones of all networks that the program makes, by account key.
func (w World) ZonesByAccount(cfg config.Config) map[string][]string {
	zones := map[string][]string{}
	for _, key := range cfg.AccountKeys() {
		if cfg.Accounts[key].Network == nil {
			zones[key] = w.ZonesOf(cfg, key)
		}
	}
	return zones
}

// nodeZones are the zones of the home account by their numbers, as node groups name them. It is nil where they are not known.
func (c *comparison) nodeZones() (zones []string) {
	home := c.cfg.Accounts[c.cfg.Home]
	zoneOf := map[string]string{} // by what names a subnet
	var subnets []string
	switch {
	case home.Network != nil:
		subnets = home.Network.PrivateSubnetIDs
		for id, subnet := range c.world.Networks[c.cfg.Home].Subnets {
			zoneOf[id] = subnet.ZoneID
		}
	case len(c.cfg.ZoneIDs) > 0 || c.world.Cluster == nil && c.world.Unseen[ClusterSubject] == "":
		return c.world.ZonesOf(c.cfg, c.cfg.Home)
	case c.world.Cluster != nil:
		subnets = c.homePrefixes(len(c.world.Cluster.Subnets))
		for _, subnet := range c.world.Cluster.Subnets {
			zoneOf[subnet.CIDR] = subnet.ZoneID
		}
	}
	for _, subnet := range subnets {
		if zoneOf[subnet] == "" {
			return nil
		}
		zones = append(zones, zoneOf[subnet])
	}
	return zones
}

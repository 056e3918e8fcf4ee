package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/problem"
)

// Tagged is what AWS has with the tags of a network of the configuration.
type Tagged struct {
	// VPCs are all VPCs with the tags, or the one that is named. Subnets and Tables are those of the only VPC. All are sorted.
	VPCs, Subnets, Tables []string
	// Lives are the VPCs in which this install has security groups already.
	Lives []string
	// Unseen is AWS's error text if the caller may not look.
	Unseen string
}

// Locate returns the configuration with ids for everything that it knows by tags. It refuses tags that lead to no VPC, to several, to
// nothing in it, or to another VPC than that in which the account lives: everything in it would be replaced.
func Locate(cfg config.Config, found map[string]Tagged) (config.Config, error) {
	var p problem.List
	located := map[string]config.ExistingNetwork{}
	for _, key := range slices.Sorted(maps.Keys(found)) {
		network, tagged, field := *cfg.Accounts[key].Network, found[key], "accounts."+key+".network"
		place := fmt.Sprintf("account %s (%s) in %s", key, cfg.Accounts[key].ID, cfg.RegionOf(key))
		switch {
		case tagged.Unseen != "":
			p.Add(field, "is known by tags", "and the caller may not look for them in %s. Allow it (docs/deployer-policy.md), or name the ids: %s", place, tagged.Unseen)
			continue
		case len(tagged.VPCs) == 0:
			p.Refuse(field+".vpcTags", tags(network.VPCTags), "%s has no VPC with these tags. Tags of a VPC that another account shares are not seen: name it in vpcId", place)
			continue
		case len(tagged.VPCs) > 1:
			p.Refuse(field+".vpcTags", tags(network.VPCTags), "%s has %d VPCs with these tags: %s. Add a tag that one of them has, or name it in vpcId", place, len(tagged.VPCs), strings.Join(tagged.VPCs, ", "))
			continue
		case len(tagged.Lives) > 0 && !slices.Contains(tagged.Lives, tagged.VPCs[0]):
			p.Refuse(field+".vpcTags", tags(network.VPCTags), "they lead to %s, and the account lives in %s: all of it would be replaced. Put the tags back, or name %s in vpcId", tagged.VPCs[0], strings.Join(tagged.Lives, ", "), tagged.Lives[0])
			continue
		}
		network.VPCID, network.VPCTags = tagged.VPCs[0], nil
		if len(network.PrivateSubnetTags) > 0 {
			if len(tagged.Subnets) == 0 {
				p.Refuse(field+".privateSubnetTags", tags(network.PrivateSubnetTags), "no subnet of %s has these tags", network.VPCID)
				continue
			}
			network.PrivateSubnetIDs, network.PrivateSubnetTags = tagged.Subnets, nil
		}
		if len(network.RouteTableTags) > 0 {
			if len(tagged.Tables) == 0 {
				p.Refuse(field+".routeTableTags", tags(network.RouteTableTags), "no route table of %s has these tags", network.VPCID)
				continue
			}
			network.RouteTableIDs, network.RouteTableTags = tagged.Tables, nil
		}
		located[key] = network
	}
	if len(p) > 0 || len(found) == 0 {
		return cfg, p.Err()
	}
	return cfg.Located(located)
}

// tags writes tags as key=value.
func tags(of map[string]string) string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(of)) {
		all = append(all, key+"="+of[key])
	}
	return strings.Join(all, ", ")
}

package compare

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"ambient-ecs/config"
)

// ImportedPart is a VPC or a subnet that becomes the stack's.
type ImportedPart struct {
	CIDR string
	// VPC is the id of its VPC, or its own.
	VPC  string
	Tags map[string]string
}

// ImportedVPCSubject is the key in World.Unseen of a VPC to import that the caller may not look up.
func ImportedVPCSubject(account string) string { return "the VPC to import of account " + account }

// importedVPCs checks the VPCs and subnets that become the stack's. What differs in place is an update of the preview. What would replace
// one is refused here: the engine only warns of it in a preview, and stops the up in its middle.
func (c *comparison) importedVPCs() {
	for _, account := range slices.Sorted(maps.Keys(c.world.ImportedVPCs)) {
		imports, found := c.cfg.ImportsOfVPC(account), c.world.ImportedVPCs[account]
		vpc := imports[config.TypeVPC+"::vpc-"+account]
		ours := c.world.Accounts[account].Installs
		for _, id := range slices.Sorted(maps.Keys(ours)) {
			if vpc != "" && vpc != id && ours[vpc] == "" {
				c.problems.Refuse("imports."+config.TypeVPC+"::vpc-"+account, vpc, "the stack has %s in this place, and the import would delete that one with everything in it", id)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(imports)) {
			c.importedPart(account, name, imports[name], vpc, found)
		}
		if _, exists := found[vpc]; exists && ours[vpc] == "" {
			c.warn("imports.%s::vpc-%s: %s becomes the stack's, and a destroy deletes it. The program takes all rules of its default security group away: see that nothing there uses the group", config.TypeVPC, account, vpc)
		}
	}
}

func (c *comparison) importedPart(account, name, id, vpc string, found map[string]ImportedPart) {
	kind, of, _ := strings.Cut(name, "::")
	if kind != config.TypeVPC && kind != config.TypeSubnet {
		return
	}
	field := "imports." + name
	part, exists := found[id]
	if !exists {
		c.problems.Refuse(field, id, "account %s has none of this id in %s", account, c.cfg.RegionOf(account))
		return
	}
	want := c.cfg.Accounts[account].VPCCIDR
	if kind == config.TypeSubnet {
		want = c.plannedCIDR(account, strings.TrimPrefix(of, "vpc-"+account+"-"))
		if vpc != "" && part.VPC != vpc {
			c.problems.Refuse(field, id, "it is in %s and not in %s", part.VPC, vpc)
		}
	}
	if part.CIDR != want {
		c.problems.Refuse(field, id, "its network is %s and the stack file says %s: AWS changes no network, so it would be deleted and made anew. Set vpcCidr and subnets of accounts.%s to what exists", part.CIDR, want, account)
	}
	if tag := part.Tags[config.InstallTag]; tag != c.cfg.Install {
		c.problems.Refuse(field, id, "its tag %s is %q and not %q. Its owner sets the tag, and says by it that the resource is this stack's from now on", config.InstallTag, tag, c.cfg.Install)
	}
}

// plannedCIDR is the network of a subnet of the program, by the end of its name: private-1.
func (c *comparison) plannedCIDR(account, label string) string {
	plan, err := c.cfg.SubnetPlan(account)
	if err != nil {
		return ""
	}
	kind, number, _ := strings.Cut(label, "-")
	of := map[string][]netip.Prefix{"private": plan.Private, "public": plan.Public}[kind]
	if i, err := strconv.Atoi(number); err == nil && i >= 1 && i <= len(of) {
		return of[i-1].String()
	}
	return ""
}

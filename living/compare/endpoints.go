package compare

import (
	"slices"

	"ambient-ecs/config"
	"ambient-ecs/network/existing"
)

// byEndpoints reports whether the tasks of the account call AWS's services at the endpoints of the VPC.
func (n named) byEndpoints() bool {
	return n.cfg.Accounts[n.key].EgressOrDefault() == config.EgressEndpoints
}

// endpoints checks that the owner's endpoints lead to what the mesh calls. isolated says that a private subnet has no other way out.
// Images of ECR have their layers in S3 (https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html, 2026-11-30).
func (n named) endpoints(subnets []existing.Subnet, isolated bool) {
	if !n.byEndpoints() {
		return
	}
	field, vpc := "accounts."+n.key+".egress", n.found.VPC.ID
	if owner := n.found.VPC.Owner; owner != n.settings.ID {
		n.problems.Refuse(field, string(config.EgressEndpoints), "%s belongs to account %s, and AWS shows its endpoints to no other account: leave egress out", vpc, owner)
		return
	}
	var missing, unnamed, several []string
	for _, service := range n.cfg.ServicesAt(n.key, isolated) {
		switch endpoint, there := n.found.Endpoints[service]; {
		case !there:
			missing = append(missing, service)
		case endpoint.Several:
			several = append(several, service)
		case !endpoint.PrivateDNS:
			unnamed = append(unnamed, service)
		}
	}
	if len(missing) > 0 {
		n.problems.Refuse(field, string(config.EgressEndpoints), "%s has no interface endpoint of these services, which the mesh calls there: %s", vpc, listed(missing))
	}
	if len(unnamed) > 0 {
		n.problems.Refuse(field, string(config.EgressEndpoints), "the endpoints of these services in %s have no private DNS, so the services' own names do not lead to them: %s", vpc, listed(unnamed))
	}
	if len(several) > 0 && !n.installed(n.key) {
		n.warn("%s: %s has more than one interface endpoint of these services, and AWS's provider shows none of them: %s. One of each must have private DNS, and a security group that an endpoint of another service here has too: "+
			"the rules of the tasks name these groups alone", field, vpc, listed(several))
	}
	if n.found.S3 == nil {
		n.problems.Refuse(field, string(config.EgressEndpoints), "%s has no gateway endpoint of S3, where the layers of images in ECR are", vpc)
		return
	}
	for _, subnet := range subnets {
		if table, seen := n.table(subnet); seen && !slices.Contains(n.found.S3.Tables, table.ID) {
			n.problems.Refuse(field, string(config.EgressEndpoints), "the gateway endpoint of S3 in %s is not in %s, the route table of %s", vpc, table.ID, subnet.ID)
		}
	}
}

// unseenEndpoints refuses endpoints of others that the caller may not look up: the rules of the tasks name their security groups.
func (c *comparison) unseenEndpoints() {
	for _, key := range c.cfg.AccountKeys() {
		account := c.cfg.Accounts[key]
		if why := c.world.Unseen[NetworkSubject(key)]; why != "" && account.Network != nil && account.EgressOrDefault() == config.EgressEndpoints {
			c.problems.Refuse("accounts."+key+".egress", string(config.EgressEndpoints), "the caller may not look for the endpoints of the VPC, and the rules of the tasks name their security groups (docs/deployer-policy.md): %s", why)
		}
	}
}

package aws

import (
	"strings"

	"ambient-ecs/sandbox/world"
)

const (
	zoneKind   = "aws:route53/zone:Zone"
	recordKind = "aws:route53/record:Record"
)

// zoneType models private hosted zones of one VPC.
func zoneType() *resourceType {
	return &resourceType{
		token: zoneKind, service: "Route 53", noun: "Route53 Hosted Zone", creates: "CreateHostedZone", updates: "UpdateHostedZoneComment", deletes: "DeleteHostedZone", global: true,
		inputs: map[string]input{
			"comment":      {preset: "Managed by Pulumi"},
			"forceDestroy": {preset: false},
			"name":         {required: true, replace: true},
			"tags":         tags,
			"vpcs":         {required: true},
		},
		outputs: values{"arn": nil, "nameServers": []any{}, "primaryNameServer": "ns-0.awsdns-00.com", "zoneId": "${id}"},
		newID:   func(tx *world.Tx) string { return "Z" + strings.ToUpper(digest(tx, "zone")[:20]) },
		missing: refusal{"NoSuchHostedZone", "No hosted zone found with ID: ${id}"},
		check: func(c *call, res *world.Resource) error {
			for _, vpc := range list(c.in, "vpcs") {
				id := text(vpc.(map[string]any), "vpcId")
				if c.Get(c.account, vpcKind, id) == nil {
					return c.refuse("InvalidVPCId", "The VPC: %s is not found", id)
				}
				for _, other := range c.each(zoneKind, Has("name", text(c.in, "name"))) {
					if other.ID != res.ID && ofVPC(other, id) {
						return c.refuse("ConflictingDomainExists", "The VPC %s in region %s has already been associated with the hosted zone %s with the same domain name.", id, c.region, other.ID)
					}
				}
			}
			return nil
		},
		create: func(c *call, res *world.Resource) error {
			res.Props["arn"] = "arn:" + c.partition + ":route53:::hostedzone/" + res.ID
			return nil
		},
		remove: func(c *call, res *world.Resource) error {
			if len(c.each(recordKind, Has("zoneId", res.ID))) > 0 {
				return c.refuse("HostedZoneNotEmpty", "The specified hosted zone contains non-required resource record sets and so cannot be deleted.")
			}
			return nil
		},
	}
}

// ofVPC reports whether the resolver of a VPC asks a zone.
func ofVPC(zone *world.Resource, vpc string) bool {
	for _, of := range list(zone.Props, "vpcs") {
		if text(of.(map[string]any), "vpcId") == vpc {
			return true
		}
	}
	return false
}

// recordType models alias records.
func recordType() *resourceType {
	return &resourceType{
		token: recordKind, service: "Route 53", noun: "Route53 Record", creates: "ChangeResourceRecordSets", updates: "ChangeResourceRecordSets", deletes: "ChangeResourceRecordSets", global: true,
		inputs: map[string]input{
			"aliases": {required: true},
			"name":    {required: true, replace: true},
			"type":    {required: true, check: oneOf("A")},
			"zoneId":  {required: true, replace: true, refers: zoneKind},
		},
		outputs: values{"fqdn": "${name}"},
		key:     "${zoneId}_${name}_${type}",
		check: func(c *call, _ *world.Resource) error {
			if zone, name := c.get(zoneKind, text(c.in, "zoneId")).String("name"), text(c.in, "name"); name != zone && !strings.HasSuffix(name, "."+zone) {
				return c.refuse("InvalidChangeBatch", "RRSet with DNS name %s. is not permitted in zone %s.", name, zone)
			}
			for _, alias := range list(c.in, "aliases") {
				if target := text(alias.(map[string]any), "name"); endpointNamed(c.Tx, target) == nil {
					return c.refuse("InvalidChangeBatch", "Tried to create an alias that targets %s., type A in zone %s, but the alias target name does not lie within the target zone", target, text(alias.(map[string]any), "zoneId"))
				}
			}
			return nil
		},
	}
}

// endpointNamed is the interface endpoint with a DNS name, or nil.
func endpointNamed(tx *world.Tx, name string) *world.Resource {
	return first(tx.Find("", vpcEndpointKind, func(r *world.Resource) bool {
		for _, entry := range list(r.Props, "dnsEntries") {
			if text(entry.(map[string]any), "dnsName") == name {
				return true
			}
		}
		return false
	}))
}

// privateAlias is the interface endpoint to which a name leads in the VPC of a host. Private says that a private hosted zone of the VPC
// has the name: then nobody else is asked for it.
func privateAlias(tx *world.Tx, from Host, name string) (endpoint *world.Resource, private bool) {
	subnet := tx.Get(from.Account, subnetKind, from.Subnet)
	if subnet == nil {
		return nil, false
	}
	vpc := tx.Get(subnet.Account, vpcKind, subnet.String("vpcId"))
	if vpc == nil || !flag(vpc.Props, "enableDnsSupport") || !flag(vpc.Props, "enableDnsHostnames") {
		return nil, false
	}
	for _, zone := range tx.Find("", zoneKind, nil) {
		if at := zone.String("name"); !ofVPC(zone, vpc.ID) || name != at && !strings.HasSuffix(name, "."+at) {
			continue
		}
		for _, record := range tx.Find(zone.Account, recordKind, Has("zoneId", zone.ID, "name", name)) {
			for _, alias := range list(record.Props, "aliases") {
				return endpointNamed(tx, text(alias.(map[string]any), "name")), true
			}
		}
		return nil, true
	}
	return nil, false
}

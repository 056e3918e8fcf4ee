package aws

import (
	"fmt"
	"strings"

	"ambient-ecs/quota"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

const (
	ingressRuleKind = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressRuleKind  = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
)

func ingressRuleType() *resourceType {
	return ruleType(ingressRuleKind, "VPC Security Group Ingress Rule", "AuthorizeSecurityGroupIngress")
}

func egressRuleType() *resourceType {
	return ruleType(egressRuleKind, "VPC Security Group Egress Rule", "AuthorizeSecurityGroupEgress")
}

// rulePeers are the properties that name the other end of a rule.
var rulePeers = []string{"cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"}

func ruleType(kind, noun, operation string) *resourceType {
	return &resourceType{
		token: kind, service: "EC2", noun: noun, creates: operation, updates: "ModifySecurityGroupRules",
		inputs: map[string]input{
			"cidrIpv4":                  {},
			"cidrIpv6":                  {},
			"description":               {check: groupText},
			"fromPort":                  {},
			"ipProtocol":                {required: true},
			"prefixListId":              {},
			"referencedSecurityGroupId": {},
			"securityGroupId":           {required: true, replace: true, refers: securityGroupKind},
			"tags":                      tags,
			"toPort":                    {},
		},
		outputs: values{"arn": arn("ec2", "security-group-rule/${id}"), "securityGroupRuleId": "${id}"},
		newID:   ec2ID("sgr"),
		check:   checkRule,
		validate: func(in map[string]any) []provider.Failure {
			given := 0
			for _, k := range rulePeers {
				if _, ok := in[k]; ok {
					given++
				}
			}
			if given != 1 {
				return []provider.Failure{{Property: "cidrIpv4", Reason: "Exactly one of these attributes must be configured: [cidr_ipv4,cidr_ipv6,prefix_list_id,referenced_security_group_id]"}}
			}
			return nil
		},
	}
}

// checkRule refuses a rule that AWS would.
func checkRule(c *call, res *world.Resource) error {
	group := c.get(securityGroupKind, text(c.in, "securityGroupId"))
	if cidr := text(c.in, "cidrIpv4"); cidr != "" {
		if _, ok := network(cidr); !ok {
			return c.refuse("InvalidParameterValue", "CIDR block %s is malformed", cidr)
		}
	}
	if id := text(c.in, "referencedSecurityGroupId"); id != "" {
		if err := c.checkReference(group, id); err != nil {
			return err
		}
	}
	_, hasFrom := c.in["fromPort"]
	_, hasTo := c.in["toPort"]
	from, to := number(c.in, "fromPort"), number(c.in, "toPort")
	switch protocol := strings.ToLower(text(c.in, "ipProtocol")); protocol {
	case "-1":
		if hasFrom && from != -1 || hasTo && to != -1 {
			return c.refuse("InvalidParameterValue", "You may not specify all protocols and specific ports. Please specify each protocol and port range combination individually, or all protocols and no port range.")
		}
	case "tcp", "udp", "6", "17":
		if !hasFrom || !hasTo {
			// EC2 says the same thing in two ways.
			if c.operation == c.kind.updates {
				return c.refuse("InvalidParameterValue", "Invalid value for portRange. Must specify both from and to ports with TCP/UDP.")
			}
			return c.refuse("InvalidParameterValue", "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
		}
		if from < 0 || to > 65535 || from > to {
			return c.refuse("InvalidParameterValue", "Invalid TCP/UDP port range (%d:%d)", from, to)
		}
	case "icmp", "icmpv6", "1", "58":
	default:
		return c.refuse("InvalidParameterValue", "Invalid value '%s' for IP protocol. Unknown protocol.", protocol)
	}
	rules := rulesOf(c.Tx, group, c.kind.token)
	for _, other := range rules {
		if other.ID != res.ID && ruleKey(other.Props) == ruleKey(c.in) {
			return c.refuse("InvalidPermission.Duplicate", "the specified rule \"%s\" already exists", ruleText(c.in))
		}
	}
	if res.ID == "" && len(rules) >= quota.RulesPerGroup.Default {
		return c.refuse("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.")
	}
	return nil
}

// checkReference lets a rule name a group of the same VPC, or of a VPC behind an active peering connection in the same region.
func (c *call) checkReference(group *world.Resource, id string) error {
	// A group of another account is written account/group.
	account, bare, ok := strings.Cut(id, "/")
	if !ok {
		account, bare = c.account, id
	}
	other := c.Get(account, securityGroupKind, bare)
	if other == nil {
		return c.refuse("InvalidGroup.NotFound", "The security group '%s' does not exist", id)
	}
	here, there := group.String("vpcId"), other.String("vpcId")
	if here == there {
		return nil
	}
	joined := c.peerings(func(p *world.Resource) bool {
		a, b := p.String("vpcId"), p.String("peerVpcId")
		return p.String("acceptStatus") == "active" && p.Region == p.String("peerRegion") && (a == here && b == there || a == there && b == here)
	})
	if len(joined) == 0 {
		return c.refuse("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.")
	}
	return nil
}

// ruleKey is equal for two rules that AWS treats as the same. Description and tags do not count.
func ruleKey(in map[string]any) string {
	peer := ""
	for _, k := range rulePeers {
		peer += text(in, k) + "|"
	}
	return fmt.Sprintf("%s|%s%d|%d", strings.ToLower(text(in, "ipProtocol")), peer, number(in, "fromPort"), number(in, "toPort"))
}

func ruleText(in map[string]any) string {
	peer := ""
	for _, k := range rulePeers {
		peer += text(in, k)
	}
	if text(in, "ipProtocol") == "-1" {
		return fmt.Sprintf("peer: %s, ALL, ALLOW", peer)
	}
	return fmt.Sprintf("peer: %s, %s, from port: %d, to port: %d, ALLOW", peer, strings.ToUpper(text(in, "ipProtocol")), number(in, "fromPort"), number(in, "toPort"))
}

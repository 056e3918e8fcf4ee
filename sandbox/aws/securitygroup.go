package aws

import (
	"slices"
	"strings"

	"ambient-ecs/sandbox/world"
)

const (
	securityGroupKind        = "aws:ec2/securityGroup:SecurityGroup"
	defaultSecurityGroupKind = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
)

func securityGroupType() *resourceType {
	return &resourceType{
		token: securityGroupKind, service: "EC2", noun: "Security Group", creates: "CreateSecurityGroup", deletes: "DeleteSecurityGroup",
		inputs: map[string]input{
			"description":         {replace: true, preset: "Managed by Pulumi", check: groupText},
			"name":                {replace: true, auto: 255},
			"namePrefix":          {replace: true},
			"revokeRulesOnDelete": {preset: false},
			"tags":                tags,
			"vpcId":               {replace: true, computed: true, refers: vpcKind},
		},
		// The provider removes the rule that allows all egress. The program declares its own egress rules.
		outputs: values{"arn": arn("ec2", "security-group/${id}"), "ownerId": "${Account}", "egress": []any{}, "ingress": []any{}},
		newID:   ec2ID("sg"),
		missing: refusal{"InvalidGroup.NotFound", "The security group '${id}' does not exist"},
		held:    refusal{"DependencyViolation", "resource ${id} has a dependent object"},
		create: func(c *call, res *world.Resource) error {
			name, vpc := text(c.in, "name"), text(c.in, "vpcId")
			switch {
			case vpc == "":
				return c.refuse("VPCIdNotSpecified", "No default VPC for this user")
			case name == "default" || strings.HasPrefix(name, "sg-"):
				return c.refuse("InvalidParameterValue", "Cannot use reserved security group name: %s", name)
			case len(c.each(securityGroupKind, Has("vpcId", vpc, "name", name))) > 0:
				return c.refuse("InvalidGroup.Duplicate", "The security group '%s' already exists for VPC '%s'", name, vpc)
			}
			return nil
		},
		remove: func(c *call, res *world.Resource) error {
			if groupInUse(c.Tx, res) {
				return c.refuses(c.kind.held, res)
			}
			dropRules(c.Tx, res)
			return nil
		},
	}
}

func groupText(v any) string {
	s, _ := v.(string)
	if len(s) > 255 || strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._-:/()#,@[]+=&;{}!$*", r)
	}) {
		return "a description has at most 255 characters out of a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*"
	}
	return ""
}

// groupInUse reports whether an interface or another group's rule uses the group.
func groupInUse(tx *world.Tx, group *world.Resource) bool {
	if len(tx.Find(group.Account, interfaceKind, func(r *world.Resource) bool { return slices.Contains(texts(r.Props, "securityGroups"), group.ID) })) > 0 {
		return true
	}
	for _, kind := range []string{ingressRuleKind, egressRuleKind} {
		if len(tx.Find("", kind, func(r *world.Resource) bool {
			return strings.HasSuffix(r.String("referencedSecurityGroupId"), group.ID) && r.String("securityGroupId") != group.ID
		})) > 0 {
			return true
		}
	}
	return false
}

// dropGroup removes a group with its rules.
func dropGroup(tx *world.Tx, group *world.Resource) {
	dropRules(tx, group)
	tx.Drop(group)
}

func dropRules(tx *world.Tx, group *world.Resource) {
	for _, kind := range []string{ingressRuleKind, egressRuleKind} {
		for _, r := range rulesOf(tx, group, kind) {
			tx.Drop(r)
		}
	}
}

func rulesOf(tx *world.Tx, group *world.Resource, kind string) []*world.Resource {
	return tx.Find(group.Account, kind, Has("securityGroupId", group.ID))
}

// newGroup makes a security group that AWS owns.
func (c *call) newGroup(vpc, name, description, owner string) *world.Resource {
	group := c.make(securityGroupKind, newID(c.Tx, "sg"), owner, map[string]any{
		"vpcId": vpc, "name": name, "description": description, "ownerId": c.account, "ingress": []any{}, "egress": []any{},
		"tags": map[string]any{}, "tagsAll": map[string]any{},
	})
	group.Props["arn"] = c.arn("ec2", "security-group/"+group.ID)
	return group
}

// openGroup adds the two rules of a fresh default group: everything from itself, everything out.
func (c *call) openGroup(group *world.Resource) {
	c.addRule(group, ingressRuleKind, map[string]any{"ipProtocol": "-1", "referencedSecurityGroupId": group.ID})
	c.addRule(group, egressRuleKind, map[string]any{"ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"})
}

// addRule adds a rule that AWS or a controller made.
func (c *call) addRule(group *world.Resource, kind string, props map[string]any) *world.Resource {
	return addRule(c.Tx, group, kind, group.Owner, props)
}

func addRule(tx *world.Tx, group *world.Resource, kind, owner string, props map[string]any) *world.Resource {
	id := newID(tx, "sgr")
	rule := &world.Resource{Account: group.Account, Region: group.Region, Kind: kind, ID: id, Owner: owner, Props: cloneMap(props)}
	rule.Props["securityGroupId"], rule.Props["securityGroupRuleId"] = group.ID, id
	tx.Put(rule)
	return rule
}

// The provider adopts the VPC's default group and empties it; the rules that a program could give inline are not modelled.
func defaultSecurityGroupType() *resourceType {
	noRules := input{check: func(v any) string {
		if empty(v) {
			return ""
		}
		return "the sandbox does not model rules inside a DefaultSecurityGroup; only an empty group can be asked for"
	}}
	return &resourceType{
		token: defaultSecurityGroupKind, service: "EC2", noun: "Default Security Group", creates: "DescribeSecurityGroups",
		inputs: map[string]input{
			"egress":              noRules,
			"ingress":             noRules,
			"revokeRulesOnDelete": {preset: false},
			"tags":                tags,
			"vpcId":               {required: true, replace: true, refers: vpcKind},
		},
		outputs: values{"arn": nil, "description": nil, "name": nil, "namePrefix": "", "ownerId": nil},
		create: func(c *call, res *world.Resource) error {
			vpc := c.get(vpcKind, text(c.in, "vpcId"))
			group := c.get(securityGroupKind, vpc.String("defaultSecurityGroupId"))
			if group == nil {
				return c.refuse("InvalidGroup.NotFound", "The security group 'default' does not exist in VPC '%s'", vpc.ID)
			}
			dropRules(c.Tx, group)
			res.ID = group.ID
			for _, k := range []string{"arn", "description", "name", "ownerId"} {
				res.Props[k] = group.Props[k]
			}
			return nil
		},
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			if c.get(securityGroupKind, id) == nil {
				return nil
			}
			return c.get(defaultSecurityGroupKind, id)
		},
	}
}

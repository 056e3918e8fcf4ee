package aws

import (
	"fmt"
	"regexp"
	"strings"

	"ambient-ecs/sandbox/world"
)

const (
	roleKind            = "aws:iam/role:Role"
	rolePolicyKind      = "aws:iam/rolePolicy:RolePolicy"
	attachmentKind      = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	oidcProviderKind    = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
	instanceProfileKind = "aws:iam/instanceProfile:InstanceProfile"
)

var iamName = regexp.MustCompile(`^[\w+=,.@-]+$`)

// iamNameCheck is the provider's own check of a name's length and letters.
func iamNameCheck(limit int) func(any) string {
	return func(v any) string {
		s, _ := v.(string)
		if len(s) < 1 || len(s) > limit {
			return fmt.Sprintf("expected length of name to be in the range (1 - %d), got %s", limit, s)
		}
		if !iamName.MatchString(s) {
			return "invalid value for name (must match [\\w+=,.@-])"
		}
		return ""
	}
}

func roleType() *resourceType {
	return &resourceType{
		token: roleKind, service: "IAM", noun: "IAM Role", global: true,
		inputs: map[string]input{
			"assumeRolePolicy":    {required: true, same: sameJSON, check: isJSON},
			"description":         {},
			"forceDetachPolicies": {preset: false},
			"maxSessionDuration":  {preset: 3600.0, check: between("max_session_duration", 3600, 43200)},
			"name":                {replace: true, auto: 64, check: iamNameCheck(64)},
			"namePrefix":          {replace: true, check: iamNameCheck(38)},
			"path":                {replace: true, preset: "/", check: isPath},
			"permissionsBoundary": {},
			"tags":                tags,
		},
		outputs: []string{"arn", "createDate", "uniqueId"},
		create:  createRole,
		update: func(c *call, res *world.Resource) error {
			trust := text(c.in, "assumeRolePolicy")
			if sameJSON(trust, storedTrust(c.Tx, res)) {
				return nil
			}
			named, err := c.checkTrust("UpdateAssumeRolePolicy", trust)
			if err != nil {
				return err
			}
			res.Props["_principals"] = named
			return nil
		},
		remove: removeRole,
		show: func(c *call, res *world.Resource, state map[string]any) {
			state["assumeRolePolicy"] = storedTrust(c.Tx, res)
		},
	}
}

func createRole(c *call, res *world.Resource) error {
	name := text(c.in, "name")
	if name == "" {
		name = text(c.in, "namePrefix") + digest(c.Tx, "role")[:26]
		res.Props["name"] = name
	}
	if c.get(roleKind, name) != nil {
		return c.refuse("CreateRole", "EntityAlreadyExists", "Role with name %s already exists.", name)
	}
	if boundary := text(c.in, "permissionsBoundary"); boundary != "" && managedPolicy(c.partition, boundary) == nil {
		return c.refuse("CreateRole", "NoSuchEntity", "Scope ARN: %s does not exist or is not attachable.", boundary)
	}
	named, err := c.checkTrust("CreateRole", text(c.in, "assumeRolePolicy"))
	if err != nil {
		return err
	}
	res.ID = name
	res.Props["_principals"] = named
	res.Props["arn"] = c.iamARN("role" + text(c.in, "path") + name)
	res.Props["createDate"] = stamp(c.Now)
	res.Props["uniqueId"] = newUnique(c.Tx, "AROA")
	return nil
}

func removeRole(c *call, res *world.Resource) error {
	ofRole := func(r *world.Resource) bool { return r.String("role") == res.ID }
	attached, inline := c.each(attachmentKind, ofRole), c.each(rolePolicyKind, ofRole)
	force := flag(res.Props, "forceDetachPolicies")
	switch {
	case len(c.each(instanceProfileKind, ofRole)) > 0:
		return c.refuse("DeleteRole", "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.")
	case len(attached) > 0 && !force:
		return c.refuse("DeleteRole", "DeleteConflict", "Cannot delete entity, must detach all policies first.")
	case len(inline) > 0 && !force:
		return c.refuse("DeleteRole", "DeleteConflict", "Cannot delete entity, must delete policies first.")
	}
	for _, r := range append(attached, inline...) {
		c.Drop(r)
	}
	return nil
}

// roleByARN returns the role with an ARN, in whatever account, or nil.
func roleByARN(tx *world.Tx, arn string) *world.Resource {
	role := tx.Get(accountOf(arn), roleKind, nameOf(arn))
	if role == nil || role.String("arn") != arn {
		return nil
	}
	return role
}

// role returns the role that an IAM operation names.
func (c *call) role(operation, name string) (*world.Resource, error) {
	if res := c.get(roleKind, name); res != nil {
		return res, nil
	}
	return nil, c.refuse(operation, "NoSuchEntity", "The role with name %s cannot be found.", name)
}

func rolePolicyType() *resourceType {
	return &resourceType{
		token: rolePolicyKind, service: "IAM", noun: "IAM Role Policy", global: true,
		inputs: map[string]input{
			"name":       {replace: true, auto: 128, check: iamNameCheck(128)},
			"namePrefix": {replace: true, check: iamNameCheck(102)},
			"policy":     {required: true, same: sameJSON, check: isJSON},
			"role":       {required: true, replace: true},
		},
		create: func(c *call, res *world.Resource) error {
			if text(c.in, "name") == "" {
				res.Props["name"] = text(c.in, "namePrefix") + digest(c.Tx, "rolepolicy")[:26]
			}
			// PutRolePolicy replaces a policy of the same name without a word, and so does this.
			res.ID = text(c.in, "role") + ":" + res.String("name")
			return c.checkRolePolicy(res.ID)
		},
		update: func(c *call, res *world.Resource) error { return c.checkRolePolicy(res.ID) },
	}
}

func (c *call) checkRolePolicy(id string) error {
	role, err := c.role("PutRolePolicy", text(c.in, "role"))
	if err != nil {
		return err
	}
	if err := c.checkPermissions("PutRolePolicy", text(c.in, "policy")); err != nil {
		return err
	}
	size := len(text(c.in, "policy"))
	for _, r := range c.each(rolePolicyKind, func(r *world.Resource) bool { return r.String("role") == role.ID && r.ID != id }) {
		size += len(r.String("policy"))
	}
	if size > 10240 {
		return c.refuse("PutRolePolicy", "LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role %s", role.ID)
	}
	return nil
}

// An attachment is the pair of role and policy; the provider's id for it says nothing.
func rolePolicyAttachmentType() *resourceType {
	return &resourceType{
		token: attachmentKind, service: "IAM", noun: "IAM Role Policy Attachment", global: true,
		inputs: map[string]input{
			"policyArn": {required: true, replace: true},
			"role":      {required: true, replace: true},
		},
		create: func(c *call, res *world.Resource) error {
			role, err := c.role("AttachRolePolicy", text(c.in, "role"))
			if err != nil {
				return err
			}
			policy := text(c.in, "policyArn")
			if managedPolicy(c.partition, policy) == nil {
				return c.refuse("AttachRolePolicy", "NoSuchEntity", "Policy %s does not exist or is not attachable.", policy)
			}
			if len(c.each(attachmentKind, func(r *world.Resource) bool { return r.String("role") == role.ID })) >= 10 {
				return c.refuse("AttachRolePolicy", "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10")
			}
			res.ID = role.ID + "/" + policy
			res.Props["_id"] = fmt.Sprintf("%s-%s%08d", role.ID, c.Now.Format("20060102150405"), c.NextSerial())
			return nil
		},
		find: func(c *call, id string, state map[string]any) *world.Resource {
			if role := text(state, "role"); role != "" {
				id = role + "/" + text(state, "policyArn")
			}
			return c.get(attachmentKind, id)
		},
		id: func(res *world.Resource) string { return res.String("_id") },
	}
}

func oidcProviderType() *resourceType {
	return &resourceType{
		token: oidcProviderKind, service: "IAM", noun: "IAM OIDC Provider", global: true,
		inputs: map[string]input{
			"clientIdLists":   {required: true, same: sameSet},
			"tags":            tags,
			"thumbprintLists": {computed: true},
			"url":             {required: true, replace: true},
		},
		outputs: []string{"arn"},
		create: func(c *call, res *world.Resource) error {
			url := text(c.in, "url")
			host, ok := strings.CutPrefix(url, "https://")
			if !ok {
				return c.refuse("CreateOpenIDConnectProvider", "ValidationError", "Invalid Open ID Connect Provider URL")
			}
			res.ID = c.iamARN("oidc-provider/" + host)
			if c.get(oidcProviderKind, res.ID) != nil {
				return c.refuse("CreateOpenIDConnectProvider", "EntityAlreadyExists", "Provider with url %s already exists.", url)
			}
			// IAM calls the issuer for its certificate.
			if len(c.Find("", eksClusterKind, func(r *world.Resource) bool { return issuerOf(r) == url })) == 0 {
				return c.refuse("CreateOpenIDConnectProvider", "OpenIdIdpCommunicationError", "Unable to reach the identity provider at %s", url)
			}
			res.Props["arn"] = res.ID
			if empty(res.Props["thumbprintLists"]) {
				res.Props["thumbprintLists"] = []any{digest(c.Tx, "thumbprint")[:40]}
			}
			return nil
		},
	}
}

// between is a check for a number's range.
func between(name string, low, high int) func(any) string {
	return func(v any) string {
		if n, ok := asNumber(v); ok && (n < low || n > high) {
			return fmt.Sprintf("expected %s to be in the range (%d - %d), got %d", name, low, high, n)
		}
		return ""
	}
}

func isPath(v any) string {
	s, _ := v.(string)
	if !strings.HasPrefix(s, "/") || !strings.HasSuffix(s, "/") || len(s) > 512 {
		return "must begin and end with a slash, and have at most 512 characters"
	}
	return ""
}

package aws

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/quota"
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
		token: roleKind, service: "IAM", noun: "IAM Role", global: true, creates: "CreateRole", updates: "UpdateAssumeRolePolicy", deletes: "DeleteRole",
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
		outputs: values{"arn": iamARN("role${path}${name}"), "createDate": "${Now}", "uniqueId": nil},
		key:     "${name}",
		missing: refusal{"NoSuchEntity", "The role with name ${id} cannot be found."},
		taken:   refusal{"EntityAlreadyExists", "Role with name ${name} already exists."},
		quota:   quota.Roles.Default,
		full:    refusal{"LimitExceeded", fmt.Sprintf("Cannot exceed quota for RolesPerAccount: %d", quota.Roles.Default)},
		create: func(c *call, res *world.Resource) error {
			if boundary := text(c.in, "permissionsBoundary"); boundary != "" && !c.attachable(boundary) {
				return c.refuse("NoSuchEntity", "Scope ARN: %s does not exist or is not attachable.", boundary)
			}
			res.Props["uniqueId"] = newUnique(c.Tx, "AROA")
			return c.setTrust(res)
		},
		update: func(c *call, res *world.Resource) error {
			if sameJSON(c.in["assumeRolePolicy"], storedTrust(c.Tx, res)) {
				return nil
			}
			return c.setTrust(res)
		},
		remove: removeRole,
		show: func(c *call, res *world.Resource, state map[string]any) {
			state["assumeRolePolicy"] = storedTrust(c.Tx, res)
		},
	}
}

// AddRole puts a role of somebody else into the account of its ARN.
func AddRole(tx *world.Tx, arn, trust string) {
	path := strings.TrimPrefix(ParseARN(arn).Resource, "role")
	name := NameOf(arn)
	tx.Put(&world.Resource{Account: AccountOf(arn), Kind: roleKind, ID: name, Props: map[string]any{
		"arn": arn, "name": name, "path": strings.TrimSuffix(path, name), "assumeRolePolicy": trust, "uniqueId": newUnique(tx, "AROA"),
	}})
}

func removeRole(c *call, res *world.Resource) error {
	attached, inline := c.each(attachmentKind, Has("role", res.ID)), c.each(rolePolicyKind, Has("role", res.ID))
	force := flag(res.Props, "forceDetachPolicies")
	switch {
	case len(c.each(instanceProfileKind, Has("role", res.ID))) > 0:
		return c.refuse("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.")
	case len(attached) > 0 && !force:
		return c.refuse("DeleteConflict", "Cannot delete entity, must detach all policies first.")
	case len(inline) > 0 && !force:
		return c.refuse("DeleteConflict", "Cannot delete entity, must delete policies first.")
	}
	for _, r := range append(attached, inline...) {
		c.Drop(r)
	}
	return nil
}

// roleByARN returns the role with an ARN, in whatever account, or nil.
func roleByARN(tx *world.Tx, arn string) *world.Resource {
	role := tx.Get(AccountOf(arn), roleKind, NameOf(arn))
	if role == nil || role.String("arn") != arn {
		return nil
	}
	return role
}

func rolePolicyType() *resourceType {
	return &resourceType{
		token: rolePolicyKind, service: "IAM", noun: "IAM Role Policy", global: true, creates: "PutRolePolicy", updates: "PutRolePolicy",
		inputs: map[string]input{
			// Of a policy with a prefix the provider makes up the name (terraform-provider-aws 5.100, internal/service/iam/role_policy.go).
			"name":       {replace: true, computed: true, auto: 128, check: iamNameCheck(128)},
			"namePrefix": {replace: true, computed: true, check: iamNameCheck(102)},
			"policy":     {required: true, same: sameJSON, check: isJSON},
			"role":       {required: true, replace: true, refers: roleKind},
		},
		// PutRolePolicy replaces a policy of the same name without a word.
		key:   "${role}:${name}",
		check: checkRolePolicy,
	}
}

func checkRolePolicy(c *call, res *world.Resource) error {
	if err := c.checkPermissions(text(c.in, "policy")); err != nil {
		return err
	}
	// IAM counts no white space (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, 2026-11-30).
	counted := func(document string) int { return len(strings.Join(strings.Fields(document), "")) }
	role, size := text(c.in, "role"), counted(text(c.in, "policy"))
	for _, other := range c.each(rolePolicyKind, Has("role", role)) {
		if other.String("name") != res.String("name") {
			size += counted(other.String("policy"))
		}
	}
	if most := quota.InlinePolicy.Default; size > most {
		return c.refuse("LimitExceeded", "Maximum policy size of %d bytes exceeded for role %s", most, role)
	}
	return nil
}

// The pair of role and policy identifies an attachment. The provider's id for it carries no information.
func rolePolicyAttachmentType() *resourceType {
	return &resourceType{
		token: attachmentKind, service: "IAM", noun: "IAM Role Policy Attachment", global: true, creates: "AttachRolePolicy",
		inputs: map[string]input{
			"policyArn": {required: true, replace: true},
			"role":      {required: true, replace: true, refers: roleKind},
		},
		key:   "${role}/${policyArn}",
		known: "${_id}",
		create: func(c *call, res *world.Resource) error {
			role, policy := text(c.in, "role"), text(c.in, "policyArn")
			if ParseARN(policy) == (ARN{}) {
				return c.refuse("ValidationError", "Invalid ARN:  Could not be parsed!")
			}
			if !c.attachable(policy) {
				return c.refuse("NoSuchEntity", "Policy %s does not exist or is not attachable.", policy)
			}
			if most := quota.AttachedTo.Default; len(c.each(attachmentKind, Has("role", role))) >= most {
				return c.refuse("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: %d", most)
			}
			res.Props["_id"] = fmt.Sprintf("%s-%s%08d", role, c.Now.Format("20060102150405"), c.NextSerial())
			return nil
		},
		find: func(c *call, id string, state map[string]any) *world.Resource {
			if role := text(state, "role"); role != "" {
				id = role + "/" + text(state, "policyArn")
			}
			return c.get(attachmentKind, id)
		},
	}
}

// publicIssuers are the issuers of tokens that answer everybody: those of GitHub Actions and of GitLab.
var publicIssuers = []string{"token.actions.githubusercontent.com", "gitlab.com"}

func oidcProviderType() *resourceType {
	return &resourceType{
		token: oidcProviderKind, service: "IAM", noun: "IAM OIDC Provider", global: true, creates: "CreateOpenIDConnectProvider",
		inputs: map[string]input{
			"clientIdLists":   {required: true, same: sameSet},
			"tags":            tags,
			"thumbprintLists": {computed: true},
			"url":             {required: true, replace: true},
		},
		outputs: values{"arn": "${id}"},
		create: func(c *call, res *world.Resource) error {
			url := text(c.in, "url")
			host, ok := strings.CutPrefix(url, "https://")
			if !ok {
				return c.refuse("ValidationError", "Invalid Open ID Connect Provider URL")
			}
			res.ID = c.iamARN("oidc-provider/" + host)
			if c.get(oidcProviderKind, res.ID) != nil {
				return c.refuse("EntityAlreadyExists", "Provider with url %s already exists.", url)
			}
			// IAM calls the issuer for its certificate.
			if !slices.Contains(publicIssuers, host) && len(c.Find("", eksClusterKind, func(r *world.Resource) bool { return issuerOf(r) == url })) == 0 {
				return c.refuse("OpenIdIdpCommunicationError", "Unable to reach the identity provider at %s", url)
			}
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

package aws

import (
	"strings"

	"ambient-ecs/quota"
	"ambient-ecs/sandbox/world"
)

const policyKind = "aws:iam/policy:Policy"

// policyType is a customer managed policy. A change of the document is a new version, which holds at once.
func policyType() *resourceType {
	return &resourceType{
		token: policyKind, service: "IAM", noun: "IAM Policy", global: true, creates: "CreatePolicy", updates: "CreatePolicyVersion", deletes: "DeletePolicy",
		inputs: map[string]input{
			"description": {replace: true},
			"name":        {replace: true, auto: 128, check: iamNameCheck(128)},
			"namePrefix":  {replace: true, check: iamNameCheck(102)},
			"path":        {replace: true, preset: "/", check: isPath},
			"policy":      {required: true, same: sameJSON, check: isJSON},
			"tags":        tags,
		},
		outputs: values{"arn": "${id}", "attachmentCount": 0.0, "policyId": nil},
		key:     iamARN("policy${path}${name}"),
		taken:   refusal{"EntityAlreadyExists", "A policy called ${name} already exists. Duplicate names are not allowed."},
		check: func(c *call, _ *world.Resource) error {
			if size := len(strings.Join(strings.Fields(text(c.in, "policy")), "")); size > quota.ManagedPolicySize {
				return c.refuse("LimitExceeded", "Cannot exceed quota for PolicySize: %d", quota.ManagedPolicySize)
			}
			return c.checkPermissions(text(c.in, "policy"))
		},
		create: func(c *call, res *world.Resource) error {
			res.Props["policyId"] = newUnique(c.Tx, "ANPA")
			return nil
		},
		remove: func(c *call, res *world.Resource) error {
			bounds := Has("permissionsBoundary", res.ID)
			if len(c.each(attachmentKind, Has("policyArn", res.ID)))+len(c.each(roleKind, bounds)) > 0 {
				return c.refuse("DeleteConflict", "Cannot delete a policy attached to entities.")
			}
			return nil
		},
	}
}

// attachable reports whether a role of the account can have a managed policy.
func (c *call) attachable(arn string) bool {
	return ParseARN(arn).Partition == c.partition && policyDocument(c.Tx, arn) != ""
}

// policyDocument is the document of a managed policy, the account's own or AWS's, or "" if there is none with this ARN.
func policyDocument(tx *world.Tx, arn string) string {
	if own := tx.Get(AccountOf(arn), policyKind, arn); own != nil {
		return own.String("policy")
	}
	if actions := managedPolicy(ParseARN(arn).Partition, arn); actions != nil {
		return permission(actions)
	}
	return ""
}

package aws

import (
	"regexp"
	"strings"
	"time"

	"ambient-ecs/sandbox/world"
)

const (
	kmsKeyKind   = "aws:kms/key:Key"
	kmsAliasKind = "aws:kms/alias:Alias"
)

// A deleted key stays for its waiting period in the state PendingDeletion, as in AWS.
func kmsKeyType() *resourceType {
	return &resourceType{
		token: kmsKeyKind, service: "KMS", noun: "KMS Key", creates: "CreateKey", updates: "PutKeyPolicy",
		inputs: map[string]input{
			"bypassPolicyLockoutSafetyCheck": {preset: false},
			"customerMasterKeySpec":          {replace: true, preset: "SYMMETRIC_DEFAULT"},
			"deletionWindowInDays":           {check: between("deletion_window_in_days", 7, 30)},
			"description":                    {chosen: ""},
			"enableKeyRotation":              {preset: false},
			"isEnabled":                      {preset: true},
			"keyUsage":                       {replace: true, preset: "ENCRYPT_DECRYPT"},
			"multiRegion":                    {replace: true, chosen: false},
			"policy":                         {chosen: defaultKeyPolicy, same: sameJSON, check: isJSON},
			"rotationPeriodInDays":           {computed: true, check: between("rotation_period_in_days", 90, 2560)},
			"tags":                           tags,
		},
		outputs: values{"arn": arn("kms", "key/${id}"), "keyId": "${id}"},
		newID:   func(tx *world.Tx) string { return newUUID(tx, "kms") },
		check:   checkKeyPolicy,
		create: func(c *call, res *world.Resource) error {
			if _, ok := res.Props["rotationPeriodInDays"]; !ok && flag(c.in, "enableKeyRotation") {
				res.Props["rotationPeriodInDays"] = 365.0
			}
			return nil
		},
		keep: func(*world.Resource) bool { return true },
		remove: func(c *call, res *world.Resource) error {
			days := number(res.Props, "deletionWindowInDays")
			if days == 0 {
				days = 30
			}
			res.Props["_state"] = "PendingDeletion"
			res.Props["_deletion"] = stamp(c.Now.Add(time.Duration(days) * 24 * time.Hour))
			return nil
		},
		find: func(c *call, id string, _ map[string]any) *world.Resource { return c.usableKey(id) },
	}
}

var defaultKeyPolicy = `{"Id":"key-default-1","Statement":[{"Action":"kms:*","Effect":"Allow","Principal":{"AWS":"` + iamARN("root") +
	`"},"Resource":"*","Sid":"Enable IAM User Permissions"}],"Version":"2012-10-17"}`

// checkKeyPolicy refuses a policy after which nobody could change the key any more.
func checkKeyPolicy(c *call, _ *world.Resource) error {
	policy := text(c.in, "policy")
	if policy == "" || flag(c.in, "bypassPolicyLockoutSafetyCheck") {
		return nil
	}
	for _, mine := range []string{c.iamARN("root"), `"` + c.account + `"`, c.principal} {
		if strings.Contains(policy, mine) {
			return nil
		}
	}
	return c.refuse("MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.")
}

// usableKey returns a key by id or ARN unless it waits for its deletion.
func (c *call) usableKey(id string) *world.Resource { return usableKey(c.Tx, c.account, id) }

var aliasPattern = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]+$`)

func kmsAliasType() *resourceType {
	return &resourceType{
		token: kmsAliasKind, service: "KMS", noun: "KMS Alias", creates: "CreateAlias", updates: "UpdateAlias",
		inputs: map[string]input{
			"name": {replace: true, auto: 256, prefix: "alias/", check: func(v any) string {
				if s, _ := v.(string); !aliasPattern.MatchString(s) || strings.HasPrefix(s, "alias/aws/") {
					return `name must begin with 'alias/' and be comprised of only [a-zA-Z0-9/_-], and not begin with 'alias/aws/'`
				}
				return ""
			}},
			// The key may be given by id or by ARN.
			"targetKeyId": {required: true, same: func(a, b any) bool {
				x, _ := a.(string)
				y, _ := b.(string)
				return NameOf(x) == NameOf(y)
			}},
		},
		outputs: values{"arn": "${id}", "targetKeyArn": nil},
		key:     arn("kms", "${name}"),
		known:   "${name}",
		taken:   refusal{"AlreadyExistsException", "An alias with the name ${id} already exists"},
		check: func(c *call, res *world.Resource) error {
			id := NameOf(text(c.in, "targetKeyId"))
			key := c.get(kmsKeyKind, id)
			switch {
			case key == nil:
				return c.refuse("NotFoundException", "Key '%s' does not exist", c.arn("kms", "key/"+id))
			case key.String("_state") == "PendingDeletion":
				return c.refuse("KMSInvalidStateException", "%s is pending deletion.", key.String("arn"))
			}
			res.Props["targetKeyArn"] = key.String("arn")
			return nil
		},
	}
}

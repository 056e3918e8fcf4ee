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
		token: kmsKeyKind, service: "KMS", noun: "KMS Key",
		inputs: map[string]input{
			"bypassPolicyLockoutSafetyCheck": {preset: false},
			"customerMasterKeySpec":          {replace: true, preset: "SYMMETRIC_DEFAULT"},
			"deletionWindowInDays":           {check: between("deletion_window_in_days", 7, 30)},
			"description":                    {computed: true},
			"enableKeyRotation":              {preset: false},
			"isEnabled":                      {preset: true},
			"keyUsage":                       {replace: true, preset: "ENCRYPT_DECRYPT"},
			"multiRegion":                    {replace: true, computed: true},
			"policy":                         {computed: true, same: sameJSON, check: isJSON},
			"rotationPeriodInDays":           {computed: true, check: between("rotation_period_in_days", 90, 2560)},
			"tags":                           tags,
		},
		outputs: []string{"arn", "keyId"},
		create: func(c *call, res *world.Resource) error {
			if err := c.checkKeyPolicy("CreateKey"); err != nil {
				return err
			}
			res.ID = newUUID(c.Tx, "kms")
			res.Props["keyId"], res.Props["arn"] = res.ID, c.arn("kms", "key/"+res.ID)
			for k, v := range map[string]any{"description": "", "multiRegion": false, "policy": c.defaultKeyPolicy()} {
				if _, ok := res.Props[k]; !ok {
					res.Props[k] = v
				}
			}
			if _, ok := res.Props["rotationPeriodInDays"]; !ok && flag(c.in, "enableKeyRotation") {
				res.Props["rotationPeriodInDays"] = 365.0
			}
			return nil
		},
		update: func(c *call, _ *world.Resource) error { return c.checkKeyPolicy("PutKeyPolicy") },
		keep:   func(*world.Resource) bool { return true },
		remove: func(c *call, res *world.Resource) error {
			days := number(res.Props, "deletionWindowInDays")
			if days == 0 {
				days = 30
			}
			res.Props["_state"] = "PendingDeletion"
			res.Props["_deletion"] = stamp(c.Now.Add(time.Duration(days) * 24 * time.Hour))
			c.Changed(res)
			return nil
		},
		find: func(c *call, id string, _ map[string]any) *world.Resource { return c.usableKey(id) },
	}
}

func (c *call) defaultKeyPolicy() string {
	return `{"Id":"key-default-1","Statement":[{"Action":"kms:*","Effect":"Allow","Principal":{"AWS":"` + c.iamARN("root") + `"},"Resource":"*","Sid":"Enable IAM User Permissions"}],"Version":"2012-10-17"}`
}

// checkKeyPolicy refuses a policy after which nobody could change the key any more.
func (c *call) checkKeyPolicy(operation string) error {
	policy := text(c.in, "policy")
	if policy == "" || flag(c.in, "bypassPolicyLockoutSafetyCheck") {
		return nil
	}
	for _, mine := range []string{c.iamARN("root"), `"` + c.account + `"`, c.principal} {
		if strings.Contains(policy, mine) {
			return nil
		}
	}
	return c.refuse(operation, "MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.")
}

// usableKey returns a key by id or ARN unless it waits for its deletion.
func (c *call) usableKey(id string) *world.Resource {
	res := c.get(kmsKeyKind, nameOf(id))
	if res == nil || res.String("_state") == "PendingDeletion" {
		return nil
	}
	return res
}

var aliasPattern = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]+$`)

func kmsAliasType() *resourceType {
	return &resourceType{
		token: kmsAliasKind, service: "KMS", noun: "KMS Alias",
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
				return nameOf(x) == nameOf(y)
			}},
		},
		outputs: []string{"arn", "targetKeyArn"},
		create: func(c *call, res *world.Resource) error {
			name := text(c.in, "name")
			res.ID = c.arn("kms", name)
			if c.get(kmsAliasKind, res.ID) != nil {
				return c.refuse("CreateAlias", "AlreadyExistsException", "An alias with the name %s already exists", res.ID)
			}
			res.Props["arn"] = res.ID
			return c.pointAlias("CreateAlias", res)
		},
		update: func(c *call, res *world.Resource) error { return c.pointAlias("UpdateAlias", res) },
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			return c.get(kmsAliasKind, c.arn("kms", id))
		},
		id: func(res *world.Resource) string { return res.String("name") },
	}
}

func (c *call) pointAlias(operation string, res *world.Resource) error {
	id := text(c.in, "targetKeyId")
	key := c.get(kmsKeyKind, nameOf(id))
	if key == nil {
		return c.refuse(operation, "NotFoundException", "Key '%s' does not exist", c.arn("kms", "key/"+nameOf(id)))
	}
	if key.String("_state") == "PendingDeletion" {
		return c.refuse(operation, "KMSInvalidStateException", "%s is pending deletion.", key.String("arn"))
	}
	res.Props["targetKeyArn"] = key.String("arn")
	return nil
}

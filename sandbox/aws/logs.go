package aws

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/sandbox/world"
)

const logGroupKind = "aws:cloudwatch/logGroup:LogGroup"

// retentions are the periods in days that CloudWatch Logs knows; 0 is for ever.
var retentions = []int{0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

var logGroupName = regexp.MustCompile(`^[a-zA-Z0-9_\-/.#]{1,512}$`)

func logGroupType() *resourceType {
	return &resourceType{
		token: logGroupKind, service: "CloudWatch Logs", noun: "CloudWatch Logs Log Group",
		inputs: map[string]input{
			"kmsKeyId":      {},
			"logGroupClass": {replace: true, computed: true, check: oneOf("STANDARD", "INFREQUENT_ACCESS")},
			"name": {replace: true, auto: 512, check: func(v any) string {
				if s, _ := v.(string); !logGroupName.MatchString(s) {
					return fmt.Sprintf("%q isn't a valid log group name (alphanumeric characters, underscores, hyphens, slashes, hash signs and dots are allowed)", v)
				}
				return ""
			}},
			"namePrefix": {replace: true},
			"retentionInDays": {preset: 0.0, check: func(v any) string {
				if n, ok := asNumber(v); ok && !slices.Contains(retentions, n) {
					return fmt.Sprintf("expected retention_in_days to be one of %d, got %d", retentions, n)
				}
				return ""
			}},
			"skipDestroy": {preset: false},
			"tags":        tags,
		},
		outputs: []string{"arn"},
		create: func(c *call, res *world.Resource) error {
			name := text(c.in, "name")
			if name == "" {
				name = text(c.in, "namePrefix") + digest(c.Tx, "loggroup")[:26]
				res.Props["name"] = name
			}
			res.ID = c.logGroupARN(name)
			if c.get(logGroupKind, res.ID) != nil {
				return c.refuse("CreateLogGroup", "ResourceAlreadyExistsException", "The specified log group already exists")
			}
			if err := c.checkLogKey("CreateLogGroup"); err != nil {
				return err
			}
			if res.String("logGroupClass") == "" {
				res.Props["logGroupClass"] = "STANDARD"
			}
			res.Props["arn"] = res.ID
			return nil
		},
		update: func(c *call, _ *world.Resource) error { return c.checkLogKey("AssociateKmsKey") },
		keep:   func(res *world.Resource) bool { return flag(res.Props, "skipDestroy") },
		remove: func(c *call, res *world.Resource) error {
			if !flag(res.Props, "skipDestroy") {
				c.dropFilters(res.String("name"))
			}
			return nil
		},
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			return c.get(logGroupKind, c.logGroupARN(id))
		},
		id: func(res *world.Resource) string { return res.String("name") },
	}
}

func (c *call) logGroupARN(name string) string { return c.arn("logs", "log-group:"+name) }

// checkLogKey refuses a key that CloudWatch Logs may not use.
func (c *call) checkLogKey(operation string) error {
	id := text(c.in, "kmsKeyId")
	if id == "" {
		return nil
	}
	if key := c.usableKey(id); key == nil || !strings.Contains(key.String("policy"), "logs.") {
		return c.refuse(operation, "InvalidParameterException", "The specified KMS key does not exist or is not allowed to be used with LogGroup '%s'", c.logGroupARN(text(c.in, "name")))
	}
	return nil
}

// logGroup returns a log group by name, or nil.
func logGroup(tx *world.Tx, account, region, name string) *world.Resource {
	found := tx.Find(account, logGroupKind, func(r *world.Resource) bool { return r.Region == region && r.String("name") == name })
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// writeLogs is what a service does when it has something to log: a log group that is missing appears by itself,
// without retention, and stays when its maker is gone.
func writeLogs(tx *world.Tx, account, region, name, owner string) {
	if logGroup(tx, account, region, name) != nil {
		return
	}
	arn := fmt.Sprintf("arn:%s:logs:%s:%s:log-group:%s", partitionOf(region), region, account, name)
	tx.Put(&world.Resource{Account: account, Region: region, Kind: logGroupKind, ID: arn, Owner: owner, Props: map[string]any{
		"name": name, "arn": arn, "retentionInDays": 0.0, "logGroupClass": "STANDARD", "tags": map[string]any{}, "tagsAll": map[string]any{},
	}})
}

package aws

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/quota"
	"ambient-ecs/sandbox/world"
)

const logGroupKind = "aws:cloudwatch/logGroup:LogGroup"

// retentions are the periods in days that CloudWatch Logs knows; 0 is for ever.
var retentions = []int{0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

var logGroupName = regexp.MustCompile(`^[a-zA-Z0-9_\-/.#]{1,512}$`)

func logGroupType() *resourceType {
	return &resourceType{
		token: logGroupKind, service: "CloudWatch Logs", noun: "CloudWatch Logs Log Group", creates: "CreateLogGroup", updates: "AssociateKmsKey",
		inputs: map[string]input{
			"kmsKeyId":      {},
			"logGroupClass": {replace: true, chosen: "STANDARD", check: oneOf("STANDARD", "INFREQUENT_ACCESS")},
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
		outputs: values{"arn": "${id}"},
		key:     arn("logs", "log-group:${name}"),
		known:   "${name}",
		missing: refusal{"ResourceNotFoundException", "The specified log group does not exist."},
		taken:   refusal{"ResourceAlreadyExistsException", "The specified log group already exists"},
		check:   checkLogKey,
		keep:    func(res *world.Resource) bool { return flag(res.Props, "skipDestroy") },
		remove: func(c *call, res *world.Resource) error {
			if !flag(res.Props, "skipDestroy") {
				for _, filter := range c.each(metricFilterKind, Has("logGroupName", res.String("name"))) {
					c.Drop(filter)
				}
			}
			return nil
		},
	}
}

// checkLogKey refuses a key that CloudWatch Logs may not use.
func checkLogKey(c *call, res *world.Resource) error {
	id := text(c.in, "kmsKeyId")
	if id == "" {
		return nil
	}
	group := c.arn("logs", "log-group:"+res.String("name"))
	logs := Principal{Service: "logs." + c.region + ".amazonaws.com"}
	facts := map[string]string{"kms:EncryptionContext:aws:logs:arn": group}
	if key := c.usableKey(id); key == nil || !keyLets(key, logs, facts, "kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:GenerateDataKey", "kms:DescribeKey") {
		return c.invalid("The specified KMS key does not exist or is not allowed to be used with LogGroup '%s'", group)
	}
	return nil
}

// logGroupsMeant are the log groups whose names begin with a text.
func logGroupsMeant(c *call) []*world.Resource {
	prefix := text(c.in, "logGroupNamePrefix")
	return c.each(logGroupKind, func(r *world.Resource) bool { return strings.HasPrefix(r.String("name"), prefix) })
}

// logGroup returns a log group by name, or nil.
func logGroup(tx *world.Tx, account, region, name string) *world.Resource {
	return first(tx.Find(account, logGroupKind, func(r *world.Resource) bool { return r.Region == region && r.String("name") == name }))
}

// writeLogs plays a service that writes a log. It creates a missing log group without retention. The group stays
// when its maker is gone.
func writeLogs(tx *world.Tx, account, region, name, owner string) {
	if logGroup(tx, account, region, name) != nil {
		return
	}
	arn := fmt.Sprintf("arn:%s:logs:%s:%s:log-group:%s", quota.Partition(region), region, account, name)
	tx.Put(&world.Resource{Account: account, Region: region, Kind: logGroupKind, ID: arn, Owner: owner, Props: map[string]any{
		"name": name, "arn": arn, "retentionInDays": 0.0, "logGroupClass": "STANDARD", "tags": map[string]any{}, "tagsAll": map[string]any{},
	}})
}

const metricFilterKind = "aws:cloudwatch/logMetricFilter:LogMetricFilter"

func metricFilterType() *resourceType {
	return &resourceType{
		token: metricFilterKind, service: "CloudWatch Logs", noun: "CloudWatch Logs Metric Filter", creates: "PutMetricFilter", updates: "PutMetricFilter",
		inputs: map[string]input{
			"logGroupName":         {required: true, replace: true, refers: logGroupKind},
			"metricTransformation": {required: true},
			"name":                 {replace: true, auto: 512, check: atMost("name", 512)},
			"pattern":              {required: true, check: atMost("pattern", 1024)},
		},
		key:   "${logGroupName}|${name}",
		known: "${name}",
		check: checkFilter,
		find: func(c *call, id string, state map[string]any) *world.Resource {
			// An import names group and filter: group:filter.
			group := text(state, "logGroupName")
			if named, name, ok := strings.Cut(id, ":"); ok && group == "" {
				group, id = named, name
			}
			return c.get(metricFilterKind, group+"|"+id)
		},
	}
}

func checkFilter(c *call, _ *world.Resource) error {
	for _, field := range []string{"name", "namespace", "value"} {
		if text(c.in, "metricTransformation", field) == "" {
			return c.invalid("A metric transformation needs a %s", field)
		}
	}
	if strings.Count(text(c.in, "pattern"), `"`)%2 != 0 {
		return c.invalid("Invalid metric filter pattern")
	}
	return nil
}

const queryDefinitionKind = "aws:cloudwatch/queryDefinition:QueryDefinition"

func queryDefinitionType() *resourceType {
	return &resourceType{
		token: queryDefinitionKind, service: "CloudWatch Logs", noun: "CloudWatch Logs Query Definition", creates: "PutQueryDefinition", updates: "PutQueryDefinition",
		inputs: map[string]input{
			// The order of the groups is kept.
			"logGroupNames": {},
			"name":          {required: true, check: atMost("name", 255)},
			"queryString":   {required: true, check: atMost("query_string", 10000)},
		},
		outputs: values{"queryDefinitionId": "${id}"},
		newID:   func(tx *world.Tx) string { return newUUID(tx, "query") },
		check:   checkQuery,
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			// An import names the ARN: arn:aws:logs:…:query-definition:ID.
			return c.get(queryDefinitionKind, id[strings.LastIndex(id, ":")+1:])
		},
	}
}

// queryCommands are what a line of a query may begin with.
var queryCommands = []string{"fields", "filter", "stats", "sort", "limit", "parse", "display", "dedup", "pattern", "unmask", "unnest", "diff", "filterIndex", "SOURCE", "anomaly"}

func checkQuery(c *call, _ *world.Resource) error {
	if len(texts(c.in, "logGroupNames")) > 50 {
		return c.invalid("A query can have at most 50 log groups")
	}
	for line := range strings.SplitSeq(text(c.in, "queryString"), "\n") {
		word, _, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "|")), " ")
		if word != "" && !strings.HasPrefix(word, "#") && !slices.Contains(queryCommands, word) {
			return c.refuse("MalformedQueryException", "unexpected symbol found %s", word)
		}
	}
	return nil
}

package aws

import (
	"fmt"
	"regexp"
	"strings"

	"ambient-ecs/sandbox/world"
)

const (
	topicKind        = "aws:sns/topic:Topic"
	subscriptionKind = "aws:sns/topicSubscription:TopicSubscription"
)

var topicName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}(\.fifo)?$`)

func topicType() *resourceType {
	return &resourceType{
		token: topicKind, service: "SNS", noun: "SNS Topic", creates: "CreateTopic",
		inputs: map[string]input{
			"deliveryPolicy":   {same: sameJSON, check: isJSON},
			"displayName":      {},
			"fifoTopic":        {replace: true, preset: false},
			"kmsMasterKeyId":   {},
			"name":             {replace: true, auto: 256, check: isTopicName},
			"namePrefix":       {replace: true},
			"policy":           {chosen: defaultTopicPolicy, same: sameJSON, check: isJSON},
			"signatureVersion": {chosen: 0},
			"tags":             tags,
			"tracingConfig":    {chosen: "PassThrough"},
		},
		outputs: values{"arn": "${id}", "beginningArchiveTime": "", "owner": "${Account}"},
		key:     arn("sns", "${name}"),
		missing: refusal{"NotFound", "Topic does not exist"},
		parts:   []link{{kind: subscriptionKind, property: "topic"}},
		// CreateTopic returns a topic of the same name, unless it has other tags.
		create: func(c *call, res *world.Resource) error {
			if old := c.get(topicKind, res.ID); old != nil && !sameValue(old.Props["tags"], c.in["tags"]) {
				return c.refuse("InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags")
			}
			return nil
		},
	}
}

func isTopicName(v any) string {
	if s, _ := v.(string); !topicName.MatchString(s) {
		return fmt.Sprintf("invalid name: %v", v)
	}
	return ""
}

// defaultTopicPolicy lets the account itself publish, CloudWatch's alarms of the account among it.
var defaultTopicPolicy = `{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},` +
	`"Action":["SNS:Publish","SNS:Subscribe"],"Resource":"` + arn("sns", "${name}") + `","Condition":{"StringEquals":{"AWS:SourceOwner":"${Account}"}}}]}`

// protocols are the protocols by which SNS delivers.
var protocols = []string{"application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"}

// A subscription by e-mail waits until its recipient confirms it. In the sandbox it stays unconfirmed.
func subscriptionType() *resourceType {
	return &resourceType{
		token: subscriptionKind, service: "SNS", noun: "SNS Topic Subscription", creates: "Subscribe",
		inputs: map[string]input{
			"confirmationTimeoutInMinutes": {preset: 1.0},
			"deliveryPolicy":               {same: sameJSON, check: isJSON},
			"endpoint":                     {required: true, replace: true},
			"endpointAutoConfirms":         {preset: false},
			"filterPolicy":                 {same: sameJSON, check: isJSON},
			"filterPolicyScope":            {computed: true},
			"protocol":                     {required: true, replace: true, check: oneOf(protocols...)},
			"rawMessageDelivery":           {preset: false},
			"redrivePolicy":                {same: sameJSON, check: isJSON},
			"replayPolicy":                 {same: sameJSON, check: isJSON},
			"subscriptionRoleArn":          {},
			"topic":                        {required: true, replace: true, refers: topicKind},
		},
		outputs: values{"arn": "${id}", "confirmationWasAuthenticated": nil, "ownerId": "${Account}", "pendingConfirmation": nil},
		key:     "${topic}:${UUID}",
		create: func(c *call, res *world.Resource) error {
			byMail := strings.HasPrefix(text(c.in, "protocol"), "email")
			if byMail && !strings.Contains(text(c.in, "endpoint"), "@") {
				return c.refuse("InvalidParameter", "Invalid parameter: Email address")
			}
			res.Props["pendingConfirmation"], res.Props["confirmationWasAuthenticated"] = byMail, !byMail
			return nil
		},
		// AWS does not end a subscription that nobody has confirmed: it is forgotten days later, or with its topic.
		keep: func(res *world.Resource) bool { return flag(res.Props, "pendingConfirmation") },
		remove: func(_ *call, res *world.Resource) error {
			res.Props["_unsubscribed"] = true
			return nil
		},
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			if res := c.get(subscriptionKind, id); res != nil && !flag(res.Props, "_unsubscribed") {
				return res
			}
			return nil
		},
	}
}

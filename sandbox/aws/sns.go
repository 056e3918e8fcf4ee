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
		token: topicKind, service: "SNS", noun: "SNS Topic",
		inputs: map[string]input{
			"deliveryPolicy":   {same: sameJSON, check: isJSON},
			"displayName":      {},
			"fifoTopic":        {replace: true, preset: false},
			"kmsMasterKeyId":   {},
			"name":             {replace: true, auto: 256, check: isTopicName},
			"namePrefix":       {replace: true},
			"policy":           {computed: true, same: sameJSON, check: isJSON},
			"signatureVersion": {computed: true},
			"tags":             tags,
			"tracingConfig":    {computed: true},
		},
		outputs: []string{"arn", "beginningArchiveTime", "owner"},
		create: func(c *call, res *world.Resource) error {
			name := text(c.in, "name")
			if name == "" {
				name = text(c.in, "namePrefix") + digest(c.Tx, "topic")[:26]
				res.Props["name"] = name
			}
			res.ID = c.arn("sns", name)
			// CreateTopic returns a topic of the same name, unless it has other tags.
			if old := c.get(topicKind, res.ID); old != nil && !sameValue(old.Props["tags"], c.in["tags"]) {
				return c.refuse("CreateTopic", "InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags")
			}
			for key, value := range map[string]any{"policy": c.defaultTopicPolicy(res.ID), "signatureVersion": 0.0, "tracingConfig": "PassThrough"} {
				if _, said := res.Props[key]; !said {
					res.Props[key] = value
				}
			}
			res.Props["arn"], res.Props["owner"], res.Props["beginningArchiveTime"] = res.ID, c.account, ""
			return nil
		},
		remove: func(c *call, res *world.Resource) error {
			for _, subscription := range c.each(subscriptionKind, func(r *world.Resource) bool { return r.String("topic") == res.ID }) {
				c.Drop(subscription)
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
func (c *call) defaultTopicPolicy(arn string) string {
	return `{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},` +
		`"Action":["SNS:Publish","SNS:Subscribe"],"Resource":"` + arn + `","Condition":{"StringEquals":{"AWS:SourceOwner":"` + c.account + `"}}}]}`
}

// protocols are those that SNS delivers by.
var protocols = []string{"application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"}

// A subscription by e-mail waits for somebody to confirm it. Nobody does so in the sandbox.
func subscriptionType() *resourceType {
	return &resourceType{
		token: subscriptionKind, service: "SNS", noun: "SNS Topic Subscription",
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
			"topic":                        {required: true, replace: true},
		},
		outputs: []string{"arn", "confirmationWasAuthenticated", "ownerId", "pendingConfirmation"},
		create: func(c *call, res *world.Resource) error {
			topic, endpoint := text(c.in, "topic"), text(c.in, "endpoint")
			byMail := strings.HasPrefix(text(c.in, "protocol"), "email")
			switch {
			case c.get(topicKind, topic) == nil:
				return c.refuse("Subscribe", "NotFound", "Topic does not exist")
			case byMail && !strings.Contains(endpoint, "@"):
				return c.refuse("Subscribe", "InvalidParameter", "Invalid parameter: Email address")
			}
			res.ID = topic + ":" + newUUID(c.Tx, "subscription")
			res.Props["arn"], res.Props["ownerId"] = res.ID, c.account
			res.Props["pendingConfirmation"], res.Props["confirmationWasAuthenticated"] = byMail, !byMail
			return nil
		},
		// AWS does not end a subscription that nobody has confirmed: it is forgotten days later, or with its topic.
		keep: func(res *world.Resource) bool { return flag(res.Props, "pendingConfirmation") },
		remove: func(c *call, res *world.Resource) error {
			if flag(res.Props, "pendingConfirmation") {
				res.Props["_unsubscribed"] = true
				c.Changed(res)
			}
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

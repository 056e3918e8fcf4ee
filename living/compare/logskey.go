package compare

import "ambient-ecs/config"

// LogsKeySubject is the key in World.Unseen of the keys of log groups.
const LogsKeySubject = "the key of the log groups"

// unusedLogsKeys warns of keys of log groups that the update deletes. Events that arrived before stay encrypted with the old key, and KMS
// decrypts nothing with a key that waits for its deletion
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html and
// https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html, 2026-11-30).
func (c *comparison) unusedLogsKeys() {
	for _, key := range c.cfg.AccountKeys() {
		arn := c.world.UnusedLogsKeys[key]
		if arn == "" {
			continue
		}
		c.warn("Account %s: this update schedules the deletion of %s, with which the log groups are encrypted, because accounts.%s.keys.logs is not %s. "+
			"From then on CloudWatch shows none of the events that arrived before. The deletion can be cancelled for 30 days (docs/living-stack.md#log-groups)", key, arn, key, config.OwnKey)
	}
}

package compare

import (
	"slices"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/iam/evaluation"
)

// source is the task for which ECS takes a role, as the condition keys aws:SourceAccount and aws:SourceArn show it to the role's trust.
type source struct {
	account, arn string
}

// anyAccount stands for an account that no condition has in mind.
const anyAccount = "000000000000"

// taskOf is a task of the account with an id, in the region of one of the stack's accounts.
func taskOf(cfg config.Config, account, id string) source {
	return source{id, "arn:" + cfg.Partition() + ":ecs:" + cfg.RegionOf(account) + ":" + id + ":task/any"}
}

// foreignAccounts are the values of a trust's conditions with which ECS may take the role for tasks of another account, and anyAccount if it
// may for every account's. A value with wildcards counts when some other account matches it.
func foreignAccounts(cfg config.Config, account string, trust evaluation.Document, role Role) (foreign []string) {
	own := cfg.Accounts[account].ID
	try := func(value string, task source) {
		if task.account != own && ecsTakes(role, task).Cause == evaluation.None {
			foreign = append(foreign, value)
		}
	}
	try(anyAccount, taskOf(cfg, account, anyAccount))
	for _, s := range trust.Statement {
		for _, keys := range s.Condition {
			for key, values := range keys {
				for _, value := range values {
					for _, task := range admitted(cfg, account, key, value) {
						try(value, task)
					}
				}
			}
		}
	}
	slices.Sort(foreign)
	return slices.Compact(foreign)
}

// admitted are tasks that the value of a condition key admits. Where it has wildcards they are of two accounts, of which one at least is not the
// account's own.
func admitted(cfg config.Config, account, key, value string) (tasks []source) {
	parts := strings.SplitN(value, ":", 6)
	if len(parts) == 5 { // its last wildcard stands for the account and for all that follows
		parts = append(parts, "")
	}
	for _, digit := range []string{"0", "1"} {
		switch {
		case strings.EqualFold(key, "aws:SourceAccount"):
			tasks = append(tasks, taskOf(cfg, account, matching(value, digit, 12)))
		case strings.EqualFold(key, "aws:SourceArn") && len(parts) == 6:
			arn := slices.Clone(parts)
			arn[4] = matching(arn[4], digit, 12)
			tasks = append(tasks, source{arn[4], matching(strings.Join(arn, ":"), digit, 0)})
		}
	}
	return tasks
}

// matching is a text that matches a pattern of IAM, with digits for its wildcards, and of a length if the pattern allows.
func matching(pattern, digit string, length int) string {
	text := strings.ReplaceAll(pattern, "?", digit)
	fill := strings.Repeat(digit, max(1, length-len(text)+strings.Count(text, "*")))
	text = strings.Replace(text, "*", fill, 1)
	return strings.ReplaceAll(text, "*", "")
}

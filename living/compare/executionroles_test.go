package compare_test

import (
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

func TestAnExecutionRoleThatExistsAdmitsECS(t *testing.T) {
	const theirs = "arn:aws:iam::" + homeID + ":role/team/execution"
	cfg := dev(t, func(c *config.Config) {
		account := c.Accounts["local"]
		account.ExecutionRoleARN = theirs
		c.Accounts["local"] = account
	})
	for _, c := range []struct {
		name string
		role compare.Role
		word string // "": it is silence
	}{
		{"ECS of every account", compare.Role{ARN: theirs, Trust: ecsTrust("", "")}, ""},
		{"ECS in the account, and people", compare.Role{ARN: theirs, Trust: ecsTrust(`,"AWS":"arn:aws:iam::`+homeID+`:root"`, ofAccount)}, ""},
		{"no role", compare.Role{}, "there is no role of this name in account local"},
		{"another path", compare.Role{ARN: "arn:aws:iam::" + homeID + ":role/execution", Trust: ecsTrust("", "")}, "role/execution: give its whole ARN"},
		{"another service", compare.Role{ARN: theirs, Trust: strings.ReplaceAll(ecsTrust("", ""), "ecs-tasks", "lambda")}, "does not admit ecs-tasks.amazonaws.com"},
		{"ECS of another account", compare.Role{ARN: theirs, Trust: ecsTrust("", strings.ReplaceAll(ofAccount, homeID, otherID))}, "does not admit ecs-tasks.amazonaws.com"},
	} {
		w := lives(cfg)
		w.TaskRoles = map[string]compare.Role{theirs: c.role}
		_, err := compare.Compare(cfg, w)
		if (err != nil) != (c.word != "") || err != nil && (!strings.Contains(err.Error(), c.word) || !strings.Contains(err.Error(), `accounts.local.executionRoleArn = "`+theirs+`"`)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

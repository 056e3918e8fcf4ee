package compare_test

import (
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/contract"
	"ambient-ecs/living/compare"
)

// A guest's revision names the log group and the execution role of the contract. ECS starts no task of it when they are gone, and no preview of the
// platform shows a guest.
func TestGuestsThatWouldLoseTheirLogGroupOrRoleAreTold(t *testing.T) {
	const role = "arn:aws:iam::" + homeID + ":role/apps/execution"
	before := dev(t, func(c *config.Config) { c.PublishContract = true })
	after := dev(t, func(c *config.Config) {
		c.PublishContract = true
		cluster := c.Clusters["ecs-1"]
		cluster.LogGroup = "/apps/prod"
		c.Clusters["ecs-1"] = cluster
		account := c.Accounts["local"]
		account.ExecutionRoleARN = role
		c.Accounts["local"] = account
	})
	w := lives(after)
	w.Contracts = map[string]contract.Contract{"ecs-1": before.Contract("ecs-1"), "ecs-2": before.Contract("ecs-2")}
	warnings, err := compare.Compare(after, w)
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(warnings, "\n")
	for _, want := range []string{
		"clusters.ecs-1.logGroup is set, and the published contract of clusters.ecs-1 names the log group /ecs/" + after.Prefix("ecs-1"),
		"accounts.local.executionRoleArn is set, and the published contract of clusters.ecs-1 names the execution role " + before.Contract("ecs-1").Cluster.ExecutionRoleARN,
		"the published contract of clusters.ecs-2 names the execution role", "agree on a time",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("nobody says %q:\n%s", want, said)
		}
	}
	if strings.Contains(said, "clusters.ecs-2.logGroup") {
		t.Errorf("the log group of ecs-2 stays:\n%s", said)
	}
	// Once it is published, it is said no more, and without a contract there are no guests.
	for name, contracts := range map[string]map[string]contract.Contract{"published": {"ecs-1": after.Contract("ecs-1"), "ecs-2": after.Contract("ecs-2")}, "none": nil} {
		w.Contracts = contracts
		if again, err := compare.Compare(after, w); err != nil || strings.Contains(strings.Join(again, "\n"), "agree on a time") {
			t.Errorf("%s: %v, %q", name, err, again)
		}
	}
}

func TestTheContractIsLookedUpWhereGuestsCouldLoseSomething(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*config.Config)
		want   int
	}{
		"nothing of others":     {func(c *config.Config) { c.PublishContract = true }, 0},
		"no contract":           {func(c *config.Config) { set(c, "/apps/prod") }, 0},
		"a log group of others": {func(c *config.Config) { c.PublishContract = true; set(c, "/apps/prod") }, 1},
	} {
		if got := dev(t, c.change).GuestsOfOthers("local"); len(got) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func set(c *config.Config, group string) {
	cluster := c.Clusters["ecs-1"]
	cluster.LogGroup = group
	c.Clusters["ecs-1"] = cluster
}

package compare_test

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

// The provider of another account would update what it does not have, and fail in the middle of an up.
func TestALivingClusterStaysInItsAccount(t *testing.T) {
	cfg := dev(t, nil)
	w := lives(cfg)
	w.Strays = map[string]string{"ecs-3": "local"}
	_, err := compare.Compare(cfg, w)
	if err == nil || !strings.Contains(err.Error(), `clusters.ecs-3.account = "external": the cluster lives in account local, and ECS moves no cluster`) {
		t.Error(err)
	}
}

func TestAClusterElsewhereIsFoundByItsName(t *testing.T) {
	arn := func(name string) string { return "arn:aws:ecs:eu-central-1:" + homeID + ":cluster/" + name }
	for _, c := range []struct {
		name   string
		change func(*config.Config)
		arns   []string
		want   []string
	}{
		{"the cluster of the other account", nil, []string{arn("ambient-ecs-3")}, []string{"ecs-3"}},
		{"the account's own clusters", nil, []string{arn("ambient-ecs-1"), arn("ambient-ecs-2")}, nil},
		{"a longer name", nil, []string{arn("other-ambient-ecs-3"), arn("ambient-ecs-31")}, nil},
		{"one name in both accounts", func(c *config.Config) {
			for _, key := range []string{"ecs-1", "ecs-3"} {
				cluster := c.Clusters[key]
				cluster.Existing = "apps"
				c.Clusters[key] = cluster
			}
		}, []string{arn("apps")}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := compare.Elsewhere(dev(t, c.change), "local", c.arns); !slices.Equal(got, c.want) {
				t.Errorf("%q, not %q", got, c.want)
			}
		})
	}
}

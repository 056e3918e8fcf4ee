package compare_test

import (
	"testing"
	"time"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/tests/stackfile"
)

func TestANewClusterHasStandardSupportAndALivingOneKeepsItsOwn(t *testing.T) {
	has := func(support string) compare.World { return compare.World{Cluster: &compare.Cluster{Support: support}} }
	for _, c := range []struct {
		name, key string
		world     compare.World
		want      string
	}{
		{"a new cluster", "", compare.World{}, config.SupportStandard},
		{"a cluster that lives with the other", "", has(config.SupportExtended), ""},
		{"a cluster that lives with it", "", has(config.SupportStandard), config.SupportStandard},
		{"a cluster that nobody may look up", "", compare.World{Unseen: map[string]string{compare.ClusterSubject: "AccessDenied"}}, ""},
		{"the key, for a new cluster", config.SupportExtended, compare.World{}, config.SupportExtended},
		{"the key, for one that lives", config.SupportStandard, has(config.SupportExtended), config.SupportStandard},
	} {
		if got := compare.Support(config.Config{EKSSettings: config.EKSSettings{KubernetesSupport: c.key}}, c.world); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// EKS lets no cluster out of extended support, and before that any.
func TestAClusterInExtendedSupportStaysThere(t *testing.T) {
	for day, refused := range map[time.Time]bool{
		time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC): false,
		time.Date(2026, time.December, 2, 0, 0, 0, 0, time.UTC): true,
	} {
		raw, err := stackfile.Load("../..", "dev")
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := config.LoadAt(day, raw)
		if err != nil {
			t.Fatal(err)
		}
		w := lives(cfg)
		cfg.KubernetesSupport, w.Cluster.Support = config.SupportStandard, config.SupportExtended
		if _, err := compare.Compare(cfg, w); (err != nil) != refused {
			t.Errorf("on %s: %v", day.Format(time.DateOnly), err)
		}
		w.Cluster = nil
		if _, err := compare.Compare(cfg, w); (err != nil) != refused {
			t.Errorf("a new cluster with STANDARD, on %s: %v", day.Format(time.DateOnly), err)
		}
		cfg.KubernetesSupport = ""
		if got := compare.Support(cfg, w); (got == config.SupportStandard) == refused {
			t.Errorf("a new cluster gets %q on %s", got, day.Format(time.DateOnly))
		}
		w = lives(cfg)
		cfg.KubernetesSupport, w.Cluster.Support = config.SupportStandard, config.SupportStandard
		if _, err := compare.Compare(cfg, w); err != nil {
			t.Errorf("a cluster that never was in extended support, on %s: %v", day.Format(time.DateOnly), err)
		}
	}
}

package compare_test

import (
	"os"
	"path/filepath"
	"strings"
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
		if got := c.world.Support(config.Config{EKSSettings: config.EKSSettings{KubernetesSupport: c.key}}); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// EKS lets no cluster out of extended support, and before that any.
func TestAClusterInExtendedSupportStaysThere(t *testing.T) {
	t.Chdir("../..") // the files that the stack names are relative to it
	for day, refused := range map[time.Time]bool{
		time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC): false,
		time.Date(2026, time.December, 2, 0, 0, 0, 0, time.UTC): true,
	} {
		raw, err := stackfile.Load(".", "dev")
		if err != nil {
			t.Fatal(err)
		}
		raw[config.Project+":kubernetesVersion"] = "1.34"
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
		if got := w.Support(cfg); (got == config.SupportStandard) == refused {
			t.Errorf("a new cluster gets %q on %s", got, day.Format(time.DateOnly))
		}
		w = lives(cfg)
		cfg.KubernetesSupport, w.Cluster.Support = config.SupportStandard, config.SupportStandard
		if _, err := compare.Compare(cfg, w); err != nil {
			t.Errorf("a cluster that never was in extended support, on %s: %v", day.Format(time.DateOnly), err)
		}
	}
}

// A newer program may have other defaults. Whether a living stack is upgraded is its owner's decision.
func TestADefaultUpgradesNothingThatLives(t *testing.T) {
	load := func(settings map[string]string) config.Config {
		raw, err := stackfile.Load("../..", "dev")
		if err != nil {
			t.Fatal(err)
		}
		text := "config: {}\n"
		for key, value := range settings {
			text = strings.Replace(text, "{}", "", 1)
			raw[config.Project+":"+key] = value
			text += "  " + config.Project + ":" + key + ": \"" + value + "\"\n"
		}
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "Pulumi.dev.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := config.ReadStackFile(folder, "dev").LoadIn("../..", raw)
		if err != nil {
			t.Fatal(err)
		}
		return cfg
	}
	for name, c := range map[string]struct {
		settings          map[string]string
		kubernetes, istio string
		refused           []string
	}{
		"the defaults live":   {nil, "", "", nil},
		"an older Kubernetes": {nil, "1.34", "", []string{"kubernetesVersion = ", "the stack file does not set it, and the cluster has 1.34", "pulumi config set kubernetesVersion 1.34"}},
		"a newer Kubernetes":  {nil, "1.36", "", []string{"kubernetesVersion = ", "the cluster has 1.36", "pulumi config set kubernetesVersion 1.36"}},
		"an older Istio": {nil, "", "1.30.2-solo", []string{"istioVersion = ", "the stack file does not set it, and ztunnel 1.30.2-solo runs in the tasks of ecs-1/echo-service",
			"pulumi config set istioVersion 1.30.2-solo"}},
		"an upgrade that is asked for": {map[string]string{"kubernetesVersion": "1.35", "istioVersion": "1.31.0-solo"}, "1.34", "1.30.2-solo", nil},
	} {
		cfg := load(c.settings)
		w := lives(cfg)
		w.Ztunnels = map[string]string{"ecs-1/echo-service": cfg.ZtunnelImage("ecs-1")}
		if c.istio != "" {
			w.Ztunnels["ecs-1/echo-service"] = cfg.ImageHub + "/ztunnel:" + c.istio + "-distroless"
		}
		if c.kubernetes != "" {
			w.Cluster.Version = c.kubernetes
		}
		_, err := compare.Compare(cfg, w)
		refuses(t, name, err, c.refused)
	}
}

// AWS neither changes the key of a cluster nor gives its encryption up. A tag says with which key of others the cluster was made.
func TestALivingClusterKeepsItsKey(t *testing.T) {
	const key, other = "arn:aws:kms:eu-central-1:111122223333:key/1", "arn:aws:kms:eu-central-1:111122223333:key/2"
	for _, c := range []struct{ was, want, words string }{
		{"", "", ""}, {"", config.OwnKey, ""}, {key, key, ""},
		{"", key, "Set it to own again"}, {key, "", "Set it to " + key + " again"}, {key, config.OwnKey, "Set it to " + key + " again"}, {key, other, "Set it to " + key + " again"},
	} {
		cfg := dev(t, func(cfg *config.Config) {
			home := cfg.Accounts[cfg.Home]
			home.Keys.Secrets = c.want
			cfg.Accounts = with1(cfg.Accounts, cfg.Home, home)
		})
		w := lives(cfg)
		w.Cluster.Tags = cfg.ResourceTags()
		if c.was != "" {
			w.Cluster.Tags[config.SecretsKeyTag] = c.was
		}
		_, err := compare.Compare(cfg, w)
		if (err != nil) != (c.words != "") || err != nil && !(strings.Contains(err.Error(), "keys.secrets") && strings.Contains(err.Error(), c.words)) {
			t.Errorf("from %q to %q: %v", c.was, c.want, err)
		}
	}
}

package compare_test

import (
	"strings"
	"testing"
	"time"

	"ambient-ecs/config"
	"ambient-ecs/eks/ami"
	"ambient-ecs/living/compare"
	"ambient-ecs/network/existing"
)

// EKS takes a node group to no older release. A group that is replaced may have any.
func TestAnOlderReleaseOfTheImageIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, living, wanted string
		change               func(*config.Config)
		world                func(*compare.Nodes)
		refused              bool
	}{
		{"an older day", "1.34.2-20251120", "1.34.1-20251016", nil, nil, true},
		{"an older day of a later patch", "1.34.2-20251120", "1.34.3-20251016", nil, nil, true},
		{"the same", "1.34.2-20251120", "1.34.2-20251120", nil, nil, false},
		{"a newer day", "1.34.1-20251016", "1.34.2-20251120", nil, nil, false},
		{"no key", "1.34.2-20251120", "", nil, nil, false},
		{"a release that nobody may look up", "", "1.34.1-20251016", nil, nil, false},
		{"an image of an older Kubernetes", "1.33.9-20251120", "1.34.1-20251016", nil, func(n *compare.Nodes) { n.Version = "1.33" }, false},
		{"another instance type", "1.34.2-20251120", "1.34.1-20251016", func(c *config.Config) { c.NodeInstanceTypes = append(c.NodeInstanceTypes, "t3a.large") }, nil, false},
		{"the other capacity", "1.34.2-20251120", "1.34.1-20251016", nil, func(n *compare.Nodes) { n.Spot = true }, false},
		{"another image", "1.34.2-20251120", "1.47.0-6154605b", func(c *config.Config) { c.NodeAMIType = ami.Bottlerocket }, func(n *compare.Nodes) { n.AMIType = ami.AL2023 }, false},
		{"an older Bottlerocket", "1.47.0-6154605b", "1.9.2-6154605b", func(c *config.Config) { c.NodeAMIType = ami.Bottlerocket }, func(n *compare.Nodes) { n.AMIType = ami.Bottlerocket }, true},
		{"a newer Bottlerocket", "1.9.2-6154605b", "1.47.0-00000000", func(c *config.Config) { c.NodeAMIType = ami.Bottlerocket }, func(n *compare.Nodes) { n.AMIType = ami.Bottlerocket }, false},
	} {
		before := dev(t, func(cfg *config.Config) { cfg.KubernetesVersion = "1.34" })
		after := dev(t, func(cfg *config.Config) {
			cfg.KubernetesVersion, cfg.NodeReleaseVersion = "1.34", c.wanted
			if c.change != nil {
				c.change(cfg)
			}
		})
		w := lives(before)
		w.Nodes[0].ReleaseVersion = c.living
		if c.world != nil {
			c.world(&w.Nodes[0])
		}
		_, err := compare.Compare(after, w)
		if (err != nil) != c.refused {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, word := range []string{`nodeReleaseVersion = "` + c.wanted + `"`, "has " + c.living, "no older release", "To go back"} {
			if c.refused && !strings.Contains(err.Error(), word) {
				t.Errorf("%s: the refusal %q does not say %q", c.name, err, word)
			}
		}
	}
}

// The living image of a group that nobody pins gets old. One that the configuration renews, or another Kubernetes version, does not.
func TestAnOldImageIsWarnedOf(t *testing.T) {
	old := time.Now().UTC().Add(-ami.Stale - 24*time.Hour).Format("20060102")
	young := time.Now().UTC().Add(-ami.Stale + 24*time.Hour).Format("20060102")
	today := time.Now().UTC().Format("20060102")
	for _, c := range []struct {
		name, living, wanted, version string
		warned                        bool
	}{
		{"an old one", "1.34.1-" + old, "", "1.34", true},
		{"a young one", "1.34.1-" + young, "", "1.34", false},
		{"an old one that is renewed", "1.34.1-" + old, "1.34.2-" + today, "1.34", false},
		{"an old one of another Kubernetes", "1.33.1-" + old, "", "1.33", false},
		{"one that does not tell its day", "1.47.0-6154605b", "", "1.34", false},
		{"one that nobody may look up", "", "", "1.34", false},
	} {
		cfg := dev(t, func(cfg *config.Config) { cfg.KubernetesVersion, cfg.NodeReleaseVersion = "1.34", c.wanted })
		w := lives(cfg)
		w.Cluster.Version, w.Nodes[0].Version, w.Nodes[0].ReleaseVersion = c.version, c.version, c.living
		warnings, err := compare.Compare(cfg, w)
		if err != nil {
			t.Fatal(err)
		}
		if warned := strings.Contains(strings.Join(warnings, "\n"), "without the patches since then"); warned != c.warned {
			t.Errorf("%s: %q", c.name, warnings)
		}
	}
}

// In subnets of somebody else the new nodes of an update need free addresses: up to two nodes in each zone, for each group.
func TestAnUpdateThatFindsNoAddressesIsWarnedOf(t *testing.T) {
	for free, warned := range map[int]bool{5: true, 6: false} {
		for _, changes := range []bool{false, true} {
			cfg := dev(t, func(cfg *config.Config) {
				home := cfg.Accounts[cfg.Home]
				home.Network = &config.ExistingNetwork{PrivateSubnetIDs: []string{"subnet-1"}}
				cfg.Accounts[cfg.Home] = home
				if changes {
					cfg.NodeDiskGiB += 10
				}
			})
			w := lives(dev(t, nil))
			w.Networks = map[string]existing.Network{cfg.Home: {Subnets: map[string]existing.Subnet{"subnet-1": {ID: "subnet-1", Free: free}}}}
			warnings, _ := compare.Compare(cfg, w) // the network of this test is refused for other reasons
			want := "subnet-1 has 5 free addresses, and the new nodes of an update need up to 6 there"
			if got := strings.Contains(strings.Join(warnings, "\n"), want); got != (warned && changes) {
				t.Errorf("%d free, nodes are replaced %v: %q", free, changes, warnings)
			}
		}
	}
}

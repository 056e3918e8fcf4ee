package config

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"ambient-ecs/support"
)

func TestRefusedRevisions(t *testing.T) {
	const old, next = "1.28.3-patch0-solo", "1.29.1-solo"
	both := object{UnnamedRevision: old, "1-29-1": next}
	run(t, []refusal{
		one("a default revision without revisions", "istioDefaultRevision", "1-29-1", `istioDefaultRevision = "1-29-1"`, "choose one of default"),
		{"a default revision that is not there", []edit{{"istioRevisions", both}, {"istioDefaultRevision", "1-29-2"}}, [][]string{{`istioDefaultRevision = "1-29-2"`, "1-29-1, default"}}},
		{"no default revision", []edit{{"istioRevisions", both}, {"istioDefaultRevision", ""}}, [][]string{{"istioDefaultRevision is not set", "1-29-1, default"}}},
		{"a revision with dots", []edit{{"istioRevisions", object{"1.29.1": next, UnnamedRevision: old}}}, [][]string{{`istioRevisions = "1.29.1"`, "1-29-1"}}},
		{"a long name", []edit{{"istioRevisions", object{strings.Repeat("r", 47): next, UnnamedRevision: old}}}, [][]string{{"istioRevisions", "at most 46"}}},
		{"a revision without a version", []edit{{"istioRevisions", object{"1-29-1": "", UnnamedRevision: old}}}, [][]string{{"istioRevisions.1-29-1 is not set"}}},
		{"a revision of plain Istio", []edit{{"istioRevisions", object{"1-29-1": "1.29.1", UnnamedRevision: old}}}, [][]string{{"istioRevisions.1-29-1", "no ECS discovery"}}},
		{"nodes ahead of istiod", []edit{{"istioRevisions", both}, {"istioVersion", next}}, [][]string{{`istioVersion = "1.29.1-solo"`, "upgrade istiod first"}}},
		{"nodes too far behind", []edit{{"kubernetesVersion", "1.34"}, {"istioRevisions", object{"1-30-2": "1.30.2-solo"}}, {"istioDefaultRevision", "1-30-2"}},
			[][]string{{`istioVersion = "1.28.3-patch0-solo"`, "one minor version behind", "1.30.2-solo"}}},
		one("tasks ahead of istiod", "clusters/ecs-2/ztunnelVersion", next, `clusters.ecs-2.ztunnelVersion = "1.29.1-solo"`, "upgrade istiod first"),
		{"tasks too far behind", []edit{{"istioVersion", "1.30.2-solo"}, {"clusters/ecs-2/ztunnelVersion", old}}, [][]string{{"clusters.ecs-2.ztunnelVersion", "and no more"}}},
		one("tasks of plain Istio", "clusters/ecs-2/ztunnelVersion", "1.28.3", "clusters.ecs-2.ztunnelVersion", "no ECS discovery"),
		one("Istio newer than the program", "istioVersion", "1.32.0-solo", `istioVersion = "1.32.0-solo"`, "knows Istio 1.28 to 1.31"),
		{"Kubernetes too old for one revision", []edit{{"kubernetesVersion", "1.31"}, {"istioVersion", next}, {"istioRevisions", object{UnnamedRevision: next, "1-30-2": "1.30.2-solo"}}},
			[][]string{{"kubernetesVersion", "Istio 1.30.2-solo", "1.32 to 1.36"}}},
	})
}

func TestEachStepOfAnUpgradeIsAccepted(t *testing.T) {
	const old, next = "1.28.3-patch0-solo", "1.29.1-solo"
	both := object{UnnamedRevision: old, "1-29-1": next}
	for _, step := range []struct {
		name                    string
		edits                   []edit
		control, newest, z1, z2 string
		accounts                string
	}{
		{"before", nil, old, old, old, old, "istiod"},
		{"the next istiod beside", []edit{{"istioRevisions", both}}, old, next, old, old, "istiod-1-29-1 istiod"},
		{"the next istiod takes over", []edit{{"istioRevisions", both}, {"istioDefaultRevision", "1-29-1"}}, next, next, old, old, "istiod-1-29-1 istiod"},
		{"nodes and the first tasks follow", []edit{{"istioRevisions", both}, {"istioDefaultRevision", "1-29-1"}, {"istioVersion", next}, {"clusters/ecs-2/ztunnelVersion", old}}, next, next, next, old, "istiod-1-29-1 istiod"},
		{"the old istiod goes", []edit{{"istioRevisions", object{"1-29-1": next}}, {"istioDefaultRevision", "1-29-1"}, {"istioVersion", next}}, next, next, next, next, "istiod-1-29-1"},
		{"in place, istiod first", []edit{{"istioRevisions", object{UnnamedRevision: next}}}, next, next, old, old, "istiod"},
		{"in place, all at once", []edit{{"istioVersion", next}, {"clusters/ecs-2/ztunnelVersion", old}}, next, next, next, old, "istiod"},
	} {
		t.Run(step.name, func(t *testing.T) {
			c := mustLoad(t, with(step.edits...))
			got := []string{c.ControlVersion(), c.NewestVersion(), c.ZtunnelVersion("ecs-1"), c.ZtunnelVersion("ecs-2"), strings.Join(c.IstiodAccounts(), " ")}
			if want := []string{step.control, step.newest, step.z1, step.z2, step.accounts}; !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if image := c.ZtunnelImage("ecs-2"); !strings.HasSuffix(image, "/ztunnel:"+step.z2+"-distroless") {
				t.Errorf("the tasks of ecs-2 have %s", image)
			}
		})
	}
}

func TestKubernetesIsOneThatEveryIstioSupports(t *testing.T) {
	version := func(minor int) string { return fmt.Sprintf("1.%d.1-solo", minor) }
	first, last := bounds(support.IstioMinors())
	for istiod := first; istiod <= last; istiod++ {
		for _, nodes := range []int{istiod, max(istiod-1, first)} {
			for kubernetes := 28; kubernetes <= 38; kubernetes++ {
				_, err := Load(raw(with(
					edit{"kubernetesVersion", fmt.Sprintf("1.%d", kubernetes)}, edit{"istioVersion", version(nodes)},
					edit{"istioRevisions", object{UnnamedRevision: version(istiod)}},
				)))
				told := err != nil && strings.Contains(err.Error(), "\nkubernetesVersion = ")
				_, offered := support.OfKubernetes(kubernetes)
				want := !offered
				for _, istio := range []int{istiod, nodes} {
					release, _ := support.OfIstio(istio)
					want = want || kubernetes < release.OldestKubernetes || kubernetes > release.NewestKubernetes
				}
				if told != want {
					t.Errorf("Kubernetes 1.%d with istiod 1.%d and nodes 1.%d is refused: %v, want %v", kubernetes, istiod, nodes, told, want)
				}
			}
		}
	}
}

func TestTheUpgradePageHasTheTablesOfVersions(t *testing.T) {
	page, err := os.ReadFile("docs/upgrade.md")
	if err != nil {
		t.Fatal(err)
	}
	says := func(format string, args ...any) {
		if row := fmt.Sprintf(format, args...); !strings.Contains(string(page), row) {
			t.Errorf("docs/upgrade.md does not say %s", row)
		}
	}
	for _, istio := range support.IstioMinors() {
		release, _ := support.OfIstio(istio)
		says("| 1.%d | 1.%d to 1.%d | %s", istio, release.OldestKubernetes, release.NewestKubernetes, release.End.Format(time.DateOnly))
	}
	for _, kubernetes := range support.KubernetesMinors() {
		release, _ := support.OfKubernetes(kubernetes)
		says("| 1.%d | %s | %s |", kubernetes, release.Standard.Format(time.DateOnly), release.Extended.Format(time.DateOnly))
	}
}

// The end of a support warns 60 days before, and from then on. The same configuration is accepted on every day.
func TestAnEndOfSupportWarnsInTime(t *testing.T) {
	date := func(text string) time.Time {
		day, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return day
	}
	const quiet = ""
	for _, c := range []struct{ day, istio, kubernetes, want string }{
		{"2026-05-01", "1.28.3-patch0-solo", "1.34", quiet},
		{"2026-05-02", "1.28.3-patch0-solo", "1.34", quiet},
		{"2026-05-03", "1.28.3-patch0-solo", "1.34", "istioVersion: upstream's support of Istio 1.28 ends on 2026-07-01."},
		{"2026-06-30", "1.28.3-patch0-solo", "1.34", "Istio 1.28 ends on 2026-07-01."},
		{"2026-07-01", "1.28.3-patch0-solo", "1.34", "Istio 1.28 ended on 2026-07-01."},
		{"2026-11-01", "1.30.2-solo", "1.35", "Istio 1.30 ends on 2026-11-30 (expected)."},
		{"2026-10-03", "1.31.0-solo", "1.34", quiet},
		{"2026-10-04", "1.31.0-solo", "1.34", "standard support of Kubernetes 1.34 ends on 2026-12-02."},
		{"2026-12-02", "1.31.0-solo", "1.34", "standard support of Kubernetes 1.34 ended on 2026-12-02."},
		{"2027-11-01", "1.31.0-solo", "1.34", "extended support of Kubernetes 1.34 ends on 2027-12-02."},
		{"2028-01-01", "1.31.0-solo", "1.34", "extended support of Kubernetes 1.34 ended on 2027-12-02. After it EKS makes no such cluster"},
	} {
		loaded, err := LoadAt(date(c.day), raw(with(edit{"istioVersion", c.istio}, edit{"kubernetesVersion", c.kubernetes})))
		if err != nil {
			t.Fatalf("%s: %v", c.day, err)
		}
		told := strings.Join(loaded.ends(), "\n")
		if c.want == quiet && told != "" || !strings.Contains(told, c.want) {
			t.Errorf("on %s with Istio %s and Kubernetes %s: %q, want %q", c.day, c.istio, c.kubernetes, told, c.want)
		}
	}
}

// Who sets no version gets one that others support.
func TestNobodySupportsADefaultOnlyForDays(t *testing.T) {
	published := time.Date(2026, time.November, 29, 0, 0, 0, 0, time.UTC)
	c, err := LoadAt(published, raw(stack("dev")))
	if err != nil || c.ends() != nil || c.chartsElsewhere() != nil {
		t.Errorf("Kubernetes %s and Istio %s: %v %q %q", c.KubernetesVersion, c.IstioVersion, err, c.ends(), c.chartsElsewhere())
	}
}

// What follows the standard support depends on the key, so the warning says it. The switches need no check.
func TestTheWarningSaysWhatFollowsTheStandardSupport(t *testing.T) {
	for support, want := range map[string]string{
		"": "costs six times as much or, with kubernetesSupport STANDARD, EKS upgrades", SupportStandard: "After it EKS upgrades the control plane", SupportExtended: "After it an hour of the cluster costs six times as much: upgrade",
	} {
		c, err := LoadAt(now.AddDate(0, 7, 0), raw(with(edit{"kubernetesSupport", support}, edit{"zonalShift", true}, edit{"nodeRepair", true})))
		if err != nil {
			t.Fatal(err)
		}
		if told := strings.Join(c.ends(), "\n"); !strings.Contains(told, want) || !c.ZonalShift || !c.NodeRepair {
			t.Errorf("kubernetesSupport %q: %q", support, told)
		}
	}
}

func TestVersionsWithoutChartsInThePublicRepositoryAreWarnedOf(t *testing.T) {
	for _, c := range []struct {
		edits []edit
		want  []string
	}{
		{nil, nil},
		{[]edit{{"istioVersion", "1.28.1-solo"}}, []string{"1.28.1-solo"}},
		{[]edit{{"istioVersion", "1.28.1-solo"}, {"chartRepository", "oci://registry.example/charts"}}, nil},
		{[]edit{{"istioVersion", "1.28.1-solo"}, {"istioRevisions", object{UnnamedRevision: "1.28.2-solo", "1-29-1": "1.29.1-solo"}}}, []string{"1.28.1-solo", "1.28.2-solo"}},
	} {
		warned := mustLoad(t, with(c.edits...)).chartsElsewhere()
		if len(warned) != len(c.want) {
			t.Errorf("%v: %q", c.edits, warned)
			continue
		}
		for i, version := range c.want {
			if !strings.Contains(warned[i], "charts of Istio "+version+" in oci://us-docker.pkg.dev/soloio-img") {
				t.Errorf("%v: %q", c.edits, warned)
			}
		}
	}
}

// Each minor version of Istio in the mesh is told once, by the key that has it first.
func TestEachIstioIsToldOnce(t *testing.T) {
	c, err := LoadAt(now.AddDate(1, 0, 0), raw(with(
		edit{"istioRevisions", object{UnnamedRevision: "1.29.1-solo"}}, edit{"clusters/ecs-1/ztunnelVersion", "1.28.1-solo"}, edit{"clusters/ecs-2/ztunnelVersion", "1.29.0-solo"},
	)))
	if err != nil {
		t.Fatal(err)
	}
	told := strings.Join(c.ends(), "\n")
	for _, field := range []string{"istioVersion: upstream's support of Istio 1.28 ", "istioRevisions.default: upstream's support of Istio 1.29 "} {
		if strings.Count(told, field) != 1 {
			t.Errorf("%q is not told once:\n%s", field, told)
		}
	}
	if strings.Contains(told, "ztunnelVersion") {
		t.Errorf("a version is told twice:\n%s", told)
	}
}

func TestVersionsAreOrdered(t *testing.T) {
	ordered := []string{"1.28.1-solo", "1.28.3-solo", "1.28.3-patch0-solo", "1.28.3-patch1-solo", "1.28.10-solo", "1.29.0-alpha.abc-solo", "1.29.0-solo", "1.30.2-solo"}
	for i := range ordered[1:] {
		if compareVersions(ordered[i], ordered[i+1]) >= 0 || compareVersions(ordered[i+1], ordered[i]) <= 0 {
			t.Errorf("%s does not come before %s", ordered[i], ordered[i+1])
		}
	}
}

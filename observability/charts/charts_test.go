package charts

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/tests/golden"
)

// metrics returns Metrics with tasks in two accounts and a topic for alerts.
func metrics() Metrics {
	return Metrics{Region: "eu-central-1", TopicARN: "arn:aws:sns:eu-central-1:111122223333:mesh-alarms", Accounts: []Tasks{
		{Account: "external", Region: "eu-central-1", RoleARN: "arn:aws:iam::444455556666:role/mesh-scrape-external", ClusterARNs: []string{"arn:aws:ecs:eu-central-1:444455556666:cluster/mesh-3"}},
		{Account: "local", Region: "eu-central-1", RoleARN: "arn:aws:iam::111122223333:role/mesh-scrape-local", ClusterARNs: []string{"arn:aws:ecs:eu-central-1:111122223333:cluster/mesh-1", "arn:aws:ecs:eu-central-1:111122223333:cluster/mesh-2"}},
	}}
}

// everything returns the values of every chart.
func everything() map[string]map[string]any {
	views := Views{IstioVersion: "1.29.1", Dashboards: true, Tracing: true}
	return map[string]map[string]any{
		Prometheus: metrics().Values(), Grafana: views.Grafana(), Kiali: views.Kiali(),
		Collector: CollectorValues(), Jaeger: JaegerValues(), FluentBit: Logs{Region: "eu-central-1", Group: "/aws/eks/mesh/mesh"}.Values(),
	}
}

// The sandbox also compares the golden file with the values of the real charts and Istio's samples.
func TestValuesMatchGolden(t *testing.T) {
	type release struct {
		Source Source
		Values map[string]any
	}
	all := map[string]release{}
	for name, values := range everything() {
		source, _ := Pinned(name)
		all[name] = release{source, values}
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, filepath.Join("testdata", "everything.json"), string(text)+"\n", "Releases differ.")
}

func TestEveryChartOfTheConfigurationIsPinned(t *testing.T) {
	if Namespace != config.ObservabilityNamespace {
		t.Errorf("the namespace is %s here and %s in the configuration", Namespace, config.ObservabilityNamespace)
	}
	for _, name := range config.ObservabilityCharts() {
		source, known := Pinned(name)
		if !known || source.Chart == "" || source.Version == "" || !strings.HasPrefix(source.Repository, "https://") {
			t.Errorf("%s: %+v", name, source)
		}
	}
	if len(pinned) != len(config.ObservabilityCharts()) {
		t.Errorf("%d charts are pinned", len(pinned))
	}
}

func TestAChartCanComeFromElsewhere(t *testing.T) {
	source, _ := Pinned(Kiali)
	if source.Override("", "") != source {
		t.Error("nothing to override changes the source")
	}
	chart, repository := source.Override("oci://registry.example/charts/", "2.22.1").Reference()
	if chart != "oci://registry.example/charts/kiali-server" || repository != "" {
		t.Errorf("%q in %q", chart, repository)
	}
	if chart, repository = source.Reference(); chart != "kiali-server" || repository != "https://kiali.org/helm-charts" {
		t.Errorf("%q in %q", chart, repository)
	}
}

// Nothing may be reachable from outside the cluster, whatever the charts' defaults are.
func TestNothingIsExposed(t *testing.T) {
	for name, values := range everything() {
		text, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"LoadBalancer", "NodePort", `"ingress":{"enabled":true`} {
			if strings.Contains(string(text), word) {
				t.Errorf("%s says %s", name, word)
			}
		}
	}
}

// Each account's tasks are found with a role of that account, in that account's clusters.
func TestTasksAreFoundWithTheRoleOfTheirAccount(t *testing.T) {
	m := metrics()
	var jobs []string
	for name, job := range m.jobs() {
		job := job.(map[string]any)
		if job["enabled"] == false {
			continue
		}
		jobs = append(jobs, name)
		discoveries, _ := job["aws_sd_configs"].([]any)
		for _, d := range discoveries {
			d := d.(map[string]any)
			account := strings.Split(d["role_arn"].(string), ":")[4]
			for _, cluster := range d["clusters"].([]any) {
				if strings.Split(cluster.(string), ":")[4] != account {
					t.Errorf("%s looks for %v with %v", name, cluster, d["role_arn"])
				}
			}
			if d["port"] != PortZtunnel || d["role"] != "ecs" {
				t.Errorf("%s: %v", name, d)
			}
		}
	}
	slices.Sort(jobs)
	if want := []string{"containers", "ecs-ztunnel-external", "ecs-ztunnel-local", "istiod", "waypoints", "ztunnel"}; !slices.Equal(jobs, want) {
		t.Errorf("jobs %v, want %v", jobs, want)
	}
}

func TestWithoutATopicNoAlertmanagerRuns(t *testing.T) {
	m := metrics()
	m.TopicARN = ""
	if got := m.Values()["alertmanager"].(map[string]any)["enabled"]; got != false {
		t.Errorf("alertmanager enabled: %v", got)
	}
}

func TestAViewShowsOnlyWhatIsThere(t *testing.T) {
	for _, view := range []Views{{IstioVersion: "1.29.1"}, {IstioVersion: "1.29.1", Dashboards: true, Tracing: true}} {
		kiali := view.Kiali()["external_services"].(map[string]any)
		if kiali["grafana"].(map[string]any)["enabled"] != view.Dashboards || kiali["tracing"].(map[string]any)["enabled"] != view.Tracing {
			t.Errorf("%+v: Kiali has %v", view, kiali)
		}
		sources := view.Grafana()["datasources"].(map[string]any)["datasources.yaml"].(map[string]any)["datasources"].([]any)
		if want := map[bool]int{false: 1, true: 2}[view.Tracing]; len(sources) != want {
			t.Errorf("%+v: Grafana has %d data sources", view, len(sources))
		}
	}
}

// A pod without a limit of memory takes the node with it; one with a limit of CPU is only slow.
func TestEveryWorkloadHasSaneResources(t *testing.T) {
	for name, path := range map[string][]string{
		Prometheus: {"server"}, Grafana: nil, Kiali: {"deployment"}, Collector: nil, Jaeger: {"jaeger"}, FluentBit: nil,
	} {
		at := everything()[name]
		for _, key := range path {
			at = at[key].(map[string]any)
		}
		resources, _ := at["resources"].(map[string]any)
		limits, _ := resources["limits"].(map[string]any)
		requests, _ := resources["requests"].(map[string]any)
		if limits["memory"] == nil || limits["cpu"] != nil || requests["cpu"] == nil || requests["memory"] == nil {
			t.Errorf("%s: %v", name, resources)
		}
	}
}

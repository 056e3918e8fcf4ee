package chart_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/kubernetes/chart"
)

// observed are the values of every outlined chart by the chart's published name. They come from the golden files of
// the program's own tests.
func observed(t *testing.T) map[string]pinnedRelease {
	t.Helper()
	data, err := os.ReadFile("../../../observability/charts/testdata/everything.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden map[string]pinnedRelease
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	data, err = os.ReadFile("../../../mesh/loadbalancer/testdata/chart.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	all := map[string]pinnedRelease{}
	for _, r := range golden {
		all[r.Source.Chart] = r
	}
	return all
}

type pinnedRelease struct {
	Source struct{ Repository, Chart, Version string }
	Values map[string]any
}

const observability = "observability"

func outlined(t *testing.T, name string, values map[string]any) []api.Object {
	t.Helper()
	c, err := chart.Locate(name, "https://charts.example", "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	objects, err := chart.Objects(c, api.Copy(values), observability, name, "v1.34.2", 1)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return objects
}

func TestEveryOutlineHasAWorkloadItsServiceAndTheValues(t *testing.T) {
	all := observed(t)
	for _, name := range chart.Outlines() {
		if _, installed := all[name]; !installed {
			t.Errorf("nobody installs %s", name)
		}
	}
	for name, r := range all {
		kinds := map[string]int{}
		for _, o := range outlined(t, name, r.Values) {
			kinds[api.KindOf(o).Kind]++
			if err := api.CheckFields(o); err != nil {
				t.Errorf("%s: %s %s: %v", name, api.KindOf(o).Kind, api.Name(o), err)
			}
			if kind := api.String(o, "spec", "type"); api.KindOf(o) == api.ServiceKind && kind != "ClusterIP" {
				t.Errorf("%s: the Service %s is a %s", name, api.Name(o), kind)
			}
		}
		if kinds["Deployment"]+kinds["DaemonSet"] == 0 || kinds["Service"] == 0 || kinds["ServiceAccount"] == 0 || kinds["ConfigMap"] != 1 {
			t.Errorf("%s has %v", name, kinds)
		}
	}
}

// istio is the folder of Istio's module, which has samples that the real charts rendered.
func istio(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "istio.io/istio").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// sampled are the objects of one of Istio's samples.
func sampled(t *testing.T, sample string) []map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(istio(t), "samples", "addons", sample))
	if err != nil {
		t.Fatal(err)
	}
	var objects []map[string]any
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	for {
		var o map[string]any
		if decoder.Decode(&o) != nil {
			return objects
		}
		objects = append(objects, o)
	}
}

// Istio renders its samples with the same charts in the same versions.
func TestTheChartsAreThoseThatIstioTestsItsDashboardsWith(t *testing.T) {
	for name, sample := range map[string]string{"prometheus": "prometheus.yaml", "grafana": "grafana.yaml", "kiali-server": "kiali.yaml"} {
		want := name + "-" + observed(t)[name].Source.Version
		found := false
		for _, o := range sampled(t, sample) {
			found = found || api.String(o, "metadata", "labels", "helm.sh/chart") == want
		}
		if !found {
			t.Errorf("%s is not of the chart %s", sample, want)
		}
	}
}

// Istio gives the real chart values of its own. Keys that occur there too are known to be right.
func TestTheKeysThatIstioSetsTooHaveTheSameNames(t *testing.T) {
	for name, sample := range map[string]string{"prometheus": "values-prometheus.yaml", "grafana": "values-grafana.yaml", "kiali-server": "values-kiali.yaml"} {
		data, err := os.ReadFile(filepath.Join(istio(t), "manifests", "addons", sample))
		if err != nil {
			t.Fatal(err)
		}
		var theirs map[string]any
		if err := yaml.Unmarshal(data, &theirs); err != nil {
			t.Fatal(err)
		}
		shared := 0
		for key := range observed(t)[name].Values {
			if _, ok := theirs[key]; ok {
				shared++
			}
		}
		if shared < 3 {
			t.Errorf("%s shares only %d keys with Istio's own values", name, shared)
		}
	}
}

// The real chart's output for Istio's values shows the name of Prometheus's Service, the files that Prometheus reads, and
// the jobs that the chart would add to ours.
func TestPrometheusIsFoundAndReadsItsRulesAndScrapesNothingTwice(t *testing.T) {
	var services []string
	var config struct {
		RuleFiles []string `yaml:"rule_files"`
		Jobs      []struct {
			Name string `yaml:"job_name"`
		} `yaml:"scrape_configs"`
	}
	for _, o := range sampled(t, "prometheus.yaml") {
		switch o["kind"] {
		case "Service":
			services = append(services, api.String(o, "metadata", "name"))
		case "ConfigMap":
			if err := yaml.Unmarshal([]byte(api.String(o, "data", "prometheus.yml")), &config); err != nil {
				t.Fatal(err)
			}
		}
	}
	found := api.String(observed(t)["kiali-server"].Values, "external_services", "prometheus", "url")
	if len(services) != 1 || found != "http://"+services[0]+"."+observability+":9090" {
		t.Errorf("the chart's services are %v, Kiali looks for %s", services, found)
	}
	values := observed(t)["prometheus"].Values
	for file := range values["serverFiles"].(map[string]any) {
		if !slices.Contains(config.RuleFiles, "/etc/config/"+file) {
			t.Errorf("Prometheus does not read %s, only %v", file, config.RuleFiles)
		}
	}
	if len(config.Jobs) == 0 {
		t.Fatal("the sample has no job")
	}
	for _, job := range config.Jobs {
		switched, _ := values["scrapeConfigs"].(map[string]any)[job.Name].(map[string]any)
		if job.Name != "prometheus" && switched["enabled"] != false {
			t.Errorf("the chart's own job %s is left on", job.Name)
		}
	}
}

func TestTheDashboardsExistInIstiosRepository(t *testing.T) {
	folder := os.DirFS(istio(t))
	boards := observed(t)["grafana"].Values["dashboards"].(map[string]any)["istio"].(map[string]any)
	if len(boards) < 6 {
		t.Errorf("%d dashboards", len(boards))
	}
	for name, board := range boards {
		url := board.(map[string]any)["url"].(string)
		path, ok := strings.CutPrefix(url, "https://raw.githubusercontent.com/istio/istio/1.29.1/")
		data, err := fs.ReadFile(folder, path)
		if !ok || err != nil || !strings.Contains(string(data), `"panels"`) {
			t.Errorf("%s comes from %s: %v", name, url, err)
		}
	}
}

// Prometheus derives the label names in relabelings from those of Kubernetes and AWS. A wrong name gives no
// error.
func TestRelabelingsUseKnownLabels(t *testing.T) {
	known := regexp.MustCompile(`^(__meta_kubernetes_(namespace|node_name|pod_(name|ip|phase|label_[a-z0-9_]+))|__meta_ecs_(last_status|cluster|service|task_arn|tag_task_[a-z_]+)|container)$`)
	for name, job := range observed(t)["prometheus"].Values["scrapeConfigs"].(map[string]any) {
		job := job.(map[string]any)
		for _, list := range []string{"relabel_configs", "metric_relabel_configs"} {
			rules, _ := job[list].([]any)
			for _, rule := range rules {
				sources, _ := rule.(map[string]any)["source_labels"].([]any)
				for _, label := range sources {
					if !known.MatchString(label.(string)) {
						t.Errorf("%s: %s", name, label)
					}
				}
			}
		}
	}
}

package run_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/run"
	"ambient-ecs/verify/run/runtest"
	"ambient-ecs/verify/stack"
)

// observer is a mesh whose observers can be seen.
type observer struct {
	*runtest.Mesh
	finding, scraped map[string]string
	open             map[string][]string
	cloud            map[string]backend.CloudWatch
	matches          func(line string) bool
	shipping         string
	err              error
}

func (o *observer) Finding(context.Context) (map[string]string, error) { return o.finding, o.err }
func (o *observer) Scraped(context.Context) (map[string]string, error) { return o.scraped, o.err }
func (o *observer) OpenTo(context.Context, int) (map[string][]string, error) {
	return o.open, o.err
}
func (o *observer) CloudWatch(context.Context) (map[string]backend.CloudWatch, error) {
	return o.cloud, o.err
}
func (o *observer) Shipping(context.Context) (string, error) { return o.shipping, o.err }
func (o *observer) Counts(_ context.Context, _, _ string, lines []string) ([]bool, error) {
	var all []bool
	for _, line := range lines {
		all = append(all, o.matches(line))
	}
	return all, o.err
}

// observing is a mesh of three clusters with all of observability in order.
func observing() *observer {
	o := &observer{Mesh: three(), finding: map[string]string{}, scraped: map[string]string{}, open: map[string][]string{}, cloud: map[string]backend.CloudWatch{}}
	o.matches = func(line string) bool { return strings.Contains(line, "failed to discover clusters") }
	s := o.Stack
	lost := stack.Metric{Namespace: "ours", Name: "Lost"}
	s.MeshLogGroup, s.AlarmTopics = "/mesh", map[string]string{"home": "arn:topic"}
	s.Observability = &stack.Observability{
		Metrics: true,
		Alarms:  map[string]map[string]stack.Alarm{"home": {"mesh-lost": {Metrics: []stack.Metric{lost}, Counts: &stack.Counts{LogGroup: "/mesh", Pattern: "lost", Of: stack.OfIstiod}}}},
		Queries: map[string]map[string]stack.Query{"home": {"mesh/denied": {LogGroups: []string{"/mesh"}}}},
	}
	home := s.Accounts["home"]
	home.VPCCIDR = "10.0.0.0/16"
	s.Accounts["home"] = home
	for _, key := range s.ClusterKeys() {
		o.finding[s.Clusters[key].Account] = ""
		for _, name := range s.Clusters[key].ServiceKeys() {
			o.scraped[key+"/"+name], o.open[key+"/"+name] = "", []string{"10.0.0.0/16"}
		}
	}
	o.cloud["home"] = backend.CloudWatch{
		LogGroups: []string{"/mesh"},
		Alarms:    []backend.Alarm{{Name: "mesh-lost", Metrics: []stack.Metric{lost}, Actions: []string{"arn:topic"}}},
		Filters:   []backend.Filter{{Name: "mesh-lost", LogGroup: "/mesh", Pattern: "lost", Metric: lost}},
		Queries:   []backend.SavedQuery{{Name: "mesh/denied", LogGroups: []string{"/mesh"}}},
	}
	return o
}

func (o *observer) change(change func(*backend.CloudWatch)) {
	one := o.cloud["home"]
	change(&one)
	o.cloud["home"] = one
}

func TestEveryFaultOfWhatLooksAtTheMeshTurnsItsCaseRed(t *testing.T) {
	for name, c := range map[string]struct {
		spoil   func(*observer)
		id      string
		verdict run.Verdict
		seen    string
	}{
		"account not found":   {func(o *observer) { o.finding["away"] = "no trust" }, "scrape/away", run.Wrong, "does not"},
		"service not scraped": {func(o *observer) { o.scraped["ecs-1/shell-task"] = "closed" }, "metrics/ecs-1/shell-task", run.Wrong, "not scraped"},
		"no task":             {func(o *observer) { delete(o.scraped, "ecs-1/shell-task") }, "metrics/ecs-1/shell-task", run.Undecided, "nothing"},
		"open to others":      {func(o *observer) { o.open["ecs-3/echo-service"] = []string{"10.0.0.0/8"} }, "metrics-port/ecs-3/echo-service", run.Wrong, "open"},
		"open to a part":      {func(o *observer) { o.open["ecs-3/echo-service"] = []string{"10.0.7.0/24"} }, "metrics-port/ecs-3/echo-service", run.Right, "closed"},
		"no alarm":            {func(o *observer) { o.change(func(c *backend.CloudWatch) { c.Alarms = nil }) }, "alarm/home/lost", run.Wrong, "no alarm"},
		"another metric":      {func(o *observer) { o.change(func(c *backend.CloudWatch) { c.Alarms[0].Metrics[0].Name = "Won" }) }, "alarm/home/lost", run.Wrong, "another metric"},
		"nobody is told":      {func(o *observer) { o.change(func(c *backend.CloudWatch) { c.Alarms[0].Actions = nil }) }, "alarm/home/lost", run.Wrong, "tells nobody"},
		"nothing published":   {func(o *observer) { o.change(func(c *backend.CloudWatch) { c.Alarms[0].Blind = "gone" }) }, "alarm/home/lost", run.Wrong, "nothing to watch"},
		"nothing published yet": {func(o *observer) {
			o.change(func(c *backend.CloudWatch) { c.Alarms[0].Blind, c.Alarms[0].Unsure = "new", true })
		}, "alarm/home/lost", run.Undecided, "no numbers yet"},
		"no filter":          {func(o *observer) { o.change(func(c *backend.CloudWatch) { c.Filters = nil }) }, "counting/home/lost", run.Wrong, "no filter"},
		"a filter elsewhere": {func(o *observer) { o.change(func(c *backend.CloudWatch) { c.Filters[0].LogGroup = "/ecs" }) }, "counting/home/lost", run.Wrong, "no lines"},
		"lines missed":       {func(o *observer) { o.matches = func(string) bool { return false } }, "counting/home/lost", run.Wrong, "misses them"},
		"lines too many":     {func(o *observer) { o.matches = func(string) bool { return true } }, "counting/home/lost", run.Wrong, "counts others"},
		"no query":           {func(o *observer) { o.change(func(c *backend.CloudWatch) { c.Queries = nil }) }, "query/home/denied", run.Wrong, "no query"},
		"log group left out": {func(o *observer) { o.change(func(c *backend.CloudWatch) { c.Queries[0].LogGroups = nil }) }, "query/home/denied", run.Wrong, "leaves one out"},
		"log group gone":     {func(o *observer) { o.change(func(c *backend.CloudWatch) { c.LogGroups = nil }) }, "query/home/denied", run.Wrong, "asks nothing"},
		"logs not shipped":   {func(o *observer) { o.shipping = "no identity" }, "cluster-logs/home", run.Wrong, "not shipped"},
		"nothing to be seen": {func(o *observer) { o.err = errors.New("refused") }, "cluster-logs/home", run.Undecided, "nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			look := func(o *observer) *run.Report {
				t.Helper()
				r, err := run.Run(context.Background(), o, o.Stack, run.Options{})
				if err != nil {
					t.Fatal(err)
				}
				return r
			}
			if before := verdict(t, look(observing()), c.id); before.Verdict != run.Right || !before.Inspected {
				t.Fatalf("nothing is wrong: %+v", before)
			}
			o := observing()
			c.spoil(o)
			if got := verdict(t, look(o), c.id); got.Verdict != c.verdict || got.Seen != c.seen {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestWithoutMetricsTheirPortIsClosedToAll(t *testing.T) {
	o := observing()
	o.Stack.Observability = &stack.Observability{}
	o.Stack.MeshLogGroup = ""
	o.open["ecs-1/echo-service"] = nil
	r, err := run.Run(context.Background(), o, o.Stack, run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := verdict(t, r, "metrics-port/ecs-1/echo-service"); got.Verdict != run.Right {
		t.Errorf("closed: %+v", got)
	}
	if got := verdict(t, r, "metrics-port/ecs-1/shell-task"); got.Verdict != run.Wrong || !strings.Contains(got.Why, "10.0.0.0/16") {
		t.Errorf("open to EKS: %+v", got)
	}
	if slices.ContainsFunc(r.Results, func(r run.Result) bool { return strings.HasPrefix(r.Case.ID, "metrics/") }) {
		t.Error("metrics are asked for that nobody collects")
	}
}

func TestBackEndThatSeesNoObserversSaysSo(t *testing.T) {
	o := observing()
	for _, s := range report(t, o.Mesh, run.Options{}).Skipped {
		if s.ID == "alarm/home/lost" && strings.Contains(s.Reason, "cannot be asked") {
			return
		}
	}
	t.Error("nobody says that alarms were not looked at")
}

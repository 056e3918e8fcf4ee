package doctor

import (
	"context"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/doctor/network"
	"ambient-ecs/verify/observability"
	"ambient-ecs/verify/stack"
)

// watchedFacts are the facts of a mesh with observability.
type watchedFacts struct {
	*facts
	seen *Watch
}

func (f *watchedFacts) Watch(context.Context) (*Watch, error) { return f.seen, nil }

func (f *watchedFacts) cloud(account string, change func(*backend.CloudWatch)) {
	one := f.seen.CloudWatch[account]
	change(&one)
	f.seen.CloudWatch[account] = one
}

// observed is a mesh with complete observability.
func observed() *watchedFacts {
	f := &watchedFacts{healthy(), &Watch{CloudWatch: map[string]backend.CloudWatch{}, Providers: []string{"otel"}, Traces: []observability.Trace{{Provider: "otel", Sampling: 10}}}}
	s := f.stack
	s.ObservabilityNamespace, s.MeshLogGroup, s.AlarmTopics = "observability", "/mesh", map[string]string{"local": "arn:topic"}
	s.Observability = &stack.Observability{
		Metrics: true, PrometheusRole: roleARN(home, "prometheus"), ClusterLogsRole: roleARN(home, "logs"), ScrapeRoles: map[string]string{},
		Tracing: stack.Tracing{Provider: "otel", Service: "otel.observability.svc.cluster.local", Port: 4317, Sampling: 10},
		Alarms: map[string]map[string]stack.Alarm{"local": {"m-lost": {
			Metrics: []stack.Metric{{Namespace: "ours", Name: "Lost"}}, Counts: &stack.Counts{LogGroup: "/mesh", Pattern: "lost", Of: stack.OfIstiod}}}},
		Queries: map[string]map[string]stack.Query{"local": {"m/denied": {LogGroups: []string{"/ecs/m-ecs-1"}}}},
	}
	f.seen.CloudWatch["local"] = backend.CloudWatch{
		LogGroups: []string{"/mesh", "/ecs/m-ecs-1"},
		Alarms:    []backend.Alarm{{Name: "m-lost", Metrics: []stack.Metric{{Namespace: "ours", Name: "Lost"}}, Actions: []string{"arn:topic"}}},
		Filters:   []backend.Filter{{Name: "m-lost", LogGroup: "/mesh", Pattern: "lost", Metric: stack.Metric{Namespace: "ours", Name: "Lost"}}},
		Queries:   []backend.SavedQuery{{Name: "m/denied", LogGroups: []string{"/ecs/m-ecs-1"}}},
	}
	pods := allow(`"Service":"pods.eks.amazonaws.com"`, `"sts:AssumeRole","sts:TagSession"`)
	f.roles = append(f.roles,
		evaluation.Role{ARN: roleARN(home, "prometheus"), Name: "prometheus", Trust: pods, Policies: map[string]string{"p": allowed(`"sts:AssumeRole","sts:TagSession"`, "arn:aws:iam::*:role/scrape")}},
		evaluation.Role{ARN: roleARN(home, "logs"), Name: "logs", Trust: pods, Policies: map[string]string{"p": allowed(`"logs:*"`, "*")}})
	for i, account := range []string{backend.PrometheusAccount, backend.ShipperAccount} {
		role := roleARN(home, []string{"prometheus", "logs"}[i])
		at := []string{"10.0.0.40", "10.0.0.41"}[i]
		f.kubernetes.Associations = append(f.kubernetes.Associations, Association{ID: account, Namespace: "observability", ServiceAccount: account, Role: role})
		f.kubernetes.Pods = append(f.kubernetes.Pods, Pod{Namespace: "observability", Name: account + "-0", Owner: account, ServiceAccount: account, Credentials: true, Ready: true, Node: "node", Address: at})
		node := find(f.network.Hosts, func(h network.Host) bool { return h.ID == "eni-node" })
		node.Addresses = append(node.Addresses, at)
	}
	f.kubernetes.Services = append(f.kubernetes.Services, KubernetesService{Namespace: "observability", Name: "otel"})
	for _, p := range places {
		role := roleARN(p.id, "scrape")
		s.Observability.ScrapeRoles[p.key] = role
		f.roles = append(f.roles, evaluation.Role{ARN: role, Name: "scrape", Trust: allow(`"AWS":"arn:aws:iam::`+home+`:root"`, `"sts:AssumeRole","sts:TagSession"`),
			Policies: map[string]string{"p": allowed(`"ecs:List*","ecs:Describe*","ec2:Describe*"`, "*")}})
		f.seen.Jobs = append(f.seen.Jobs, observability.Job{Role: role, Clusters: []string{s.Clusters[p.cluster].ARN}, Port: backend.PortMetrics})
		group := f.group("sg-client-" + p.key)
		group.Ingress = append(group.Ingress, network.Rule{Protocol: "tcp", CIDR: "10.0.0.0/16", From: backend.PortMetrics, To: backend.PortMetrics})
	}
	return f
}

// watchings remove pieces of observability.
var watchings = []struct {
	ingredient, words string
	take              func(*watchedFacts)
}{
	{"prometheus", "observability/prometheus", func(f *watchedFacts) { f.pod("prometheus").Ready = false }},
	{"prometheus-identity", "no Pod Identity association", func(f *watchedFacts) {
		f.kubernetes.Associations = slices.DeleteFunc(f.kubernetes.Associations, func(a Association) bool { return a.ServiceAccount == "prometheus" })
	}},
	{"prometheus-identity", "instead of", func(f *watchedFacts) { f.kubernetes.Associations[1].Role = roleARN(home, "other") }},
	{"prometheus-identity", "does not exist", func(f *watchedFacts) { f.role("prometheus").ARN = "gone" }},
	{"prometheus-identity", "sts:TagSession", func(f *watchedFacts) {
		f.role("prometheus").Trust = allow(`"Service":"pods.eks.amazonaws.com"`, `"sts:AssumeRole"`)
	}},
	{"prometheus-job", "m-ecs-2", func(f *watchedFacts) { f.seen.Jobs = f.seen.Jobs[:1] }},
	{"prometheus-job", "other", func(f *watchedFacts) { f.seen.Jobs[0].Role = "other" }},
	{"scrape-role", "external", func(f *watchedFacts) { delete(f.stack.Observability.ScrapeRoles, "external"); f.seen.Jobs[1].Role = "" }},
	{"scrape-trust", "sts:AssumeRole", func(f *watchedFacts) { f.role("scrape").Trust = allow(`"AWS":"`+away+`"`, `"sts:AssumeRole"`) }},
	{"scrape-permission", "role/prometheus", func(f *watchedFacts) { f.role("prometheus").Policies = nil }},
	{"scrape-permission", "ec2:DescribeNetworkInterfaces", func(f *watchedFacts) {
		f.role("scrape").Policies = map[string]string{"p": allowed(`"ecs:List*","ecs:Describe*"`, "*")}
	}},
	{"security-group", "sg-client-external", func(f *watchedFacts) { f.group("sg-client-external").Ingress = nil }},
	{"metrics-open", "0.0.0.0/0", func(f *watchedFacts) { f.group("sg-client-local").Ingress[0].CIDR = "0.0.0.0/0" }},
	{"metrics-open", "10.0.0.0/16", func(f *watchedFacts) { f.stack.Observability.Metrics = false }},
	{"alarm", "m-lost", func(f *watchedFacts) { f.cloud("local", func(c *backend.CloudWatch) { c.Alarms = nil }) }},
	{"alarm", "Other", func(f *watchedFacts) {
		f.cloud("local", func(c *backend.CloudWatch) { c.Alarms[0].Metrics = []stack.Metric{{Namespace: "ours", Name: "Other"}} })
	}},
	{"alarm", "arn:topic", func(f *watchedFacts) { f.cloud("local", func(c *backend.CloudWatch) { c.Alarms[0].Silent = true }) }},
	{"alarm", "nobody publishes it", func(f *watchedFacts) {
		f.cloud("local", func(c *backend.CloudWatch) { c.Alarms[0].Blind = "nobody publishes it" })
	}},
	{"metric-filter", "m-lost", func(f *watchedFacts) { f.cloud("local", func(c *backend.CloudWatch) { c.Filters = nil }) }},
	{"metric-filter", "found", func(f *watchedFacts) {
		f.cloud("local", func(c *backend.CloudWatch) { c.Filters[0].Pattern = "found" })
	}},
	{"saved-query", "m/denied", func(f *watchedFacts) { f.cloud("local", func(c *backend.CloudWatch) { c.Queries = nil }) }},
	{"saved-query", "/gone", func(f *watchedFacts) {
		f.cloud("local", func(c *backend.CloudWatch) { c.Queries[0].LogGroups = []string{"/ecs/m-ecs-1", "/gone"} })
	}},
	{"log-group", "/mesh", func(f *watchedFacts) {
		f.cloud("local", func(c *backend.CloudWatch) { c.LogGroups = []string{"/ecs/m-ecs-1"} })
	}},
	{"log-shipping", "fluent-bit", func(f *watchedFacts) { f.pod("fluent-bit").Ready = false }},
	{"log-shipping", "logs:CreateLogStream", func(f *watchedFacts) { f.role("logs").Policies = nil }},
	{"telemetry", "otel", func(f *watchedFacts) { f.seen.Traces = nil }},
	{"telemetry", "100 %", func(f *watchedFacts) { f.seen.Traces[0].Sampling = 100 }},
	{"tracing-provider", "otel", func(f *watchedFacts) { f.seen.Providers = nil }},
	{"collector", "observability/otel", func(f *watchedFacts) {
		f.kubernetes.Services = slices.DeleteFunc(f.kubernetes.Services, func(s KubernetesService) bool { return s.Name == "otel" })
	}},
}

func TestWhatLooksAtTheMeshIsExplained(t *testing.T) {
	look := func(f *watchedFacts) []Finding {
		t.Helper()
		result, err := Run(context.Background(), f, f.stack, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return result.Findings
	}
	if found := look(observed()); len(found) > 0 {
		t.Fatalf("nothing is missing: %v", found)
	}
	for _, c := range watchings {
		t.Run(c.ingredient+" "+c.words, func(t *testing.T) {
			f := observed()
			c.take(f)
			found := look(f)
			if len(found) == 0 {
				t.Fatal("nothing is found")
			}
			for _, one := range found {
				if one.Ingredient != c.ingredient || !one.Latent || one.Fix == "" || !strings.Contains(one.Subject+" "+one.Sentence, c.words) {
					t.Errorf("got %+v", one)
				}
			}
		})
	}
}

// Metrics that may still arrive are no fault.
func TestAnAlarmWithoutNumbersYetIsNotAFinding(t *testing.T) {
	f := observed()
	f.cloud("local", func(c *backend.CloudWatch) { c.Alarms[0].Blind, c.Alarms[0].Unsure = "nothing was published yet", true })
	if result, err := Run(context.Background(), f, f.stack, Options{}); err != nil || len(result.Findings) > 0 {
		t.Errorf("%v, %v", result, err)
	}
}

// The outputs of an older stack have no observability.
func TestAnOlderStackIsNotLookedAt(t *testing.T) {
	f := observed()
	f.stack.Observability, f.seen.CloudWatch = nil, nil
	if result, err := Run(context.Background(), f, f.stack, Options{}); err != nil || len(result.Findings) > 0 {
		t.Errorf("%v, %v", result, err)
	}
}

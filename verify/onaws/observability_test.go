package onaws

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/onaws/awstest"
	"ambient-ecs/verify/stack"
)

type m = map[string]any

const watcherPods = `{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}`

// observed is a scene with all of observability.
func observed(t *testing.T, targets string) *scene {
	t.Helper()
	s := newScene(t,
		awstest.Object(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"prometheus-1","namespace":"observability"},"spec":{"serviceAccountName":"prometheus","containers":[{"name":"server"}]},"status":`+watcherPods+`}`),
		awstest.Object(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"istiod-1","namespace":"istio-system","labels":{"app":"istiod"}},"spec":{"containers":[{"name":"discovery"}]},"status":`+watcherPods+`}`))
	s.kubernetes.Port = func(pod, port string) http.Handler {
		if pod != "prometheus-1" || port != "9090" {
			return nil
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/api/v1/targets" {
				t.Errorf("asked for %s", r.URL)
			}
			_, _ = w.Write([]byte(targets))
		})
	}
	s.stack.ObservabilityNamespace, s.stack.MeshLogGroup = "observability", "/aws/eks/mesh/mesh"
	s.stack.VpcIDs = map[string]string{"home": "vpc-1"}
	s.stack.Observability = &stack.Observability{
		Metrics: true,
		Alarms: map[string]map[string]stack.Alarm{"home": {
			"mesh-nat": {Metrics: []stack.Metric{{Namespace: "AWS/NATGateway", Name: "ErrorPortAllocation", Dimensions: map[string]string{"NatGatewayId": "nat-1"}}}},
			"mesh-lost": {Metrics: []stack.Metric{{Namespace: "ours", Name: "Lost", Dimensions: map[string]string{}}},
				Counts: &stack.Counts{LogGroup: "/ecs/mesh-1", Pattern: `"lost"`, Of: stack.OfZtunnel}},
		}},
		Queries: map[string]map[string]stack.Query{"home": {"mesh/denied": {LogGroups: []string{"/ecs/mesh-1"}}}},
	}
	return s
}

const halfUp = `{"status":"success","data":{"activeTargets":[
	{"scrapePool":"ecs-ztunnel-home","scrapeUrl":"http://10.0.1.10:15020/metrics","lastError":"","health":"up"},
	{"scrapePool":"ecs-ztunnel-home","scrapeUrl":"http://10.0.1.20:15020/metrics","lastError":"context deadline exceeded","health":"down"}]}}`

func TestPrometheusSaysWhatItScrapes(t *testing.T) {
	ctx := context.Background()
	s := observed(t, halfUp)
	found, err := s.Finding(ctx)
	if err != nil || len(found) != 1 || found["home"] != "" {
		t.Errorf("found %v, %v", found, err)
	}
	scraped, err := s.Scraped(ctx)
	if err != nil || scraped["ecs-1/shell-task"] != "" || !strings.Contains(scraped["ecs-1/echo-service"], "down: context deadline exceeded") || len(scraped) != 2 {
		t.Errorf("scraped %v, %v", scraped, err)
	}
}

func TestATaskThatPrometheusDoesNotKnowIsNotFound(t *testing.T) {
	s := observed(t, `{"status":"success","data":{"activeTargets":[{"scrapeUrl":"http://10.0.1.10:15020/metrics","health":"up"}]}}`)
	found, err := s.Finding(context.Background())
	if err != nil || !strings.Contains(found["home"], "task bbbb of ecs-1/echo-service at 10.0.1.20") {
		t.Errorf("found %v, %v", found, err)
	}
	scraped, err := s.Scraped(context.Background())
	if err != nil || scraped["ecs-1/shell-task"] != "" || !strings.Contains(scraped["ecs-1/echo-service"], "knows nothing of task bbbb") {
		t.Errorf("scraped %v, %v", scraped, err)
	}
}

func TestNothingIsScrapedWithoutPrometheus(t *testing.T) {
	s := observed(t, halfUp)
	s.stack.ObservabilityNamespace = "elsewhere"
	found, err := s.Finding(context.Background())
	scraped, worse := s.Scraped(context.Background())
	if err != nil || worse != nil || !strings.Contains(found["home"], "no pod") || !strings.Contains(scraped["ecs-1/shell-task"], "no pod") {
		t.Errorf("%v, %v; %v, %v", found, err, scraped, worse)
	}
}

func TestAnAnswerThatIsNoneIsAnError(t *testing.T) {
	for _, answer := range []string{"", "<html>", `{"status":"error","error":"no"}`} {
		if _, err := observed(t, answer).Finding(context.Background()); err == nil || !strings.Contains(err.Error(), "cannot be read") {
			t.Errorf("%q: %v", answer, err)
		}
	}
}

func TestThePortOfTheMetricsIsReadFromTheTasksOwnInterfaces(t *testing.T) {
	s := observed(t, halfUp)
	var addresses []string
	s.aws.On("ec2:DescribeNetworkInterfaces", func(in awstest.Input) any {
		addresses = append(addresses, in.Text("Filter.1.Value.1")+" "+in.Text("Filter.2.Value.1"))
		return "<DescribeNetworkInterfacesResponse><networkInterfaceSet><item><groupSet><item><groupId>sg-client</groupId></item></groupSet></item></networkInterfaceSet></DescribeNetworkInterfacesResponse>"
	})
	s.aws.On("ec2:DescribeSecurityGroupRules", func(awstest.Input) any {
		return "<DescribeSecurityGroupRulesResponse><securityGroupRuleSet>" + rule("sgr-1", "sg-client", "tcp", 15020, 15020, cidr("10.0.0.0/16")) +
			rule("sgr-2", "sg-client", "tcp", 15008, 15008, cidr("0.0.0.0/0")) + rule("sgr-3", "sg-client", "-1", -1, -1, "<referencedGroupInfo><groupId>sg-x</groupId></referencedGroupInfo>") +
			"</securityGroupRuleSet></DescribeSecurityGroupRulesResponse>"
	})
	open, err := s.OpenTo(context.Background(), backend.PortMetrics)
	if err != nil || strings.Join(open["ecs-1/echo-service"], " ") != "10.0.0.0/16 sg-x" || len(open) != 2 {
		t.Errorf("open %v, %v", open, err)
	}
	if strings.Join(addresses, ", ") != "vpc-1 10.0.1.20, vpc-1 10.0.1.10" {
		t.Errorf("asked for %v", addresses)
	}
}

func TestCloudWatchIsReadAsFarAsTheStackDeclaresIt(t *testing.T) {
	s := observed(t, halfUp)
	s.aws.On("cloudwatch:DescribeAlarms", func(in awstest.Input) any {
		if names := in["AlarmNames"].([]any); len(names) != 2 {
			t.Errorf("asked for %v", names)
		}
		return m{"MetricAlarms": []any{
			m{"AlarmName": "mesh-nat", "ActionsEnabled": true, "AlarmActions": []any{"arn:topic"}, "Namespace": "AWS/NATGateway", "MetricName": "ErrorPortAllocation",
				"Dimensions": []any{m{"Name": "NatGatewayId", "Value": "nat-1"}}},
			m{"AlarmName": "mesh-lost", "ActionsEnabled": false, "Metrics": []any{
				m{"Id": "errors", "MetricStat": m{"Metric": m{"Namespace": "ours", "MetricName": "Lost"}, "Period": 60.0, "Stat": "Sum"}}, m{"Id": "sum", "Expression": "errors"}}},
		}}
	})
	listed := []any{m{"MetricName": "ErrorPortAllocation"}}
	s.aws.On("cloudwatch:ListMetrics", func(in awstest.Input) any {
		if in.Text("Namespace") != "AWS/NATGateway" {
			t.Errorf("asked for %v", in)
		}
		return m{"Metrics": listed}
	})
	s.aws.On("logs:DescribeMetricFilters", func(in awstest.Input) any {
		return m{"metricFilters": []any{m{"filterName": "mesh-lost", "filterPattern": `"lost"`, "metricTransformations": []any{m{"metricNamespace": "ours", "metricName": "Lost"}}}}}
	})
	s.aws.On("logs:DescribeQueryDefinitions", func(in awstest.Input) any {
		if in.Text("queryDefinitionNamePrefix") != "mesh/" {
			t.Errorf("asked for %v", in)
		}
		return m{"queryDefinitions": []any{m{"name": "mesh/denied", "logGroupNames": []any{"/ecs/mesh-1", "/ecs/gone"}}}}
	})
	s.aws.On("logs:DescribeLogGroups", func(in awstest.Input) any {
		name := in.Text("logGroupNamePrefix")
		if name == "/ecs/gone" {
			name += "-but-similar"
		}
		return m{"logGroups": []any{m{"logGroupName": name}}}
	})
	all, err := s.CloudWatch(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	home := all["home"]
	if len(home.Alarms) != 2 || home.Alarms[0].Silent || home.Alarms[0].Actions[0] != "arn:topic" || home.Alarms[0].Blind != "" || !home.Alarms[1].Silent ||
		!home.Alarms[0].Metrics[0].Same(s.stack.Observability.Alarms["home"]["mesh-nat"].Metrics[0]) || !home.Alarms[1].Metrics[0].Same(stack.Metric{Namespace: "ours", Name: "Lost"}) {
		t.Errorf("alarms %+v", home.Alarms)
	}
	if len(home.Filters) != 1 || home.Filters[0].LogGroup != "/ecs/mesh-1" || home.Filters[0].Pattern != `"lost"` || home.Filters[0].Metric.Name != "Lost" {
		t.Errorf("filters %+v", home.Filters)
	}
	if len(home.Queries) != 1 || len(home.Queries[0].LogGroups) != 2 || strings.Join(home.LogGroups, " ") != "/aws/eks/mesh/mesh /ecs/mesh-1" {
		t.Errorf("queries %+v, groups %v", home.Queries, home.LogGroups)
	}
	listed = []any{}
	if all, err = s.CloudWatch(context.Background()); err != nil || !all["home"].Alarms[0].Unsure || !strings.Contains(all["home"].Alarms[0].Blind, "ErrorPortAllocation") {
		t.Errorf("without numbers: %+v, %v", all["home"].Alarms, err)
	}
}

func TestAPatternIsTriedByCloudWatchLogs(t *testing.T) {
	s := observed(t, halfUp)
	s.aws.On("logs:TestMetricFilter", func(in awstest.Input) any {
		return m{"matches": []any{m{"eventNumber": 2, "eventMessage": in["logEventMessages"].([]any)[1]}}}
	})
	matched, err := s.Counts(context.Background(), "home", `"lost"`, []string{"found", "lost"})
	if err != nil || len(matched) != 2 || matched[0] || !matched[1] {
		t.Errorf("%v, %v", matched, err)
	}
}

func TestShippedLogsAreStreamsOfThePodsThatRun(t *testing.T) {
	s := observed(t, halfUp)
	streams := []any{m{"logStreamName": "mesh-istiod-1.discovery"}}
	s.aws.On("logs:DescribeLogStreams", func(in awstest.Input) any {
		if in.Text("logStreamNamePrefix") != "mesh-istiod-1." {
			t.Errorf("asked for %v", in)
		}
		return m{"logStreams": streams}
	})
	if why, err := s.Shipping(context.Background()); why != "" || err != nil {
		t.Errorf("shipped: %q, %v", why, err)
	}
	streams = []any{}
	if why, err := s.Shipping(context.Background()); !strings.Contains(why, "no stream of pod istiod-1") || err != nil {
		t.Errorf("not shipped: %q, %v", why, err)
	}
	s.aws.On("logs:DescribeLogStreams", func(awstest.Input) any {
		return awstest.Failure{Code: "ResourceNotFoundException", Message: "The specified log group does not exist."}
	})
	if why, err := s.Shipping(context.Background()); !strings.Contains(why, "does not exist") || err != nil {
		t.Errorf("no group: %q, %v", why, err)
	}
}

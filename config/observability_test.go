package config

import (
	"slices"
	"testing"
)

// everything switches on all there is to see.
func everything() object {
	return object{
		"queries": true, "metrics": true, "dashboards": true, "kiali": true, "tracing": true, "clusterLogs": true,
		"alarms": object{"enabled": true, "emails": list("ops@example.com")},
	}
}

func TestObservabilityIsOffUnlessSwitchedOn(t *testing.T) {
	c := mustLoad(t, stack("dev"))
	if c.Observability.InCluster() || c.Observability.Queries || c.Observability.Alarms.Enabled {
		t.Errorf("the dev stack has %+v", c.Observability)
	}
	if roles := observers(c); len(roles) > 0 {
		t.Errorf("roles without a switch: %v", roles)
	}
}

func TestEverySwitchIsAccepted(t *testing.T) {
	c := mustLoad(t, with(edit{"observability", everything()}))
	want := []string{"ambient-prometheus", "ambient-scrape-external", "ambient-scrape-local", "ambient-notifier", "ambient-cluster-logs"}
	if got := observers(c); !slices.Equal(got, want) {
		t.Errorf("roles %v, want %v", got, want)
	}
	if got := c.Observability.TraceSamplingOrDefault(); got != DefaultTraceSampling {
		t.Errorf("%d percent is traced", got)
	}
	if got := c.ECSClusterARN("ecs-3"); got != "arn:aws:ecs:eu-central-1:"+c.Accounts["external"].ID+":cluster/ambient-ecs-3" {
		t.Errorf("the ARN of a cluster is %s", got)
	}
}

func TestAChartCanComeFromAMirror(t *testing.T) {
	c := mustLoad(t, with(edit{"observability/charts", object{"kiali": object{"repository": "oci://registry.example.com/charts", "version": "2.22.1"}}}))
	if got := c.Observability.Charts[ChartKiali]; got.Version != "2.22.1" {
		t.Errorf("got %+v", got)
	}
}

func TestRefusedObservability(t *testing.T) {
	alarms := func(more object) any {
		more["enabled"] = true
		return more
	}
	const topic = "arn:aws:sns:eu-central-1:111122223333:alarms"
	run(t, []refusal{
		one("Grafana without Prometheus", "observability", object{"dashboards": true}, "observability.dashboards = true", "observability.metrics"),
		one("Kiali without Prometheus", "observability", object{"kiali": true}, "observability.kiali = true", "observability.metrics"),
		one("more than every request", "observability", object{"tracing": true, "traceSampling": 101}, "observability.traceSampling = 101", "0 and 100"),
		one("a share of no traces", "observability", object{"traceSampling": 5}, "observability.traceSampling = 5", "observability.tracing"),
		one("unknown switch", "observability", object{"metric": true}, "observability.metric is unknown", "did you mean metrics?"),
		one("topic without alarms", "observability/alarms", object{"topicArn": topic}, "observability.alarms.topicArn", "there are no alarms"),
		one("e-mail without alarms", "observability/alarms", object{"emails": list("a@example.com")}, "observability.alarms.emails", "there are no alarms"),
		one("topic that is a queue", "observability/alarms", alarms(object{"topicArn": "arn:aws:sqs:eu-central-1:111122223333:q"}), "observability.alarms.topicArn", "no ARN of an SNS topic"),
		one("topic elsewhere", "observability/alarms", alarms(object{"topicArn": "arn:aws:sns:us-east-1:111122223333:alarms"}), "observability.alarms.topicArn", "its own region"),
		one("ordered topic", "observability/alarms", alarms(object{"topicArn": topic + ".fifo"}), "observability.alarms.topicArn", "FIFO"),
		one("e-mail to a topic of theirs", "observability/alarms", alarms(object{"topicArn": topic, "emails": list("a@example.com")}), "observability.alarms.emails", "makes no topic"),
		one("e-mail with a name", "observability/alarms", alarms(object{"emails": list("Ops <ops@example.com>")}), "observability.alarms.emails", "no e-mail address"),
		one("e-mail twice", "observability/alarms", alarms(object{"emails": list("a@example.com", "a@example.com")}), "observability.alarms.emails", "twice"),
		one("unknown chart", "observability/charts", object{"promotheus": object{}}, `observability.charts = "promotheus"`, "did you mean prometheus?"),
		one("chart from a file", "observability/charts", object{"jaeger": object{"repository": "file:///charts"}}, "observability.charts.jaeger.repository", "oci:// or https://"),
		one("chart with credentials", "observability/charts", object{"jaeger": object{"repository": "https://me:topsecret@charts.example"}}, "observability.charts.jaeger.repository", "everybody can read"),
		one("range of versions", "observability/charts", object{"jaeger": object{"version": "4.x"}}, `observability.charts.jaeger.version = "4.x"`, "a range"),
	})
}

// observers are the names of the roles that the switches ask for.
func observers(c Config) (names []string) {
	c.eachObserver(func(_, name string) { names = append(names, name) })
	return names
}

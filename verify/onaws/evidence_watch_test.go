package onaws

import (
	"context"
	"testing"

	"ambient-ecs/verify/onaws/awstest"
	"ambient-ecs/verify/stack"
)

func TestWhatLooksAtTheMeshIsReadFromItsObjects(t *testing.T) {
	e, aws := newEvidence(t, eksPrinted,
		awstest.Object(t, `{"apiVersion":"telemetry.istio.io/v1","kind":"Telemetry","metadata":{"name":"mesh","namespace":"istio-system"},"spec":{"tracing":[{"providers":[{"name":"otel"}],"randomSamplingPercentage":25}]}}`),
		awstest.Object(t, `{"apiVersion":"telemetry.istio.io/v1","kind":"Telemetry","metadata":{"name":"own","namespace":"mesh-1"},"spec":{"tracing":[{"providers":[{"name":"other"}]}]}}`),
		awstest.Object(t, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"istio","namespace":"istio-system"},"data":{"mesh":"extensionProviders:\n- name: otel\n  opentelemetry: {service: c, port: 4317}\n- name: log\n  envoyFileAccessLog: {path: /dev/stdout}\n"}}`),
		awstest.Object(t, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"prometheus","namespace":"observability"},"data":{"prometheus.yml":"scrape_configs:\n- job_name: istiod\n  kubernetes_sd_configs: [{role: pod}]\n- job_name: ecs-ztunnel-home\n  aws_sd_configs: [{role: ecs, role_arn: arn:scrape, clusters: [arn:cluster], port: 15020}]\n"}}`))
	e.stack.ObservabilityNamespace, e.stack.MeshLogGroup = "observability", "/mesh"
	e.stack.Observability = &stack.Observability{Metrics: true}
	aws.On("logs:DescribeLogGroups", func(in awstest.Input) any {
		return map[string]any{"logGroups": []any{map[string]any{"logGroupName": in.Text("logGroupNamePrefix")}}}
	})
	seen, err := e.Watch(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(seen.Traces) != 1 || seen.Traces[0].Provider != "otel" || seen.Traces[0].Sampling != 25 || len(seen.Providers) != 1 || seen.Providers[0] != "otel" {
		t.Errorf("traces %+v, providers %v", seen.Traces, seen.Providers)
	}
	if len(seen.Jobs) != 1 || seen.Jobs[0].Role != "arn:scrape" || seen.Jobs[0].Clusters[0] != "arn:cluster" || seen.Jobs[0].Port != 15020 {
		t.Errorf("jobs %+v", seen.Jobs)
	}
	if groups := seen.CloudWatch["home"].LogGroups; len(groups) != 1 || groups[0] != "/mesh" {
		t.Errorf("log groups %v", groups)
	}
}

// An unreadable configuration is unknown, not empty.
func TestJobsOfAnotherChartAreNotKnown(t *testing.T) {
	e, _ := newEvidence(t, eksPrinted,
		awstest.Object(t, `{"apiVersion":"telemetry.istio.io/v1","kind":"Telemetry","metadata":{"name":"own","namespace":"mesh-1"},"spec":{}}`),
		awstest.Object(t, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"istio","namespace":"istio-system"},"data":{"mesh":"{}"}}`))
	e.stack.ObservabilityNamespace, e.stack.Observability = "observability", &stack.Observability{Metrics: true}
	seen, err := e.Watch(context.Background())
	if err != nil || seen.Jobs != nil || seen.Traces != nil {
		t.Errorf("%+v, %v", seen, err)
	}
}

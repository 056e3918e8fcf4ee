package chart

import (
	"fmt"
	"maps"
	"slices"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
)

// outline stands in for a chart that can only be had from the network. It has the parts that the sandbox looks at: a
// workload with the right service account and pod annotations, its Service, and a ConfigMap with the values as given. It
// does not interpret the values as the real chart does.
type outline struct {
	// kind is the kind of the workload: Deployment or DaemonSet.
	kind string
	// at is the path of this workload's part of the values. Empty means the values themselves.
	at string
	// name and account are templates of the names of the workload and its service account.
	name, account string
	// image and port are the container's.
	image string
	port  int
	// when is a template. The workload exists if its result is not empty. An empty when means always.
	when string
}

// outlines are the charts by their published names, each with its workloads.
var outlines = map[string][]outline{
	"prometheus": {
		{kind: "Deployment", at: ".Values.server", name: `{{ .Values.server.fullnameOverride }}`, account: `{{ .Values.serviceAccounts.server.name }}`, image: "quay.io/prometheus/prometheus", port: 9090},
		{kind: "Deployment", at: ".Values.alertmanager", name: `{{ .Release.Name }}-alertmanager`, account: `{{ .Values.alertmanager.serviceAccount.name }}`, image: "quay.io/prometheus/alertmanager", port: 9093, when: ".Values.alertmanager.enabled"},
	},
	"grafana":                      {{kind: "Deployment", name: fullname, account: fullname, image: "docker.io/grafana/grafana", port: 3000}},
	"kiali-server":                 {{kind: "Deployment", at: ".Values.deployment", name: fullname, account: fullname, image: "quay.io/kiali/kiali", port: 20001}},
	"opentelemetry-collector":      {{kind: "Deployment", name: fullname, account: fullname, image: "otel/opentelemetry-collector-k8s", port: 4317}},
	"jaeger":                       {{kind: "Deployment", at: ".Values.jaeger", name: fullname, account: fullname, image: "docker.io/jaegertracing/jaeger", port: 16686}},
	"aws-load-balancer-controller": {{kind: "Deployment", name: `{{ .Release.Name }}`, account: `{{ .Values.serviceAccount.name }}`, image: "public.ecr.aws/eks/aws-load-balancer-controller", port: 9443}},
	"fluent-bit":                   {{kind: "DaemonSet", name: fullname, account: `{{ .Values.serviceAccount.name }}`, image: "cr.fluentbit.io/fluent/fluent-bit", port: 2020}},
}

const fullname = `{{ .Values.fullnameOverride | default .Release.Name }}`

// Outlines are the names of the charts that are only outlined.
func Outlines() []string { return slices.Sorted(maps.Keys(outlines)) }

// loadOutline makes a chart of an outline. Helm renders it like any other.
func loadOutline(name string) (*chart.Chart, error) {
	files := []*loader.BufferedFile{
		{Name: "Chart.yaml", Data: []byte("apiVersion: v2\nname: " + name + "\nversion: 0.0.0\n")},
		{Name: "templates/values.yaml", Data: []byte(valuesTemplate)},
	}
	for i, o := range outlines[name] {
		text := o.template()
		files = append(files, &loader.BufferedFile{Name: fmt.Sprintf("templates/workload-%d.yaml", i), Data: []byte(text)})
	}
	made, err := loader.LoadFiles(files)
	if err != nil {
		return nil, fmt.Errorf("outline the chart %s: %w", name, err)
	}
	return made, nil
}

const valuesTemplate = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-values
data:
  values.yaml: |
{{ toYaml .Values | indent 4 }}
`

func (o outline) template() string {
	at := o.at
	if at == "" {
		at = ".Values"
	}
	text := fmt.Sprintf(`apiVersion: v1
kind: ServiceAccount
metadata:
  name: %[3]s
---
apiVersion: v1
kind: Service
metadata:
  name: %[2]s
spec:
  type: {{ get (%[6]s.service | default dict) "type" | default "ClusterIP" }}
  selector: {app.kubernetes.io/name: %[2]s}
  ports: [{name: http, port: %[5]d}]
---
apiVersion: apps/v1
kind: %[1]s
metadata:
  name: %[2]s
spec:
  selector: {matchLabels: {app.kubernetes.io/name: %[2]s}}
  template:
    metadata:
      labels: {app.kubernetes.io/name: %[2]s}
      {{- with %[6]s.podAnnotations }}
      annotations: {{ toYaml . | nindent 8 }}
      {{- end }}
    spec:
      serviceAccountName: %[3]s
      containers:
      - name: main
        image: %[4]s
        ports: [{containerPort: %[5]d}]
        {{- with %[6]s.resources }}
        resources: {{ toYaml . | nindent 10 }}
        {{- end }}
`, o.kind, o.name, o.account, o.image, o.port, at)
	if o.when != "" {
		text = "{{- if " + o.when + " }}\n" + text + "{{- end }}\n"
	}
	return text
}

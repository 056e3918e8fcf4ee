package charts

import (
	"fmt"
	"strings"
)

// FluentBitAccount is the service account of Fluent Bit's pods.
const FluentBitAccount = "fluent-bit"

// Logs says where Fluent Bit sends the logs of istio-system.
type Logs struct {
	// Region and Group are the region and name of the log group. It exists already.
	Region, Group string
}

// Values returns the chart's values. A stream is named after its pod and container: mesh-POD.CONTAINER.
func (l Logs) Values() map[string]any {
	return map[string]any{
		"fullnameOverride": FluentBit,
		"serviceAccount":   map[string]any{"create": true, "name": FluentBitAccount},
		// Fluent Bit reads files of the node and makes no calls to Kubernetes.
		"rbac":          map[string]any{"create": false},
		"testFramework": off(),
		"resources":     resources("50m", "64Mi", "128Mi"),
		"config": map[string]any{
			"service": section("SERVICE",
				"Daemon Off", "Flush 5", "Log_Level info", "Parsers_File /fluent-bit/etc/parsers.conf",
				"HTTP_Server On", "HTTP_Listen 0.0.0.0", "HTTP_Port {{ .Values.metricsPort }}", "Health_Check On"),
			"inputs": section("INPUT",
				"Name tail", "Path /var/log/containers/*_istio-system_*.log", "multiline.parser docker, cri",
				`Tag_Regex (?<pod>[^_/]+)_istio-system_(?<container>.+)-[a-z0-9]{64}\.log$`, "Tag <pod>.<container>",
				"Mem_Buf_Limit 16MB", "Skip_Long_Lines On", "DB /var/log/flb_mesh.db"),
			"filters": "",
			// Send only the line itself, so that queries and filters read it as istiod and ztunnel wrote it.
			"outputs": section("OUTPUT",
				"Name cloudwatch_logs", "Match *", "region "+l.Region, "log_group_name "+l.Group,
				"log_stream_prefix mesh-", "log_key log", "auto_create_group false", "retry_limit 5"),
		},
	}
}

// section is one section of Fluent Bit's own format.
func section(name string, lines ...string) string {
	return fmt.Sprintf("[%s]\n    %s\n", name, strings.Join(lines, "\n    "))
}

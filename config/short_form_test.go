package config

import (
	"strings"
	"testing"
)

func TestVariablesThatLeadPastTheMeshAreWarnedOf(t *testing.T) {
	const field = "clusters.ecs-1.services.echo-service.environment."
	for name, c := range map[string]struct {
		client string
		said   object
		warned string
	}{
		"another proxy":            {"", object{"ALL_PROXY": "http://proxy:3128"}, field + "ALL_PROXY does not lead to ztunnel"},
		"options of Java alone":    {"java", object{"JAVA_TOOL_OPTIONS": "-Xmx256m"}, field + "JAVA_TOOL_OPTIONS does not lead to ztunnel"},
		"options with the preset":  {"java", object{"JAVA_TOOL_OPTIONS": "-Xmx256m -DsocksProxyHost=127.0.0.1 -DsocksProxyPort=15080"}, ""},
		"options of Java for curl": {"", object{"JAVA_TOOL_OPTIONS": "-Xmx256m"}, ""},
		"Go's own":                 {"go", object{"HTTPS_PROXY": "http://proxy:3128"}, field + "HTTPS_PROXY does not lead to ztunnel"},
		"no client":                {"none", object{"ALL_PROXY": "http://proxy:3128"}, ""},
	} {
		edits := []edit{{"clusters/ecs-1/services/echo-service/environment", c.said}}
		if c.client != "" {
			edits = append(edits, edit{"clusters/ecs-1/services/echo-service/client", c.client})
		}
		warned := strings.Join(mustLoad(t, with(edits...)).Warnings(), "\n")
		if c.warned == "" && strings.Contains(warned, "does not lead") || !strings.Contains(warned, c.warned) || strings.Contains(warned, "3128") {
			t.Errorf("%s: the warnings are %q, want %q", name, warned, c.warned)
		}
	}
}

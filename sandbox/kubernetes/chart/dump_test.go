package chart_test

import (
	"os"
	"testing"

	"sigs.k8s.io/yaml"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/kubernetes/chart"
)

func TestDump(t *testing.T) {
	for _, n := range []string{"base", "istiod", "cni", "ztunnel"} {
		os_, _ := chart.Render(n, map[string]any{"profile": "ambient", "platforms": map[string]any{"ecs": map[string]any{"accounts": []any{map[string]any{"role": "r", "domain": "d"}}}}}, "istio-system", n, "v1.34.2")
		f, _ := os.Create("/tmp/render/" + n + ".yaml")
		for _, o := range os_ {
			if api.KindOf(o) == api.CRDKind {
				continue
			}
			b, _ := yaml.Marshal(o)
			f.Write(b)
			f.WriteString("---\n")
		}
		f.Close()
	}
}

package charts

// The Services of the views. People and the other releases reach the views through them.
const (
	GrafanaURL = "http://grafana." + Namespace + ":3000"
	JaegerURL  = "http://jaeger." + Namespace + ":16686"
)

// Views says which other releases a view may show.
type Views struct {
	// IstioVersion is the upstream version ("1.28.3") whose dashboards Grafana loads.
	IstioVersion string
	// Dashboards and Tracing say that Grafana and Jaeger are installed.
	Dashboards, Tracing bool
}

// dashboards are the files of Istio's own dashboards, by a short name. Istio publishes the same dashboards at
// grafana.com as 7639 (mesh), 7636 (service), 7630 (workload), 11829 (performance), 7645 (control plane) and 21306
// (ztunnel). The version numbers there are unrelated to Istio's, and without a version the chart takes the very
// first.
var dashboards = map[string]string{
	"istio-mesh":          "istio-mesh-dashboard.gen.json",
	"istio-service":       "istio-service-dashboard.json",
	"istio-workload":      "istio-workload-dashboard.json",
	"istio-performance":   "istio-performance-dashboard.json",
	"istio-control-plane": "pilot-dashboard.gen.json",
	"istio-ztunnel":       "ztunnel-dashboard.gen.json",
}

// dashboardURL returns the address of a dashboard of one Istio version.
func dashboardURL(version, file string) string {
	return "https://raw.githubusercontent.com/istio/istio/" + version + "/manifests/addons/dashboards/" + file
}

// Grafana returns the values of Grafana's chart. The chart generates the password of the user admin and keeps it in
// the Secret grafana.
func (w Views) Grafana() map[string]any {
	boards := map[string]any{}
	for name, file := range dashboards {
		boards[name] = map[string]any{"url": dashboardURL(w.IstioVersion, file)}
	}
	sources := []any{map[string]any{
		"name": "Prometheus", "type": "prometheus", "url": PrometheusURL, "access": "proxy", "isDefault": true,
		"jsonData": map[string]any{"timeInterval": "30s"},
	}}
	if w.Tracing {
		sources = append(sources, map[string]any{"name": "Jaeger", "type": "jaeger", "url": JaegerURL, "access": "proxy"})
	}
	return map[string]any{
		"fullnameOverride": Grafana,
		// Only the sidecars that look for dashboards in other namespaces would need permissions in Kubernetes.
		"rbac":          map[string]any{"create": false, "pspEnabled": false},
		"testFramework": off(),
		"persistence":   off(),
		"ingress":       off(),
		"service":       map[string]any{"type": "ClusterIP", "port": 3000},
		"resources":     resources("50m", "128Mi", "512Mi"),
		"grafana.ini":   map[string]any{"analytics": map[string]any{"reporting_enabled": false, "check_for_updates": false}},
		"datasources": map[string]any{"datasources.yaml": map[string]any{
			"apiVersion": 1, "datasources": sources,
		}},
		"dashboardProviders": map[string]any{"dashboardproviders.yaml": map[string]any{
			"apiVersion": 1,
			"providers": []any{map[string]any{
				"name": "istio", "orgId": 1, "folder": "Istio", "type": "file", "disableDeletion": true,
				"options": map[string]any{"path": "/var/lib/grafana/dashboards/istio"},
			}},
		}},
		"dashboards": map[string]any{"istio": boards},
	}
}

// Kiali returns the values of Kiali's chart. Users log in with a token of a Kubernetes service account and see what
// that account may see. Kiali is read-only, because Pulumi owns the objects of the mesh.
func (w Views) Kiali() map[string]any {
	services := map[string]any{
		"prometheus": map[string]any{"url": PrometheusURL},
		"istio":      map[string]any{"root_namespace": "istio-system"},
		"grafana":    off(),
		"tracing":    off(),
	}
	if w.Dashboards {
		services["grafana"] = map[string]any{"enabled": true, "internal_url": GrafanaURL}
	}
	if w.Tracing {
		services["tracing"] = map[string]any{"enabled": true, "provider": "jaeger", "internal_url": JaegerURL, "use_grpc": false}
	}
	return map[string]any{
		"fullnameOverride": Kiali,
		"auth":             map[string]any{"strategy": "token"},
		"deployment": map[string]any{
			"ingress":        off(),
			"service_type":   "ClusterIP",
			"view_only_mode": true,
			"resources":      resources("50m", "128Mi", "1Gi"),
		},
		"external_services": services,
	}
}

package fromaws

import (
	"context"
	"fmt"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/onaws/cloudwatch"
	"ambient-ecs/verify/watch"
)

var _ doctor.Watcher = (*evidence)(nil)

// Watch implements doctor.Watcher.
func (e *evidence) Watch(ctx context.Context) (*doctor.Watch, error) {
	seen := &doctor.Watch{}
	var err error
	if seen.CloudWatch, err = cloudwatch.Read(ctx, e.accounts, e.stack); err != nil {
		return nil, err
	}
	telemetries, err := e.objects(ctx, "telemetry.istio.io/v1", "Telemetry")
	if err != nil {
		return nil, err
	}
	for _, o := range telemetries {
		if spec, _ := o.at("spec").(map[string]any); o.namespace() == system {
			seen.Traces = append(seen.Traces, watch.Traces(spec)...)
		}
	}
	configuration, err := e.object(ctx, "v1", "ConfigMap", system, "istio")
	if err != nil {
		return nil, err
	}
	if seen.Providers, err = watch.Providers(configuration.text("data", "mesh")); err != nil {
		return nil, err
	}
	if !e.stack.Observability.Metrics {
		return seen, nil
	}
	// The chart names Prometheus's own configuration as its server.
	o, err := e.object(ctx, "v1", "ConfigMap", e.stack.ObservabilityNamespace, backend.PrometheusAccount)
	if err != nil {
		return nil, err
	}
	if text := o.text("data", "prometheus.yml"); text != "" {
		if seen.Jobs, err = watch.Jobs(text); err != nil {
			return nil, fmt.Errorf("ConfigMap %s/%s: %w", e.stack.ObservabilityNamespace, backend.PrometheusAccount, err)
		}
	}
	return seen, nil
}

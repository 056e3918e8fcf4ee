package onaws

import (
	"context"
	"fmt"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/observability"
)

// Watch implements doctor.Watcher.
func (b *AWS) Watch(ctx context.Context) (*doctor.Watch, error) {
	seen := &doctor.Watch{}
	var err error
	if seen.CloudWatch, err = b.CloudWatch(ctx); err != nil {
		return nil, err
	}
	if seen.Providers, seen.Traces, err = doctor.ReadTracing(ctx, b); err != nil {
		return nil, err
	}
	if !b.stack.Observability.Metrics {
		return seen, nil
	}
	// The chart names Prometheus's own configuration as its server.
	o, err := b.Get(ctx, "v1", "ConfigMap", b.stack.ObservabilityNamespace, backend.PrometheusAccount)
	if err != nil {
		return nil, err
	}
	if text := backend.Text(o, "data", "prometheus.yml"); text != "" {
		if seen.Jobs, err = observability.Jobs(text); err != nil {
			return nil, fmt.Errorf("ConfigMap %s/%s: %w", b.stack.ObservabilityNamespace, backend.PrometheusAccount, err)
		}
	}
	return seen, nil
}

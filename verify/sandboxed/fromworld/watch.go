package fromworld

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/watch"
)

var (
	_ doctor.Watcher = (*evidence)(nil)

	telemetryKind = schema.GroupVersionKind{Group: "telemetry.istio.io", Version: "v1", Kind: "Telemetry"}
)

// Watch implements doctor.Watcher.
func (e *evidence) Watch(context.Context) (seen *doctor.Watch, err error) {
	err = e.world.Do(func(tx *world.Tx) error {
		c := e.cluster(tx)
		seen = &doctor.Watch{CloudWatch: CloudWatch(tx, e.stack)}
		for _, o := range c.List(telemetryKind, mesh.System) {
			seen.Traces = append(seen.Traces, watch.Traces(api.Map(o, "spec"))...)
		}
		configuration := api.String(c.Get(api.ConfigMapKind, mesh.System, "istio"), "data", "mesh")
		// The sandbox installs an outline of Prometheus's chart, with its values as they were given.
		values := api.String(c.Get(api.ConfigMapKind, e.stack.ObservabilityNamespace, "prometheus-values"), "data", "values.yaml")
		var unread, unknown error
		seen.Providers, unread = watch.Providers(configuration)
		seen.Jobs, unknown = watch.Jobs(values)
		return errors.Join(unread, unknown)
	})
	return seen, err
}

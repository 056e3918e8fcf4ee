package doctor

import "ambient-ecs/verify/stack"

// distribution is the annotation of a namespace that makes the callers of its services prefer near endpoints.
const (
	distribution     = "networking.istio.io/traffic-distribution"
	distributionNear = "PreferSameZone"
)

// locality finds shared services whose callers prefer other members than the stack declares. All of them answer, so it
// stops no call.
func (w *walk) locality() {
	for _, name := range sortedKeys(w.stack.Shared) {
		shared := w.stack.Shared[name]
		ns := w.namespace(shared.Namespace)
		if ns == nil {
			continue
		}
		want := ""
		if shared.Locality == stack.LocalitySameZone {
			want = distributionNear
		}
		if got := ns.Annotations[distribution]; got != want {
			w.late(missing("locality", shared.Namespace, remade,
				"namespace %s has the annotation %s=%q, and the stack declares %q: callers of %s prefer other members", shared.Namespace, distribution, got, want, shared.Hostname), name)
		}
	}
}

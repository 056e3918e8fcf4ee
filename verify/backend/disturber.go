package backend

import "context"

// Disturber is a back end that can disable a part of the mesh for a while. Only --intrusive uses it.
type Disturber interface {
	// Hide removes an ECS cluster's discovery tag and returns when istiod has forgotten the cluster's services. The
	// other tags have defaults, so removing those would hide no service.
	Hide(ctx context.Context, cluster string) error
	// Show restores the tag and returns when istiod knows the services again. It does nothing to a cluster that has
	// the tag.
	Show(ctx context.Context, cluster string) error
}

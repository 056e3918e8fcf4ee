package backend

import "context"

// Disturber is a back end that can take a part of the mesh away for a while. Only --intrusive asks for it.
type Disturber interface {
	// Hide takes an ECS cluster's discovery tag away and returns when istiod has forgotten the cluster's services.
	// Nothing less hides a service: the other tags have defaults.
	Hide(ctx context.Context, cluster string) error
	// Show gives the tag back and returns when the services are known again. It does nothing to a cluster that has it.
	Show(ctx context.Context, cluster string) error
}

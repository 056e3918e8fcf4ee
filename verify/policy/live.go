package policy

import (
	"context"
	"fmt"

	"ambient-ecs/verify/backend"
)

// Lister lists the objects of a cluster: a back end.
type Lister interface {
	List(ctx context.Context, apiVersion, kind string) ([]backend.Object, error)
}

// Objects are all objects of a cluster that New looks at.
func Objects(ctx context.Context, from Lister) ([]backend.Object, error) {
	var objects []backend.Object
	for _, kind := range Kinds() {
		found, err := from.List(ctx, kind.APIVersion, kind.Kind)
		if err != nil {
			return nil, fmt.Errorf("read objects of kind %s: %w", kind.Kind, err)
		}
		objects = append(objects, found...)
	}
	return objects, nil
}

// Live is New over the objects of a cluster.
func Live(ctx context.Context, from Lister) (*Istiod, error) {
	objects, err := Objects(ctx, from)
	if err != nil {
		return nil, err
	}
	return New(objects)
}

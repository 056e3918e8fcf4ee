package policy

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"ambient-ecs/verify/backend"
)

// APIKind is a kind of objects with the API version in which it is read.
type APIKind struct{ APIVersion, Kind string }

// versions are the API versions of the groups in kinds. exceptions are kinds with another version.
var (
	versions = map[string]string{
		"": "v1", "discovery.k8s.io": "v1", "gateway.networking.k8s.io": "v1", "networking.istio.io": "v1", "security.istio.io": "v1",
		"telemetry.istio.io": "v1",
	}
	exceptions = map[string]string{"ReferenceGrant": "v1beta1"}
)

// Kinds are the kinds of objects that New reads, sorted. The only ConfigMap that it needs holds istiod's own
// configuration.
func Kinds() []APIKind {
	all := []APIKind{{"v1", "ConfigMap"}}
	for _, group := range slices.Sorted(maps.Keys(kinds)) {
		for _, kind := range kinds[group] {
			version := versions[group]
			if own, other := exceptions[kind]; other {
				version = own
			}
			if group != "" {
				version = group + "/" + version
			}
			all = append(all, APIKind{version, kind})
		}
	}
	return all
}

// Lister lists the objects of a cluster: a back end.
type Lister interface {
	List(ctx context.Context, apiVersion, kind string) ([]backend.Object, error)
}

// Objects are all objects of a cluster that New reads.
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

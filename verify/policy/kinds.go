package policy

import (
	"maps"
	"slices"
)

// APIKind is a kind of objects with the version of its API that is read.
type APIKind struct{ APIVersion, Kind string }

// versions are those of the groups in kinds; exceptions are kinds with another one.
var (
	versions = map[string]string{
		"": "v1", "discovery.k8s.io": "v1", "gateway.networking.k8s.io": "v1", "networking.istio.io": "v1", "security.istio.io": "v1",
		"telemetry.istio.io": "v1",
	}
	exceptions = map[string]string{"ReferenceGrant": "v1beta1"}
)

// Kinds are the kinds of objects that New looks at, sorted. Of the ConfigMaps it needs the one that holds istiod's own
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

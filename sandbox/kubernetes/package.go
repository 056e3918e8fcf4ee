package kubernetes

import (
	"context"
	"fmt"

	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

// Version is the plugin version that pulumi-kubernetes' Go SDK of the program asks for.
const Version = "4.33.0"

// DefaultNamespace is the namespace of namespaced objects that name none.
const DefaultNamespace = "default"

// New returns the kubernetes package on a world.
func New(w *world.World) provider.Package { return plugin{world: w} }

type plugin struct{ world *world.World }

func (plugin) Name() string    { return "kubernetes" }
func (plugin) Version() string { return Version }

// ReplaceOn is the setting that identifies the cluster. Without it the real provider compares the clusters in
// the kubeconfigs. The sandbox does not model that. The real provider takes a setting that is not known yet for another
// cluster (seen with 4.30).
func (plugin) ReplaceOn() (changed, unknown []string) {
	return []string{"clusterIdentifier"}, []string{"kubeconfig", "context", "clusterIdentifier"}
}

// Open never refuses a kubeconfig, as the real provider does not: a cluster that cannot be reached is an
// error of the first operation that needs it.
func (p plugin) Open(_ context.Context, args map[string]any) (provider.Session, error) {
	s := &session{world: p.world, namespace: DefaultNamespace}
	if ns, ok := args["namespace"].(string); ok && ns != "" {
		s.namespace = ns
	}
	s.deleteUnreachable = isTrue(args["deleteUnreachable"])
	s.mutableSecrets, s.mutableConfigMaps = isTrue(args["enableSecretMutable"]), isTrue(args["enableConfigMapMutable"])
	kubeconfig := args["kubeconfig"]
	if provider.HasUnknown(kubeconfig) {
		s.problem = errUnknownKubeconfig
		return s, nil
	}
	current, _ := args["context"].(string)
	s.target, s.problem = parseKubeconfig(kubeconfig, current)
	if s.problem == nil && s.target.namespace != "" && args["namespace"] == nil {
		s.namespace = s.target.namespace
	}
	return s, nil
}

// isTrue reads a boolean of a provider's configuration, which may come as text.
func isTrue(v any) bool { return v == true || v == "true" }

// session is one configured provider instance.
type session struct {
	world     *world.World
	target    target
	namespace string
	// problem is why the kubeconfig cannot be used at all.
	problem error
	// deleteUnreachable forgets resources of a cluster that is gone.
	deleteUnreachable bool
	// mutableSecrets and mutableConfigMaps update the data of Secrets and ConfigMaps in place.
	mutableSecrets, mutableConfigMaps bool
}

// Invoke answers nothing: the program uses no function of this package.
func (s *session) Invoke(_ context.Context, token string, _ map[string]any) (map[string]any, error) {
	return nil, fmt.Errorf("the sandbox does not model the function %s", token)
}

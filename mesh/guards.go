package mesh

import (
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/mesh/networkpolicy"
)

// Guard guards a namespace as the configuration says. Nothing is registered where it says nothing.
func Guard(ctx *pulumi.Context, cfg config.Config, provider *kubernetes.Provider, namespace string, policy networkpolicy.Policy, guarded component.Dependency) error {
	args := &NamespaceGuardArgs{Namespace: namespace, NoDefaultTokens: !cfg.DefaultTokens, Provider: provider, Guarded: guarded}
	if cfg.NetworkPolicies {
		args.Policy = &policy
	}
	// The namespace default is the users' own: pods of theirs may need a token there.
	if namespace == TestNamespace {
		args.NoDefaultTokens = false
	}
	if args.Policy == nil && !args.NoDefaultTokens {
		return nil
	}
	_, err := NewNamespaceGuard(ctx, "guard-"+namespace, args)
	return err
}

package eks

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/eks/access"
	"ambient-ecs/iam/policy"
)

// awsClusterType is the one part of pulumi-eks's component that must not be lost.
const awsClusterType = "aws:eks/cluster:Cluster"

// protectCluster protects the cluster inside pulumi-eks's component and nothing else in it. All parts would inherit
// the option Protect of the component. The access entries are among the parts, and then nobody could be locked out
// again.
func protectCluster(_ context.Context, part *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
	if part.Type != awsClusterType {
		return nil
	}
	part.Opts.Protect = true
	return &pulumi.ResourceTransformResult{Props: part.Props, Opts: part.Opts}
}

// recordCreator puts the principal that makes the cluster into a tag of the cluster. Without a principal the cluster lives: the tag stays as it is,
// whoever runs the program now.
func recordCreator(creator string) pulumi.ResourceTransform {
	return func(_ context.Context, part *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
		if part.Type != awsClusterType {
			return nil
		}
		if creator == "" {
			part.Opts.IgnoreChanges = append(part.Opts.IgnoreChanges, fmt.Sprintf("tags[%q]", config.CreatorTag))
			return &pulumi.ResourceTransformResult{Props: part.Props, Opts: part.Opts}
		}
		props := maps.Clone(part.Props)
		// pulumi-eks joins its own tag and the caller's: they arrive as an output.
		props["tags"] = pulumi.All(part.Props["tags"]).ApplyT(func(given []any) map[string]string {
			tags := map[string]string{config.CreatorTag: creator}
			if made, ok := given[0].(map[string]any); ok {
				for key, value := range made {
					tags[key] = fmt.Sprint(value)
				}
			}
			return tags
		})
		return &pulumi.ResourceTransformResult{Props: props, Opts: part.Opts}
	}
}

// roleType is the service role inside pulumi-eks's component, which takes neither a path nor a boundary for it.
const roleType = "aws:iam/role:Role"

// guardRole gives the service role its path and its boundary.
func guardRole(guardrails policy.Guardrails) pulumi.ResourceTransform {
	return func(_ context.Context, part *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
		if part.Type != roleType {
			return nil
		}
		for name, value := range map[string]string{"path": guardrails.Path, "permissionsBoundary": guardrails.Boundary} {
			if value != "" {
				part.Props[name] = pulumi.String(value)
			}
		}
		return &pulumi.ResourceTransformResult{Props: part.Props, Opts: part.Opts}
	}
}

// transforms returns the transforms of pulumi-eks's component with the given name.
func (a *ClusterArgs) transforms(component string, entries []access.Entry, role nodeRole) pulumi.ResourceOption {
	all := []pulumi.ResourceTransform{recordCreator(a.Creator), a.NetworkPlugin.transform(role)}
	if a.Protect {
		all = append(all, protectCluster)
	}
	if settings := a.settings(); len(settings) > 0 {
		all = append(all, set(awsClusterType, settings))
	}
	if a.RoleTrust != "" {
		all = append(all, set(roleType, pulumi.Map{"assumeRolePolicy": pulumi.String(a.RoleTrust)}))
	}
	if a.Guardrails != (policy.Guardrails{}) {
		all = append(all, guardRole(a.Guardrails))
	}
	if slices.ContainsFunc(entries, func(e access.Entry) bool { return e.Formerly != "" }) {
		all = append(all, keepEntries(component, entries))
	}
	return pulumi.Transforms(all)
}

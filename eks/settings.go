package eks

import (
	"context"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// awsNodeGroupType is the node group inside pulumi-eks's component.
const awsNodeGroupType = "aws:eks/nodeGroup:NodeGroup"

// set gives properties to a part of a pulumi-eks component, for which the component has no inputs.
func set(part string, properties pulumi.Map) pulumi.ResourceTransform {
	return func(_ context.Context, made *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
		if made.Type != part {
			return nil
		}
		props := maps.Clone(made.Props)
		maps.Copy(props, properties)
		return &pulumi.ResourceTransformResult{Props: props, Opts: made.Opts}
	}
}

// settings are the properties of the cluster that pulumi-eks has no inputs for.
func (a *ClusterArgs) settings() pulumi.Map {
	settings := pulumi.Map{}
	if a.Support != "" {
		settings["upgradePolicy"] = pulumi.Map{"supportType": pulumi.String(a.Support)}
	}
	if a.ZonalShift {
		settings["zonalShiftConfig"] = pulumi.Map{"enabled": pulumi.Bool(true)}
	}
	return settings
}

// nodeTransforms are the transforms of pulumi-eks's node group.
func (a *ClusterArgs) nodeTransforms() pulumi.ResourceOption {
	if !a.NodeRepair {
		return pulumi.Transforms(nil)
	}
	return pulumi.Transforms([]pulumi.ResourceTransform{set(awsNodeGroupType, pulumi.Map{"nodeRepairConfig": pulumi.Map{"enabled": pulumi.Bool(true)}})})
}

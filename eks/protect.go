package eks

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// awsClusterType is the one part of pulumi-eks's component that must not get lost.
const awsClusterType = "aws:eks/cluster:Cluster"

// protectCluster protects the cluster inside pulumi-eks's component and nothing else in it. The option Protect of
// the component would be inherited by all its parts, the access entries among them: nobody could be locked out
// again.
func protectCluster(protect bool) pulumi.ResourceOption {
	if !protect {
		return pulumi.Transforms(nil)
	}
	return pulumi.Transforms([]pulumi.ResourceTransform{
		func(_ context.Context, part *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
			if part.Type != awsClusterType {
				return nil
			}
			part.Opts.Protect = true
			return &pulumi.ResourceTransformResult{Props: part.Props, Opts: part.Opts}
		},
	})
}

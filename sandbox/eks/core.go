package eks

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// core is the cluster that a node group belongs to: the output Core of a Cluster, or the Cluster itself.
type core struct {
	ctx   *pulumi.Context
	value pulumi.Output
}

func (a *managedNodeGroupArgs) core(ctx *pulumi.Context) core {
	return core{ctx: ctx, value: pulumi.ToOutput(a.Cluster)}
}

// property reads a property of the AWS cluster.
func (c core) property(name string) pulumi.StringOutput {
	return c.fields().ApplyT(func(core map[string]any) (pulumi.StringOutput, error) {
		reference, ok := core["cluster"].(pulumi.Resource)
		if !ok {
			return pulumi.StringOutput{}, errors.New("cluster: this is no core of an eks:index:Cluster")
		}
		return reference.URN().ApplyT(func(urn pulumi.URN) (pulumi.StringOutput, error) {
			var cluster awsCluster
			if err := c.ctx.RegisterResource(awsClusterType, "cluster", nil, &cluster, pulumi.URN_(string(urn))); err != nil {
				return pulumi.StringOutput{}, err
			}
			if name == "version" {
				return cluster.Version, nil
			}
			return cluster.Name, nil
		}).(pulumi.StringOutput), nil
	}).(pulumi.StringOutput)
}

// subnets are the cluster's subnetIds, else its private subnets, else its public ones.
func (c core) subnets() pulumi.Input {
	return c.fields().ApplyT(func(core map[string]any) []any {
		for _, name := range []string{"subnetIds", "privateSubnetIds", "publicSubnetIds"} {
			if ids, ok := core[name].([]any); ok {
				return ids
			}
		}
		return []any{}
	})
}

// fields are the fields of the core. A reference to a Cluster has them as an output.
func (c core) fields() pulumi.MapOutput {
	return c.value.ApplyT(func(value any) (pulumi.MapOutput, error) {
		switch value := value.(type) {
		case map[string]any:
			// Not ToMap: it would take the resources in the core apart.
			return pulumi.Bool(true).ToBoolOutput().ApplyT(func(bool) map[string]any { return value }).(pulumi.MapOutput), nil
		case pulumi.Resource:
			return value.URN().ApplyT(func(urn pulumi.URN) (pulumi.MapOutput, error) {
				var reference struct {
					pulumi.ResourceState
					Core pulumi.MapOutput `pulumi:"core"`
				}
				err := c.ctx.RegisterResource(clusterType, "cluster", nil, &reference, pulumi.URN_(string(urn)))
				return reference.Core, err
			}).(pulumi.MapOutput), nil
		}
		return pulumi.MapOutput{}, errors.New("cluster: neither an eks:index:Cluster nor its core")
	}).(pulumi.MapOutput)
}

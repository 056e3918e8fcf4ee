package observability

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/problem"
)

// ClusterLogsTypeToken is the Pulumi type of ClusterLogs.
const ClusterLogsTypeToken = "ambient-ecs:observability:ClusterLogs"

// ClusterLogsArgs configures ClusterLogs.
type ClusterLogsArgs struct {
	// LogGroupName is the log group. Required.
	LogGroupName string
	// RetentionDays is how many days the log group keeps its events. Required.
	RetentionDays int
	// KeyARN is the KMS key of the log group. Nil: CloudWatch's own.
	KeyARN pulumi.StringPtrInput
	// Provider is the AWS provider of the EKS cluster's account. Required.
	Provider pulumi.ProviderResource
}

// Validate reports every problem of the arguments, or returns nil.
func (a *ClusterLogsArgs) Validate() error {
	var p problem.List
	if a.LogGroupName == "" {
		p.Missing("LogGroupName", "the logs would have no place")
	}
	if a.RetentionDays < 1 {
		p.Refuse("RetentionDays", a.RetentionDays, "the logs would be kept, and paid for, for ever")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one the logs could land in another account")
	}
	return p.Err()
}

// ClusterLogs is the log group for the logs of istio-system. The role that ships them may make no log group. So this
// one is the only one, with its retention, and a destroy removes it.
type ClusterLogs struct {
	pulumi.ResourceState

	// LogGroupName is known when the log group exists.
	LogGroupName pulumi.StringOutput
	// Ready is the log group.
	Ready component.After[ClusterLogs]
}

// NewClusterLogs registers the log group.
func NewClusterLogs(ctx *pulumi.Context, name string, args *ClusterLogsArgs, opts ...pulumi.ResourceOption) (*ClusterLogs, error) {
	out := &ClusterLogs{}
	return component.New(ctx, ClusterLogsTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		group, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
			Name:            pulumi.String(args.LogGroupName),
			RetentionInDays: pulumi.Int(args.RetentionDays),
			KmsKeyId:        args.KeyARN,
		}, component.Child(out, args.Provider, pulumi.DeleteBeforeReplace(true))...)
		if err != nil {
			return nil, fmt.Errorf("register the log group %s: %w", args.LogGroupName, err)
		}
		out.LogGroupName, out.Ready = group.Name, component.Made[ClusterLogs](group)
		return pulumi.Map{"logGroupName": out.LogGroupName}, nil
	})
}

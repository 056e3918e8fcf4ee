package observability

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ClusterLogsTypeToken is the Pulumi type of ClusterLogs.
const ClusterLogsTypeToken = "ambient-ecs:observability:ClusterLogs"

// ClusterLogsArgs configures ClusterLogs.
type ClusterLogsArgs struct {
	// LogGroupName is the log group. Required.
	LogGroupName string
	// RetentionDays is how long it keeps its events. Required.
	RetentionDays int
	// Provider is the AWS provider of the EKS cluster's account. Required.
	Provider pulumi.ProviderResource
}

// Validate reports every problem of the arguments, or returns nil.
func (a *ClusterLogsArgs) Validate() error {
	var problems []error
	if a.LogGroupName == "" {
		problems = append(problems, errors.New("LogGroupName is empty"))
	}
	if a.RetentionDays < 1 {
		problems = append(problems, fmt.Errorf("RetentionDays %d: the logs would be kept, and paid for, for ever", a.RetentionDays))
	}
	if a.Provider == nil {
		problems = append(problems, errors.New("Provider is nil: without one the logs could land in another account"))
	}
	return errors.Join(problems...)
}

// ClusterLogs is where the logs of istio-system go. Who ships them may make no log group, so that this one, with its
// retention and its end, is the only one.
type ClusterLogs struct {
	pulumi.ResourceState

	// LogGroupName is known when the log group exists.
	LogGroupName pulumi.StringOutput
	// Ready is the log group.
	Ready []pulumi.Resource
}

// NewClusterLogs registers the log group.
func NewClusterLogs(ctx *pulumi.Context, name string, args *ClusterLogsArgs, opts ...pulumi.ResourceOption) (*ClusterLogs, error) {
	if args == nil {
		return nil, fmt.Errorf("cluster logs %s: args is nil", name)
	}
	if err := args.Validate(); err != nil {
		return nil, fmt.Errorf("cluster logs %s: %w", name, err)
	}
	component := &ClusterLogs{}
	if err := ctx.RegisterComponentResource(ClusterLogsTypeToken, name, component, opts...); err != nil {
		return nil, fmt.Errorf("cluster logs %s: %w", name, err)
	}
	group, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(args.LogGroupName),
		RetentionInDays: pulumi.Int(args.RetentionDays),
	}, child(component, args.Provider, pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return nil, fmt.Errorf("cluster logs %s: register the log group %s: %w", name, args.LogGroupName, err)
	}
	component.LogGroupName, component.Ready = group.Name, []pulumi.Resource{group}
	if err := ctx.RegisterResourceOutputs(component, pulumi.Map{"logGroupName": component.LogGroupName}); err != nil {
		return nil, fmt.Errorf("cluster logs %s: %w", name, err)
	}
	return component, nil
}

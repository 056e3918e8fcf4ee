package ecs

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ClusterTypeToken is the Pulumi type of Cluster.
const ClusterTypeToken = "ambient-ecs:ecs:Cluster"

// TagDiscovery on an ECS cluster lets istiod's discovery read it. Taking it away takes all of the cluster's
// services out of the mesh.
const TagDiscovery = "ecs.solo.io/discovery-enabled"

// ecsName is what ECS accepts as the name of a cluster, a service or a family.
var ecsName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

// ClusterArgs configures a Cluster.
type ClusterArgs struct {
	// Name is the physical name of the cluster. Required. It is part of the mesh's hostnames.
	Name string
	// LogGroupName is the log group of the tasks. Required. Execution roles may write to it and to no other.
	LogGroupName string
	// LogRetentionDays applies to both log groups. Required.
	LogRetentionDays int
	// Provider is the AWS provider of the cluster's account. Required.
	Provider pulumi.ProviderResource
}

// Validate reports every problem of the arguments, or returns nil.
func (a *ClusterArgs) Validate() error {
	var problems []error
	if !ecsName.MatchString(a.Name) {
		problems = append(problems, fmt.Errorf("Name %q: ECS takes at most 255 letters, digits, - and _", a.Name))
	}
	if a.LogGroupName == "" {
		problems = append(problems, errors.New("LogGroupName is empty: the tasks could not log"))
	}
	if a.LogRetentionDays < 1 {
		problems = append(problems, fmt.Errorf("LogRetentionDays %d: the logs would be kept, and paid for, for ever", a.LogRetentionDays))
	}
	if a.Provider == nil {
		problems = append(problems, errors.New("Provider is nil: without one the cluster could land in another account"))
	}
	return errors.Join(problems...)
}

// Cluster is one ECS cluster of the mesh.
type Cluster struct {
	pulumi.ResourceState

	// Name is the physical name, as given.
	Name string
	// ARN is the cluster's ARN.
	ARN pulumi.StringOutput
	// LogGroupName is the log group of the cluster's tasks.
	LogGroupName pulumi.StringOutput
}

// NewCluster registers the cluster and its log groups.
func NewCluster(ctx *pulumi.Context, name string, args *ClusterArgs, opts ...pulumi.ResourceOption) (*Cluster, error) {
	if args == nil {
		return nil, fmt.Errorf("ECS cluster %s: args is nil", name)
	}
	if err := args.Validate(); err != nil {
		return nil, fmt.Errorf("ECS cluster %s: %w", name, err)
	}
	cluster := &Cluster{Name: args.Name}
	if err := ctx.RegisterComponentResource(ClusterTypeToken, name, cluster, opts...); err != nil {
		return nil, fmt.Errorf("ECS cluster %s: %w", name, err)
	}
	if err := cluster.register(ctx, name, args); err != nil {
		return nil, fmt.Errorf("ECS cluster %s: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(cluster, pulumi.Map{
		"arn":          cluster.ARN,
		"logGroupName": cluster.LogGroupName,
	}); err != nil {
		return nil, fmt.Errorf("ECS cluster %s: %w", name, err)
	}
	return cluster, nil
}

func (c *Cluster) register(ctx *pulumi.Context, name string, args *ClusterArgs) error {
	tasks, err := c.logGroup(ctx, name+"-tasks", args.LogGroupName, args)
	if err != nil {
		return err
	}
	// Container Insights makes this group when there is none, keeps it for ever, and leaves it behind.
	insights, err := c.logGroup(ctx, name+"-insights", "/aws/ecs/containerinsights/"+args.Name+"/performance", args)
	if err != nil {
		return err
	}
	cluster, err := ecs.NewCluster(ctx, name, &ecs.ClusterArgs{
		Name: pulumi.String(args.Name),
		Settings: ecs.ClusterSettingArray{
			ecs.ClusterSettingArgs{Name: pulumi.String("containerInsights"), Value: pulumi.String("enabled")},
		},
		Tags: pulumi.StringMap{TagDiscovery: pulumi.String("true")},
	}, child(c, args.Provider, pulumi.DependsOn([]pulumi.Resource{insights}), pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return fmt.Errorf("register the cluster: %w", err)
	}
	c.ARN, c.LogGroupName = cluster.Arn, tasks.Name
	return nil
}

func (c *Cluster) logGroup(ctx *pulumi.Context, name, physical string, args *ClusterArgs) (*cloudwatch.LogGroup, error) {
	group, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(physical),
		RetentionInDays: pulumi.Int(args.LogRetentionDays),
	}, child(c, args.Provider, pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return nil, fmt.Errorf("register the log group %s: %w", physical, err)
	}
	return group, nil
}

// child returns the options of a component's child: a fresh slice for each, because appending to a shared one
// would change the options of its siblings.
func child(parent pulumi.Resource, provider pulumi.ProviderResource, more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(parent), pulumi.Provider(provider)}, more...)
}

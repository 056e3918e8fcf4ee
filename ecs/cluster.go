package ecs

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/problem"
)

// ClusterTypeToken is the Pulumi type of Cluster.
const ClusterTypeToken = "ambient-ecs:ecs:Cluster"

// TagDiscovery lets istiod's discovery read the cluster.
const TagDiscovery = config.DiscoveryTag

// ecsName matches the names of clusters, services and families that ECS accepts.
var ecsName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

// ClusterArgs configures a Cluster.
type ClusterArgs struct {
	// Name is the physical name of the cluster. Required.
	Name string
	// Prefix begins the names of what belongs to the cluster: task definitions, security groups. Empty: Name.
	Prefix string
	// Key is the cluster's key in the configuration, which a tag holds where the name does not say it. Empty: Name does.
	Key string
	// Existing is the cluster of another team. Nil: the program makes the cluster.
	Existing *Existing
	// Undiscovered keeps the cluster out of istiod's discovery: its tasks only call.
	Undiscovered bool
	// LogGroupName is the log group of the tasks. Required. Execution roles may write to it and to no other.
	LogGroupName string
	// LogGroupExists says that another team made the log group of the tasks.
	LogGroupExists bool
	// LogRetentionDays applies to the log groups that are made. Required.
	LogRetentionDays int
	// LogKeyARN is the KMS key of the log groups. Nil: CloudWatch's own.
	LogKeyARN pulumi.StringPtrInput
	// CapacityProviders are those that the cluster's services use, besides the launch type. Empty: none.
	CapacityProviders []string
	// Exec is what the cluster keeps of the sessions of ECS Exec.
	Exec Exec
	// Schedules makes a group for schedules that start tasks on the cluster.
	Schedules bool
	// Imports are ids of what exists and becomes a child, by the child's TYPE::NAME. Empty: the component makes everything.
	Imports component.Imports
	// Provider is the AWS provider of the cluster's account. Required.
	Provider pulumi.ProviderResource

	// Guests is what tasks of other teams' stacks need while they live. ECS deletes no cluster with services, so a destroy
	// stops at the cluster, before any of it goes. An existing cluster stays, and only its tags wait. Empty: no other stack has
	// services in the cluster.
	Guests []component.Dependency
}

// Validate reports every problem of the arguments, or returns nil.
func (a *ClusterArgs) Validate() error {
	var p problem.List
	if !ecsName.MatchString(a.Name) {
		p.Refuse("Name", a.Name, "ECS takes at most 255 letters, digits, - and _")
	}
	if a.Existing != nil {
		a.Existing.validate(&p, a)
	}
	if a.LogGroupName == "" {
		p.Missing("LogGroupName", "the tasks could not log")
	}
	if a.LogRetentionDays < 1 {
		p.Refuse("LogRetentionDays", a.LogRetentionDays, "the logs would be kept, and paid for, for ever")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one the cluster could land in another account")
	}
	return p.Err()
}

// Cluster is one ECS cluster of the mesh.
type Cluster struct {
	pulumi.ResourceState

	// Name is the physical name, as given. Prefix begins the names of what belongs to the cluster.
	Name, Prefix string
	// ARN is the cluster's ARN.
	ARN pulumi.StringOutput
	// LogGroupName is the log group of the cluster's tasks.
	LogGroupName pulumi.StringOutput
	// ScheduleGroup is the name of the group of the cluster's schedules, zero without one.
	ScheduleGroup pulumi.StringOutput

	// Providers are the cluster's capacity providers.
	Providers []string

	// capacity is their association, zero if there are none.
	capacity component.After[Cluster]
}

// NewCluster registers the cluster and its log groups.
func NewCluster(ctx *pulumi.Context, name string, args *ClusterArgs, opts ...pulumi.ResourceOption) (*Cluster, error) {
	cluster := &Cluster{}
	return component.New(ctx, ClusterTypeToken, name, cluster, args, opts, func() (pulumi.Map, error) {
		cluster.Name, cluster.Prefix = args.Name, cmp.Or(args.Prefix, args.Name)
		err := cluster.register(ctx, name, args)
		return pulumi.Map{
			"arn":          cluster.ARN,
			"logGroupName": cluster.LogGroupName,
		}, err
	})
}

func (c *Cluster) register(ctx *pulumi.Context, name string, args *ClusterArgs) error {
	before, err := c.taskLogs(ctx, name, args)
	if err != nil {
		return err
	}
	if args.Existing != nil {
		if err := c.join(ctx, name, args, before...); err != nil {
			return err
		}
		return c.group(ctx, name, args)
	}
	// Container Insights would otherwise make this group itself, keep its logs for ever, and leave the group behind.
	insights, err := c.logGroup(ctx, name+"-insights", config.InsightsLogGroup(args.Name), args.LogKeyARN, args)
	if err != nil {
		return err
	}
	var sessions *cloudwatch.LogGroup
	if args.Exec.LogGroupName != "" {
		if sessions, err = c.logGroup(ctx, name+"-exec", args.Exec.LogGroupName, args.Exec.logKey(args.LogKeyARN), args); err != nil {
			return err
		}
	}
	cluster, err := ecs.NewCluster(ctx, name, &ecs.ClusterArgs{
		Name: pulumi.String(args.Name),
		Settings: ecs.ClusterSettingArray{
			ecs.ClusterSettingArgs{Name: pulumi.String("containerInsights"), Value: pulumi.String("enabled")},
		},
		Configuration: args.Exec.configuration(sessions),
		Tags:          args.tags(),
	}, component.Child(c, args.Provider, pulumi.DependsOn(append(before, insights)), component.DependsOn(args.Guests...), pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return fmt.Errorf("register the cluster: %w", err)
	}
	c.ARN = cluster.Arn
	if err := c.group(ctx, name, args); err != nil {
		return err
	}
	return c.provide(ctx, name, args, cluster)
}

// tags are those of a cluster that is made.
func (a *ClusterArgs) tags() pulumi.StringMap {
	tags := pulumi.StringMap{TagDiscovery: pulumi.String(strconv.FormatBool(!a.Undiscovered))}
	if a.Key != "" {
		tags[config.ClusterTag] = pulumi.String(a.Key)
	}
	return tags
}

// taskLogs makes the log group of the tasks, unless it exists. The cluster waits for what it returns.
func (c *Cluster) taskLogs(ctx *pulumi.Context, name string, args *ClusterArgs) (before []pulumi.Resource, err error) {
	if args.LogGroupExists {
		c.LogGroupName = pulumi.String(args.LogGroupName).ToStringOutput()
		return nil, nil
	}
	tasks, err := c.logGroup(ctx, name+"-tasks", args.LogGroupName, args.LogKeyARN, args)
	if err != nil {
		return nil, err
	}
	c.LogGroupName = tasks.Name
	if len(args.Guests) > 0 {
		before = append(before, tasks)
	}
	return before, nil
}

func (c *Cluster) logGroup(ctx *pulumi.Context, name, physical string, key pulumi.StringPtrInput, args *ClusterArgs) (*cloudwatch.LogGroup, error) {
	group, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(physical),
		RetentionInDays: pulumi.Int(args.LogRetentionDays),
		KmsKeyId:        key,
	}, component.Child(c, args.Provider, pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return nil, fmt.Errorf("register the log group %s: %w", physical, err)
	}
	return group, nil
}

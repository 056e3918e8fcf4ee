package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/iam/policy"
	"ambient-ecs/problem"
)

// FlowLogTypeToken is the Pulumi type of FlowLog.
const FlowLogTypeToken = "ambient-ecs:network:FlowLog"

// flowLogSeconds is the time that one record sums up. AWS offers 60 and 600; with 600 a record may come ten minutes
// late (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html, 2026-11-29).
const flowLogSeconds = 60

// FlowLogArgs configures a FlowLog.
type FlowLogArgs struct {
	// Name is the Name tag of the flow log. Required.
	Name string
	// RoleName is the physical name of the role that writes. Required.
	RoleName string
	// LogGroupName is the log group, which the component makes. Required.
	LogGroupName string
	// Place is the account and region of the VPC.
	Place policy.Place
	// VpcID is the VPC. Required.
	VpcID pulumi.StringInput
	// Traffic says what is recorded: ALL, ACCEPT or REJECT. Required.
	Traffic string
	// RetentionDays is how long the log group keeps a record. Required.
	RetentionDays int
	// KeyARN is the KMS key of the log group. Nil: CloudWatch's own.
	KeyARN pulumi.StringPtrInput
	// Guardrails are the path and the boundary of the role.
	Guardrails policy.Guardrails
	// Provider is the AWS provider of the VPC's account. Required.
	Provider pulumi.ProviderResource
}

// Validate reports every problem of the arguments, or returns nil.
func (a *FlowLogArgs) Validate() error {
	var p problem.List
	if a.Name == "" {
		p.Missing("Name", "the Name tag is made of it")
	}
	if a.RoleName == "" {
		p.Missing("RoleName", "a deployer may only make roles of known names")
	}
	if a.LogGroupName == "" {
		p.Missing("LogGroupName", "the role may write to one log group only")
	}
	if a.VpcID == nil {
		p.Missing("VpcID", "there is nothing to record")
	}
	if a.Traffic == "" {
		p.Missing("Traffic", "want ALL, ACCEPT or REJECT")
	} else {
		problem.OneOf(&p, "Traffic", a.Traffic, "ALL", "ACCEPT", "REJECT")
	}
	if a.RetentionDays < 1 {
		p.Refuse("RetentionDays", a.RetentionDays, "the records would be kept, and paid for, for ever")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one the flow log could land in another account")
	}
	return p.Err()
}

// FlowLog records the connections of a VPC, with a log group and a role of its own.
type FlowLog struct {
	pulumi.ResourceState

	// LogGroupName is the log group of the records.
	LogGroupName pulumi.StringOutput
}

// NewFlowLog registers the log group, the role and the flow log.
func NewFlowLog(ctx *pulumi.Context, name string, args *FlowLogArgs, opts ...pulumi.ResourceOption) (*FlowLog, error) {
	out := &FlowLog{}
	return component.New(ctx, FlowLogTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		err := out.register(ctx, name, args)
		return pulumi.Map{"logGroupName": out.LogGroupName}, err
	})
}

func (f *FlowLog) register(ctx *pulumi.Context, name string, args *FlowLogArgs) error {
	group, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(args.LogGroupName),
		RetentionInDays: pulumi.Int(args.RetentionDays),
		KmsKeyId:        args.KeyARN,
	}, component.Child(f, args.Provider, pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return fmt.Errorf("register the log group %s: %w", args.LogGroupName, err)
	}
	f.LogGroupName = group.Name
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Name:                pulumi.String(args.RoleName),
		Description:         pulumi.String("VPC flow logs: writes the records of " + args.Name),
		AssumeRolePolicy:    pulumi.String(policy.FlowLogTrust(args.Place).JSON()),
		Path:                component.Optional(args.Guardrails.Path),
		PermissionsBoundary: component.Optional(args.Guardrails.Boundary),
	}, component.Child(f, args.Provider, pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return fmt.Errorf("register role %s: %w", args.RoleName, err)
	}
	permissions, err := iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{
		Role:   role.Name,
		Policy: pulumi.String(policy.FlowLogPermissions(args.Place, args.LogGroupName).JSON()),
	}, component.Child(f, args.Provider)...)
	if err != nil {
		return fmt.Errorf("register the policy of role %s: %w", args.RoleName, err)
	}
	// AWS refuses a second flow log with the same traffic and destination. Every input but the tags needs a new one.
	_, err = ec2.NewFlowLog(ctx, name, &ec2.FlowLogArgs{
		VpcId:                  args.VpcID.ToStringOutput(),
		TrafficType:            pulumi.String(args.Traffic),
		LogDestinationType:     pulumi.String("cloud-watch-logs"),
		LogDestination:         group.Arn,
		IamRoleArn:             role.Arn,
		MaxAggregationInterval: pulumi.Int(flowLogSeconds),
		Tags:                   nameTag(args.Name),
	}, component.Child(f, args.Provider, pulumi.DependsOn([]pulumi.Resource{permissions}), pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return fmt.Errorf("register the flow log: %w", err)
	}
	return nil
}

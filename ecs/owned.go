package ecs

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/contract"
	"ambient-ecs/problem"
)

// OwnedServiceTypeToken is the Pulumi type of a service that the stack does not make.
const OwnedServiceTypeToken = "ambient-ecs:ecs:OwnedService"

// OwnedServiceArgs configures what the mesh has of a service that somebody else makes and deploys.
type OwnedServiceArgs struct {
	// Member is who the tasks are and what they need. What they run, its Task, is empty.
	Member
	// Pipeline is what the mesh gives to the tasks. Required.
	Pipeline *Pipeline
	// Settings are what is known before anything is registered of what the owner sets. Required.
	Settings contract.OwnedService
	// Parameter is the name of the SSM parameter with the whole of it. Required.
	Parameter string
	// Port is the application's that is meant without a number, 0 for a service that only calls.
	Port int
	// Joined says that the tasks are members of the mesh. Then the parameter is protected, so that a destroy stops before anything goes that
	// the tasks need: on a cluster of the program ECS would stop it, and on another nobody.
	Joined bool
}

// Validate reports every problem of the arguments, or returns nil.
func (a *OwnedServiceArgs) Validate() error {
	var p problem.List
	a.Member.validate(&p)
	if a.Pipeline == nil {
		p.Missing("Pipeline", "nobody would know when the owner has to enrol again")
	}
	if a.Settings.ServiceARN == "" || a.Settings.Identity == "" {
		p.Missing("Settings", "the owner would not know which service joins the mesh, and as whom")
	}
	if a.Parameter == "" {
		p.Missing("Parameter", "the owner would not find what to set")
	}
	return p.Err()
}

// NewOwnedService publishes what the owner of a service sets on it. Nothing of the service itself is registered. The parameter
// waits for everything that the tasks need, so an owner who has read it may deploy.
func NewOwnedService(ctx *pulumi.Context, name string, args *OwnedServiceArgs, opts ...pulumi.ResourceOption) (*Service, error) {
	service := &Service{}
	return component.New(ctx, OwnedServiceTypeToken, name, service, args, opts, func() (pulumi.Map, error) {
		service.Name, service.Hostname, service.Port = args.Name, args.Hostname, args.Port
		parameter, err := ssm.NewParameter(ctx, name+"/owned", &ssm.ParameterArgs{
			Name:          pulumi.String(args.Parameter),
			Type:          pulumi.String("String"),
			Tier:          pulumi.String("Intelligent-Tiering"),
			Description:   pulumi.String("What the owner of " + args.Settings.Service + " sets on it, and what the mesh gives to its tasks"),
			InsecureValue: args.text().ToStringPtrOutput(),
		}, component.Child(service, args.Provider, component.DependsOn(args.needs()...), pulumi.DeleteBeforeReplace(true), pulumi.Protect(args.Joined))...)
		if err != nil {
			return nil, fmt.Errorf("register the parameter %s: %w", args.Parameter, err)
		}
		service.Ready = component.Made[Service](parameter)
		service.ARN = pulumi.String(args.Settings.ServiceARN).ToStringOutput()
		service.TaskDefinitionARN = pulumi.String("").ToStringOutput()
		return pulumi.Map{"arn": service.ARN, "hostname": pulumi.String(service.Hostname), "parameter": pulumi.String(args.Parameter)}, nil
	})
}

// text is the value of the parameter.
func (a *OwnedServiceArgs) text() pulumi.StringOutput {
	return pulumi.All(a.TaskRoleARN, a.ExecutionRoleARN, a.SubnetIDs, a.groups(), a.Cluster.LogGroupName, a.Pipeline.given(a.Token)).ApplyT(func(late []any) string {
		complete := a.Settings
		complete.TaskRoleARN, complete.ExecutionRoleARN = late[0].(string), late[1].(string)
		complete.SubnetIDs, complete.SecurityGroupIDs = late[2].([]string), late[3].([]string)
		complete.LogGroup, complete.Given = late[4].(string), late[5].(string)
		return complete.JSON()
	}).(pulumi.StringOutput)
}

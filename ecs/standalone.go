package ecs

import (
	"encoding/json"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/problem"
)

// StandaloneTaskTypeToken is the Pulumi type of StandaloneTask.
const StandaloneTaskTypeToken = "ambient-ecs:ecs:StandaloneTask"

// propagateFromDefinition makes ECS copy the tags of the task definition to the task. Discovery reads the identity from them.
const propagateFromDefinition = "TASK_DEFINITION"

// StandaloneTaskArgs configures a StandaloneTask.
type StandaloneTaskArgs struct {
	Member
}

// Validate reports every problem of the arguments, or returns nil.
func (a *StandaloneTaskArgs) Validate() error {
	var p problem.List
	a.Member.validate(&p)
	p.Under("Task", a.member().Validate())
	return p.Err()
}

// StandaloneTask is a task definition of the mesh whose tasks are started one by one, call others, and end by themselves.
type StandaloneTask struct {
	pulumi.ResourceState

	// Name and Hostname are as given.
	Name, Hostname string
	// TaskDefinitionARN is the revision that starts.
	TaskDefinitionARN pulumi.StringOutput
	// RunInput is what `aws ecs run-task --cli-input-json` takes to start the task.
	RunInput pulumi.StringOutput
}

// NewStandaloneTask registers the task definition. Whoever sees it may start a task at once, so everything that a task needs while
// it runs is there before.
func NewStandaloneTask(ctx *pulumi.Context, name string, args *StandaloneTaskArgs, opts ...pulumi.ResourceOption) (*StandaloneTask, error) {
	t := &StandaloneTask{}
	return component.New(ctx, StandaloneTaskTypeToken, name, t, args, opts, func() (pulumi.Map, error) {
		t.Name, t.Hostname = args.Name, args.Hostname
		definition, err := args.register(ctx, name, t, args.member(), args.tag, component.DependsOn(args.needs()...))
		if err != nil {
			return nil, err
		}
		t.TaskDefinitionARN, t.RunInput = definition.Arn, args.runInput(definition.Arn)
		return pulumi.Map{"taskDefinitionArn": t.TaskDefinitionARN, "hostname": pulumi.String(t.Hostname)}, nil
	})
}

// tag puts the tags of the identity on the task definition, beside those that it has. There is no service whose tags the tasks
// could get.
func (a *StandaloneTaskArgs) tag(registered *ecs.TaskDefinitionArgs) {
	tags := pulumi.StringMap{}
	if own, ok := registered.Tags.(pulumi.StringMap); ok {
		maps.Copy(tags, own)
	}
	maps.Copy(tags, a.identityTags())
	registered.Tags = tags
}

// runTask is the request of RunTask, in the names of AWS's API.
type runTask struct {
	Cluster              string               `json:"cluster"`
	TaskDefinition       string               `json:"taskDefinition"`
	LaunchType           string               `json:"launchType"`
	PlatformVersion      string               `json:"platformVersion,omitempty"`
	PropagateTags        string               `json:"propagateTags"`
	EnableECSManagedTags bool                 `json:"enableECSManagedTags"`
	NetworkConfiguration networkConfiguration `json:"networkConfiguration"`
}

type networkConfiguration struct {
	AWSVPC awsvpcConfiguration `json:"awsvpcConfiguration"`
}

type awsvpcConfiguration struct {
	Subnets        []string `json:"subnets"`
	SecurityGroups []string `json:"securityGroups"`
	AssignPublicIP string   `json:"assignPublicIp"`
}

// runInput is the request that starts the task as a schedule does.
func (m *Member) runInput(definition pulumi.StringInput) pulumi.StringOutput {
	return pulumi.All(m.Cluster.ARN, definition, m.SubnetIDs, m.groups()).ApplyT(func(values []any) (string, error) {
		text, err := json.Marshal(runTask{
			Cluster: values[0].(string), TaskDefinition: values[1].(string), LaunchType: "FARGATE", PlatformVersion: m.PlatformVersion,
			PropagateTags: propagateFromDefinition, EnableECSManagedTags: true,
			NetworkConfiguration: networkConfiguration{awsvpcConfiguration{values[2].([]string), values[3].([]string), "DISABLED"}},
		})
		return string(text), err
	}).(pulumi.StringOutput)
}

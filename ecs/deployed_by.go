package ecs

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/ecs/task/enrol"
)

// TagGiven is the tag of a pipeline's service that records what the mesh gives to its tasks since the last `up`. The tasks have
// what their definition's enrol stamp says. The difference is what the pipeline has yet to deploy.
const TagGiven = config.GivenTag

// Pipeline says that a team's pipeline deploys a service: after the first `up` the task definition is not the program's.
type Pipeline struct {
	// Mesh is what the mesh gives to the tasks, without the token.
	Mesh enrol.Mesh
	// ControlPlane changes with each step of an upgrade.
	ControlPlane string
}

// given is the value of TagGiven.
func (p *Pipeline) given(token pulumi.StringInput) pulumi.StringOutput {
	mesh, plane := p.Mesh, p.ControlPlane
	return token.ToStringOutput().ApplyT(func(token string) string {
		mesh.Token = token
		return config.Given(mesh, plane)
	}).(pulumi.StringOutput)
}

// definitionOptions are the options of a service's first task definition. The program does not change it later: a change would
// be a revision newer than the pipeline's, and would deregister the one that may still run. So it also stays when the service goes.
func (a *ServiceArgs) definitionOptions() []pulumi.ResourceOption {
	if a.Pipeline == nil {
		return nil
	}
	return []pulumi.ResourceOption{pulumi.IgnoreChanges([]string{
		"containerDefinitions", "cpu", "memory", "runtimePlatform", "ephemeralStorage", "volumes", "executionRoleArn", "taskRoleArn",
		"enableFaultInjection", "tags",
	})}
}

// serviceOptions are the options of a service: the revision that it runs may not be the program's.
func (a *ServiceArgs) serviceOptions(options []pulumi.ResourceOption) []pulumi.ResourceOption {
	if a.Pipeline != nil {
		options = append(options, pulumi.IgnoreChanges([]string{"taskDefinition"}))
	}
	return options
}

// pipelineTags adds what only a pipeline's service has.
func (a *ServiceArgs) pipelineTags(tags pulumi.StringMap) pulumi.StringMap {
	if a.Pipeline != nil {
		tags[TagGiven] = a.Pipeline.given(a.Token)
	}
	return tags
}

package ecs

import (
	"cmp"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/ecs/task"
	"ambient-ecs/ecs/task/definition"
)

// taskDefinition registers one revision. It has no DeleteBeforeReplace, unlike everything else with a fixed
// name: each change is a new revision beside the old one, which the service still runs.
func (s *Service) taskDefinition(ctx *pulumi.Context, name string, args *ServiceArgs) (*ecs.TaskDefinition, error) {
	base, err := args.task().Base()
	if err != nil {
		return nil, err
	}
	containers := pulumi.All(args.Cluster.LogGroupName, args.Token).ApplyT(func(values []any) (string, error) {
		complete := args.task()
		complete.Mesh.LogGroup, complete.Mesh.Token = values[0].(string), values[1].(string)
		enrolled, err := complete.Enrolled()
		if err != nil {
			return "", fmt.Errorf("task definition of %s: %w", name, err)
		}
		return enrolled.Registered(), nil
	}).(pulumi.StringOutput)
	if args.Secret {
		containers = pulumi.ToSecret(containers).(pulumi.StringOutput)
	}
	registered := arguments(base)
	registered.ContainerDefinitions = containers
	registered.TaskRoleArn = args.TaskRoleARN.ToStringOutput().ToStringPtrOutput()
	registered.ExecutionRoleArn = args.ExecutionRoleARN.ToStringOutput().ToStringPtrOutput()
	registered.SkipDestroy = pulumi.Bool(args.Pipeline != nil)
	made, err := ecs.NewTaskDefinition(ctx, name, registered, component.Child(s, args.Provider, args.definitionOptions()...)...)
	if err != nil {
		return nil, fmt.Errorf("register the task definition: %w", err)
	}
	return made, nil
}

// task is the task with what the service knows of it besides.
func (a *ServiceArgs) task() task.Task {
	t := a.Task
	t.Family, t.Mesh.Region = a.Name, a.Region
	if a.Cluster != nil {
		t.Family = a.Cluster.Name + "-" + a.Name
	}
	t.Identity.Namespace, t.Identity.ServiceAccount = a.Namespace, a.ServiceAccount
	if a.Pipeline != nil {
		// The first revision is what `ambient enrol` would render: its stamp is read later, and no label makes a revision.
		t.Stamped = true
		return t
	}
	// ECS gives tags to a task when it starts it. The label makes a changed name a new revision, and that starts
	// new tasks; otherwise the old ones would go on under their old name.
	label := map[string]string{TagHostname: a.Hostname}
	if t.App != nil {
		app := *t.App
		app.Labels, t.App = label, &app
	} else {
		for key, value := range t.Mesh.Labels {
			label[key] = value
		}
		t.Mesh.Labels = label
	}
	return t
}

// arguments are the members of a definition beside its containers and roles, as Pulumi takes them. Check has found nothing
// in it that these do not hold.
func arguments(d *definition.Definition) *ecs.TaskDefinitionArgs {
	cpu, memory := d.Size()
	platform := d.RuntimePlatform
	if platform == nil {
		platform = &types.RuntimePlatform{}
	}
	args := &ecs.TaskDefinitionArgs{
		Family:                  pulumi.String(definition.Text(d.Family)),
		RequiresCompatibilities: pulumi.ToStringArray([]string{"FARGATE"}),
		NetworkMode:             pulumi.String("awsvpc"),
		RuntimePlatform: ecs.TaskDefinitionRuntimePlatformArgs{
			OperatingSystemFamily: pulumi.String(string(cmp.Or(platform.OperatingSystemFamily, types.OSFamilyLinux))),
			CpuArchitecture:       pulumi.String(string(cmp.Or(platform.CpuArchitecture, types.CPUArchitectureX8664))),
		},
		Cpu:    pulumi.String(cpu),
		Memory: pulumi.String(memory),
	}
	if s := d.EphemeralStorage; s != nil {
		args.EphemeralStorage = ecs.TaskDefinitionEphemeralStorageArgs{SizeInGib: pulumi.Int(int(s.SizeInGiB))}
	}
	if d.EnableFaultInjection != nil {
		args.EnableFaultInjection = pulumi.Bool(*d.EnableFaultInjection)
	}
	if len(d.Volumes) > 0 {
		volumes := ecs.TaskDefinitionVolumeArray{}
		for _, v := range d.Volumes {
			volumes = append(volumes, volume(v))
		}
		args.Volumes = volumes
	}
	if len(d.Tags) > 0 {
		tags := pulumi.StringMap{}
		for _, tag := range d.Tags {
			tags[definition.Text(tag.Key)] = pulumi.String(definition.Text(tag.Value))
		}
		args.Tags = tags
	}
	return args
}

func volume(v types.Volume) ecs.TaskDefinitionVolumeArgs {
	args := ecs.TaskDefinitionVolumeArgs{Name: pulumi.String(definition.Text(v.Name))}
	efs := v.EfsVolumeConfiguration
	if efs == nil {
		return args
	}
	made := ecs.TaskDefinitionVolumeEfsVolumeConfigurationArgs{
		FileSystemId:  pulumi.String(definition.Text(efs.FileSystemId)),
		RootDirectory: component.Optional(definition.Text(efs.RootDirectory)),
	}
	made.TransitEncryption = component.Optional(string(efs.TransitEncryption))
	if efs.TransitEncryptionPort != nil {
		made.TransitEncryptionPort = pulumi.Int(definition.Number(efs.TransitEncryptionPort))
	}
	if a := efs.AuthorizationConfig; a != nil {
		made.AuthorizationConfig = ecs.TaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfigArgs{
			AccessPointId: component.Optional(definition.Text(a.AccessPointId)), Iam: component.Optional(string(a.Iam)),
		}
	}
	args.EfsVolumeConfiguration = made
	return args
}

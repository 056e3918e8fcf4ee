package ecs

import (
	"cmp"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/ecs/task"
	"ambient-ecs/ecs/task/definition"
)

// taskDefinition registers one revision of the service's task.
func (a *ServiceArgs) taskDefinition(ctx *pulumi.Context, name string, service *Service) (*ecs.TaskDefinition, error) {
	return a.register(ctx, name, service, a.task(), func(registered *ecs.TaskDefinitionArgs) {
		registered.SkipDestroy = pulumi.Bool(a.Pipeline != nil || a.KeepRevisions)
	}, a.definitionOptions()...)
}

// task is the task with what the service knows of it besides.
func (a *ServiceArgs) task() task.Task {
	t := a.member()
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

package ecs

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
)

// Exec is what a cluster keeps of the sessions of ECS Exec. The zero value keeps ECS's own settings.
type Exec struct {
	// LogGroupName is the log group of the sessions. Empty: what a session shows goes to the log of its container.
	LogGroupName string
	// KMSKeyARN is the key that encrypts the sessions and their log group. Empty: none of one's own.
	KMSKeyARN string
}

// logKey is the key of the sessions' log group. With a key for the sessions it is that one, because ECS asks for the same.
func (e Exec) logKey(others pulumi.StringPtrInput) pulumi.StringPtrInput {
	if e.KMSKeyARN != "" {
		return pulumi.String(e.KMSKeyARN)
	}
	return others
}

// configuration is the cluster's configuration of ECS Exec, nil for ECS's own. group is the log group, nil without one.
func (e Exec) configuration(group *cloudwatch.LogGroup) ecs.ClusterConfigurationPtrInput {
	if e == (Exec{}) {
		return nil
	}
	command := ecs.ClusterConfigurationExecuteCommandConfigurationArgs{
		KmsKeyId: component.Optional(e.KMSKeyARN), Logging: pulumi.String("DEFAULT"),
	}
	if group != nil {
		command.Logging = pulumi.String("OVERRIDE")
		command.LogConfiguration = ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs{
			CloudWatchLogGroupName: group.Name, CloudWatchEncryptionEnabled: pulumi.Bool(e.KMSKeyARN != ""),
		}
	}
	return ecs.ClusterConfigurationArgs{ExecuteCommandConfiguration: command}
}

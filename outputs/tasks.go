package outputs

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/ecs"
	"ambient-ecs/iam"
	"ambient-ecs/iam/policy"
)

// standalone describes the standalone tasks of a cluster, with what somebody needs who starts one by hand.
func standalone(cfg config.Config, cluster string, fleet *ecs.Fleet) pulumi.Map {
	all := pulumi.Map{}
	for name, task := range fleet.Tasks[cluster] {
		start := iam.StartOf(cfg, cluster, name)
		start.QueueARN = ""
		described := pulumi.Map{
			"namespace":         pulumi.String(cfg.NamespaceOf(cluster, name)),
			"serviceAccount":    pulumi.String(cfg.ServiceAccountOf(cluster, name)),
			"hostname":          pulumi.String(task.Hostname),
			"taskDefinitionArn": task.TaskDefinitionARN,
			"runTaskInput":      task.RunInput,
			"runTaskCommand":    pulumi.Sprintf("aws ecs run-task --region %s --cli-input-json '%s'", cfg.RegionOfCluster(cluster), task.RunInput),
			"runTaskPolicy":     pulumi.String(policy.StartPermissions(start).JSON()),
		}
		taskRoles(described, cfg, cluster, name)
		if schedule := fleet.Schedules[cluster][name]; schedule != nil {
			declared := cfg.Clusters[cluster].Tasks[name].Schedule
			described["schedule"] = pulumi.Map{
				"arn":        schedule.ARN,
				"group":      pulumi.String(cfg.ScheduleGroup(cluster)),
				"expression": pulumi.String(declared.Expression),
				"timezone":   pulumi.String(declared.TimezoneOrDefault()),
				"paused":     pulumi.Bool(declared.Paused),
				"roleArn":    pulumi.String(cfg.RoleARN(cfg.Clusters[cluster].Account, cfg.ScheduleRoleName(cluster, name))),
			}
		}
		all[name] = described
	}
	return all
}

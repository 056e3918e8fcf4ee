package outputs

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
)

// taskRoles adds the two roles that a task definition of a service or a standalone task names: the one that is its identity, and the one with
// which ECS starts it, which may be its own. Both are known from the configuration.
func taskRoles(described pulumi.Map, cfg config.Config, cluster, name string) {
	described["taskRoleArn"] = pulumi.String(cfg.TaskRoleARN(cfg.IdentityOf(cluster, name)))
	described["executionRoleArn"] = pulumi.String(cfg.ExecutionRoleOf(cluster, name))
}

package compare

import (
	"strings"

	"ambient-ecs/config"
)

// identities refuses to take its identity from a task that runs. istiod gives an identity to the one role that the service account
// names, and the service account changes before ECS has replaced the tasks.
func (c *comparison) identities() {
	for _, key := range sorted(c.world.Enrolled) {
		runs := c.world.Enrolled[key]
		cluster, name, _ := strings.Cut(key, "/")
		who, field := runs.Namespace+"/"+runs.ServiceAccount, c.cfg.Field(cluster, name)
		identity, kept := c.identity(runs)
		service := c.cfg.Clusters[cluster].Services[name]
		if !service.ByPipeline() && !service.ByOwner() { // see pipelineRoles
			c.renamedExecution(field, cluster, name, runs)
		}
		switch {
		case runs.TaskRole == "":
		case kept && c.cfg.TaskRoleARN(identity) != runs.TaskRole:
			key, value := ".taskRoleArn", service.TaskRoleARN
			if service.TaskRoleName != "" || value == "" && c.ownRole(runs.TaskRole) {
				key, value = ".taskRoleName", service.TaskRoleName
			}
			c.problems.Refuse(field+key, value, "the identity %s would change from the role %s to %s at once, and istiod would refuse every task that runs with the first until it is replaced. "+
				"Give the service another serviceAccount in the same update: then the new tasks have an identity of their own, and the old one goes last (docs/permissions.md)", who, runs.TaskRole, c.cfg.TaskRoleARN(identity))
		case !kept && (service.ByPipeline() || service.ByOwner()) && !c.ownRole(runs.TaskRole): // see pipelineRoles for roles of the program
			c.problems.Add(field, "", "its tasks run as %s, and this up would delete this service account: istiod would refuse every one of them. %s", who, c.toolsOf(cluster, name).roles)
		}
	}
}

// identity is the identity of the configuration that tasks ask for. It is kept if the configuration has it still.
func (c *comparison) identity(runs Enrolled) (identity config.Identity, kept bool) {
	for _, identity := range c.cfg.Identities() {
		if identity.Namespace == runs.Namespace && identity.ServiceAccount == runs.ServiceAccount {
			return identity, true
		}
	}
	return identity, false
}

// ownRole reports whether a role is the program's, by its name or, where the stack file gave it another, by its tag.
func (c *comparison) ownRole(arn string) bool {
	return strings.Contains(arn, "/"+c.cfg.Install+"-") || c.world.FormerRoles[arn]
}

// renamedExecution warns of a service whose execution role gets another name. IAM renames none, and the old role goes first.
func (c *comparison) renamedExecution(field, cluster, name string, runs Enrolled) {
	next := c.cfg.ExecutionRoleOf(cluster, name)
	if runs.ExecutionRole == "" || runs.ExecutionRole == next || !c.cfg.OwnExecutionRole(cluster, name) || !c.ownRole(runs.ExecutionRole) || c.cfg.MakesRole(runs.ExecutionRole) {
		return
	}
	c.warn("%s: this up deletes the execution role %s before it makes %s. Its tasks go on, and until the revision with the new role is deployed ECS starts no other.", field, runs.ExecutionRole, next)
}

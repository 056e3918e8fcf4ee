package config

import (
	"fmt"
	"slices"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/problem"
)

// ExecSettings are ECS Exec for the whole stack.
type ExecSettings struct {
	// Exec is who may run commands in tasks.
	Exec ECSExec `config:"ecsExec"`
}

// ECSExec is the switch for commands in the tasks' containers, and what is kept of the sessions.
type ECSExec struct {
	// Enabled lets commands run in the tasks of services that say nothing of exec. Empty: true. `ambient verify` calls from tasks
	// by it.
	Enabled *bool `config:"enabled"`
	// LogSessions writes what is typed and shown in sessions to a log group of each cluster.
	LogSessions bool `config:"logSessions"`
	// KMSKeyARN is the KMS key that encrypts sessions, and their log group with logSessions. The key's policy must admit the
	// task roles, and logs.REGION.amazonaws.com for the log group. It is one key for clusters of all accounts; whether CloudWatch Logs
	// takes the key of another account is unproven. Empty: TLS for the sessions, CloudWatch's own key for the logs.
	KMSKeyARN string `config:"kmsKeyArn"`
}

// ExecOn reports whether commands may run in the tasks of a service.
func (c Config) ExecOn(cluster, service string) bool {
	if own := c.Clusters[cluster].Services[service].Exec; own != nil {
		return *own
	}
	return c.Exec.Enabled == nil || *c.Exec.Enabled
}

// ExecOnFor reports whether commands may run in any task with an identity: its services share one role. A standalone task takes
// no commands. An identity that nothing here uses is for services of other stacks, so the stack's own switch decides.
func (c Config) ExecOnFor(identity Identity) bool {
	used := false
	for _, service := range c.Clusters[identity.Cluster].ServiceKeys() {
		if c.IdentityOf(identity.Cluster, service).Key() != identity.Key() {
			continue
		}
		if c.ExecOn(identity.Cluster, service) {
			return true
		}
		used = true
	}
	for _, task := range c.Clusters[identity.Cluster].TaskKeys() {
		used = used || c.IdentityOf(identity.Cluster, task).Key() == identity.Key()
	}
	return !used && (c.Exec.Enabled == nil || *c.Exec.Enabled)
}

// ExecLogGroup is the log group of the sessions of a cluster, "" if they are not logged.
func (c Config) ExecLogGroup(cluster string) string {
	if !c.Exec.LogSessions {
		return ""
	}
	return c.OwnLogGroup(cluster) + "/exec"
}

// checkExec checks ECS Exec.
func (c Config) checkExec(p *problem.List) {
	if arn := c.Exec.KMSKeyARN; arn != "" {
		c.checkKeyARN(p, "ecsExec.kmsKeyArn", c.Region, arn)
	}
	if (c.Exec.LogSessions || c.Exec.KMSKeyARN != "") && !c.execAnywhere() {
		field := "ecsExec.logSessions"
		if !c.Exec.LogSessions {
			field = "ecsExec.kmsKeyArn"
		}
		p.Add(field, problem.IsSet, "commands can run in no task, so there are no sessions: remove it, or let exec of a service be true")
	}
}

func (c Config) execAnywhere() bool {
	if len(c.Clusters) == 0 {
		return true
	}
	return slices.ContainsFunc(c.ClusterKeys(), func(key string) bool {
		return slices.ContainsFunc(c.Clusters[key].ServiceKeys(), func(service string) bool { return c.ExecOn(key, service) })
	})
}

// execReadOnly warns of containers in which the agent of ECS Exec cannot work.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html, 2026-11-29: the agent writes to the container's root.
func (c Config) execReadOnly() (all []string) {
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].ServiceKeys() {
			d := c.Clusters[key].Services[name].definition
			if d == nil || !c.ExecOn(key, name) {
				continue
			}
			for _, container := range d.ContainerDefinitions {
				if definition.Yes(container.ReadonlyRootFilesystem) {
					all = append(all, fmt.Sprintf("%s: container %s has a read-only root filesystem, and the agent of ECS Exec writes to it, so no command runs there. Set exec to false, or mount volumes where it writes (docs/running.md)", c.Field(key, name), definition.Text(container.Name)))
				}
			}
		}
	}
	return all
}

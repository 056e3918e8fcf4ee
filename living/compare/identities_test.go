package compare_test

import (
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

func TestATaskThatRunsKeepsItsIdentity(t *testing.T) {
	const ours, other = "arn:aws:iam::" + homeID + ":role/ambient-ecs-1-echo", "arn:aws:iam::" + homeID + ":role/team/other"
	for _, c := range []struct {
		name       string
		account    string // the service account of the task that runs
		role       string // its role
		deployedBy config.Deployer
		taskRole   string // what the stack file says
		refused    []string
	}{
		{name: "the same", account: "echo", role: teamRole, taskRole: teamRole},
		{name: "the same, the program's", account: "echo", role: ours},
		{name: "not known", account: "echo", taskRole: teamRole},
		{name: "another identity", account: "before", role: other, taskRole: teamRole},
		{name: "to a team's", account: "echo", role: ours, taskRole: teamRole, refused: []string{
			`clusters.ecs-1.services.echo-service.taskRoleArn = "` + teamRole + `"`, "the identity ambient-ecs-1/echo would change from the role " + ours, "another serviceAccount in the same update", "docs/permissions.md"}},
		{name: "to another of the team", account: "echo", role: other, taskRole: teamRole, refused: []string{"from the role " + other + " to " + teamRole}},
		{name: "back to the program's", account: "echo", role: teamRole, refused: []string{"from the role " + teamRole + " to " + ours}},
		{name: "another identity, by a pipeline", account: "before", role: other, taskRole: teamRole, deployedBy: config.DeployedByPipeline, refused: []string{
			"its tasks run as ambient-ecs-1/before, and this up would delete this service account", "Take deployedBy away for one up"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := dev(t, func(cfg *config.Config) {
				echoes(cfg, func(s *config.Service) {
					s.ServiceAccount, s.TaskRoleARN, s.DeployedBy = "echo", c.taskRole, c.deployedBy
				})
			})
			w := lives(cfg)
			w.Enrolled = map[string]compare.Enrolled{"ecs-1/echo-service": {Namespace: "ambient-ecs-1", ServiceAccount: c.account, TaskRole: c.role}}
			says(t, cfg, w, c.refused, nil)
		})
	}
}

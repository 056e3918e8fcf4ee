package compare_test

import (
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

const teamRole = "arn:aws:iam::" + homeID + ":role/team/orders"

// byTeam gives the service of these tests a task role of the team.
func byTeam(c *config.Config) {
	echoes(c, func(s *config.Service) { s.ServiceAccount, s.TaskRoleARN = "echo", teamRole })
}

// ecsTrust is a trust in a service with conditions.
func ecsTrust(more, conditions string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"` + more + `},"Action":"sts:AssumeRole"` + conditions + `}]}`
}

const (
	ofID      = `["` + homeID + `"]`
	ofAccount = `,"Condition":{"StringEquals":{"aws:SourceAccount":` + ofID + `},"ArnLike":{"aws:SourceArn":"arn:aws:ecs:eu-central-1:` + homeID + `:*"}}`
)

// accounts is a condition on the accounts of tasks, sourceARNs one on the tasks.
func accounts(operator string, ids ...string) string {
	return `,"Condition":{"` + operator + `":{"aws:SourceAccount":["` + strings.Join(ids, `","`) + `"]}}`
}

func sourceARNs(arns ...string) string {
	return `,"Condition":{"ArnLike":{"aws:SourceArn":["` + strings.Join(arns, `","`) + `"]}}`
}

func TestATaskRoleOfTheTeamIsForItsTasksAlone(t *testing.T) {
	cfg := dev(t, byTeam)
	for _, c := range []struct {
		name  string
		role  compare.Role
		words []string // none: it is silence
	}{
		{"ECS in the account", compare.Role{ARN: teamRole, Trust: ecsTrust("", ofAccount)}, nil},
		{"ECS, by the account alone", compare.Role{ARN: teamRole, Trust: ecsTrust("", `,"Condition":{"StringEquals":{"aws:SourceAccount":"`+homeID+`"}}`)}, nil},
		{"no role", compare.Role{}, []string{"there is no role of this name in account local"}},
		{"another path", compare.Role{ARN: "arn:aws:iam::" + homeID + ":role/orders", Trust: ecsTrust("", ofAccount)}, []string{"role/orders: give its whole ARN"}},
		{"ECS of every account", compare.Role{ARN: teamRole, Trust: ecsTrust("", "")}, []string{"for tasks of every account", "aws:SourceAccount " + homeID, "the identity ambient-ecs-1/echo"}},
		{"ECS of another account", compare.Role{ARN: teamRole, Trust: ecsTrust("", strings.ReplaceAll(ofAccount, homeID, otherID))}, []string{"does not admit ecs-tasks.amazonaws.com for tasks of this account"}},
		{"ECS of every account but in another region", compare.Role{ARN: teamRole, Trust: ecsTrust("", strings.Replace(sourceARNs("arn:aws:ecs:eu-central-1:"+homeID+":*", "arn:aws:ecs:us-east-1:*"), "ArnLike", "StringLike", 1))}, []string{"for tasks of arn:aws:ecs:us-east-1:* besides"}},
		{"ECS of the account and of another one", compare.Role{ARN: teamRole, Trust: ecsTrust("", accounts("StringEquals", homeID, otherID))}, []string{"for tasks of " + otherID + " besides", "name the account " + homeID + " alone"}},
		{"ECS of the account and of those with a pattern", compare.Role{ARN: teamRole, Trust: ecsTrust("", accounts("StringLike", "1*", "9?9988887777"))}, []string{"for tasks of 1*, 9?9988887777 besides"}},
		{"ECS of two accounts by the task", compare.Role{ARN: teamRole, Trust: ecsTrust("", sourceARNs("arn:aws:ecs:*:"+homeID+":*", "arn:aws:ecs:us-east-1:"+otherID+":*"))}, []string{"for tasks of arn:aws:ecs:us-east-1:" + otherID + ":* besides"}},
		{"ECS of two accounts, of which one condition lets only one in", compare.Role{ARN: teamRole, Trust: ecsTrust("", strings.Replace(ofAccount, ofID, ofID[:len(ofID)-1]+`,"`+otherID+`"]`, 1))}, nil},
		{"people besides", compare.Role{ARN: teamRole, Trust: ecsTrust(`,"AWS":"arn:aws:iam::`+homeID+`:root"`, ofAccount)}, []string{"admits arn:aws:iam::" + homeID + ":root", "for ecs-tasks.amazonaws.com alone"}},
		{"another service besides", compare.Role{ARN: teamRole, Trust: strings.Replace(ecsTrust("", ofAccount), `"ecs-tasks.amazonaws.com"`, `["ecs-tasks.amazonaws.com","lambda.amazonaws.com"]`, 1)}, []string{"admits lambda.amazonaws.com"}},
		{"everybody but one", compare.Role{ARN: teamRole, Trust: `{"Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"` + person + `"},"Action":"sts:AssumeRole"},{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"` + ofAccount + `}]}`}, []string{"everybody but some principals"}},
		{"no document", compare.Role{ARN: teamRole, Trust: "{"}, []string{"cannot be read"}},
	} {
		w := lives(cfg)
		w.TaskRoles = map[string]compare.Role{teamRole: c.role}
		_, err := compare.Compare(cfg, w)
		if (err != nil) != (c.words != nil) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, word := range c.words {
			if !strings.Contains(err.Error(), word) || !strings.Contains(err.Error(), `clusters.ecs-1.services.echo-service.taskRoleArn = "`+teamRole+`"`) {
				t.Errorf("%s: the refusal does not say %q: %v", c.name, word, err)
			}
		}
	}
	w := lives(cfg)
	w.Unseen[compare.TaskRoleSubject(teamRole)] = "AccessDenied"
	if warnings, err := compare.Compare(cfg, w); err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "the trust of the task role "+teamRole) {
		t.Errorf("who may not look: %v, %v", warnings, err)
	}
}

func TestTheRoleOfAStandaloneTaskIsNamedByItsOwnKey(t *testing.T) {
	cfg := dev(t, func(c *config.Config) {
		cluster := c.Clusters["ecs-1"]
		cluster.Tasks = map[string]config.Task{"report": {Workload: config.Workload{ServiceAccount: "report", TaskRoleARN: teamRole}}}
		c.Clusters["ecs-1"] = cluster
	})
	w := lives(cfg)
	w.TaskRoles = map[string]compare.Role{teamRole: {}}
	if _, err := compare.Compare(cfg, w); err == nil || !strings.Contains(err.Error(), `clusters.ecs-1.tasks.report.taskRoleArn = "`+teamRole+`"`) {
		t.Errorf("got %v", err)
	}
}

package compare_test

import (
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

func TestARoleWithANameOfTheStackFileIsTheStacksOrIsImported(t *testing.T) {
	const urn, arn = config.TypeRole + "::task-ecs-1-echo", "arn:aws:iam::" + homeID + ":role/Orders"
	ours := dev(t, nil).ResourceTags()
	for _, c := range []struct {
		name     string
		imported bool
		role     compare.Role
		words    string // "": it is silence
	}{
		{name: "none yet"},
		{name: "none, to import", imported: true, words: "imports." + urn + ` = "Orders": account local has no role of this name`},
		{name: "the stack's", role: compare.Role{ARN: arn, Tags: ours, Path: "/"}},
		{name: "the stack's, with another path", role: compare.Role{ARN: arn, Tags: ours, Path: "/team/"}, words: "has the path /team/"},
		{name: "another team's", role: compare.Role{ARN: arn, Path: "/"}, words: `clusters.ecs-1.services.echo-service.taskRoleName = "Orders": account local has a role of this name, which this stack did not make`},
		{name: "another team's, to import", imported: true, role: compare.Role{ARN: arn, Path: "/"}, words: "imports." + urn + ` = "Orders": its tag ambient-ecs-install is "" and not "ambient"`},
		{name: "given away, to import", imported: true, role: compare.Role{ARN: arn, Tags: ours, Path: "/"}},
		{name: "with another path, to import", imported: true, role: compare.Role{ARN: arn, Tags: ours, Path: "/team/"}, words: "imports." + urn + ` = "Orders": its path is /team/ and that of the stack's roles is /`},
	} {
		cfg := dev(t, func(cfg *config.Config) {
			echoes(cfg, func(s *config.Service) { s.ServiceAccount, s.TaskRoleName = "echo", "Orders" })
			if c.imported {
				cfg.Imports = map[string]string{urn: "Orders"}
			}
		})
		w := lives(cfg)
		w.GivenRoles = map[string]map[string]compare.Role{"local": {"Orders": c.role}}
		_, err := compare.Compare(cfg, w)
		if (err != nil) != (c.words != "") || err != nil && !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// A role that the program names and that is imported gets the words about its import, and not those about another installName.
func TestAnImportedRoleThatNobodyGaveAwayIsNoForeignInstalls(t *testing.T) {
	cfg := dev(t, func(cfg *config.Config) {
		cfg.Imports = map[string]string{config.TypeRole + "::istiod": "ambient-istiod"}
	})
	for _, role := range []compare.Role{{ARN: "arn", Path: "/"}, {ARN: "arn", Tags: cfg.ResourceTags(), Path: "/team/"}} {
		w := lives(cfg)
		w.Accounts[cfg.Home].Roles["ambient-istiod"] = role
		w.GivenRoles = map[string]map[string]compare.Role{cfg.Home: {"ambient-istiod": role}}
		if _, err := compare.Compare(cfg, w); err == nil || !strings.Contains(err.Error(), "imports.aws:iam/role:Role::istiod") || strings.Contains(err.Error(), "installName") || strings.Contains(err.Error(), "life of a stack") {
			t.Errorf("%+v: %v", role, err)
		}
	}
}

func TestALivingServiceKeepsItsRolesOrSaysWhatGoes(t *testing.T) {
	const before, role = "arn:aws:iam::" + homeID + ":role/Before", "arn:aws:iam::" + homeID + ":role/"
	refusesRole := []string{"clusters.ecs-1.services.echo-service.taskRoleName", "the identity ambient-ecs-1/echo would change from the role"}
	warnsOfRole := "clusters.ecs-1.services.echo-service: this up deletes the execution role " + before + " before it makes " + role + "Start"
	for _, c := range []struct {
		name             string
		task, start      string // the names in the stack file
		runs, starts     string // the roles of the tasks that run
		former           bool   // whether Before carries the install's tag
		refused, warning []string
	}{
		{name: "the same", task: "Task", start: "Start", runs: role + "Task", starts: role + "Start"},
		{name: "a name for the program's", task: "Task", runs: role + "ambient-ecs-1-echo", refused: refusesRole},
		{name: "another name", task: "Task", runs: before, former: true, refused: refusesRole},
		{name: "no name any more", runs: before, former: true, refused: append([]string{"from the role " + before + " to " + role + "ambient-ecs-1-echo"}, refusesRole...)},
		{name: "another execution role", start: "Start", starts: before, former: true, warning: []string{warnsOfRole}},
		{name: "an execution role of its own, after the account's", start: "Start", starts: role + "ambient-execution-local"},
		{name: "an execution role of its own, after somebody else's", start: "Start", starts: before},
	} {
		cfg := dev(t, func(cfg *config.Config) {
			echoes(cfg, func(s *config.Service) {
				s.ServiceAccount, s.TaskRoleName, s.ExecutionRoleName = "echo", c.task, c.start
			})
		})
		w := lives(cfg)
		w.Enrolled = map[string]compare.Enrolled{"ecs-1/echo-service": {Namespace: "ambient-ecs-1", ServiceAccount: "echo", TaskRole: c.runs, ExecutionRole: c.starts}}
		w.FormerRoles = map[string]bool{before: c.former}
		t.Run(c.name, func(t *testing.T) { says(t, cfg, w, c.refused, c.warning) })
	}
}

// The tasks of a pipeline's service would lose a role that had a name of its own, as they would one with the program's.
func TestAPipelinesTasksKeepARoleThatHadAName(t *testing.T) {
	const before = "arn:aws:iam::" + homeID + ":role/Before"
	for former, refused := range map[bool]bool{true: true, false: false} {
		cfg := dev(t, func(cfg *config.Config) {
			echoes(cfg, func(s *config.Service) { s.DeployedBy = config.DeployedByPipeline })
		})
		w := lives(cfg)
		w.Deployed = map[string]compare.Deployed{"ecs-1/echo-service": {Definition: "arn:x/y:1", InMesh: true, ExecutionRole: before, Tags: cfg.DiscoveryTags("ecs-1", "echo-service")}}
		w.FormerRoles = map[string]bool{before: former}
		if _, err := compare.Compare(cfg, w); (err != nil && strings.Contains(err.Error(), "execution role "+before+", which this up would delete")) != refused {
			t.Errorf("ours: %v: %v", former, err)
		}
	}
}

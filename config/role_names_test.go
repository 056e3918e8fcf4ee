package config

import (
	"slices"
	"strings"
	"testing"
)

func TestRefusedNamesOfRoles(t *testing.T) {
	const service = "clusters/ecs-1/services/echo-service/"
	own := func(more ...edit) []edit {
		return append([]edit{{service + "serviceAccount", "echo"}, {service + "taskRoleName", "Orders_Task"}}, more...)
	}
	name := func(name string) []edit { return own(edit{service + "taskRoleName", name}) }
	const field = "clusters.ecs-1.services.echo-service.taskRoleName"
	run(t, []refusal{
		{"an ARN", name("arn:aws:iam::111122223333:role/orders"), [][]string{{field, "and not its ARN"}}},
		{"an impossible name", name("orders/task"), [][]string{{field + ` = "orders/task"`, "1 to 64"}}},
		{"a wildcard", name("orders*"), [][]string{{field + ` = "orders*"`, "1 to 64"}}},
		{"a long name", name(strings.Repeat("r", 65)), [][]string{{field, "1 to 64"}}},
		{"a name of roles of teams", name("Ambient_orders_x"), [][]string{{field, "begin with ambient_"}}},
		{"a name of CI's roles", name("ci-ambient-deploy"), [][]string{{field, "begin with ci-ambient-"}}},
		{"a name of Identity Center's roles", name("AWSReservedSSO_Admin_0123456789abcdef"), [][]string{{field, "Identity Center"}}},
		{"the name of a role of the program", name("AMBIENT-istiod"), [][]string{{field + ` = "AMBIENT-istiod"`, "installName ambient has a role of this name"}}},
		{"the deployer's role", append(name("Deploy"), edit{"accounts/local/profile", nil}, edit{"accounts/local/roleArn", "arn:aws:iam::111122223333:role/ci/deploy"}), [][]string{{field, "accounts.local.roleArn has a role of this name"}}},
		{"one name for two roles", own(edit{service + "executionRoleName", "orders_task"}), [][]string{{field + ` = "Orders_Task"`, "services.echo-service.executionRoleName has a role of this name"}}},
		{"an owner's execution role", own(edit{"clusters/ecs-1/services/bill", object{"deployedBy": "owner", "port": 80, "owned": object{"executionRoleArn": "arn:aws:iam::111122223333:role/orders_task"}}}),
			[][]string{{field, "services.bill.owned.executionRoleArn has a role of this name"}}},
		{"a role of the team beside", own(edit{service + "taskRoleArn", "arn:aws:iam::111122223333:role/orders"}), [][]string{{field + " is set", "taskRoleArn names a role of the team"}}},
		{"services of one service account that disagree", []edit{{service + "taskRoleName", "Orders"}}, [][]string{{"clusters.ecs-1.services.shell-task.taskRoleName", "services of one service account have one task role"}}},
		{"an execution role where the account has one", []edit{{"accounts/local/executionRoleArn", "arn:aws:iam::111122223333:role/execution"}, {service + "executionRoleName", "Orders"}},
			[][]string{{"echo-service.executionRoleName is set", "accounts.local.executionRoleArn"}}},
		{"an execution role of an owner's service", []edit{{service + "deployedBy", "owner"}, {service + "image", nil}, {service + "environment", nil}, {service + "executionRoleName", "Orders"}},
			[][]string{{"echo-service.executionRoleName is set", "owned.executionRoleArn"}}},
		{"a key without a secret", []edit{{service + "executionRoleName", "Orders"}, {service + "secretKeys", list("arn:aws:kms:eu-central-1:111122223333:key/1")}}, [][]string{{"echo-service.secretKeys", "no secrets"}}},
		{"an import under another name", own(edit{"imports", object{"aws:iam/role:Role::task-ecs-1-echo": "Orders"}}), [][]string{{"the stack calls it Orders_Task", "taskRoleName and executionRoleName"}}},
	})
}

func TestRolesHaveTheNamesOfTheStackFile(t *testing.T) {
	const service, task = "clusters/ecs-1/services/echo-service/", "clusters/ecs-1/tasks/night"
	c := mustLoad(t, with(edit{"iamPath", "/mesh/"}, edit{service + "serviceAccount", "echo"}, edit{service + "taskRoleName", "Orders_Task"}, edit{service + "executionRoleName", "Orders+Start"},
		edit{task, object{"image": "a:1", "serviceAccount": "night", "taskRoleName": "ambient-night", "executionRoleName": "Night"}},
		edit{"imports", object{"aws:iam/role:Role::task-ecs-1-echo": "Orders_Task", "aws:iam/rolePolicy:RolePolicy::execution-ecs-1/echo-service": "Orders+Start:start", "aws:iam/role:Role::istiod": "ambient-istiod"}}))
	const arn = "arn:aws:iam::111122223333:role/mesh/"
	for what, of := range map[string][2]string{
		"the task role":                 {c.TaskRoleARN(c.IdentityOf("ecs-1", "echo-service")), arn + "Orders_Task"},
		"the other task role":           {c.TaskRoleARN(c.IdentityOf("ecs-1", "shell-task")), arn + "ambient-ecs-1-ecs"},
		"the task role of a task":       {c.TaskRoleARN(c.IdentityOf("ecs-1", "night")), arn + "ambient-night"},
		"the execution role":            {c.ExecutionRoleOf("ecs-1", "echo-service"), arn + "Orders+Start"},
		"the other execution role":      {c.ExecutionRoleOf("ecs-1", "shell-task"), arn + "ambient-execution-local"},
		"the execution role of a task":  {c.ExecutionRoleOf("ecs-1", "night"), arn + "Night"},
		"the task role in the contract": {c.Contract("ecs-1").Identities["echo"].TaskRoleARN, arn + "Orders_Task"},
	} {
		if of[0] != of[1] {
			t.Errorf("%s is %s, want %s", what, of[0], of[1])
		}
	}
	if !c.MakesRole(arn+"Orders_Task") || !c.MakesRole(arn+"Orders+Start") || c.MakesRole(arn+"ambient-ecs-1-echo") {
		t.Error("the program makes other roles")
	}
	// What begins as the install's names do is covered by the deployer's pattern.
	if got, want := c.NamedRoleARNs("local"), []string{arn + "Orders+Start", arn + "Night", arn + "Orders_Task"}; !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
		t.Errorf("named are %v", got)
	}
	given := map[string]GivenRole{}
	for _, role := range c.GivenRoles("local") {
		given[role.Name] = role
	}
	if len(given) != 5 || len(c.GivenRoles("external")) != 0 || given["Orders_Task"] != (GivenRole{"Orders_Task", "aws:iam/role:Role::task-ecs-1-echo", "clusters.ecs-1.services.echo-service.taskRoleName", true}) ||
		given["ambient-istiod"] != (GivenRole{"ambient-istiod", "aws:iam/role:Role::istiod", "", true}) {
		t.Errorf("the given roles are %v", given)
	}
	// One name in two accounts is two roles.
	mustLoad(t, with(edit{service + "serviceAccount", "echo"}, edit{service + "taskRoleName", "Orders"}, edit{"clusters/ecs-3/services/echo-service/serviceAccount", "echo"}, edit{"clusters/ecs-3/services/echo-service/taskRoleName", "orders"}))
}

//go:build engine

package lifecycle

import (
	"encoding/json"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

// ownRole is a role that a team made within its boundary, with policies of its own, and a task definition that passes it.
type ownRole struct {
	t *testing.T
	// role and task are the resources, in the world. all is everything that was made, in its order.
	role, task *world.Resource
	all        []provider.Resource
}

// makes has a team make the role that a tenant's made() names. ECS may take it. It may read the team's secrets and write its logs.
func (s *stack) makes(t *testing.T, session provider.Session, by tenant) *ownRole {
	t.Helper()
	own := &ownRole{t: t}
	document := func(statements ...map[string]any) string {
		text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	creates := func(token string, inputs map[string]any) string {
		r := provider.Resource{URN: "urn:pulumi:own::team::" + token + "::own", Token: token, Name: "own", Inputs: inputs, Seed: []byte(strings.Repeat("own", 10))}
		checked, failures, err := session.Check(t.Context(), r)
		if err != nil || len(failures) > 0 {
			t.Fatalf("%s cannot make %s: %v %v", by.team, token, failures, err)
		}
		r.Inputs = checked
		if r.ID, r.State, err = session.Create(t.Context(), r); err != nil {
			t.Fatalf("%s cannot make %s: %v", by.team, token, err)
		}
		own.all = append(own.all, r)
		return r.ID
	}
	name := aws.NameOf(by.made())
	role := creates("aws:iam/role:Role", map[string]any{
		"name": name, "path": strings.TrimSuffix(strings.TrimPrefix(by.made(), by.arn("role")), name), "permissionsBoundary": by.boundary(), "tags": map[string]any{"CostCenter": "7"},
		"assumeRolePolicy": document(map[string]any{"Effect": "Allow", "Principal": map[string]any{"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}),
	})
	creates("aws:iam/rolePolicy:RolePolicy", map[string]any{"name": "start", "role": role, "policy": document(
		map[string]any{"Effect": "Allow", "Action": []any{"logs:CreateLogStream", "logs:PutLogEvents"}, "Resource": "*"},
		map[string]any{"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "*"},
	)})
	creates("aws:iam/rolePolicyAttachment:RolePolicyAttachment", map[string]any{"role": role, "policyArn": "arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess"})
	task := creates(aws.TaskDefinitionKind, map[string]any{
		"family": "pair_" + by.team + "_own", "networkMode": "awsvpc", "requiresCompatibilities": []any{"FARGATE"}, "cpu": "256", "memory": "512", "executionRoleArn": by.made(), "skipDestroy": true,
		"containerDefinitions": `[{"name":"web","image":"registry.example/web:1","essential":true}]`,
	})
	s.look(func(tx *world.Tx) {
		own.role = tx.Get(home, "aws:iam/role:Role", role)
		for _, r := range tx.Find(home, aws.TaskDefinitionKind, aws.Has("family", "pair_"+by.team+"_own")) {
			own.task = r
		}
	})
	if own.role == nil || own.task == nil {
		t.Fatalf("there is no %s, or no %s", role, task)
	}
	return own
}

// goes deletes the role and what is its own.
func (o *ownRole) goes(session provider.Session) {
	o.t.Helper()
	for i := len(o.all) - 1; i >= 0; i-- {
		if err := session.Delete(o.t.Context(), o.all[i]); err != nil {
			o.t.Errorf("the team cannot delete %s: %v", o.all[i].ID, err)
		}
	}
}

// A role of the team's own comes up, starts the team's tasks with the team's secrets and nobody else's, and goes.
func (s *stack) startsByOwnRole(t *testing.T, team *stack, by, of tenant) {
	t.Helper()
	var own *ownRole
	s.inAccount(by.role(), func(session provider.Session) { own = s.makes(t, session, by) })
	team.with("team-go:executionRoleArn", by.made())
	team.with("team-go:secrets", map[string]any{"TOKEN": by.secret()})
	team.up()
	team.nothingToDo()
	s.running(t, "orders", 1)
	// Its policy reads every parameter, and the boundary the team's alone.
	team.with("team-go:secrets", map[string]any{"TOKEN": of.secret()})
	if _, all, err := team.try("up"); err == nil || !strings.Contains(all, "is not authorized to perform: ssm:GetParameters on resource: "+of.secret()) {
		t.Errorf("a role of %s reads a secret of %s: %v\n%s", by.team, of.team, err, all)
	}
	team.with("team-go:secrets", map[string]any{})
	team.with("team-go:executionRoleArn", "")
	team.up()
	s.inAccount(by.role(), func(session provider.Session) { own.goes(session) })
	team.unchanged()
	s.nothingToDo()
}

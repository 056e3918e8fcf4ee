//go:build engine

package lifecycle

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// A stack whose organization demands a boundary and a path, and whose team has a task role already.
func TestAStackWithinABoundaryLivesWithARoleOfTheTeam(t *testing.T) {
	t.Parallel()
	const (
		team     = "arn:aws:iam::" + home + ":role/team/orders"
		boundary = "arn:aws:iam::aws:policy/PowerUserAccess"
		echo     = "clusters.ecs-1.services.echo-service."
		shell    = "clusters.ecs-1.services.shell-task."
	)
	s := newStack(t, "single")
	s.configure("iamPath", "/platform/mesh/")
	s.configure("permissionsBoundary", boundary)
	s.configure(echo+"serviceAccount", "orders")
	s.configure(echo+"taskRoleArn", team)
	s.configure(echo+"exec", false)
	s.configure(shell+"permissions", map[string]any{
		"managedPolicies": []any{"arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess"},
		"statements":      []any{map[string]any{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:" + region + ":" + home + ":orders"}},
	})
	s.refused([]string{"echo-service.taskRoleArn", "there is no role of this name"}, "preview")

	trust := func(condition string) {
		s.look(func(tx *world.Tx) {
			aws.AddRole(tx, team, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"`+condition+`}]}`)
		})
	}
	trust("")
	s.refused([]string{"echo-service.taskRoleArn", "for tasks of every account"}, "preview")
	trust(`,"Condition":{"StringEquals":{"aws:SourceAccount":"` + home + `"}}`)
	theirs := s.remains()

	s.up()
	s.nothingToDo()
	s.verified()
	s.look(func(tx *world.Tx) {
		roles := tx.Find(home, "aws:iam/role:Role", func(r *world.Resource) bool { return r.String("arn") != team })
		for _, r := range roles {
			if r.String("path") != "/platform/mesh/" || r.String("permissionsBoundary") != boundary {
				t.Errorf("the role %s has the boundary %q", r.String("arn"), r.String("permissionsBoundary"))
			}
		}
		if len(roles) < 6 || slices.ContainsFunc(roles, func(r *world.Resource) bool { return strings.HasSuffix(r.String("name"), "-orders") }) {
			t.Errorf("%d roles, or one beside the team's", len(roles))
		}
	})
	s.configure("iamPath", "/elsewhere/")
	s.refused([]string{`iamPath = "/elsewhere/"`, "Set it to /platform/mesh/ again"}, "preview")
	s.configure("iamPath", "/platform/mesh/")

	s.run("destroy")
	if left := s.remains(); !slices.Equal(left, theirs) {
		t.Errorf("before the stack there was\n%s\nand now there is\n%s", strings.Join(theirs, "\n"), strings.Join(left, "\n"))
	}
}

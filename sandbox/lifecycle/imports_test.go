//go:build engine

package lifecycle

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What exists already becomes the stack's, by an import that is announced. The key may go afterwards, and nothing changes.
func TestWhatExistsBecomesTheStacks(t *testing.T) {
	t.Parallel()
	const vpc = "vpc-0030000000000000a"
	s := newStack(t, "single")
	s.exists(filepath.Join("testdata", "exists.json"))
	before := s.belongings()
	imports := map[string]any{
		"aws:ec2/vpc:Vpc::vpc-local":                    vpc,
		"aws:ec2/subnet:Subnet::vpc-local-private-1":    "subnet-0030000000000000a",
		"aws:cloudwatch/logGroup:LogGroup::ecs-1-tasks": "/ecs/single-ecs-1",
		"aws:ecs/cluster:Cluster::ecs-1":                "single-ecs-1",
		// Container Insights has made this one for the cluster, to keep for ever.
		"aws:cloudwatch/logGroup:LogGroup::ecs-1-insights": "/aws/ecs/containerinsights/single-ecs-1/performance",
		"aws:iam/role:Role::execution-local":               "single-execution-local",
	}
	s.configure("imports", imports)
	steps := s.preview()
	planned := func(op, name string) bool {
		step := op + " " + strings.Replace(name, "::", " ", 1)
		return slices.ContainsFunc(steps, func(one string) bool { return one == step || strings.HasPrefix(one, step+" ") })
	}
	for name := range imports {
		// The log group and the cluster are as the stack file says. Of the others the program sets what differs: tags, how long logs are kept, the role's trust.
		same := strings.HasSuffix(name, "-tasks") || strings.Contains(name, "Cluster")
		if !planned("import", name) || planned("update", name) == same || planned("create", name) {
			t.Errorf("the preview of %s:\n%s", name, strings.Join(steps, "\n"))
		}
	}
	s.up()
	now := s.belongings()
	for what, was := range before {
		switch text, there := now[what]; {
		case strings.Contains(what, "securityGroup") && strings.Contains(what, "Rule"):
			// The default security group of the VPC has lost its rules, as the preview says.
		case !there:
			t.Errorf("%s is gone", what)
		case (strings.Contains(what, "/ecs/single-ecs-1") || strings.HasPrefix(what, "aws:ecs/cluster")) && text != was:
			t.Errorf("the import changed %s: it was\n%s\nand is\n%s", what, was, text)
		}
	}
	for _, kind := range []string{"aws:ec2/vpc:Vpc ", "aws:ecs/cluster:Cluster "} {
		n := 0
		for what := range now {
			if strings.HasPrefix(what, kind) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("there are %d of %s", n, kind)
		}
	}
	s.unchanged()

	// The key has done its work.
	s.configure("imports", map[string]any{})
	s.nothingToDo()
	s.verified()

	// An import in the place of what the stack has would delete that.
	f := s.fork(t)
	f.configure("imports", map[string]any{"aws:ec2/vpc:Vpc::vpc-local": "vpc-0030000000000000b"})
	f.refused([]string{"imports.aws:ec2/vpc:Vpc::vpc-local", "the stack has " + vpc + " in this place"}, "preview")

	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}

//go:build engine

package lifecycle

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What exists already becomes the stack's, by an import that is announced, a cluster and a role under the names that a team gave them. The
// key may go afterwards, and nothing changes.
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
		"aws:iam/role:Role::execution-local":            "single-execution-local",
	}
	// A name alone takes nothing over.
	s.configure("clusters.ecs-1.clusterName", "Apps-Prod")
	s.configure("clusters.ecs-1.services.echo-service.serviceAccount", "echo")
	s.configure("clusters.ecs-1.services.echo-service.taskRoleName", "Echo_Task")
	s.configure("imports", imports)
	if _, said, err := s.tryPreview(); err == nil || !strings.Contains(said, "add the import aws:ecs/cluster:Cluster::ecs-1: Apps-Prod") {
		t.Errorf("a cluster that exists is made: %v\n%s", err, said)
	}
	imports["aws:ecs/cluster:Cluster::ecs-1"] = "Apps-Prod"
	imports["aws:iam/role:Role::task-ecs-1-echo"] = "Echo_Task"
	s.configure("imports", imports)
	// Container Insights has made this one for the cluster, to keep for ever.
	const insights = "aws:cloudwatch/logGroup:LogGroup::ecs-1-insights"
	s.refused([]string{"add the import " + insights + ": /aws/ecs/containerinsights/Apps-Prod/performance"}, "preview")
	imports[insights] = "/aws/ecs/containerinsights/Apps-Prod/performance"
	s.configure("imports", imports)
	steps := s.preview()
	planned := func(op, name string) bool {
		step := op + " " + strings.Replace(name, "::", " ", 1)
		return slices.ContainsFunc(steps, func(one string) bool { return one == step || strings.HasPrefix(one, step+" ") })
	}
	for name := range imports {
		// The log group of the tasks is as the stack file says. Of the others the program sets what differs: tags, how long logs are kept, the roles' trust.
		same := strings.HasSuffix(name, "-tasks")
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
		case strings.Contains(what, "/ecs/single-ecs-1") && text != was:
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
	// Pulumi would take the import of the cluster for another one.
	s.refused([]string{"imports.aws:ecs/cluster:Cluster::ecs-1", "the stack has the cluster already: take this import away"}, "preview")
	delete(imports, "aws:ecs/cluster:Cluster::ecs-1")
	s.configure("imports", imports)
	s.unchanged()

	// The key has done its work.
	s.configure("imports", map[string]any{})
	s.nothingToDo()
	s.verified()

	// Another name would replace the cluster with every service.
	for _, name := range []any{"Other", nil} {
		f := s.fork(t)
		f.configure("clusters.ecs-1.clusterName", name)
		f.refused([]string{"clusters.ecs-1.clusterName", "the cluster lives as Apps-Prod, and ECS renames none", "Set it to Apps-Prod again"}, "preview")
	}
	f := s.fork(t)
	f.configure("clusters.ecs-1.services.echo-service.taskRoleName", nil)
	f.refused([]string{"taskRoleName", "the identity single-ecs-1/echo would change from the role", ":role/Echo_Task"}, "preview")

	// An import in the place of what the stack has would delete that.
	f = s.fork(t)
	f.configure("imports", map[string]any{"aws:ec2/vpc:Vpc::vpc-local": "vpc-0030000000000000b"})
	f.refused([]string{"imports.aws:ec2/vpc:Vpc::vpc-local", "the stack has " + vpc + " in this place"}, "preview")

	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}

//go:build engine

package lifecycle

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// plugins are the roles with which the pods of vpc-cni on the nodes were admitted, "" for that of the nodes, and what they lack.
func plugins(tx *world.Tx) (roles, issues []string) {
	for _, cluster := range tx.Find(home, "aws:eks/cluster:Cluster", nil) {
		for _, group := range tx.Find(home, nodeGroupKind, nil) {
			for _, node := range tx.Find(home, "aws:ec2/instance:Instance", aws.Has("nodeGroupArn", group.ID)) {
				roles = append(roles, aws.NameOf(node.String("_plugin")))
				if issue := aws.NetworkPluginIssue(tx, cluster, group, node); issue != "" {
					issues = append(issues, issue)
				}
			}
		}
	}
	slices.Sort(roles)
	return slices.Compact(roles), issues
}

// vpc-cni moves to a role of its own and back, and at no moment has a node a plug-in that may not give addresses to pods.
func TestTheNetworkPluginMovesToARoleOfItsOwnAndBack(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	istio := s.versions()
	s.configure("vpcCniRole", "own")
	s.refused([]string{`vpcCniRole = "own"`, "Set it to both"}, "preview")
	s.configure("vpcCniRole", "nodes")
	// The page sets, updates, looks at the pods, sets and updates. What it looks at is seen below.
	lines := strings.Split(strings.TrimSpace(block(t, upgrade, "pulumi config set vpcCniRole both")), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[1], "kubectl ") {
		t.Fatalf("the page's commands are %q", lines)
	}
	for _, move := range []struct{ name, commands, want string }{
		{"plugin-1-both", lines[0], "eks-single-nodes-vpc-cni"},
		{"plugin-2-own", lines[2], "eks-single-nodes-vpc-cni"},
		{"plugin-3-back", "pulumi config set vpcCniRole nodes && pulumi up", ""},
	} {
		set, update, _ := strings.Cut(move.commands, " && ")
		s.types("", set)
		golden(t, "testdata/"+move.name+".txt", strings.Join(s.preview(), "\n")+"\n")
		looks := s.meanwhile(func(tx *world.Tx) {
			if _, issues := plugins(tx); len(issues) > 0 {
				t.Errorf("%s: there was a moment when nodes gave no address to a new pod: %v", move.name, issues)
			}
		}, func() { s.types("", update) })
		if looks < 5 {
			t.Errorf("%s: the nodes were looked at only %d times", move.name, looks)
		}
		s.look(func(tx *world.Tx) {
			if roles, _ := plugins(tx); !slices.Equal(roles, []string{move.want}) {
				t.Errorf("after %s the plug-ins have the roles %q, want %q", move.name, roles, move.want)
			}
		})
		if got := s.versions(); !slices.Equal(got, istio) {
			t.Errorf("after %s run %v", move.name, got)
		}
		s.verified()
	}
	s.unchanged()
}

package config

import (
	"slices"
	"strings"
	"testing"
)

func TestRefusedNamesOfClusters(t *testing.T) {
	named := func(key, name string) edit { return edit{"clusters/" + key + "/clusterName", name} }
	run(t, []refusal{
		one("an impossible name", "clusters/ecs-1/clusterName", "Apps Prod", `clusters.ecs-1.clusterName = "Apps Prod"`, "255 letters"),
		one("an ARN", "clusters/ecs-1/clusterName", lent, "255 letters"),
		one("the name of another cluster of the program", "clusters/ecs-1/clusterName", "ambient-ecs-2", `clusters.ecs-1.clusterName = "ambient-ecs-2"`, "clusters.ecs-2 is called ambient-ecs-2"),
		{"one name twice", []edit{named("ecs-1", "Apps"), named("ecs-2", "apps")}, [][]string{{`clusters.ecs-2.clusterName = "apps"`, "clusters.ecs-1 is called Apps", "lower case"}}},
		{"a cluster of another team", []edit{{"clusters/ecs-1/existing", "Apps"}, named("ecs-1", "Apps")}, [][]string{{"clusters.ecs-1.clusterName is set", "remove one of the two"}}},
		{"the name of another team's", []edit{{"clusters/ecs-1/existing", "Apps"}, named("ecs-2", "Apps")}, [][]string{{"clusters.ecs-1.existing", "clusters.ecs-2 is the same ECS cluster"}}},
		{"an import under another name", []edit{named("ecs-1", "Apps"), {"imports", object{"aws:ecs/cluster:Cluster::ecs-1": "apps"}}}, [][]string{{"the stack calls it Apps", "clusterName of the cluster gives another"}}},
	})
}

// Only the ECS cluster has the name. What the program makes for it keeps the install's.
func TestAClusterHasTheNameOfTheStackFile(t *testing.T) {
	c := mustLoad(t, with(edit{"clusters/ecs-1/clusterName", "Apps-Prod"}, edit{"clusters/ecs-3/clusterName", "ambient-own"}, edit{"imports", object{
		"aws:ecs/cluster:Cluster::ecs-1": "Apps-Prod", "aws:cloudwatch/logGroup:LogGroup::ecs-1-insights": "/aws/ecs/containerinsights/Apps-Prod/performance",
	}}))
	if c.ECSName("ecs-1") != "Apps-Prod" || !strings.HasSuffix(c.ECSClusterARN("ecs-1"), ":cluster/Apps-Prod") || !strings.HasSuffix(c.ServiceARN("ecs-1", "echo-service"), ":service/Apps-Prod/echo-service") {
		t.Errorf("the cluster is %s", c.ECSClusterARN("ecs-1"))
	}
	for what, got := range map[string]string{"namespace": c.Namespace("ecs-1"), "log group": strings.TrimPrefix(c.TaskLogGroup("ecs-1"), "/ecs/"), "family": c.TaskOf("ecs-1", "echo-service").Family, "role": c.TaskRoleName("ecs-1", "ecs")} {
		if !strings.HasPrefix(got, "ambient-ecs-1") {
			t.Errorf("the %s is %s", what, got)
		}
	}
	// The deployer's policies and the policy of a key name what no pattern of the install's covers.
	if got := c.NamedClusterARNs("local"); !slices.Equal(got, []string{c.ECSClusterARN("ecs-1")}) || len(c.NamedClusterARNs("external")) != 0 {
		t.Errorf("named are %v and %v", got, c.NamedClusterARNs("external"))
	}
	const insights = "/aws/ecs/containerinsights/Apps-Prod/performance"
	if !slices.Contains(c.LogGroupPatterns("local"), insights) || slices.Contains(c.LogGroupPatterns("external"), insights) {
		t.Errorf("the log groups are %v", c.LogGroupPatterns("local"))
	}
	if w := mustLoad(t, with(edit{"clusters/ecs-1/clusterName", "Apps_Prod"})).Notices(Lives{}); !slices.ContainsFunc(w, func(w string) bool { return strings.HasPrefix(w, "clusters.ecs-1.clusterName: the name has a _") }) {
		t.Errorf("the warnings are %q", w)
	}
	// One name in two accounts is two clusters.
	mustLoad(t, with(edit{"clusters/ecs-1/clusterName", "Apps"}, edit{"clusters/ecs-3/clusterName", "Apps"}))
}

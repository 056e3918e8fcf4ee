package tests

import (
	"fmt"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/tests/recorder"
)

// called gives the first cluster of the dev stack and the roles of a service names of a team, and imports them.
func called(t *testing.T, answer answers) func(*recorder.Options) {
	return func(o *recorder.Options) {
		o.Config = edited(o.Config, func(clusters map[string]any) {
			cluster := clusters["ecs-1"].(map[string]any)
			cluster["clusterName"] = "Apps-Prod"
			echo := cluster["services"].(map[string]any)["echo-service"].(map[string]any)
			echo["serviceAccount"], echo["taskRoleName"], echo["executionRoleName"] = "echo", "Orders-Task", "Orders-Start"
		})
		o.Config["ambient-ecs:imports"] = text(t, map[string]string{
			"aws:ecs/cluster:Cluster::ecs-1": "Apps-Prod", "aws:cloudwatch/logGroup:LogGroup::ecs-1-insights": "/aws/ecs/containerinsights/Apps-Prod/performance",
			"aws:iam/role:Role::task-ecs-1-echo": "Orders-Task",
		})
		answering(answer)(o)
	}
}

// ofTheTeam are the answers about a team's cluster with Container Insights, and about a role that the team gave to the stack.
func ofTheTeam() answers {
	const insights = "/aws/ecs/containerinsights/Apps-Prod/performance"
	return answers{
		"aws:iam/getRole:getRole": func(args map[string]any) (map[string]any, error) {
			if args["name"] != "Orders-Task" {
				return invoke("aws:iam/getRole:getRole", args)
			}
			return map[string]any{"arn": "arn:aws:iam::111122223333:role/Orders-Task", "path": "/", "assumeRolePolicy": "{}", "tags": map[string]any{config.InstallTag: "ambient"}}, nil
		},
		"aws:cloudwatch/getLogGroups:getLogGroups": hasLogGroups(insights),
		"aws:cloudwatch/getLogGroup:getLogGroup":   gives(map[string]any{"name": insights, "tags": map[string]any{}}),
	}
}

// Whatever names the cluster or a role names what the stack file says, and what the program names itself keeps its names.
func TestWhateverNamesAClusterOrARoleNamesThatOfTheStackFile(t *testing.T) {
	r := succeed(t, Record(t, "dev", called(t, ofTheTeam())))
	cluster, role := r.Get(t, "aws:ecs/cluster:Cluster", "ecs-1"), r.Get(t, "aws:iam/role:Role", "task-ecs-1-echo")
	if cluster.Inputs["name"] != "Apps-Prod" || cluster.Import != "Apps-Prod" || !strings.Contains(fmt.Sprint(cluster.Inputs["tags"]), config.ClusterTag+":ecs-1") || role.Inputs["name"] != "Orders-Task" || role.Import != "Orders-Task" {
		t.Errorf("the cluster is %v, imported as %q, and the role %v as %q", cluster.Inputs, cluster.Import, role.Inputs, role.Import)
	}
	if other := r.Get(t, "aws:ecs/cluster:Cluster", "ecs-2"); strings.Contains(fmt.Sprint(other.Inputs["tags"]), config.ClusterTag) {
		t.Errorf("a cluster without such a name has the tags %v", other.Inputs["tags"])
	}
	if group := r.Get(t, "aws:cloudwatch/logGroup:LogGroup", "ecs-1-insights"); group.Import != "/aws/ecs/containerinsights/Apps-Prod/performance" {
		t.Errorf("the log group is imported as %q", group.Import)
	}
	if got := r.Get(t, "aws:iam/role:Role", "execution-ecs-1/echo-service").Inputs["name"]; got != "Orders-Start" {
		t.Errorf("the execution role is %v", got)
	}
	definition := r.Get(t, "aws:ecs/taskDefinition:TaskDefinition", "ecs-1/echo-service").Inputs
	if definition["family"] != "ambient-ecs-1-echo-service" {
		t.Errorf("the family is %v", definition["family"])
	}
	output := func(name string) string { return fmt.Sprint(r.Outputs[name]) }
	for what, text := range map[string]string{
		"the task definition": fmt.Sprint(definition["taskRoleArn"]), "the output taskRoleArns": output("taskRoleArns"), "the deployer's policies": output("deployerPolicies"),
	} {
		if !strings.Contains(text, "role/Orders-Task") || strings.Contains(text, "role/ambient-ecs-1-echo") {
			t.Errorf("%s: %s", what, text)
		}
	}
	accounts := ""
	for _, account := range r.OfType("kubernetes:core/v1:ServiceAccount") {
		accounts += fmt.Sprint(account.Inputs["metadata"])
	}
	if !strings.Contains(accounts, ":role/Orders-Task") || strings.Contains(accounts, ":role/ambient-ecs-1-echo") {
		t.Errorf("the service accounts are %s", accounts)
	}
	policies := r.Outputs["deployerPolicies"].(map[string]any)
	if _, other := policies["external"]; other || !strings.Contains(output("deployerPolicies"), ":cluster/Apps-Prod") || !strings.Contains(output("deployerPolicies"), "role/Orders-Start") {
		t.Errorf("the deployers' policies are %v", policies)
	}
}

// What would be somebody else's, or stop the up in its middle, is refused before anything is registered, with the words to write.
func TestANamedClusterWithoutItsImportsIsRefused(t *testing.T) {
	r := Record(t, "dev", func(o *recorder.Options) {
		o.Preview = true
		answer := ofTheTeam()
		answer["aws:iam/getRole:getRole"] = gives(map[string]any{"arn": "arn:aws:iam::111122223333:role/team/Orders", "path": "/team/", "assumeRolePolicy": "{}", "tags": map[string]any{}})
		called(t, answer)(o)
		delete(o.Config, "ambient-ecs:imports")
	})
	all := strings.Join(r.Errors, "\n")
	for _, words := range []string{
		`clusters.ecs-1.clusterName = "Apps-Prod": account local has an ECS cluster of this name, which this stack did not make`, "add the import aws:ecs/cluster:Cluster::ecs-1: Apps-Prod",
		"add the import aws:cloudwatch/logGroup:LogGroup::ecs-1-insights: /aws/ecs/containerinsights/Apps-Prod/performance",
		`taskRoleName = "Orders-Task": account local has a role of this name`, "add the import aws:iam/role:Role::task-ecs-1-echo: Orders-Task", "add the import aws:iam/role:Role::execution-ecs-1/echo-service: Orders-Start",
	} {
		if !strings.Contains(all, words) {
			t.Errorf("the refusal does not say %q: %s", words, all)
		}
	}
	if len(r.OfType("aws:ecs/cluster:Cluster")) != 0 {
		t.Error("a cluster is registered")
	}
}

// A cluster that lives under another name is found by its tag, and one of somebody else's by none.
func TestALivingClusterIsNotRenamed(t *testing.T) {
	r := Record(t, "dev", func(o *recorder.Options) {
		o.Preview = true
		answering(answers{
			"aws:ecs/getClusters:getClusters": gives(map[string]any{"clusterArns": []any{"arn:aws:ecs:eu-central-1:111122223333:cluster/Apps-Prod", "arn:aws:ecs:eu-central-1:111122223333:cluster/hidden"}}),
			"aws:ecs/getCluster:getCluster": func(args map[string]any) (map[string]any, error) {
				if args["clusterName"] == "hidden" {
					return nil, fmt.Errorf("reading ECS Cluster (hidden): AccessDeniedException: not authorized to perform: ecs:DescribeClusters")
				}
				return map[string]any{"arn": "arn:aws:ecs:eu-central-1:111122223333:cluster/Apps-Prod", "status": "ACTIVE", "settings": []any{}, "tags": map[string]any{config.InstallTag: "ambient", config.ClusterTag: "ecs-1"}}, nil
			},
		})(o)
	})
	if all := strings.Join(r.Errors, "\n"); !strings.Contains(all, "the cluster lives as Apps-Prod, and ECS renames none") || strings.Contains(all+strings.Join(r.Warnings, "\n"), "hidden") {
		t.Errorf("it says %s", all)
	}
}

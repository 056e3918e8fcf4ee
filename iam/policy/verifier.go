package policy

import (
	"slices"
	"strings"
)

// VerifierPolicy is what `ambient verify` and `ambient doctor` need besides a deployer's ReaderPolicies: commands in the tasks of
// the install, their logs and those of the networks, and a few more reads. docs/verify.md says for what.
func (d Deployer) VerifierPolicy() Document {
	tasks := []string{d.Place.ARN("ecs", "cluster/"+d.Install+"-*"), d.Place.ARN("ecs", "task/"+d.Install+"-*/*")}
	for _, cluster := range slices.Concat(d.Clusters, d.NamedClusters) {
		tasks = append(tasks, cluster, strings.Replace(cluster, ":cluster/", ":task/", 1)+"/*")
	}
	return Document{Statements: []Statement{
		{Sid: "RunCommandsInTasks", Actions: ecs("ExecuteCommand"), Resources: tasks},
		{
			Sid: "ReadLogsOfTheMesh", Actions: logs("DescribeLogStreams", "FilterLogEvents"),
			Resources: []string{
				d.Place.ARN("logs", "log-group:/ecs/"+d.Install+"-*"), d.Place.ARN("logs", "log-group:/aws/eks/"+d.Install+"/*"), d.Place.ARN("logs", "log-group:/vpc/"+d.Install+"-*"),
			},
		},
		{
			Sid: "ReadWhatRuns",
			Actions: []string{
				"cloudwatch:ListMetrics", "ecs:DescribeTasks", "ecs:ListServices", "ecs:ListTasks", "eks:ListAddons", "eks:ListPodIdentityAssociations",
				"elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTargetHealth",
				"iam:GetPolicy", "iam:GetPolicyVersion", "logs:TestMetricFilter",
			},
			Resources: []string{"*"},
		},
	}}
}

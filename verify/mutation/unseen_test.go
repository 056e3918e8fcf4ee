//go:build engine

package mutation

import "testing"

// invisible is an ingredient that no call between running tasks needs, and that is still vital.
type invisible struct {
	mutation
	reason, source string
}

// unseen are the invisible ingredients of the dev stack.
var unseen = []invisible{
	{mutation{name: "NAT gateways", spoil: remove("", natKind), blind: "ecs→*", ingredient: "nat", words: "nat-"},
		"no call leaves by them, only ECS Exec; a running task has its image, and the next one cannot pull it", ecsGuide + "networking-outbound.html"},
	{mutation{name: "ssm permissions of a task role", spoil: remove(away, rolePolicyKind, "ambient-ecs-3-ecs:"), blind: "ecs-3→*", ingredient: "exec-permission", words: "ambient-ecs-3-ecs"},
		"only ECS Exec needs them, so cases from there are undecided and no traffic stops", ecsGuide + "ecs-exec.html"},
	{mutation{name: "way of tasks to AWS", spoil: rule(away, egressKind, "-client", "443", "0.0.0.0/0"), blind: "ecs-3→*", ingredient: "security-group", words: "tasks-external-client|TCP 443 out of"},
		"running tasks ask no API of AWS in a call; the next one cannot pull its image", ecsGuide + "networking-outbound.html"},
	{mutation{name: "key of the cluster's secrets", spoil: remove(home, "aws:kms/key:Key")},
		"Kubernetes decrypts its secrets with it, and no call asks for a secret", "https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html"},
	{mutation{name: "add-on vpc-cni", spoil: remove(home, addOnKind, "vpc-cni"), ingredient: "add-on", words: "vpc-cni"},
		"pods that run keep their addresses; the next one gets none", "https://docs.aws.amazon.com/eks/latest/userguide/managing-vpc-cni.html"},
	{mutation{name: "log group", spoil: remove(home, logGroupKind, "/ecs/ambient-ecs-2\""), ingredient: "log-group", words: "/ecs/ambient-ecs-2"},
		"a task that runs keeps running; the next one does not start", ecsGuide + "using_awslogs.html"},
	{mutation{name: "logs permission of the execution role", spoil: remove(home, rolePolicyKind, "ambient-execution-local:"), ingredient: "execution-permission", words: "ambient-execution-local"},
		"the agent needs it when a task starts", ecsGuide + "task_execution_IAM_role.html"},
	{mutation{name: "trust of the execution role", spoil: text(home, roleKind, "assumeRolePolicy", "ecs-tasks.amazonaws.com", "ec2.amazonaws.com", "role/ambient-execution-local"), ingredient: "execution-role", words: "ambient-execution-local"},
		"the agent takes it when a task starts", ecsGuide + "task_execution_IAM_role.html"},
	{mutation{name: "propagateTags", spoil: property(away, serviceKind, "propagateTags", "NONE", echoes), ingredient: "propagate-tags", words: "ecs-3/echo-service"},
		"running tasks keep their tags; new ones get none", ecsGuide + "ecs-using-tags.html"},
	{mutation{name: "ECS Exec of a task", spoil: property(away, taskKind, "enableExecuteCommand", false, "service:shell-task"), blind: "ecs-3→*", ingredient: "exec-tasks", words: "ecs-3/shell-task|started before ECS Exec was on"},
		"only ECS Exec needs it, so cases from there are undecided; the next task has what the service says", ecsGuide + "ecs-exec.html"},
	{mutation{name: "ECS Exec of a service", spoil: property(away, serviceKind, "enableExecuteCommand", false, echoes), ingredient: "exec-disabled", words: "ecs-3/echo-service"},
		"running tasks keep what they were started with; new ones cannot be entered", ecsGuide + "ecs-exec.html"},
	{mutation{name: "subnets of a service", spoil: placement(away, "subnets", []any{"subnet-other"}, echoes), ingredient: "task-subnets", words: "ecs-3/echo-service|subnet-other"},
		"running tasks stay where they are; new ones start elsewhere", ecsGuide + "fargate-task-networking.html"},
	{mutation{name: "security groups of a service", spoil: placement(away, "securityGroups", []any{}, echoes), ingredient: "task-security-group", words: "ecs-3/echo-service"},
		"running tasks keep theirs; new ones get the default one of the VPC", ecsGuide + "fargate-task-networking.html"},
	{mutation{name: "task role of a task definition", spoil: property(away, definitionKind, "taskRoleArn", "arn:aws:iam::444455556666:role/other", "/ambient-ecs-3-echo-service:"), ingredient: "task-role", words: "ambient-ecs-3-echo-service"},
		"a task keeps the role that it was started with; the next one has another identity", ecsGuide + "task-iam-roles.html"},
	{mutation{name: "health check of ztunnel", spoil: container("ambient-ecs-1-shell-task", `"healthCheck"`, `"other"`), ingredient: "health-check", words: "ambient-ecs-1-shell-task"},
		"it orders the start of containers, which is over", ecsGuide + "healthcheck.html"},
	{mutation{name: "dependency on ztunnel", spoil: container("ambient-ecs-1-shell-task", `"dependsOn"`, `"other"`), ingredient: "depends-on", words: "ambient-ecs-1-shell-task"},
		"it orders the start of containers, which is over", "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html"},
	{mutation{name: "hostname tag of the service, missing", spoil: tag(away, serviceKind, "ecs.solo.io/hostname", "", echoes), ingredient: "service-tags", words: "ecs-3/echo-service|hostname"},
		"without the tag istiod makes the same name of the service, its cluster and the account's domain", soloGuide},
	{mutation{name: "ports tag of the service, missing", spoil: tag(away, serviceKind, "ecs.solo.io/ports", "", echoes), ingredient: "service-tags", words: "ecs-3/echo-service|ports"},
		"without the tag istiod takes the ports to be 80 and 8080, and this service has 8080", soloGuide},
	{mutation{name: "domain of an account", spoil: istiodVariable("ECS_ACCOUNTS", "ecs.external", "ecs.other"), ingredient: "ecs-accounts", words: "ecs.external"},
		"it names services without a hostname tag, and all have one", soloGuide},
	{mutation{name: "ambient label of an ECS namespace", spoil: unset("v1", "Namespace", "", "ambient-ecs-2", "metadata", "labels", "istio.io/dataplane-mode"), ingredient: "namespace-not-ambient", words: "ambient-ecs-2"},
		"istiod marks tasks as part of the mesh by their ztunnel container; the label is for pods", soloGuide},
	{mutation{name: "source range of HBONE at home", spoil: sourceRange(15008, "192.168.0.0/16"), ingredient: "security-group", words: "192.168.0.0/16|15008"},
		healthRules, securityGroups},
	{mutation{name: "source range of xDS at home", spoil: sourceRange(15012, "192.168.0.0/16"), ingredient: "security-group", words: "192.168.0.0/16|15012"},
		healthRules, securityGroups},
	{mutation{name: "gateway's condition Programmed", spoil: unset(gatewayAPI, "Gateway", system, "eastwest", "status", "conditions"), ingredient: "gateway-not-programmed", words: "eastwest"},
		"proxies go by the Gateway's addresses; the condition is for people", "https://gateway-api.sigs.k8s.io/geps/gep-1364/"},
	{mutation{name: "waypoint that does not exist", spoil: set("v1", "Namespace", "", "ambient-ecs-1", "waypoint", "metadata", "labels", "istio.io/use-waypoint"), ingredient: "waypoint", words: "ambient-ecs-1/waypoint"},
		"Istio leads no traffic to a waypoint that is not ready: calls arrive, and L7 policies do not hold", "https://istio.io/latest/docs/ambient/usage/l7-features/"},
}

const (
	ecsGuide       = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
	schedulerGuide = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/"
	soloGuide      = "observed of Solo's distribution 1.28, as https://github.com/LutzLange/ecs-multi-account-demo uses it"
	securityGroups = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"
	healthRules    = "rules add up, and those for the load balancer's health checks admit its own subnets to the same port; the tasks of the home account run there"
)

// invisible asserts that the listed mutations make no case wrong, so that the list stays true.
func (d *deployed) invisible(t *testing.T, all []invisible) {
	for _, u := range all {
		t.Run(u.name, func(t *testing.T) {
			u.frozen = true
			report, found := d.examine(t, u.mutation, false)
			for _, difference := range d.compare(report, "", u.blind) {
				t.Errorf("it can be seen, so it belongs to the mutations that must be noticed: %s", difference)
			}
			if u.ingredient != "" {
				precise(t, found, u.mutation)
			}
			t.Logf("doctor names %d pieces; %s: %s", len(found), u.reason, u.source)
		})
	}
}

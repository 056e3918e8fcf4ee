package controls

import "slices"

var ofTasks = []Control{
	{Number: 25, ID: "ECS.2", Text: "tasks get no public address",
		Name: "tasks-no-public-address", Fix: "leave networkConfiguration.assignPublicIp off", Mandatory: true,
		Kind: service, Each: func(in Inputs) bool {
			public := in.at("networkConfiguration", "assignPublicIp")
			return public == nil || public == false
		}},
	{Number: 26, ID: "ECS.3", Text: "tasks do not see the host's processes",
		Name: "tasks-no-host-processes", Fix: "leave pidMode out, or set it to task", Mandatory: true,
		Kind: taskDefinition, Each: func(in Inputs) bool { return in.at("pidMode") != "host" }},
	{Number: 27, ID: "ECS.4", Text: "containers are not privileged",
		Name: "tasks-not-privileged", Fix: "leave privileged out of the container definition", Mandatory: true,
		Kind: taskDefinition, Each: containers(func(c any) bool { return at(c, "privileged") != true })},
	{Number: 28, ID: "ECS.5", Text: "containers cannot write to their root", Open: "the default writes; services and ztunnel may set it in task definitions, and Solo's image is unproven with it"},
	{Number: 29, ID: "ECS.8", Text: "no credentials in the environment",
		Name: "tasks-no-credentials", Fix: "move the credential to secrets of the container definition", Mandatory: true,
		Kind: taskDefinition, Each: containers(func(c any) bool {
			return !slices.ContainsFunc(list(c, "environment"), func(v any) bool {
				return slices.Contains([]any{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA"}, at(v, "name"))
			})
		})},
	{Number: 30, ID: "ECS.9", Text: "every container logs",
		Name: "tasks-log", Fix: "give every container a logConfiguration",
		Kind: taskDefinition, Each: containers(func(c any) bool { return at(c, "logConfiguration", "logDriver") != nil })},
	{Number: 31, ID: "ECS.10", Text: "tasks run on the latest platform",
		Name: "tasks-latest-platform", Fix: "leave platformVersion out",
		Kind: service, Each: func(in Inputs) bool { v := in.at("platformVersion"); return v == nil || v == "LATEST" }},
	{Number: 32, ID: "ECS.12", Text: "ECS clusters have Container Insights",
		Name: "clusters-container-insights", Fix: "set the cluster's setting containerInsights to enabled",
		Kind: ecsCluster, Each: func(in Inputs) bool {
			return slices.ContainsFunc(in.list("settings"), func(s any) bool {
				return at(s, "name") == "containerInsights" && slices.Contains([]any{"enabled", "enhanced"}, at(s, "value"))
			})
		}},
	{Number: 33, ID: "ECS.17", Text: "tasks have a network of their own",
		Name: "tasks-awsvpc", Fix: "set networkMode to awsvpc", Mandatory: true,
		Kind: taskDefinition, Each: is("awsvpc", "networkMode")},
	{Number: 34, ID: "ECS.20", Text: "containers do not run as root", Open: "services set `user`; ztunnel runs as its image says, and Solo's image is unproven with another user"},
	{Number: 35, ID: "CT.ECS.PR.11", Text: "tasks have a memory limit",
		Name: "tasks-memory-limit", Fix: "set memory",
		Kind: taskDefinition, Each: given("memory")},
	{Number: 36, ID: "ECS best practices", Text: "nobody runs commands in tasks",
		Name: "tasks-no-exec", Fix: "leave enableExecuteCommand off (here: ecsExec)",
		Kind: service, Each: func(in Inputs) bool { return in.at("enableExecuteCommand") != true }},
	{Number: 37, ID: "ECS best practices", Text: "a failed deployment is rolled back",
		Name: "services-roll-back", Fix: "set enable and rollback of deploymentCircuitBreaker to true",
		Kind: service, Each: func(in Inputs) bool {
			return is(true, "deploymentCircuitBreaker", "enable")(in) && is(true, "deploymentCircuitBreaker", "rollback")(in)
		}},
	{Number: 38, ID: "ECS best practices", Text: "tasks are spread over zones again after a loss",
		Name: "services-rebalance", Fix: "set availabilityZoneRebalancing to ENABLED",
		Kind: service, Each: is("ENABLED", "availabilityZoneRebalancing")},
}

package config

import (
	"reflect"
	"slices"
)

// Absent is what the stack file does not offer and people look for, under the names that they try.
type Absent struct {
	// In is the type whose keys it would be among.
	In reflect.Type
	// Keys are the names.
	Keys []string
	// Instead is what there is instead, and why.
	Instead string
}

// NotOffered is made into refusals of unknown keys and into a table of docs/reference.md. A key that is offered one day leaves it.
func NotOffered() []Absent {
	return []Absent{
		{reflect.TypeFor[Config](), []string{"vpcId", "vpcCidr", "subnets", "subnetIds"}, "each account has its VPC: accounts.NAME.vpcCidr, and accounts.NAME.network for one that exists (docs/networks.md)"},
		{reflect.TypeFor[Config](), []string{"services"}, "a service is in a cluster: clusters.NAME.services"},
		{reflect.TypeFor[Config](), []string{"regions"}, "region at the top is that of the home account, and accounts.NAME.region that of another (docs/regions.md)"},
		{reflect.TypeFor[Config](), []string{"spot", "karpenter"}, "EKS has managed node groups: nodeInstanceTypes, nodeCount and nodeCountMax of the first, nodeGroups for more, with spot"},
		{reflect.TypeFor[Config](), []string{"requestAuthentication", "jwtRules", "oidc"}, "tokens of end users are the application's to check: the mesh decides by the identity of workloads (docs/policies.md)"},

		{reflect.TypeFor[Account](), []string{"vpcId", "subnetIds", "vpc"}, "a VPC that exists is described in network: vpcId, privateSubnetIds and routeTableIds (docs/networks.md)"},
		{reflect.TypeFor[Account](), []string{"regions"}, "one entry is in one region: a second region is a second entry with the same id (docs/regions.md)"},
		{reflect.TypeFor[Account](), []string{"accountId"}, "the key is id"},

		{reflect.TypeFor[Cluster](), []string{"launchType", "instanceType", "ec2"}, "tasks run on Fargate only: the discovery of other launch types was never shown to work"},
		{reflect.TypeFor[Cluster](), []string{"name"}, "the key is clusterName; without it the name is installName and the cluster's key"},

		{reflect.TypeFor[Service](), []string{"portMappings", "containerPort"}, "the key is port, or ports for several; a taskDefinition says them in AWS's format (docs/task-definitions.md)"},
		{reflect.TypeFor[Service](), []string{"protocol", "appProtocol"}, "a port has the protocol: ports, with port and protocol"},
		{reflect.TypeFor[Service](), []string{"autoScaling", "autoscaling", "minCount", "maxCount", "replicas"}, "desiredCount is the number of tasks, and scaling changes it"},
		{reflect.TypeFor[Scaling](), []string{"requestsPerTarget", "requests", "requestCountPerTarget", "albRequestCountPerTarget"}, noTargetGroup},
		{reflect.TypeFor[Scaling](), []string{"steps", "stepScaling", "policyType"}, "the scaler keeps targets: cpu, memory, metrics"},
		{reflect.TypeFor[Service](), []string{"cpuArchitecture", "runtimePlatform"}, "the key is architecture: X86_64 or ARM64"},
		{reflect.TypeFor[Service](), []string{"environmentFiles"}, "a taskDefinition can have them (docs/task-definitions.md)"},
		{reflect.TypeFor[Service](), []string{"volumes", "mountPoints", "efs"}, "a taskDefinition can have volumes (docs/task-definitions.md)"},
		{reflect.TypeFor[Service](), []string{"containers", "sidecars", "containerDefinitions"}, "a taskDefinition can have several containers (docs/task-definitions.md)"},
		{reflect.TypeFor[Service](), []string{"launchType", "spot", "capacity", "capacityProviders"}, "tasks run on Fargate: capacityProviderStrategy shares them with FARGATE_SPOT"},
		{reflect.TypeFor[Service](), []string{"deployment", "minimumHealthyPercent", "maximumPercent"}, "the key is deploymentConfiguration, with minimumHealthyPercent and maximumPercent"},
		{reflect.TypeFor[Service](), []string{"enableExecuteCommand", "executeCommand", "ecsExec"}, "the key is exec; for the whole stack ecsExec, at the top"},
		{reflect.TypeFor[Service](), []string{"loadBalancer", "targetGroups", "assignPublicIp", "public", "ingress"}, "nothing but the mesh gets to a task: the top-level key ingress lets users in through a gateway (docs/ingress.md)"},
		{reflect.TypeFor[Service](), []string{"taskRole", "roleName"}, "the program makes the task's role, which is its identity, under the name of taskRoleName if that is set, or taskRoleArn names one that the team has"},
		{reflect.TypeFor[Service](), []string{"policies", "managedPolicyArns", "inlinePolicies"}, "permissions has managedPolicies, statements and a policy"},
		{reflect.TypeFor[Service](), []string{"executionRoleArn"}, "the program makes the execution role from what the task definition needs, under the name of executionRoleName if that is set; that of a service with deployedBy owner is owned.executionRoleArn"},
		{reflect.TypeFor[Service](), []string{"securityGroups", "securityGroupIds"}, "the program makes the groups: egress opens further ways out"},

		{reflect.TypeFor[Task](), []string{"port", "ports", "portMappings", "containerPort", "protocol", "appProtocol", "allow", "deny", "access", "waypoint", "traffic", "shared", "clientOnly"}, "a standalone task only calls others: what is called is a service"},
		{reflect.TypeFor[Task](), []string{"desiredCount", "count", "taskCount", "scaling", "autoScaling", "deploymentConfiguration", "replicas"}, "each start is one task, which ends by itself: what keeps running is a service"},
		{reflect.TypeFor[Task](), []string{"cron", "rate", "scheduleExpression"}, "the key is schedule, with expression"},
		{reflect.TypeFor[Task](), []string{"exec"}, "a standalone task has no ECS Exec: verify calls from services"},
		{reflect.TypeFor[Task](), []string{"deployedBy"}, "the program registers the definition of a standalone task, because the schedule names the revision"},
		{reflect.TypeFor[Task](), []string{"capacityProviderStrategy", "spot", "launchType", "capacity", "capacityProviders"}, "standalone tasks run on FARGATE: Fargate Spot would end one in the middle of its work"},
		{reflect.TypeFor[TaskSchedule](), []string{"schedule", "cron", "rate", "at", "scheduleExpression"}, "the key is expression"},
		{reflect.TypeFor[TaskSchedule](), []string{"enabled", "state"}, "paused keeps a schedule from starting tasks; enabled of the task removes both"},
		{reflect.TypeFor[TaskSchedule](), []string{"startDate", "endDate", "input", "overrides"}, "a schedule always starts the task as it is declared: declare another task for another command"},

		{reflect.TypeFor[Rule](), []string{"requestPrincipals", "jwt", "claims", "when"}, "tokens of end users are the application's to check: from names workloads, and a waypoint can ask for headers"},
		{reflect.TypeFor[Rule](), []string{"principals", "namespaces", "serviceAccounts", "source"}, "from names the callers: cluster:KEY, account:KEY, service:CLUSTER/SERVICE, task:CLUSTER/TASK, shared:NAME, eks:NAMESPACE"},
		{reflect.TypeFor[Rule](), []string{"ipBlocks", "remoteIpBlocks", "cidr", "notIpBlocks"}, "addresses are no identity: from names workloads"},
		{reflect.TypeFor[Rule](), []string{"notFrom", "notPaths", "notMethods", "notPorts", "notPrincipals"}, "a rule says what it means: what is excepted from allow is a deny"},
		{reflect.TypeFor[Rule](), []string{"hosts", "operations", "to"}, "a rule is about the service that it stands in: methods, paths, headers"},
		{reflect.TypeFor[Rule](), []string{"ports"}, "one port for each rule: port, or several rules"},

		{reflect.TypeFor[Ingress](), []string{"replicas", "minReplicas", "replicaCount"}, "the gateway has two pods in two zones, and a disruption budget keeps one of them"},
		{reflect.TypeFor[Ingress](), []string{"certificates", "secretName", "tls"}, "one certificate for all hosts: certificateArn, or certificate and key"},
		{reflect.TypeFor[Ingress](), []string{"waf", "wafAclArn", "wafv2"}, "AWS WAF does not work with network load balancers: put CloudFront in front, and its addresses into sources"},
		{reflect.TypeFor[IngressRoute](), []string{"headers", "method", "methods"}, "a route looks at host and pathPrefix: the traffic of the service looks at headers and methods"},

		{reflect.TypeFor[Traffic](), []string{"mirror", "mirrors", "shadow"}, "requests are not mirrored: a split with a small weight shows a new version real requests"},
		{reflect.TypeFor[Traffic](), []string{"rewrite", "redirect", "cors", "corsPolicy"}, "a waypoint passes requests on as they are: the application rewrites, redirects and answers preflights"},
		{reflect.TypeFor[Traffic](), []string{"rateLimit", "circuitBreaker", "outlierDetection", "connectionPool", "loadBalancer"}, "neither limits nor circuit breakers: timeout and retries"},
		{reflect.TypeFor[Route](), []string{"path", "exact", "regex", "pathRegex", "uri"}, "a route compares whole segments from the beginning: pathPrefix"},
		{reflect.TypeFor[Route](), []string{"queryParams", "sourceLabels"}, "a route looks at headers, pathPrefix and method"},
	}
}

// instead says what there is instead of a key that a type does not have, or returns "". A standalone task is written like a
// service.
func instead(of reflect.Type, key string) string {
	for _, a := range NotOffered() {
		if a.In == of && slices.Contains(a.Keys, key) {
			return a.Instead
		}
	}
	if of == reflect.TypeFor[Task]() {
		return instead(reflect.TypeFor[Service](), key)
	}
	return ""
}

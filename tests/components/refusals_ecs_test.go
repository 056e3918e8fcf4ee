package components

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/contract"
	"ambient-ecs/ecs"
	"ambient-ecs/ecs/task"
	format "ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/iam"
	"ambient-ecs/mesh"
	"ambient-ecs/network"
)

func validCluster(f *fixture) *ecs.ClusterArgs {
	return &ecs.ClusterArgs{Name: "mesh-shop", LogGroupName: "/ecs/mesh-shop", LogRetentionDays: 30, Provider: f.external,
		Guests: []component.Dependency{there[mesh.Mesh](f)}}
}

func validService(f *fixture) *ecs.ServiceArgs {
	return &ecs.ServiceArgs{
		Member: validMember(f),
		Ports:  []ecs.Port{{Number: 8080, Protocol: "http"}}, DesiredCount: 1,
		MinimumHealthyPercent: 100, MaximumPercent: 200, Exec: true,
	}
}

func validOwned(f *fixture) *ecs.OwnedServiceArgs {
	member := validMember(f)
	args := &ecs.OwnedServiceArgs{
		Member: member, Pipeline: &ecs.Pipeline{Mesh: member.Task.Mesh, ControlPlane: "1.31.0-solo"}, Port: 8080,
		Settings:  contract.OwnedService{Service: "cart", ServiceARN: "arn:aws:ecs:eu-central-1:444455556666:service/shop/cart", Identity: "shop/cart"},
		Parameter: "/ambient-ecs/mesh/v1/shop/services/cart",
	}
	args.Task = task.Task{}
	return args
}

func validStandalone(f *fixture) *ecs.StandaloneTaskArgs {
	return &ecs.StandaloneTaskArgs{Member: validMember(f)}
}

func validSchedule(f *fixture) *ecs.TaskScheduleArgs {
	return &ecs.TaskScheduleArgs{
		Member: validMember(f), TaskDefinitionARN: pulumi.String("arn:aws:ecs:eu-central-1:444455556666:task-definition/mesh-shop-cart:1"), GroupName: pulumi.String("mesh-shop"),
		Expression: "cron(30 3 * * ? *)", Timezone: "Europe/Berlin", Attempts: 185, MaxAgeSeconds: 86400,
		RoleARN: pulumi.String("arn:aws:iam::444455556666:role/mesh-shop-cart-schedule"), Role: there[iam.ScheduleRole](f),
	}
}

func validMember(f *fixture) ecs.Member {
	return ecs.Member{
		Name:    "cart",
		Cluster: &ecs.Cluster{Name: "mesh-shop", Prefix: "mesh-shop", ARN: settled("arn:aws:ecs:cluster/mesh-shop"), LogGroupName: settled("/ecs/mesh-shop")},
		Region:  region, Provider: f.external,
		Namespace: "mesh-shop", ServiceAccount: "cart", Hostname: "cart.mesh-shop.ecs.external",
		Task: task.Task{
			App:  &task.App{Name: "cart", Image: "public.ecr.aws/demo/cart:1", CPU: 256, Memory: 512, Ports: []int{8080}},
			Mesh: enrol.Mesh{Image: "registry.example/istio/ztunnel:1.29.1-solo", Health: enrol.Health{Interval: 5, Timeout: 5, Retries: 3, StartPeriod: 300}},
		},
		Token:       pulumi.String("dG9rZW4="),
		TaskRoleARN: pulumi.String("arn:aws:iam::444455556666:role/mesh-shop-cart"), ExecutionRoleARN: pulumi.String("arn:aws:iam::444455556666:role/mesh-execution-external"),
		SubnetIDs:      several("subnet-1", "subnet-2"),
		SecurityGroups: []network.Group{{ID: settled("sg-client"), Rules: there[network.Group](f)}, {ID: settled("sg-server"), Rules: there[network.Group](f)}},
		Network:        there[network.Networks](f), TaskRole: there[iam.TaskRole](f), ExecutionRole: there[iam.ExecutionRole](f),
		Identity: there[mesh.Namespace](f), Mesh: there[mesh.Mesh](f),
	}
}

func ecsSubjects() []subject {
	return []subject{
		of("ECS cluster", ecs.NewCluster, validCluster, word("Name", "LogGroupName", "LogRetentionDays", "Provider"),
			[]bad[ecs.ClusterArgs]{
				{"no provider", func(a *ecs.ClusterArgs) { a.Provider = nil }, word("Provider", "another account")},
				{"a name with a dot", func(a *ecs.ClusterArgs) { a.Name = "mesh.shop" }, word(`"mesh.shop"`)},
				{"too long a name", func(a *ecs.ClusterArgs) { a.Name = strings.Repeat("n", 256) }, word("at most 255")},
				{"no log group", func(a *ecs.ClusterArgs) { a.LogGroupName = "" }, word("LogGroupName is not set")},
				{"logs for ever", func(a *ecs.ClusterArgs) { a.LogRetentionDays = 0 }, word("LogRetentionDays = 0", "for ever")},
			}),
		of("existing ECS cluster", ecs.NewCluster, lentCluster, word("Name", "LogGroupName", "LogRetentionDays", "Provider"),
			[]bad[ecs.ClusterArgs]{
				{"the ARN of another cluster", func(a *ecs.ClusterArgs) { a.Name = "other" }, word("Existing.ARN", "not the ARN of the cluster other")},
				{"no install", func(a *ecs.ClusterArgs) { a.Existing.Install = "" }, word("Existing.Install is not set", "taken")},
				{"a log of sessions", func(a *ecs.ClusterArgs) { a.Exec.LogGroupName = "/ecs-exec" }, word("Exec", "its owner's")},
			}),
		of("service of an owner", ecs.NewOwnedService, validOwned,
			word("Name", "Cluster is not set", "Provider", "Namespace", "Hostname", "Token", "TaskRoleARN", "SubnetIDs", "Pipeline", "Settings", "Parameter"),
			[]bad[ecs.OwnedServiceArgs]{
				{"no provider", func(a *ecs.OwnedServiceArgs) { a.Provider = nil }, word("Provider", "another account")},
				{"nothing to compare the tasks with", func(a *ecs.OwnedServiceArgs) { a.Pipeline = nil }, word("Pipeline is not set", "enrol again")},
				{"no service", func(a *ecs.OwnedServiceArgs) { a.Settings.ServiceARN = "" }, word("Settings is not set", "which service")},
				{"no parameter", func(a *ecs.OwnedServiceArgs) { a.Parameter = "" }, word("Parameter is not set", "what to set")},
			}),
		of("ECS service", ecs.NewService, validService,
			word("Name", "Cluster is not set", "Region", "Provider", "Namespace", "Hostname", "Token", "TaskRoleARN", "SubnetIDs", "one of App and Definition"),
			[]bad[ecs.ServiceArgs]{
				{"no provider", func(a *ecs.ServiceArgs) { a.Provider = nil }, word("Provider", "another account")},
				{"no cluster", func(a *ecs.ServiceArgs) { a.Cluster = nil }, word("Cluster is not set")},
				{"a name that ECS refuses", func(a *ecs.ServiceArgs) { a.Name = "cart/v2" }, word(`"cart/v2"`)},
				{"a name in ECS that it refuses", func(a *ecs.ServiceArgs) { a.Import = pending(); a.Import.ServiceName = "cart/v2" }, word("Import.ServiceName", `"cart/v2"`)},
				{"no region", func(a *ecs.ServiceArgs) { a.Region = "" }, word("Region is not set")},
				{"no service account", func(a *ecs.ServiceArgs) { a.ServiceAccount = "" }, word("ServiceAccount", "no identity")},
				{"no hostname", func(a *ecs.ServiceArgs) { a.Hostname = "" }, word("Hostname", "1 to 63")},
				{"too long a hostname", func(a *ecs.ServiceArgs) { a.Hostname = strings.Repeat("h", 64) }, word("Hostname", "1 to 63")},
				{"no token", func(a *ecs.ServiceArgs) { a.Token = nil }, word("Token is not set", "istiod")},
				{"no memory", func(a *ecs.ServiceArgs) { a.Task.App.Memory = 0 }, word("Task", "memory", "Fargate size")},
				{"fewer than no tasks", func(a *ecs.ServiceArgs) { a.DesiredCount = -1 }, word("DesiredCount = -1")},
				{"a first number outside the scaler's", func(a *ecs.ServiceArgs) { a.Scaling = scales(); a.DesiredCount = 9 }, word("DesiredCount = 9", "between 1 and 4")},
				{"a scaler without room", func(a *ecs.ServiceArgs) { a.Scaling = scales(); a.Scaling.Max = 0 }, word("Scaling", "at least one task")},
				{"a scaler of nothing", func(a *ecs.ServiceArgs) { a.Scaling = scales(); a.Scaling.Targets, a.Scaling.Schedules = nil, nil }, word("Scaling.Targets is not set")},
				{"two results for the scaler", func(a *ecs.ServiceArgs) {
					a.Scaling = scales()
					a.Scaling.Targets["metric-backlog"].Queries[0].Returned = true
				}, word("Scaling.Targets", "2 of its queries are returned")},
				{"a query of nothing", func(a *ecs.ServiceArgs) {
					a.Scaling = scales()
					a.Scaling.Targets["metric-backlog"].Queries[1].Expression = ""
				}, word("Scaling.Targets", `"backlog" is an expression or a metric`)},
				{"a target without a metric", func(a *ecs.ServiceArgs) { a.Scaling = scales(); a.Scaling.Targets["cpu"] = ecs.Target{Value: 1} }, word("Scaling.Targets", `"cpu"`)},
				{"a provider that the cluster lacks", func(a *ecs.ServiceArgs) {
					a.CapacityProviders = []ecs.CapacityProvider{{Name: "FARGATE_SPOT", Weight: 1}}
				}, word("CapacityProviders", "the cluster does not have")},
				{"rebalancing without room", func(a *ecs.ServiceArgs) { a.MaximumPercent = 100 }, word("MaximumPercent = 100", "availability zones")},
				{"less than nothing healthy", func(a *ecs.ServiceArgs) { a.MinimumHealthyPercent = -1 }, word("MinimumHealthyPercent = -1")},
				{"no execution role", func(a *ecs.ServiceArgs) { a.ExecutionRoleARN = nil }, word("ExecutionRoleARN is not set")},
				{"no security group", func(a *ecs.ServiceArgs) { a.SecurityGroups = nil }, word("SecurityGroups is not set", "default group")},
				{"a port of ztunnel", func(a *ecs.ServiceArgs) { a.Task.App.Ports = []int{15008} }, word("Task", "15008", "ztunnel shares")},
				{"no such port", func(a *ecs.ServiceArgs) { a.Task.App.Ports = []int{70000} }, word("70000", "a port is between")},
				{"an application called ztunnel", func(a *ecs.ServiceArgs) { a.Task.App.Name = "ztunnel" }, word("App.Name", "discovery would take")},
				{"no image", func(a *ecs.ServiceArgs) { a.Task.App.Image = "" }, word("Task.App.Image is not set")},
				{"too hasty a health check", func(a *ecs.ServiceArgs) { a.Task.Mesh.Health.Interval = 1 }, word("Health", "Interval = 1")},
				{"a protocol that discovery does not know", func(a *ecs.ServiceArgs) { a.Ports[0].Protocol = "udp" }, word("Ports", `"udp"`, "grpc")},
				{"both forms at once", func(a *ecs.ServiceArgs) { a.Task.Definition = &format.Definition{} }, word("one of App and Definition")},
				{"too long a start", func(a *ecs.ServiceArgs) { a.Task.Mesh.Health.StartPeriod = 301 }, word("StartPeriod = 301")},
				{"a variable that no process can have", func(a *ecs.ServiceArgs) { a.Task.App.Environment = map[string]string{"A=B": ""} }, word(`"A=B"`)},
			}),
		of("standalone task", ecs.NewStandaloneTask, validStandalone,
			word("Name", "Cluster is not set", "Region", "Provider", "Namespace", "Hostname", "Token", "TaskRoleARN", "SubnetIDs", "one of App and Definition"),
			[]bad[ecs.StandaloneTaskArgs]{
				{"no provider", func(a *ecs.StandaloneTaskArgs) { a.Provider = nil }, word("Provider", "another account")},
				{"no identity", func(a *ecs.StandaloneTaskArgs) { a.Namespace = "" }, word("Namespace is not set", "no identity")},
				{"no image", func(a *ecs.StandaloneTaskArgs) { a.Task.App.Image = "" }, word("Task.App.Image is not set")},
				{"an application called ztunnel", func(a *ecs.StandaloneTaskArgs) { a.Task.App.Name = "ztunnel" }, word("App.Name", "discovery would take")},
			}),
		of("schedule of a task", ecs.NewTaskSchedule, validSchedule,
			word("Name", "Cluster is not set", "Provider", "TaskDefinitionARN", "GroupName", "Expression", "Timezone", "RoleARN", "Role is not set"),
			[]bad[ecs.TaskScheduleArgs]{
				{"nothing to start", func(a *ecs.TaskScheduleArgs) { a.TaskDefinitionARN = nil }, word("TaskDefinitionARN is not set")},
				{"the default group", func(a *ecs.TaskScheduleArgs) { a.GroupName = nil }, word("GroupName is not set", "trusts one group")},
				{"no time", func(a *ecs.TaskScheduleArgs) { a.Expression = "" }, word("Expression is not set", "never start")},
				{"a time of no zone", func(a *ecs.TaskScheduleArgs) { a.Timezone = "" }, word("Timezone is not set")},
				{"nobody who may start it", func(a *ecs.TaskScheduleArgs) { a.RoleARN = nil }, word("RoleARN is not set")},
				{"no network", func(a *ecs.TaskScheduleArgs) { a.SubnetIDs = nil }, word("SubnetIDs is not set")},
			}),
	}
}

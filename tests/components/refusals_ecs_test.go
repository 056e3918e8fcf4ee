package components

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/ecs"
	"ambient-ecs/ecs/task"
	"ambient-ecs/iam"
	"ambient-ecs/mesh"
	"ambient-ecs/network"
)

func validCluster(f *fixture) *ecs.ClusterArgs {
	return &ecs.ClusterArgs{Name: "mesh-shop", LogGroupName: "/ecs/mesh-shop", LogRetentionDays: 30, Provider: f.external}
}

func validService(f *fixture) *ecs.ServiceArgs {
	return &ecs.ServiceArgs{
		Name:    "cart",
		Cluster: &ecs.Cluster{Name: "mesh-shop", ARN: settled("arn:aws:ecs:cluster/mesh-shop"), LogGroupName: settled("/ecs/mesh-shop")},
		Region:  region, Provider: f.external,
		Namespace: "mesh-shop", ServiceAccount: "cart", Hostname: "cart.mesh-shop.ecs.external",
		Task: task.Task{
			App:     task.App{Name: "cart", Image: "public.ecr.aws/demo/cart:1", Port: 8080},
			Ztunnel: task.Ztunnel{Image: "registry.example/istio/ztunnel:1.29.1-solo", Health: task.Health{Interval: 5, Timeout: 5, Retries: 3, StartPeriod: 300}},
		},
		Token: pulumi.String("dG9rZW4="), CPU: 256, Memory: 512, DesiredCount: 1,
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
		of("ECS service", ecs.NewService, validService,
			word("Name", "Cluster is not set", "Region", "Provider", "Namespace", "Hostname", "Token", "CPU", "TaskRoleARN", "SubnetIDs", "App.Name", "App.Image", "Ztunnel.Image", "Interval"),
			[]bad[ecs.ServiceArgs]{
				{"no provider", func(a *ecs.ServiceArgs) { a.Provider = nil }, word("Provider", "another account")},
				{"no cluster", func(a *ecs.ServiceArgs) { a.Cluster = nil }, word("Cluster is not set")},
				{"a name that ECS refuses", func(a *ecs.ServiceArgs) { a.Name = "cart/v2" }, word(`"cart/v2"`)},
				{"no region", func(a *ecs.ServiceArgs) { a.Region = "" }, word("Region is not set")},
				{"no service account", func(a *ecs.ServiceArgs) { a.ServiceAccount = "" }, word("ServiceAccount", "no identity")},
				{"no hostname", func(a *ecs.ServiceArgs) { a.Hostname = "" }, word("Hostname", "1 to 63")},
				{"too long a hostname", func(a *ecs.ServiceArgs) { a.Hostname = strings.Repeat("h", 64) }, word("Hostname", "1 to 63")},
				{"no token", func(a *ecs.ServiceArgs) { a.Token = nil }, word("Token is not set", "istiod")},
				{"no memory", func(a *ecs.ServiceArgs) { a.Memory = 0 }, word("Memory = 0", "Fargate")},
				{"fewer than no tasks", func(a *ecs.ServiceArgs) { a.DesiredCount = -1 }, word("DesiredCount = -1")},
				{"no execution role", func(a *ecs.ServiceArgs) { a.ExecutionRoleARN = nil }, word("ExecutionRoleARN is not set")},
				{"no security group", func(a *ecs.ServiceArgs) { a.SecurityGroups = nil }, word("SecurityGroups is not set", "default group")},
				{"a port of ztunnel", func(a *ecs.ServiceArgs) { a.Task.App.Port = 15008 }, word("Task", "15008", "ztunnel's own")},
				{"no such port", func(a *ecs.ServiceArgs) { a.Task.App.Port = 70000 }, word("Task.App.Port = 70000", "not a port")},
				{"an application called ztunnel", func(a *ecs.ServiceArgs) { a.Task.App.Name = "ztunnel" }, word("App.Name", "discovery would take")},
				{"no image", func(a *ecs.ServiceArgs) { a.Task.App.Image = "" }, word("Task.App.Image is not set")},
				{"too hasty a health check", func(a *ecs.ServiceArgs) { a.Task.Ztunnel.Health.Interval = 1 }, word("Ztunnel.Health", "Interval = 1")},
				{"too long a start", func(a *ecs.ServiceArgs) { a.Task.Ztunnel.Health.StartPeriod = 301 }, word("StartPeriod = 301")},
				{"a variable that no process can have", func(a *ecs.ServiceArgs) { a.Task.App.Environment = map[string]string{"A=B": ""} }, word(`"A=B"`)},
			}),
	}
}

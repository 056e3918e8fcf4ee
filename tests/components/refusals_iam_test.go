package components

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/iam"
	"ambient-ecs/iam/policy"
)

const (
	clusterARN    = "arn:aws:eks:eu-central-1:111122223333:cluster/mesh"
	istiodRoleARN = "arn:aws:iam::111122223333:role/mesh-istiod"
)

var (
	homePlace     = policy.Place{Partition: "aws", Region: region, Account: local}
	externalPlace = policy.Place{Partition: "aws", Region: region, Account: external}
)

func validIstiod(f *fixture) *iam.IstiodRoleArgs {
	return &iam.IstiodRoleArgs{
		Name: "mesh-istiod", Home: homePlace, ClusterARN: clusterARN, ServiceAccounts: []string{"istiod"}, Provider: f.local,
		DiscoveryRoleARNs: []string{"arn:aws:iam::111122223333:role/mesh-discovery-local", "arn:aws:iam::444455556666:role/mesh-discovery-external"},
	}
}

func validDiscovery(f *fixture) *iam.DiscoveryRoleArgs {
	return &iam.DiscoveryRoleArgs{
		Name: "mesh-discovery-external", Place: externalPlace, Home: homePlace, IstiodRoleARN: istiodRoleARN, ClusterARN: clusterARN,
		ServiceAccounts: []string{"istiod"}, Provider: f.external,
	}
}

func validExecution(f *fixture) *iam.ExecutionRoleArgs {
	return &iam.ExecutionRoleArgs{
		Name: "mesh-execution-external", Place: externalPlace, LogGroups: policy.LogGroupsHere("/ecs/mesh-shop"), SourceCheck: true, Provider: f.external,
		Images: []string{"444455556666.dkr.ecr.eu-central-1.amazonaws.com/cart:1", "public.ecr.aws/demo/echo:latest"},
	}
}

func validTask(f *fixture) *iam.TaskRoleArgs {
	return &iam.TaskRoleArgs{Name: "mesh-shop-cart", Place: externalPlace, Namespace: "mesh-shop", ServiceAccount: "cart", Exec: &policy.TaskExec{}, Provider: f.external}
}

func validPermissions(f *fixture) *iam.PermissionsArgs {
	return &iam.PermissionsArgs{
		RoleName: "mesh-shop-cart", Name: "shop-cart", Provider: f.external,
		Attached: []string{"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}, Inline: pulumi.String(`{"Version":"2012-10-17","Statement":[]}`),
	}
}

func validScheduleRole(f *fixture) *iam.ScheduleRoleArgs {
	return &iam.ScheduleRoleArgs{Name: "mesh-shop-report-schedule", Group: "mesh-shop", Provider: f.external, Start: policy.Start{
		Place: externalPlace, Cluster: "mesh-shop", Family: "mesh-shop-report",
		TaskRoleARN: "arn:aws:iam::444455556666:role/mesh-shop-report", ExecutionRoleARN: "arn:aws:iam::444455556666:role/mesh-execution-external",
	}}
}

func validTeamRole(f *fixture) *iam.TeamRoleArgs {
	return &iam.TeamRoleArgs{
		Name: "mesh-team-orders-external", BoundaryName: "mesh-team-orders-external-boundary", Keys: []string{"shop"}, Deployers: []string{"arn:aws:iam::111122223333:role/ci"}, Provider: f.external,
		Team: policy.Team{
			Place: externalPlace, Path: "/teams/mesh/orders/", Prefix: "mesh_orders_", Secrets: "teams/mesh/orders/", Boundary: externalPlace.IAM("policy/mesh-team-orders-external-boundary"),
			Clusters:  []policy.TeamCluster{{Name: "mesh-shop", Namespace: "mesh-shop", Domain: "mesh-shop.ecs.external", LogGroup: "/ecs/mesh-shop", Contract: "/ambient-ecs/mesh/v1/shop"}},
			TaskRoles: []string{externalPlace.IAM("role/mesh-shop-ecs")}, ExecutionRole: externalPlace.IAM("role/mesh-team-orders-external-execution"),
			EKSCluster: clusterARN, Platform: externalPlace.IAM("role/mesh-*"), Teams: externalPlace.IAM("role/teams/mesh/*"),
		},
	}
}

func iamSubjects() []subject {
	long := strings.Repeat("n", 65)
	var many []string
	for i := range 500 {
		many = append(many, fmt.Sprintf("arn:aws:iam::111122223333:role/mesh-discovery-%d", i))
	}
	return []subject{
		of("schedule role", iam.NewScheduleRole, validScheduleRole,
			word("Name", "Group", "Start.Place.Partition", "Start.Cluster", "Start.Family", "Start.TaskRoleARN", "Start.ExecutionRoleARN", "Provider"),
			[]bad[iam.ScheduleRoleArgs]{
				{"no provider", func(a *iam.ScheduleRoleArgs) { a.Provider = nil }, word("Provider is not set")},
				{"schedules of every group", func(a *iam.ScheduleRoleArgs) { a.Group = "" }, word("Group is not set", "every group")},
				{"tasks in every cluster", func(a *iam.ScheduleRoleArgs) { a.Start.Cluster = "" }, word("Start.Cluster is not set")},
				{"no task", func(a *iam.ScheduleRoleArgs) { a.Start.Family = "" }, word("Start.Family is not set")},
				{"a role that is none", func(a *iam.ScheduleRoleArgs) { a.Start.TaskRoleARN = clusterARN }, word("Start.TaskRoleARN", "ARN of iam")},
				{"a queue that is none", func(a *iam.ScheduleRoleArgs) { a.Start.QueueARN = "arn:aws:sns:eu-central-1:444455556666:lost" }, word("Start.QueueARN", "ARN of sqs")},
				{"too long a name", func(a *iam.ScheduleRoleArgs) { a.Name = long }, word("Name", "1 to 64")},
			}),
		of("team role", iam.NewTeamRole, validTeamRole, word("Name", "Team.Place.Account", "Deployers", "Team.Clusters", "Provider"),
			[]bad[iam.TeamRoleArgs]{
				{"no provider", func(a *iam.TeamRoleArgs) { a.Provider = nil }, word("Provider is not set")},
				{"too long a name", func(a *iam.TeamRoleArgs) { a.Name = long }, word("Name", "1 to 64")},
				{"nobody", func(a *iam.TeamRoleArgs) { a.Deployers = nil }, word("Deployers is not set", "nobody could deploy")},
				{"somebody that is no role", func(a *iam.TeamRoleArgs) { a.Deployers[0] = "ci" }, word("Deployers[0]", "ARN of iam")},
				{"a cluster without a key", func(a *iam.TeamRoleArgs) { a.Keys = nil }, word("Keys = 0", "there are 1 clusters")},
				{"a boundary that nobody makes", func(a *iam.TeamRoleArgs) { a.BoundaryName = "" }, word("BoundaryName", "Team.Boundary is")},
				{"no execution role", func(a *iam.TeamRoleArgs) { a.Team.ExecutionRole = "" }, word("Team.ExecutionRole", "ARN of iam")},
				{"more than a boundary can hold", func(a *iam.TeamRoleArgs) { a.Allowed = []policy.Statement{{Actions: many, Resources: many}} }, word("BoundaryName", "IAM allows 6144")},
				{"more than the policy of a cluster can hold", func(a *iam.TeamRoleArgs) { a.Team.Clusters[0].Domain = strings.Repeat("d", 6000) }, word("Name", "IAM allows 6144")},
				{"nothing in the account", func(a *iam.TeamRoleArgs) {
					a.Keys, a.Team.Clusters, a.Team.EKSCluster, a.BoundaryName, a.Team.Boundary = nil, nil, "", "", ""
				}, word("Team.Clusters is not set", "nothing in the account")},
			}),
		of("permissions", iam.NewPermissions, validPermissions,
			word("RoleName", "Name is not set", "Inline is not set", "Provider is not set"),
			[]bad[iam.PermissionsArgs]{
				{"no role", func(a *iam.PermissionsArgs) { a.RoleName = "" }, word("RoleName", "1 to 64")},
				{"an ARN for a name", func(a *iam.PermissionsArgs) { a.RoleName = istiodRoleARN }, word("RoleName", "1 to 64")},
				{"a policy without a name", func(a *iam.PermissionsArgs) { a.Name = "" }, word("Name is not set", "another service's")},
				{"a managed policy that is none", func(a *iam.PermissionsArgs) { a.Attached = []string{clusterARN} }, word("Attached[0]", "ARN of iam")},
				{"nothing to permit", func(a *iam.PermissionsArgs) { a.Attached, a.Inline = nil, nil }, word("Inline is not set")},
				{"no provider", func(a *iam.PermissionsArgs) { a.Provider = nil }, word("Provider is not set")},
			}),
		of("istiod role", iam.NewIstiodRole, validIstiod,
			word("Name", "Home.Partition", "Home.Region", "Home.Account", "ClusterARN", "DiscoveryRoleARNs", "Provider"),
			[]bad[iam.IstiodRoleArgs]{
				{"no istiod", func(a *iam.IstiodRoleArgs) { a.ServiceAccounts = nil }, word("ServiceAccounts is not set")},
				{"no provider", func(a *iam.IstiodRoleArgs) { a.Provider = nil }, word("Provider is not set")},
				{"too long a name", func(a *iam.IstiodRoleArgs) { a.Name = long }, word("Name", "1 to 64")},
				{"a slash in the name", func(a *iam.IstiodRoleArgs) { a.Name = "mesh/istiod" }, word(`"mesh/istiod"`)},
				{"an ARN of something else", func(a *iam.IstiodRoleArgs) { a.ClusterARN = istiodRoleARN }, word("ClusterARN", "ARN of eks")},
				{"nothing to assume", func(a *iam.IstiodRoleArgs) { a.DiscoveryRoleARNs = nil }, word("DiscoveryRoleARNs", "discovers nothing")},
				{"a name for an ARN", func(a *iam.IstiodRoleArgs) { a.DiscoveryRoleARNs[1] = "mesh-discovery-external" }, word("DiscoveryRoleARNs[1]", "ARN of iam")},
				{"a short account id", func(a *iam.IstiodRoleArgs) { a.Home.Account = "1234" }, word("Home.Account", "12 digits")},
				{"more than a policy can hold", func(a *iam.IstiodRoleArgs) { a.DiscoveryRoleARNs = many }, word("the policy of", "IAM allows")},
			}),
		of("discovery role", iam.NewDiscoveryRole, validDiscovery,
			word("Name", "Place.Partition", "Place.Account", "Home.Region", "IstiodRoleARN", "ClusterARN", "ServiceAccounts", "Provider"),
			[]bad[iam.DiscoveryRoleArgs]{
				{"no provider", func(a *iam.DiscoveryRoleArgs) { a.Provider = nil }, word("Provider is not set")},
				{"no name", func(a *iam.DiscoveryRoleArgs) { a.Name = "" }, word("Name", "1 to 64")},
				{"an istiod that is no role", func(a *iam.DiscoveryRoleArgs) { a.IstiodRoleARN = "*" }, word("IstiodRoleARN", `"*"`)},
				{"no cluster", func(a *iam.DiscoveryRoleArgs) { a.ClusterARN = "" }, word("ClusterARN", "ARN of eks")},
				{"no region", func(a *iam.DiscoveryRoleArgs) { a.Place.Region = "" }, word("Place.Region")},
				{"a partition that is none", func(a *iam.DiscoveryRoleArgs) { a.Home.Partition = "cn" }, word("Home.Partition", `"cn"`)},
			}),
		of("execution role", iam.NewExecutionRole, validExecution,
			word("Name", "Place.Account", "LogGroups", "Provider"),
			[]bad[iam.ExecutionRoleArgs]{
				{"no provider", func(a *iam.ExecutionRoleArgs) { a.Provider = nil }, word("Provider is not set")},
				{"too long a name", func(a *iam.ExecutionRoleArgs) { a.Name = long }, word("Name", "1 to 64")},
				{"no log group", func(a *iam.ExecutionRoleArgs) { a.LogGroups = nil }, word("LogGroups", "does not start")},
				{"a log group without a name", func(a *iam.ExecutionRoleArgs) { a.LogGroups = policy.LogGroupsHere("/ecs/a", "") }, word("LogGroups[1] is not set")},
				{"a secret's name for its ARN", func(a *iam.ExecutionRoleArgs) { a.RegistrySecretARNs = []string{"registry"} }, word("RegistrySecretARNs[0]", "secretsmanager")},
				{"secrets of teams whose names begin alike", func(a *iam.ExecutionRoleArgs) { a.OwnSecrets = "teams/mesh/orders" }, word("OwnSecrets", "end it in a slash")},
				{"changes to a role that exists", func(a *iam.ExecutionRoleArgs) { a.Existing = istiodRoleARN }, word("Existing is set", "does not change")},
				{"a role that exists and is no ARN", func(a *iam.ExecutionRoleArgs) {
					*a = iam.ExecutionRoleArgs{Place: a.Place, Existing: "execution"}
				}, word("Existing", "ARN of iam")},
				{"letters in the account id", func(a *iam.ExecutionRoleArgs) { a.Place.Account = "44445555666x" }, word("Place.Account", "12 digits")},
			}),
		of("task role", iam.NewTaskRole, validTask,
			word("Name", "Place.Account", "Namespace", "ServiceAccount", "Provider"),
			[]bad[iam.TaskRoleArgs]{
				{"no provider", func(a *iam.TaskRoleArgs) { a.Provider = nil }, word("Provider is not set")},
				{"too long a name", func(a *iam.TaskRoleArgs) { a.Name = long }, word("Name", "1 to 64")},
				{"no namespace", func(a *iam.TaskRoleArgs) { a.Namespace = "" }, word("Namespace is not set")},
				{"no service account", func(a *iam.TaskRoleArgs) { a.ServiceAccount = "" }, word("ServiceAccount is not set")},
				{"a policy that is no ARN", func(a *iam.TaskRoleArgs) { a.Attached = []string{"ReadOnlyAccess"} }, word("Attached[0]", "ARN of iam")},
				{"too much inline", func(a *iam.TaskRoleArgs) { a.Inline = strings.Repeat("x", 10240) }, word("Name", "IAM allows 10240")},
				{"changes to a role of the team", func(a *iam.TaskRoleArgs) { a.Existing = istiodRoleARN }, word("Existing is set", "does not change")},
				{"a role of the team that is no ARN", func(a *iam.TaskRoleArgs) {
					*a = iam.TaskRoleArgs{Place: a.Place, Namespace: "n", ServiceAccount: "s", Existing: "orders"}
				}, word("Existing", "ARN of iam")},
			}),
	}
}

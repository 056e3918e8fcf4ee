package components

import (
	"fmt"
	"strings"

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
		Name: "mesh-execution-external", Place: externalPlace, LogGroups: []string{"/ecs/mesh-shop"}, SourceCheck: true, Provider: f.external,
		Images: []string{"444455556666.dkr.ecr.eu-central-1.amazonaws.com/cart:1", "public.ecr.aws/demo/echo:latest"},
	}
}

func validTask(f *fixture) *iam.TaskRoleArgs {
	return &iam.TaskRoleArgs{Name: "mesh-shop-cart", Place: externalPlace, Namespace: "mesh-shop", ServiceAccount: "cart", Exec: &policy.TaskExec{}, Provider: f.external}
}

func iamSubjects() []subject {
	long := strings.Repeat("n", 65)
	var many []string
	for i := range 500 {
		many = append(many, fmt.Sprintf("arn:aws:iam::111122223333:role/mesh-discovery-%d", i))
	}
	return []subject{
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
				{"a log group without a name", func(a *iam.ExecutionRoleArgs) { a.LogGroups = []string{"/ecs/a", ""} }, word("LogGroups[1] is not set")},
				{"a secret's name for its ARN", func(a *iam.ExecutionRoleArgs) { a.RegistrySecretARNs = []string{"registry"} }, word("RegistrySecretARNs[0]", "secretsmanager")},
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

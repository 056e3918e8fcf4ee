package components

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/eks"
	"ambient-ecs/eks/addon"
	"ambient-ecs/eks/existing"
	"ambient-ecs/eks/kubeconfig"
	"ambient-ecs/network"
)

const deployer = "arn:aws:iam::111122223333:role/deployer"

func validEKS(f *fixture) *eks.ClusterArgs {
	versions, err := addon.Resolve("1.34", nil)
	if err != nil {
		panic(err)
	}
	return &eks.ClusterArgs{
		Name: "mesh", Partition: "aws", Region: region, Version: "1.34", AddonVersions: versions, Provider: f.local,
		Credentials: kubeconfig.Credentials{RoleARN: deployer},
		VpcID:       pulumi.String("vpc-l"), SubnetIDs: several("subnet-1", "subnet-2"), Egress: there[network.Network](f),
		Nodes: []eks.NodeGroup{{InstanceTypes: []string{"m7i.large"}, Min: 2, Desired: 2, Max: 4, DiskGiB: 30}}, LogTypes: []string{"api", "audit", "authenticator", "controllerManager", "scheduler"}, LogRetentionDays: 30,
		Istiod: istiod(),
		Tags:   map[string]string{"owner": "platform-team"},
	}
}

func istiod() eks.Istiod {
	return eks.Istiod{IstiodAccounts: []string{"istiod"}, IstiodRoleARN: pulumi.String(istiodRoleARN), IstiodRoleID: pulumi.String("AROAISTIOD")}
}

func validExistingEKS(f *fixture) *eks.ExistingClusterArgs {
	return &eks.ExistingClusterArgs{
		Found: existing.Cluster{
			Name: "prod-eu", ARN: "arn:aws:eks:eu-central-1:111122223333:cluster/prod-eu", Endpoint: "https://prod.example", CertificateAuthority: "Y2E=",
			OIDCIssuer: "https://oidc.example/id/1", VPC: "vpc-l", SecurityGroup: "sg-theirs",
		},
		Partition: "aws", Region: region, Provider: f.local, Credentials: kubeconfig.Credentials{RoleARN: deployer}, Istiod: istiod(),
	}
}

func eksSubjects() []subject {
	admin := "arn:aws:iam::111122223333:role/admin"
	return []subject{of("EKS cluster", eks.NewCluster, validEKS,
		word("Name", "Partition", "Region", "Version", `AddonVersions["coredns"] is not set`, `AddonVersions["vpc-cni"] is not set`, "Provider", "VpcID", "SubnetIDs",
			"IstiodAccounts", "IstiodRoleARN", "Nodes is not set", "LogRetentionDays"),
		[]bad[eks.ClusterArgs]{
			{"no provider", func(a *eks.ClusterArgs) { a.Provider = nil }, word("Provider", "another account")},
			{"too long a name", func(a *eks.ClusterArgs) { a.Name = strings.Repeat("n", 101) }, word("Name", "at most 100")},
			{"a name with a dot", func(a *eks.ClusterArgs) { a.Name = "mesh.prod" }, word(`"mesh.prod"`)},
			{"a patch version", func(a *eks.ClusterArgs) { a.Version = "1.34.2" }, word("Version", `"1.34.2"`, "minor version")},
			{"an add-on without a version", func(a *eks.ClusterArgs) { delete(a.AddonVersions, addon.KubeProxy) }, word(`AddonVersions["kube-proxy"] is not set`)},
			{"no VPC", func(a *eks.ClusterArgs) { a.VpcID = nil }, word("default VPC")},
			{"no subnets", func(a *eks.ClusterArgs) { a.SubnetIDs = nil }, word("default VPC")},
			{"no istiod", func(a *eks.ClusterArgs) { a.IstiodAccounts = nil }, word("IstiodAccounts is not set")},
			{"no role for istiod", func(a *eks.ClusterArgs) { a.IstiodRoleARN = nil }, word("IstiodRoleARN", "could not read")},
			{"no id of istiod's role", func(a *eks.ClusterArgs) { a.IstiodRoleID = nil }, word("IstiodRoleID is not set", "another role")},
			{"no instance type", func(a *eks.ClusterArgs) { a.Nodes[0].InstanceTypes = nil }, word("Nodes[0].InstanceTypes is not set")},
			{"no node", func(a *eks.ClusterArgs) { a.Nodes[0].Desired = 0 }, word("Nodes[0].Desired = 0")},
			{"more nodes than the most", func(a *eks.ClusterArgs) { a.Nodes[0].Desired = 5 }, word("Nodes[0].Max = 4", "Desired, 5")},
			{"fewer nodes than the least", func(a *eks.ClusterArgs) { a.Nodes[0].Min = 3 }, word("Nodes[0].Min = 3", "Desired, 2")},
			{"a disk smaller than the image", func(a *eks.ClusterArgs) { a.Nodes[0].DiskGiB = 19 }, word("Nodes[0].DiskGiB = 19", "needs 20")},
			{"an image that EKS does not have", func(a *eks.ClusterArgs) { a.Nodes[0].AMIType = "AL2_x86_64" }, word("Nodes[0].AMIType", "AL2023_ARM_64_STANDARD")},
			{"nodes that the mesh's pods cannot use", func(a *eks.ClusterArgs) { a.Nodes[0].Taints = []eks.Taint{{Key: "a", Effect: "NO_SCHEDULE"}} }, word("Nodes[0].Taints", "no node")},
			{"a zone before the first", func(a *eks.ClusterArgs) { a.Nodes[0].Zones = []int{0} }, word("Nodes[0].Zones = 0", "from 1")},
			{"two groups of one name", func(a *eks.ClusterArgs) { a.Nodes = append(a.Nodes, a.Nodes[0]) }, word("Nodes[1].Key", "names would clash")},
			{"logs for ever", func(a *eks.ClusterArgs) { a.LogRetentionDays = 0 }, word("LogRetentionDays = 0", "for ever")},
			{"the API open to everybody", func(a *eks.ClusterArgs) { a.APICIDRs = []string{"203.0.113.7/32", "0.0.0.0/0"} }, word("APICIDRs[1]", "everybody")},
			{"the private API open to everybody", func(a *eks.ClusterArgs) { a.APIPrivateCIDRs = []string{"10.8.0.0/16", "0.0.0.0/0"} }, word("APIPrivateCIDRs[1]", "everybody")},
			{"an address for a network", func(a *eks.ClusterArgs) { a.APICIDRs = []string{"203.0.113.7"} }, word("APICIDRs[0]", "IPv4 CIDR")},
			{"nodes open to everybody", func(a *eks.ClusterArgs) { a.DirectCIDRs = map[string]string{"external": "0.0.0.0/0"} }, word(`DirectCIDRs["external"]`, "everybody")},
			{"one principal twice", func(a *eks.ClusterArgs) { a.AdminPrincipals, a.ReaderPrincipals = []string{admin}, []string{admin} }, word("ReaderPrincipals[0]", "AdminPrincipals[0] names it already")},
			{"a session for a principal", func(a *eks.ClusterArgs) {
				a.ReaderPrincipals = []string{"arn:aws:sts::111122223333:assumed-role/admin/me"}
			}, word("ReaderPrincipals[0]", "IAM role or user")},
			{"a principal of another partition", func(a *eks.ClusterArgs) { a.AdminPrincipals = []string{"arn:aws-cn:iam::111122223333:role/admin"} }, word("AdminPrincipals[0]", "partition aws")},
		}),
		of("EKS cluster that exists", eks.NewExistingCluster, validExistingEKS,
			word("Found.Name", "Found.ARN", "Found.Endpoint", "Found.CertificateAuthority", "Found.VPC", "Found.SecurityGroup", "Partition", "Region", "Provider", "IstiodAccounts", "IstiodRoleARN", "IstiodRoleID"),
			[]bad[eks.ExistingClusterArgs]{
				{"no cluster", func(a *eks.ExistingClusterArgs) { a.Found = existing.Cluster{} }, word("Found.Name is not set", "ACTIVE")},
				{"a kubeconfig that is none", func(a *eks.ExistingClusterArgs) { a.Kubeconfig = "prod-eu" }, word("Kubeconfig: it is no kubeconfig")},
				{"no group of the nodes", func(a *eks.ExistingClusterArgs) { a.Found.SecurityGroup = "" }, word("Found.SecurityGroup is not set")},
				{"another partition", func(a *eks.ExistingClusterArgs) { a.Partition = "gcp" }, word("Partition", "gcp")},
				{"no region", func(a *eks.ExistingClusterArgs) { a.Region = "" }, word("Region is not set")},
				{"no provider", func(a *eks.ExistingClusterArgs) { a.Provider = nil }, word("Provider is not set")},
				{"no istiod", func(a *eks.ExistingClusterArgs) { a.IstiodAccounts = nil }, word("IstiodAccounts is not set")},
				{"the private API open to everybody", func(a *eks.ExistingClusterArgs) { a.APIPrivateCIDRs = []string{"0.0.0.0/0"} }, word("APIPrivateCIDRs[0]", "everybody")},
				{"nodes open to everybody", func(a *eks.ExistingClusterArgs) { a.DirectCIDRs = map[string]string{"external": "0.0.0.0/0"} }, word(`DirectCIDRs["external"]`, "everybody")},
				{"one principal twice", func(a *eks.ExistingClusterArgs) {
					a.AdminPrincipals, a.ReaderPrincipals = []string{admin}, []string{admin}
				}, word("ReaderPrincipals[0]", "AdminPrincipals[0]")},
			}),
	}
}

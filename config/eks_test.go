package config

import (
	"fmt"
	"testing"
)

func TestRefusedEKSSettings(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/"
	run(t, []refusal{
		one("a log that EKS has not", "controlPlaneLogs", list("api", "audits"), `controlPlaneLogs[1] = "audits"`, "did you mean audit?"),
		one("a log twice", "controlPlaneLogs", list("api", "api"), "controlPlaneLogs[1]", "twice"),
		one("no Kubernetes version", "kubernetesVersion", "", "kubernetesVersion is not set"),
		one("Kubernetes patch version", "kubernetesVersion", "1.34.1", `kubernetesVersion = "1.34.1"`, "minor version"),
		one("Kubernetes version without quotes", "kubernetesVersion", 1.3, `kubernetesVersion = "1.3"`, "without quotes YAML reads 1.30 as 1.3"),
		{"Kubernetes too old for Istio 1.28", []edit{{"kubernetesVersion", "1.28"}}, [][]string{{`kubernetesVersion = "1.28"`, "too old for Istio 1.28.3-patch0-solo", "1.30 to 1.34"}, {"kubernetesVersion", "knows 1.30 to 1.36"}, {"addonVersions", "Kubernetes 1.28"}}},
		{"Kubernetes too old for Istio 1.29", []edit{{"kubernetesVersion", "1.29"}, {"istioVersion", "1.29.1-solo"}}, [][]string{{"kubernetesVersion", "1.31 to 1.35"}, {"kubernetesVersion", "knows 1.30 to 1.36"}, {"addonVersions", "Kubernetes 1.29"}}},
		{"Kubernetes too old for Istio 1.30", []edit{{"kubernetesVersion", "1.31"}, {"istioVersion", "1.30.2-solo"}}, [][]string{{"kubernetesVersion", "too old", "1.32 to 1.36"}}},
		{"Kubernetes too old for a newer Istio", []edit{{"kubernetesVersion", "1.31"}, {"istioVersion", "1.31.0-solo"}}, [][]string{{"kubernetesVersion", "too old", "1.32 to 1.37"}}},
		{"Kubernetes newer than the program", []edit{{"kubernetesVersion", "1.37"}, {"istioVersion", "1.31.0-solo"}}, [][]string{{`kubernetesVersion = "1.37"`, "knows 1.30 to 1.36"}, {"addonVersions", "1.37"}}},
		one("unknown add-on", "addonVersions", object{"core-dns": "v1.12.1-eksbuild.2"}, "addonVersions", `"core-dns" is not an add-on`, "coredns"),
		one("malformed add-on version", "addonVersions", object{"coredns": "1.12.1"}, "addonVersions", `"1.12.1"`, "eksbuild"),
		one("kube-proxy of another version", "addonVersions", object{"kube-proxy": "v1.33.0-eksbuild.2"}, "addonVersions", "kube-proxy", "1.34"),
		one("Kubernetes too new for Istio 1.28", "kubernetesVersion", "1.35", `kubernetesVersion = "1.35"`, "too new for Istio 1.28.3-patch0-solo", "1.30 to 1.34", "upgrade Istio first"),
		one("a support that EKS does not know", "kubernetesSupport", "LONG", `kubernetesSupport = "LONG"`, "STANDARD, EXTENDED"),
		one("a role that vpc-cni cannot have", "vpcCniRole", "mine", `vpcCniRole = "mine"`, "nodes, both, own"),
		one("no instance type", "nodeInstanceTypes", list(), "nodeInstanceTypes is not set"),
		one("malformed instance type", "nodeInstanceTypes", list("large"), `nodeInstanceTypes[0] = "large"`, "t3.large"),
		one("two processor architectures", "nodeInstanceTypes", list("m7i.large", "m7g.large"), `nodeInstanceTypes[1] = "m7g.large"`, "ARM"),
		one("no node", "nodeCount", 0, "nodeCount = 0", "between 1 and 450"),
		one("fewer nodes at most than at least", "nodeCountMax", 1, "nodeCountMax = 1", "less than nodeCount, 2"),
		one("too many nodes", "nodeCountMax", 451, "at most 450"),
		one("disk too small", "nodeDiskGiB", 10, "nodeDiskGiB = 10", "between 20"),
		one("session for an administrator", "clusterAdmins", list("arn:aws:sts::111122223333:assumed-role/admin/me"), "clusterAdmins[0]", "session"),
		one("account for an administrator", "clusterAdmins", list("111122223333"), "IAM role or user"),
		one("administrator of another partition", "clusterAdmins", list("arn:aws-us-gov:iam::111122223333:role/admin"), "partition aws"),
		one("service-linked role", "clusterReaders", list(role+"aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS"), "clusterReaders[0]", "only its AWS service"),
		one("role of Identity Center to assume", "accounts/external/roleArn", "arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef", "accounts.external.roleArn", "signing in there"),
		one("role without a name to assume", "accounts/external/roleArn", "arn:aws:iam::444455556666:role/team/", "accounts.external.roleArn", "no empty step"),
		one("administrator twice", "clusterAdmins", list(role+"admin", role+"admin"), "clusterAdmins[1]", "clusterAdmins[0]", "one access entry"),
		{"administrator and reader", []edit{{"clusterAdmins", list(role + "admin")}, {"clusterReaders", list(role + "admin")}},
			[][]string{{"clusterReaders[0]", "clusterAdmins[0] has it too"}}},
		one("role of Identity Center without its path", "clusterAdmins", list(role+"AWSReservedSSO_Admin_0123456789abcdef"),
			"clusterAdmins[0]", role+"aws-reserved/sso.amazonaws.com/[REGION/]AWSReservedSSO_Admin_0123456789abcdef", "get-role"),
		one("role of Identity Center with a session", "clusterReaders", list(role+"aws-reserved/sso.amazonaws.com/AWSReservedSSO_Read_0123456789abcdef/me@example.com"),
			"clusterReaders[0]", role+"aws-reserved/sso.amazonaws.com/[REGION/]AWSReservedSSO_Read_0123456789abcdef,"),
		one("nobody may call the API", "apiAccessCidrs", list(), "apiAccessCidrs is not set", "Pulumi itself", "deployerInsideNetwork"),
		one("everybody may call the API", "apiAccessCidrs", list("0.0.0.0/0"), `apiAccessCidrs[0] = "0.0.0.0/0"`, "whole Internet"),
		one("half of the Internet may call the API", "apiAccessCidrs", list("128.0.0.0/1"), "most of it"),
		one("malformed CIDR for the API", "apiAccessCidrs", list("203.0.113.7"), "apiAccessCidrs[0]", "not a CIDR"),
		one("private CIDR for the API", "apiAccessCidrs", list("10.0.0.0/16"), "apiAccessCidrs[0]", "10.0.0.0/8", "deployerInsideNetwork"),
		one("a deployer inside that nothing lets in", "deployerInsideNetwork", true, "apiPrivateCidrs is not set", "admits nobody by itself"),
		one("everybody may call the private endpoint", "apiPrivateCidrs", list("0.0.0.0/0"), `apiPrivateCidrs[0] = "0.0.0.0/0"`, "every network"),
		one("half of all networks may call the private endpoint", "apiPrivateCidrs", list("10.8.0.0/16", "0.0.0.0/7"), "apiPrivateCidrs[1]", "none wider than /8"),
		one("malformed CIDR for the private endpoint", "apiPrivateCidrs", list("10.8.0.1/16"), "apiPrivateCidrs[0]", "bits set beyond /16"),
		one("CIDR for the private endpoint twice", "apiPrivateCidrs", list("10.8.0.0/16", "10.8.0.0/16"), "apiPrivateCidrs[1]", "twice"),
		one("CIDR for the API twice", "apiAccessCidrs", list("203.0.113.7/32", "203.0.113.7/32"), "apiAccessCidrs[1]", "twice"),
		one("too many CIDRs for the API", "apiAccessCidrs", manyCIDRs(41), "apiAccessCidrs = 41", "at most 40"),
	})
}

func manyCIDRs(n int) (all []any) {
	for i := range n {
		all = append(all, fmt.Sprintf("203.0.113.%d/32", i))
	}
	return all
}

func TestGravitonIsTold(t *testing.T) {
	for instance, want := range map[string]bool{
		"t3.large": false, "m7i.large": false, "g5.xlarge": false, "g4dn.xlarge": false, "u-6tb1.metal": false,
		"t4g.small": true, "m7gd.large": true, "c6gn.large": true, "im4gn.large": true, "g5g.xlarge": true, "a1.large": true,
	} {
		if !instanceType.MatchString(instance) {
			t.Errorf("%s is refused", instance)
		}
		if got := isARM(instance); got != want {
			t.Errorf("%s has ARM processors: %v, want %v", instance, got, want)
		}
	}
}

func TestTheSourceOfTheClusterRoleIsCheckedOnlyWhereAStackSaysSo(t *testing.T) {
	if mustLoad(t, plain()).ClusterRoleSourceCheck || !mustLoad(t, with(edit{"clusterRoleSourceCheck", true})).ClusterRoleSourceCheck {
		t.Error("clusterRoleSourceCheck is not what the stack says")
	}
}

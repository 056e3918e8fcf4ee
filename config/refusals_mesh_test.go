package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestRefusedEKSSettings(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/"
	run(t, []refusal{
		one("no Kubernetes version", "kubernetesVersion", "", "kubernetesVersion is not set"),
		one("Kubernetes patch version", "kubernetesVersion", "1.34.1", `kubernetesVersion = "1.34.1"`, "minor version"),
		one("Kubernetes version without quotes", "kubernetesVersion", 1.3, `kubernetesVersion = "1.3"`, "without quotes YAML reads 1.30 as 1.3"),
		{"Kubernetes too old for Istio 1.28", []edit{{"kubernetesVersion", "1.28"}}, [][]string{{`kubernetesVersion = "1.28"`, "too old for Istio 1.28.3-patch0-solo", "1.29 or newer"}, {"addonVersions", "Kubernetes 1.28"}}},
		{"Kubernetes too old for Istio 1.29", []edit{{"kubernetesVersion", "1.29"}, {"istioVersion", "1.29.1-solo"}}, [][]string{{"kubernetesVersion", "1.30 or newer"}, {"addonVersions", "Kubernetes 1.29"}}},
		{"Kubernetes too old for Istio 1.30", []edit{{"kubernetesVersion", "1.31"}, {"istioVersion", "1.30.2-solo"}}, [][]string{{"kubernetesVersion", "1.32 or newer"}}},
		{"Kubernetes too old for a newer Istio", []edit{{"kubernetesVersion", "1.31"}, {"istioVersion", "1.31.0-solo"}}, [][]string{{"kubernetesVersion", "1.32 or newer"}}},
		one("unknown add-on", "addonVersions", object{"core-dns": "v1.12.1-eksbuild.2"}, "addonVersions", `"core-dns" is not an add-on`, "coredns"),
		one("malformed add-on version", "addonVersions", object{"coredns": "1.12.1"}, "addonVersions", `"1.12.1"`, "eksbuild"),
		one("kube-proxy of another version", "addonVersions", object{"kube-proxy": "v1.33.0-eksbuild.2"}, "addonVersions", "kube-proxy", "1.34"),
		one("a Kubernetes version without known add-ons", "kubernetesVersion", "1.36", "addonVersions", "1.36"),
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
		one("administrator twice", "clusterAdmins", list(role+"admin", role+"admin"), "clusterAdmins[1]", "clusterAdmins[0]", "one access entry"),
		{"administrator and reader", []edit{{"clusterAdmins", list(role + "admin")}, {"clusterReaders", list(role + "admin")}},
			[][]string{{"clusterReaders[0]", "clusterAdmins[0] has it too"}}},
		{"administrator that deploys", []edit{{"accounts/local/roleArn", role + "deployer"}, {"clusterAdmins", list(role + "deployer")}},
			[][]string{{"clusterAdmins[0]", "makes the cluster"}}},
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

func TestRefusedMeshSettings(t *testing.T) {
	const lb = "service.beta.kubernetes.io/"
	run(t, []refusal{
		one("no licence", "license", "", "license is not set", "pulumi config set --secret license"),
		one("licence with a line break", "license", "topsecret\n", "license = [secret]", "line break"),
		one("unknown licence delivery", "licenseDelivery", "secretref", "licenseDelivery", "env, secretRef", "did you mean secretRef?"),
		one("unknown accounts delivery", "ecsAccountsDelivery", "values", "ecsAccountsDelivery", "chart, env"),
		one("unknown policy stage", "policyStage", "strict", `policyStage = "strict"`, "permissive, deny-all, l4, l7"),
		one("no policy stage", "policyStage", "", "policyStage is not set", "permissive"),
		one("no Istio version", "istioVersion", "", "istioVersion is not set"),
		one("plain Istio", "istioVersion", "1.28.3", `istioVersion = "1.28.3"`, "no ECS discovery"),
		one("Istio before ECS", "istioVersion", "1.27.1-solo", "begins with 1.28"),
		one("Istio version with a variant", "istioVersion", "1.28.3-solo-distroless", "imageVariant"),
		one("no image hub", "imageHub", "", "imageHub is not set"),
		one("image hub with a scheme", "imageHub", "https://registry.example/istio", "without https://"),
		one("image hub with a tag", "imageHub", "registry.example/istio:1.28", "tag"),
		one("variant with a hyphen", "imageVariant", "-distroless", "imageVariant", "one word"),
		one("no chart repository", "chartRepository", "", "chartRepository is not set"),
		one("chart repository without a scheme", "chartRepository", "registry.example/istio-helm", "oci:// or https://"),
		one("chart repository in plain HTTP", "chartRepository", "http://charts.example", "oci:// or https://"),
		one("credentials in the chart repository", "chartRepository", "https://me:topsecret@charts.example", "https://me:xxxxx@", "chartPassword"),
		one("chart user without a password", "chartUsername", "me", "chartPassword is not set", "both or neither"),
		one("chart password without a user", "chartPassword", "topsecret", "chartUsername is not set", "both or neither"),
		one("no Gateway API", "gatewayApiSource", "", "gatewayApiSource is not set"),
		one("Gateway API in plain HTTP", "gatewayApiSource", "http://example.com/standard-install.yaml", "https://"),
		one("malformed checksum", "gatewayApiSha256", "abc", "64 hexadecimal"),
		{"checksum of a folder", []edit{{"gatewayApiSource", "./crds"}, {"gatewayApiSha256", strings.Repeat("a", 64)}}, [][]string{{"gatewayApiSha256", "folder"}}},
		one("no mesh network", "meshNetwork", "", "meshNetwork is not set"),
		one("malformed mesh network", "meshNetwork", "eks_1", "label"),
		one("no trust domain", "trustDomain", "", "trustDomain is not set"),
		one("malformed trust domain", "trustDomain", "spiffe://cluster.local", "SPIFFE"),
		one("malformed variable of istiod", "pilotEnv", object{"A-B": "x"}, `pilotEnv = "A-B"`, "letters, digits and _"),
		one("licence in istiod's environment", "pilotEnv", object{"SOLO_LICENSE_KEY": "topsecret"}, `pilotEnv = "SOLO_LICENSE_KEY"`, "ConfigMap"),
		one("accounts in istiod's environment", "pilotEnv", object{"ECS_ACCOUNTS": "x"}, "ecsAccountsDelivery"),
		one("public gateway", "gatewayAnnotations", object{lb + "aws-load-balancer-scheme": "internet-facing"}, "aws-load-balancer-scheme", "must stay internal"),
		one("gateway that is not internal", "gatewayAnnotations", object{lb + "aws-load-balancer-internal": "false"}, "must stay internal"),
		one("gateway open to everybody", "gatewayAnnotations", object{lb + "load-balancer-source-ranges": "0.0.0.0/0"}, "0.0.0.0/0 goes beyond", "no wider than /16"),
		one("gateway open to nobody, which is everybody", "gatewayAnnotations", object{lb + "load-balancer-source-ranges": ""}, "open to every address"),
		one("gateway open to blanks", "gatewayAnnotations", object{lb + "load-balancer-source-ranges": " "}, "open to every address"),
		one("gateway open to one network and nothing", "gatewayAnnotations", object{lb + "load-balancer-source-ranges": "10.0.0.0/8,"}, `"" is not a CIDR`),
		one("gateway open to an address", "gatewayAnnotations", object{lb + "load-balancer-source-ranges": "10.0.0.1"}, "not a CIDR"),
		{"gateway open to two halves of the Internet", []edit{{"gatewayAnnotations", object{lb + "load-balancer-source-ranges": "0.0.0.0/1, 128.0.0.0/1"}}},
			[][]string{{"0.0.0.0/1 goes beyond"}, {"128.0.0.0/1 goes beyond"}}},
		one("gateway open to more than the private networks", "gatewayAnnotations", object{lb + "load-balancer-source-ranges": "172.0.0.0/8"}, "172.0.0.0/8 goes beyond"),
		one("gateway open to too many public addresses", "gatewayAnnotations", object{lb + "load-balancer-source-ranges": "10.0.0.0/8,203.0.0.0/15"}, "203.0.0.0/15 goes beyond"),
		one("annotation of Pulumi", "gatewayAnnotations", object{"pulumi.com/skipAwait": "true"}, "the program uses these"),
		one("malformed annotation", "gatewayAnnotations", object{"a b": "x"}, "no name of a Kubernetes annotation"),
	})
}

func TestTheGatewayIsOpenToNetworksThatCanBeMeant(t *testing.T) {
	const name = "service.beta.kubernetes.io/load-balancer-source-ranges"
	for _, ranges := range []string{"10.0.0.0/8", "172.16.0.0/12,192.168.0.0/16", "100.64.0.0/10", " 10.1.0.0/16 , 203.0.113.0/24", "198.18.0.0/16"} {
		c := mustLoad(t, with(edit{"gatewayAnnotations", object{name: ranges}}))
		if c.GatewayAnnotations[name] != ranges {
			t.Errorf("got %v", c.GatewayAnnotations)
		}
	}
}

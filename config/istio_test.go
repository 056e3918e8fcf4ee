package config

import "testing"

func TestRefusedIstioSettings(t *testing.T) {
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
		one("no mesh network", "meshNetwork", "", "meshNetwork is not set"),
		one("malformed mesh network", "meshNetwork", "eks_1", "label"),
		one("no trust domain", "trustDomain", "", "trustDomain is not set"),
		one("malformed trust domain", "trustDomain", "spiffe://cluster.local", "SPIFFE"),
		one("no istiod", "istiodReplicas", 0, "istiodReplicas = 0", "between 1 and 20"),
		one("no gateway", "gatewayReplicas", 0, "gatewayReplicas = 0", "between 1 and 20"),
		one("hundreds of waypoints", "waypointReplicas", 200, "waypointReplicas = 200", "between 1 and 20"),
		one("no discovery", "ecsDiscoveryRate", 0, "ecsDiscoveryRate = 0", "between 1 and 25"),
		one("a discovery that takes all of the quota", "ecsDiscoveryRate", 26, "ecsDiscoveryRate = 26", "throttles"),
		one("no burst", "ecsDiscoveryBurst", 0, "ecsDiscoveryBurst = 0", "between 1 and 25"),
		one("malformed variable of istiod", "pilotEnv", object{"A-B": "x"}, `pilotEnv = "A-B"`, "letters, digits and _"),
		one("licence in istiod's environment", "pilotEnv", object{"SOLO_LICENSE_KEY": "topsecret"}, `pilotEnv = "SOLO_LICENSE_KEY"`, "ConfigMap"),
		one("accounts in istiod's environment", "pilotEnv", object{"ECS_ACCOUNTS": "x"}, "ecsAccountsDelivery"),
	})
}

package controls

import (
	"fmt"
	"slices"
	"strings"
)

var ofTheCluster = []Control{
	{Number: 1, ID: "EKS.1, CIS 5.4.2", Text: "the API endpoint is not public", Open: "the example lists one address, that of the machine that runs Pulumi; `deployerInsideNetwork` closes the public endpoint"},
	{Number: 2, ID: "CIS 5.4.1", Text: "the API endpoint is restricted",
		Name: "eks-api-restricted", Fix: "list in vpcConfig.publicAccessCidrs (here: apiAccessCidrs) who may reach the endpoint, or turn endpointPublicAccess off", Mandatory: true,
		Kind: cluster, Each: func(in Inputs) bool {
			cidrs := in.list("vpcConfig", "publicAccessCidrs")
			return in.at("vpcConfig", "endpointPublicAccess") == false || len(cidrs) > 0 && !slices.ContainsFunc(cidrs, anywhere)
		}},
	{Number: 3, ID: "EKS.2", Text: "the cluster runs a version that the stack names",
		Name: "eks-version-named", Fix: "set version (here: kubernetesVersion)",
		Kind: cluster, Each: given("version")},
	{Number: 4, ID: "EKS.3, CIS 5.3.1", Text: "Kubernetes secrets are encrypted with a key of the account",
		Name: "eks-secrets-encrypted", Fix: "set encryptionConfig.provider.keyArn", Mandatory: true,
		Kind: cluster, Each: given("encryptionConfig", "provider", "keyArn")},
	{Number: 5, ID: "EKS.8, CIS 2.1.1", Text: "the cluster writes all its logs",
		Name: "eks-logs", Fix: "name api, audit, authenticator, controllerManager and scheduler in enabledClusterLogTypes (here: controlPlaneLogs)",
		Kind: cluster, Each: func(in Inputs) bool {
			written := in.list("enabledClusterLogTypes")
			return !slices.ContainsFunc([]any{"api", "audit", "authenticator", "controllerManager", "scheduler"}, func(kind any) bool { return !slices.Contains(written, kind) })
		}},
	{Number: 6, ID: "CIS 4.1.7", Text: "access entries alone let into the cluster",
		Name: "eks-access-entries", Fix: "set accessConfig.authenticationMode to API",
		Kind: cluster, Each: is("API", "accessConfig", "authenticationMode")},
	{Number: 7, ID: "CIS 4.1.1", Text: "only listed principals administer the cluster", Test: "TestAccessEntriesAreNamedByTheirPrincipal"},
	{Number: 8, ID: "CIS 5.4.3", Text: "nodes have no public address",
		Name: "nodes-no-network-interfaces", Fix: "leave networkInterfaces out of the launch template", Mandatory: true,
		Kind: template, Each: func(in Inputs) bool { return in.at("networkInterfaces") == nil }},
	{Number: 9, ID: "CIS 5.2.1", Text: "pods have AWS identities of their own",
		Name: "pods-own-identities", Fix: "give the add-on vpc-cni podIdentityAssociations, and attach AmazonEKS_CNI_Policy to no role of the nodes (here: vpcCniRole: own)",
		All: podsOwnIdentities},
	{Number: 10, ID: "CIS 5.1.3", Text: "nodes may only pull images",
		Name: "roles-only-pull-images", Fix: "attach AmazonEC2ContainerRegistryPullOnly",
		Kind: attachment, Each: func(in Inputs) bool {
			arn := fmt.Sprint(in.at("policyArn"))
			return !strings.Contains(arn, "ContainerRegistry") || strings.HasSuffix(arn, "PullOnly")
		}},
	{Number: 11, ID: "CIS 5.1.1", Text: "images are scanned", None: "the registries are those of others"},
	{Number: 12, ID: "CIS 4.3.2, 5.4.4", Text: "every namespace of the program has network policies, and vpc-cni enforces them",
		Name: "namespaces-network-policies", Fix: "set networkPolicies: true",
		All: func(stack Stack) (int, []string) {
			broken := stack.without(networkPolicy, func(in Inputs) bool { return in.at("spec", "policyTypes", 0) != nil })
			for _, r := range stack.ofType(addon) {
				if r.Inputs.at("addonName") == "vpc-cni" && fmt.Sprint(at(document(r.Inputs.at("configurationValues")), "enableNetworkPolicy")) != "true" {
					broken = append(broken, r.Name)
				}
			}
			return len(stack.ofType(namespace)), broken
		}},
	{Number: 13, ID: "CIS 4.2.1 to 4.2.5", Text: "every namespace has a Pod Security Standard",
		Name: "namespaces-pod-security", Fix: "label the namespace with pod-security.kubernetes.io/enforce (here: podSecurity: restricted)",
		Kind: namespace, Each: given("metadata", "labels", "pod-security.kubernetes.io/enforce")},
	{Number: 14, ID: "CIS 4.5.2", Text: "nothing runs in the namespace default",
		Name: "namespace-default-unused", Fix: "put the object into a namespace of its own (here: testWorkloads: false)",
		All: func(stack Stack) (judged int, broken []string) {
			for _, r := range stack {
				if !strings.HasPrefix(r.Type, "kubernetes:") {
					continue
				}
				judged++
				if r.Inputs.at("metadata", "namespace") == "default" || r.Inputs.at("namespace") == "default" {
					broken = append(broken, r.Name)
				}
			}
			return judged, broken
		}},
	{Number: 15, ID: "CIS 4.1.5, 4.1.6", Text: "default service accounts of the program's namespaces get no token",
		Name: "namespaces-no-default-token", Fix: "set automountServiceAccountToken of the service account default to false (here: defaultServiceAccountTokens: false)",
		All: func(stack Stack) (int, []string) {
			return len(stack.ofType(namespace)), stack.without(account, func(in Inputs) bool {
				return in.at("metadata", "name") == "default" && in.at("automountServiceAccountToken") == false
			})
		}},
	{Number: 16, ID: "CIS 4.4.1", Text: "secrets are files, not variables", Open: "istiod reads the licence from a variable that refers to a Secret; `licenseDelivery: secretRef` is unproven"},
	{Number: 17, ID: "EC2.8, EC2.170", Text: "nodes answer metadata to IMDSv2 only, one hop far",
		Name: "nodes-imdsv2", Fix: "set metadataOptions.httpTokens to required and httpPutResponseHopLimit to 1", Mandatory: true,
		Kind: template, Each: func(in Inputs) bool {
			return is("required", "metadataOptions", "httpTokens")(in) && is(1, "metadataOptions", "httpPutResponseHopLimit")(in)
		}},
	{Number: 18, ID: "EKS best practices", Text: "the cluster has deletion protection", Open: "the AWS provider 6.83 has no input for it; Pulumi's `protect` guards the cluster"},
	{Number: 19, ID: "EKS best practices", Text: "no extended support by surprise", Test: "TestANewClusterHasStandardSupportAndALivingOneKeepsItsOwn"},
	{Number: 20, ID: "EKS best practices", Text: "subnets of every account are in two zones at least",
		Name: "subnets-two-zones", Fix: "make subnets in a second zone",
		All: func(stack Stack) (judged int, broken []string) {
			zones := map[string]map[string]bool{}
			for _, r := range stack.ofType(subnet) {
				of := fmt.Sprint(r.Inputs.at("vpcId"))
				if zones[of] == nil {
					zones[of] = map[string]bool{}
				}
				zones[of][fmt.Sprint(r.Inputs.at("availabilityZoneId"))] = true
				judged++
			}
			for of, in := range zones {
				if len(in) < 2 {
					broken = append(broken, of)
				}
			}
			slices.Sort(broken)
			return judged, broken
		}},
	{Number: 21, ID: "EKS best practices", Text: "istiod and the east-west gateway have two pods",
		Name: "mesh-two-pods", Fix: "set the replicas of istiod's chart and of the gateway's defaults to 2 at least", All: twoPods},
	{Number: 22, ID: "EKS best practices", Text: "nodes are repaired automatically, by `nodeRepair`", Test: "TestSettingsThatPulumiEKSDoesNotKnowReachItsParts"},
	{Number: 23, ID: "EKS best practices", Text: "other accounts trust a role and its session tags", Test: "TestARecreatedIstiodRoleIsNotLockedOut"},
	{Number: 24, ID: "EKS best practices", Text: "istiod's role holds only sts:AssumeRole and sts:TagSession", Test: "TestIstiodMayAssumeTheDiscoveryRolesAndNothingElse"},
}

// podsOwnIdentities judges the add-on that calls AWS from every node, and who has its policy. A role that EC2 assumes is that of the
// nodes, and every pod on the network of the host has it too.
func podsOwnIdentities(stack Stack) (judged int, broken []string) {
	for _, r := range stack.ofType(addon) {
		if r.Inputs.at("addonName") != "vpc-cni" {
			continue
		}
		judged++
		if len(r.Inputs.list("podIdentityAssociations")) == 0 && r.Inputs.at("serviceAccountRoleArn") == nil {
			broken = append(broken, r.Name)
		}
	}
	ofPods := map[any]bool{}
	for _, r := range stack.ofType(role) {
		if trust := fmt.Sprint(r.Inputs.at("assumeRolePolicy")); !strings.Contains(trust, `"ec2.amazonaws.com`) {
			ofPods[r.Inputs.at("name")] = true
		}
	}
	for _, r := range stack.ofType(attachment) {
		to := r.Inputs.at("role")
		if strings.HasSuffix(fmt.Sprint(r.Inputs.at("policyArn")), "/AmazonEKS_CNI_Policy") && (to == nil || !ofPods[to]) {
			broken = append(broken, r.Name)
		}
	}
	return judged, broken
}

// twoPods judges istiod's releases and the defaults of the gateway's class.
func twoPods(stack Stack) (judged int, broken []string) {
	judge := func(name string, pods any) {
		judged++
		if n, _ := pods.(float64); n < 2 {
			broken = append(broken, name)
		}
	}
	for _, r := range stack.ofType(release) {
		if strings.HasPrefix(r.Name, "istiod") {
			judge(r.Name, r.Inputs.at("values", "replicaCount"))
		}
	}
	for _, r := range stack.ofType(configMap) {
		if r.Name == "eastwest-defaults" {
			judge(r.Name, at(document(r.Inputs.at("data", "deployment")), "spec", "replicas"))
		}
	}
	return judged, broken
}

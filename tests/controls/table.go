package controls

import (
	"fmt"
	"slices"
	"strings"
)

// The types of resources that the controls judge.
const (
	cluster        = "eks:index:Cluster"
	template       = "aws:ec2/launchTemplate:LaunchTemplate"
	subnet         = "aws:ec2/subnet:Subnet"
	endpoint       = "aws:ec2/vpcEndpoint:VpcEndpoint"
	ingressRule    = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	attachment     = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	rolePolicy     = "aws:iam/rolePolicy:RolePolicy"
	role           = "aws:iam/role:Role"
	gateway        = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
	key            = "aws:kms/key:Key"
	logGroup       = "aws:cloudwatch/logGroup:LogGroup"
	topic          = "aws:sns/topic:Topic"
	ecsCluster     = "aws:ecs/cluster:Cluster"
	service        = "aws:ecs/service:Service"
	taskDefinition = "aws:ecs/taskDefinition:TaskDefinition"
	namespace      = "kubernetes:core/v1:Namespace"
	release        = "kubernetes:helm.sh/v3:Release"
)

// Sixty are the controls, in the order of their numbers.
var Sixty = slices.Concat(ofTheCluster, ofTasks, ofTheNetwork, ofTheRest)

var ofTheCluster = []Control{
	{Number: 1, ID: "EKS.1, CIS 5.4.2", Text: "the API endpoint is not public", Open: "the example lists one address, that of the machine that runs Pulumi; `deployerInsideNetwork` closes the public endpoint"},
	{Number: 2, ID: "CIS 5.4.1", Text: "the API endpoint is restricted", Kind: cluster, Each: func(in map[string]any) bool {
		cidrs := list(in, "publicAccessCidrs")
		return in["endpointPublicAccess"] == false || len(cidrs) > 0 && !slices.ContainsFunc(cidrs, anywhere)
	}},
	{Number: 3, ID: "EKS.2", Text: "the cluster runs a version that the stack names", Kind: cluster, Each: given("version")},
	{Number: 4, ID: "EKS.3, CIS 5.3.1", Text: "Kubernetes secrets are encrypted with a key of the account", Kind: cluster, Each: given("encryptionConfigKeyArn")},
	{Number: 5, ID: "EKS.8, CIS 2.1.1", Text: "the cluster writes all its logs", Kind: cluster, Each: func(in map[string]any) bool {
		return !slices.ContainsFunc([]any{"api", "audit", "authenticator", "controllerManager", "scheduler"}, func(kind any) bool { return !slices.Contains(list(in, "enabledClusterLogTypes"), kind) })
	}},
	{Number: 6, ID: "CIS 4.1.7", Text: "access entries alone let into the cluster", Kind: cluster, Each: is("API", "authenticationMode")},
	{Number: 7, ID: "CIS 4.1.1", Text: "only listed principals administer the cluster", Test: "TestAccessEntriesAreNamedByTheirPrincipal"},
	{Number: 8, ID: "CIS 5.4.3", Text: "nodes have no public address", Kind: template, Each: func(in map[string]any) bool { return in["networkInterfaces"] == nil }},
	{Number: 9, ID: "CIS 5.2.1", Text: "pods have AWS identities of their own", Open: "vpc-cni uses the role of the nodes; istiod and the addons have their own"},
	{Number: 10, ID: "CIS 5.1.3", Text: "nodes may only pull images", Kind: attachment, Each: func(in map[string]any) bool {
		arn := fmt.Sprint(in["policyArn"])
		return !strings.Contains(arn, "ContainerRegistry") || strings.HasSuffix(arn, "PullOnly")
	}},
	{Number: 11, ID: "CIS 5.1.1", Text: "images are scanned", None: "the registries are those of others"},
	{Number: 12, ID: "CIS 4.3.2, 5.4.4", Text: "every namespace of the program has network policies, and vpc-cni enforces them", All: func(stack []Resource) []string {
		broken := without(stack, "kubernetes:networking.k8s.io/v1:NetworkPolicy", func(in map[string]any) bool { return at(in, "spec", "policyTypes", 0) != nil })
		for _, r := range ofType(stack, cluster) {
			if at(r.Inputs, "vpcCniOptions", "enableNetworkPolicy") != true {
				broken = append(broken, r.Name)
			}
		}
		return broken
	}},
	{Number: 13, ID: "CIS 4.2.1 to 4.2.5", Text: "every namespace has a Pod Security Standard", Kind: namespace, Each: given("metadata", "labels", "pod-security.kubernetes.io/enforce")},
	{Number: 14, ID: "CIS 4.5.2", Text: "nothing runs in the namespace default", All: func(stack []Resource) (broken []string) {
		for _, r := range stack {
			if strings.HasPrefix(r.Type, "kubernetes:") && (at(r.Inputs, "metadata", "namespace") == "default" || r.Inputs["namespace"] == "default") {
				broken = append(broken, r.Name)
			}
		}
		return broken
	}},
	{Number: 15, ID: "CIS 4.1.5, 4.1.6", Text: "default service accounts of the program's namespaces get no token", All: func(stack []Resource) []string {
		return without(stack, "kubernetes:core/v1:ServiceAccount", func(in map[string]any) bool {
			return at(in, "metadata", "name") == "default" && in["automountServiceAccountToken"] == false
		})
	}},
	{Number: 16, ID: "CIS 4.4.1", Text: "secrets are files, not variables", Open: "istiod reads the licence from a variable that refers to a Secret; `licenseDelivery: secretRef` is unproven"},
	{Number: 17, ID: "EC2.8, EC2.170", Text: "nodes answer metadata to IMDSv2 only, one hop far", Kind: template, Each: func(in map[string]any) bool {
		return is("required", "metadataOptions", "httpTokens")(in) && is(1, "metadataOptions", "httpPutResponseHopLimit")(in)
	}},
	{Number: 18, ID: "EKS best practices", Text: "the cluster has deletion protection", Open: "the AWS provider 6.83 has no input for it; Pulumi's `protect` guards the cluster"},
	{Number: 19, ID: "EKS best practices", Text: "no extended support by surprise", Test: "TestANewClusterHasStandardSupportAndALivingOneKeepsItsOwn"},
	{Number: 20, ID: "EKS best practices", Text: "subnets of every account are in two zones at least", All: func(stack []Resource) (broken []string) {
		zones := map[string]map[string]bool{}
		for _, r := range ofType(stack, subnet) {
			vpc := fmt.Sprint(r.Inputs["vpcId"])
			if zones[vpc] == nil {
				zones[vpc] = map[string]bool{}
			}
			zones[vpc][fmt.Sprint(r.Inputs["availabilityZoneId"])] = true
		}
		for vpc, in := range zones {
			if len(in) < 2 {
				broken = append(broken, vpc)
			}
		}
		if len(zones) == 0 {
			return []string{"there is no subnet"}
		}
		return broken
	}},
	{Number: 21, ID: "EKS best practices", Text: "istiod and the east-west gateway have two pods", All: twoPods},
	{Number: 22, ID: "EKS best practices", Text: "nodes are repaired automatically, by `nodeRepair`", Test: "TestSettingsThatPulumiEKSDoesNotKnowReachItsParts"},
	{Number: 23, ID: "EKS best practices", Text: "other accounts trust a role and its session tags", Test: "TestARecreatedIstiodRoleIsNotLockedOut"},
	{Number: 24, ID: "EKS best practices", Text: "istiod's role holds only sts:AssumeRole and sts:TagSession", Test: "TestIstiodMayAssumeTheDiscoveryRolesAndNothingElse"},
}

// twoPods judges istiod's releases and the defaults of the gateway's class.
func twoPods(stack []Resource) (broken []string) {
	judged := 0
	for _, r := range ofType(stack, release) {
		if pods := at(r.Inputs, "values", "replicaCount"); strings.HasPrefix(r.Name, "istiod") {
			judged++
			if n, _ := pods.(float64); n < 2 {
				broken = append(broken, r.Name)
			}
		}
	}
	for _, r := range ofType(stack, "kubernetes:core/v1:ConfigMap") {
		if r.Name == "eastwest-defaults" {
			judged++
			if n, _ := at(document(at(r.Inputs, "data", "deployment")), "spec", "replicas").(float64); n < 2 {
				broken = append(broken, r.Name)
			}
		}
	}
	if judged < 2 {
		broken = append(broken, "istiod or the gateway is not there")
	}
	return broken
}

var ofTasks = []Control{
	{Number: 25, ID: "ECS.2", Text: "tasks get no public address", Kind: service, Each: func(in map[string]any) bool {
		public := at(in, "networkConfiguration", "assignPublicIp")
		return public == nil || public == false
	}},
	{Number: 26, ID: "ECS.3", Text: "tasks do not see the host's processes", Kind: taskDefinition, Each: func(in map[string]any) bool { return in["pidMode"] != "host" }},
	{Number: 27, ID: "ECS.4", Text: "containers are not privileged", Kind: taskDefinition, Each: containers(func(c any) bool { return at(c, "privileged") != true })},
	{Number: 28, ID: "ECS.5", Text: "containers cannot write to their root", Open: "the default writes; services and ztunnel may set it in task definitions, and Solo's image is unproven with it"},
	{Number: 29, ID: "ECS.8", Text: "no credentials in the environment", Kind: taskDefinition, Each: containers(func(c any) bool {
		return !slices.ContainsFunc(list(c, "environment"), func(v any) bool {
			return slices.Contains([]any{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA"}, at(v, "name"))
		})
	})},
	{Number: 30, ID: "ECS.9", Text: "every container logs", Kind: taskDefinition, Each: containers(func(c any) bool { return at(c, "logConfiguration", "logDriver") != nil })},
	{Number: 31, ID: "ECS.10", Text: "tasks run on the latest platform", Kind: service, Each: func(in map[string]any) bool { v := in["platformVersion"]; return v == nil || v == "LATEST" }},
	{Number: 32, ID: "ECS.12", Text: "ECS clusters have Container Insights", Kind: ecsCluster, Each: func(in map[string]any) bool {
		return slices.ContainsFunc(list(in, "settings"), func(s any) bool {
			return at(s, "name") == "containerInsights" && slices.Contains([]any{"enabled", "enhanced"}, at(s, "value"))
		})
	}},
	{Number: 33, ID: "ECS.17", Text: "tasks have a network of their own", Kind: taskDefinition, Each: is("awsvpc", "networkMode")},
	{Number: 34, ID: "ECS.20", Text: "containers do not run as root", Open: "services set `user`; ztunnel runs as its image says, and Solo's image is unproven with another user"},
	{Number: 35, ID: "CT.ECS.PR.11", Text: "tasks have a memory limit", Kind: taskDefinition, Each: given("memory")},
	{Number: 36, ID: "ECS best practices", Text: "nobody runs commands in tasks", Kind: service, Each: func(in map[string]any) bool { return in["enableExecuteCommand"] != true }},
	{Number: 37, ID: "ECS best practices", Text: "a failed deployment is rolled back", Kind: service, Each: func(in map[string]any) bool {
		return is(true, "deploymentCircuitBreaker", "enable")(in) && is(true, "deploymentCircuitBreaker", "rollback")(in)
	}},
	{Number: 38, ID: "ECS best practices", Text: "tasks are spread over zones again after a loss", Kind: service, Each: is("ENABLED", "availabilityZoneRebalancing")},
}

var ofTheNetwork = []Control{
	{Number: 39, ID: "EC2.2", Text: "the default security group admits nothing and lets nothing out", Kind: "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
		Each: func(in map[string]any) bool { return in["ingress"] == nil && in["egress"] == nil }},
	{Number: 40, ID: "EC2.6", Text: "every VPC has a flow log of all traffic", All: func(stack []Resource) (broken []string) {
		logs := ofType(stack, "aws:ec2/flowLog:FlowLog")
		for _, log := range logs {
			if log.Inputs["trafficType"] != "ALL" {
				broken = append(broken, log.Name)
			}
		}
		if vpcs := len(ofType(stack, "aws:ec2/vpc:Vpc")); vpcs == 0 || vpcs != len(logs) {
			broken = append(broken, fmt.Sprintf("%d flow logs for %d VPCs", len(logs), vpcs))
		}
		return broken
	}},
	{Number: 41, ID: "EC2.15", Text: "no subnet gives out public addresses", Kind: subnet, Each: is(false, "mapPublicIpOnLaunch")},
	{Number: 42, ID: "EC2.18, EC2.19", Text: "no security group admits everybody", Kind: ingressRule, Each: func(in map[string]any) bool { return !anywhere(in["cidrIpv4"]) && in["cidrIpv6"] == nil }},
	{Number: 43, ID: "EC2 best practices", Text: "tasks call only what they need", Open: "HTTPS may leave to any address, because registries and AWS's APIs have no fixed ones"},
	{Number: 44, ID: "EC2.10, EC2.55 to EC2.57", Text: "every VPC has interface endpoints for EC2, ECR and Systems Manager", All: func(stack []Resource) (broken []string) {
		vpcs := len(ofType(stack, "aws:ec2/vpc:Vpc"))
		for _, service := range []string{"ec2", "ecr.api", "ecr.dkr", "ssm"} {
			have := map[any]bool{}
			for _, r := range ofType(stack, endpoint) {
				if r.Inputs["vpcEndpointType"] == "Interface" && strings.HasSuffix(fmt.Sprint(r.Inputs["serviceName"]), "."+service) {
					have[r.Inputs["vpcId"]] = true
				}
			}
			if vpcs == 0 || len(have) < vpcs {
				broken = append(broken, fmt.Sprintf("%d endpoints of %s for %d VPCs", len(have), service, vpcs))
			}
		}
		return broken
	}},
	{Number: 45, ID: "EC2.9, EC2.25", Text: "launch templates assign no public address", Kind: template, Each: func(in map[string]any) bool {
		return !slices.ContainsFunc(list(in, "networkInterfaces"), func(i any) bool { return fmt.Sprint(at(i, "associatePublicIpAddress")) == "true" })
	}},
	{Number: 46, ID: "EC2.3, EC2.181", Text: "volumes of nodes are encrypted with a key of the account", Kind: template, Each: volumes(func(ebs any) bool { return at(ebs, "encrypted") == "true" && at(ebs, "kmsKeyId") != nil })},
	{Number: 47, ID: "EC2.16, EC2.21", Text: "no unused or open network ACL", All: func(stack []Resource) (broken []string) {
		for _, r := range stack {
			if strings.HasPrefix(r.Type, "aws:ec2/networkAcl") {
				broken = append(broken, r.Name)
			}
		}
		return broken
	}},
	{Number: 48, ID: "EC2.23", Text: "transit gateways accept nobody by themselves", None: "accounts are connected by peerings"},
	{Number: 49, ID: "EC2.172", Text: "VPC Block Public Access is on", Open: "a setting of the whole account and region, which the program leaves to its owner; NAT gateways need an exclusion"},
}

var ofTheRest = []Control{
	{Number: 50, ID: "IAM.1, IAM.21", Text: "no role may do everything, or everything of a service", Kind: rolePolicy, Each: func(in map[string]any) bool {
		return !slices.ContainsFunc(statements(in["policy"]), func(s any) bool {
			return slices.ContainsFunc(texts(at(s, "Action")), func(a string) bool { return a == "*" || strings.HasSuffix(a, ":*") })
		})
	}},
	{Number: 51, ID: "IAM best practices", Text: "every service that assumes a role says for whom; EC2 cannot", Kind: role, Each: func(in map[string]any) bool {
		all := statements(in["assumeRolePolicy"])
		return len(all) > 0 && !slices.ContainsFunc(all, func(s any) bool {
			return slices.ContainsFunc(texts(at(s, "Principal", "Service")), func(service string) bool { return !strings.HasPrefix(service, "ec2.") }) && !conditioned(s, "aws:SourceAccount", "aws:SourceArn")
		})
	}},
	{Number: 52, ID: "IAM best practices", Text: "roles have a permissions boundary", Kind: role, Each: given("permissionsBoundary")},
	{Number: 53, ID: "KMS.1, KMS.2", Text: "no role may decrypt with every key", Kind: rolePolicy, Each: func(in map[string]any) bool {
		return !slices.ContainsFunc(statements(in["policy"]), func(s any) bool {
			decrypts := slices.ContainsFunc(texts(at(s, "Action")), func(a string) bool { return strings.HasPrefix(a, "kms:") })
			return decrypts && slices.ContainsFunc(texts(at(s, "Resource")), func(r string) bool { return r == "*" || strings.HasSuffix(r, ":key/*") })
		})
	}},
	{Number: 54, ID: "KMS.3", Text: "a deleted key can be restored for 30 days", Kind: key, Each: is(30, "deletionWindowInDays")},
	{Number: 55, ID: "KMS.4", Text: "keys are rotated", Kind: key, Each: is(true, "enableKeyRotation")},
	{Number: 56, ID: "CloudWatch best practices", Text: "log groups are encrypted with a key of the account", Kind: logGroup, Each: given("kmsKeyId")},
	{Number: 57, ID: "CloudWatch.16", Text: "log groups keep their events for a year", Kind: logGroup, Each: func(in map[string]any) bool {
		days, _ := in["retentionInDays"].(float64)
		return days >= 365
	}},
	{Number: 58, ID: "ELB.13", Text: "the load balancer is internal and in several zones", Test: "TestTheGatewayIsInternalAndOpenToTheMeshOnly"},
	{Number: 59, ID: "ELB.5, ELB.6", Text: "the load balancer has deletion protection; access logs are for other types of load balancers", Kind: gateway, Each: func(in map[string]any) bool {
		annotations, _ := at(in, "spec", "infrastructure", "annotations").(map[string]any)
		return strings.Contains(fmt.Sprint(annotations["service.beta.kubernetes.io/aws-load-balancer-attributes"]), "deletion_protection.enabled=true")
	}},
	{Number: 60, ID: "SNS.1", Text: "topics are encrypted with a key of the account", Kind: topic, Each: given("kmsMasterKeyId")},
}

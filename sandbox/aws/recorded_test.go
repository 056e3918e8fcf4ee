package aws

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"ambient-ecs/sandbox/provider"
)

// record is an answer that AWS gave to somebody.
type record struct {
	// situation is the number of the situation. One situation can have more than one record.
	situation int
	// operation and code are empty where the provider's waiter says the message, and not a call of AWS.
	operation, code string
	// message has placeholders for names; see placeholders.
	message string
	// source is where the answer was seen. Addresses as collected on 2026-11-29.
	source string
	// drive brings the sandbox into the situation and returns its answer.
	drive func(t *testing.T) error
}

// placeholders match the parts of a message that differ from account to account.
var placeholders = strings.NewReplacer(
	`\{id\}`, `[a-z]+-[0-9a-f]+`,
	`\{arn\}`, `arn:aws[a-z-]*:[^\s,"]+`,
	`\{name\}`, `[\w./-]+`,
	`\{cidr\}`, `[0-9.]+/[0-9]+`,
	`\{number\}`, `[0-9]+`,
	`\{zones\}`, `[a-z0-9-]+(?:, [a-z0-9-]+)+`,
)

// pattern is a message as an expression.
func pattern(message string) string { return placeholders.Replace(regexp.QuoteMeta(message)) }

const (
	custodian  = "https://github.com/cloud-custodian/cloud-custodian, tests/data/placebo/"
	localStack = "https://github.com/localstack/localstack, tests/aws/services/"
	moto       = "https://github.com/getmoto/moto, tests/test_ec2/"
	issue      = "https://github.com/"
	publicLog  = "the public log of a build"
)

// recorded are answers of real accounts to what a program of this kind can do.
var recorded = []record{
	{1, "CreateRole", "EntityAlreadyExists", `Role with name {name} already exists.`, publicLog, roleTwice},
	{2, "CreateRole", "MalformedPolicyDocument", `Invalid principal in policy: "AWS":"{arn}"`, issue + "opstrace/opstrace/issues/88", trustOfNobody},
	{3, "CreateRole", "MalformedPolicyDocument", `Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy has a statement with no principals!`,
		issue + "terraform-aws-modules/terraform-aws-iam/issues/47", trustWithoutPrincipals},
	{4, "PutRolePolicy", "MalformedPolicyDocument", `Policy document should not specify a principal.`, issue + "hashicorp/terraform/issues/13449", permissionWithPrincipal},
	{5, "PutRolePolicy", "MalformedPolicyDocument", `Resource {name} must be in ARN format or "*".`, issue + "ministryofjustice/modernisation-platform-environments/issues/590", resourceWithoutARN},
	{6, "AttachRolePolicy", "NoSuchEntity", `Policy {arn} does not exist or is not attachable.`, localStack + "iam/test_iam.snapshot.json, test_role_attach_policy (2025-06-19)", attachUnknownPolicy},
	{7, "AttachRolePolicy", "ValidationError", `Invalid ARN:  Could not be parsed!`, localStack + "iam/test_iam.snapshot.json, test_role_attach_policy (2025-06-19)", attachMalformedARN},
	// The recorded call was GetRole.
	{8, "PutRolePolicy", "NoSuchEntity", `The role with name {name} cannot be found.`, custodian + "test_delete_role/iam.GetRole_3.json", policyWithoutRole},
	{9, "DeleteRole", "DeleteConflict", `Cannot delete entity, must detach all policies first.`, publicLog, deleteRoleWithPolicies},
	{12, "AssumeRole", "ValidationError", `{arn} is invalid`, localStack + "sts/test_sts.snapshot.json (2025-04-10)", assumeNoRole},

	{13, "CreateSubnet", "InvalidSubnet.Conflict", `The CIDR '{cidr}' conflicts with another subnet`, issue + "hashicorp/terraform/issues/33470", subnetOverlaps},
	{14, "CreateNatGateway", "InvalidSubnetID.NotFound", `The subnet ID '{id}' does not exist`, custodian + "test_ecs_service_subnet", gatewayWithoutSubnet},
	{15, "DeleteSubnet", "DependencyViolation", `The subnet '{id}' has dependencies and cannot be deleted.`, custodian + "test_subnet_delete_with_dependencies", deleteSubnetInUse},
	{16, "AuthorizeSecurityGroupIngress", "InvalidGroup.NotFound", `The security group '{id}' does not exist`, custodian + "test_security_group_delete", ruleWithoutGroup},
	{17, "DeleteSecurityGroup", "DependencyViolation", `resource {id} has a dependent object`, issue + "rebuy-de/aws-nuke/issues/573", deleteGroupInUse},
	{18, "AuthorizeSecurityGroupIngress", "InvalidPermission.Duplicate", `the specified rule "peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW" already exists`,
		custodian + "test_security_group_set_permissions", ruleTwice},
	{19, "ModifySecurityGroupRules", "InvalidParameterValue", `Invalid value for portRange. Must specify both from and to ports with TCP/UDP.`, moto + "test_security_groups.py", ruleLosesPort},
	{23, "DetachInternetGateway", "DependencyViolation", `Network {id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`, publicLog, detachMappedGateway},
	{24, "CreateRoute", "InvalidInternetGatewayID.NotFound", `The internetGateway ID '{id}' does not exist`, custodian + "test_query_manager_get", routeWithoutGateway},
	{25, "CreateNatGateway", "InvalidAllocationID.NotFound", `The allocation ID '{id}' does not exist`, custodian + "test_release_detached_vpc", gatewayWithoutAddress},
	{26, "CreateRoute", "RouteAlreadyExists", `The route identified by {cidr} already exists.`, issue + "localstack/localstack/issues/7201", routeTwice},
	{27, "", "", `unexpected state 'failed', wanted target 'active, pending-acceptance'. last error: Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range`, publicLog, peeringOverlaps},
	{28, "AcceptVpcPeeringConnection", "VpcPeeringConnectionAlreadyExists", `The vpc peering connection identified by {id} already exists.`, issue + "hashicorp/terraform-provider-aws/issues/44315", peeringBack},
	{29, "CreateFlowLogs", "InvalidParameter", `LogDestination can't be empty if LogGroupName is not provided.`, localStack + "ec2/test_ec2.snapshot.json, test_ec2_flow_logs_s3_validation (2024-09-24)", flowLogToNowhere},
	{30, "CreateVpcEndpoint", "InvalidServiceName", `The Vpc Endpoint Service '{name}' does not exist`, custodian + "test_vpc_endpoint_service_details_inaccessible", endpointOfNoService},
	// EKS repeats what EC2 says, under a code of its own. EC2's code is InvalidLaunchTemplateId.NotFound, and
	// InvalidLaunchTemplateId.VersionNotFound.
	{31, "CreateNodegroup", "InvalidRequestException", `The specified launch template, with template ID {id}, does not exist.`, moto + "test_launch_templates.py", nodesWithoutTemplate},
	{31, "CreateNodegroup", "InvalidRequestException", `Could not find the specified version {number} for the launch template with ID {id}.`, moto + "test_launch_templates.py", nodesWithoutVersion},

	{32, "CreateTransitGatewayVpcAttachment", "DuplicateTransitGatewayAttachment", `{id} has non-deleted Transit Gateway Attachments with same VPC ID.`, moto + "test_transit_gateway.py", attachTwice},
	{32, "CreateTransitGatewayVpcAttachment", "InvalidTransitGatewayID.NotFound", `Transit Gateway {id} was deleted or does not exist.`, moto + "test_transit_gateway.py", attachToNothing},

	{34, "DeleteCluster", "ClusterContainsServicesException", `The Cluster cannot be deleted while Services are active.`, issue + "aws/amazon-ecs-cli/issues/368", deleteClusterWithServices},
	{35, "DeleteCluster", "ClusterContainsTasksException", `The Cluster cannot be deleted while Tasks are active.`, issue + "gruntwork-io/cloud-nuke/issues/368", deleteClusterWithTasks},
	{36, "CreateService", "InvalidParameterException", `Creation of service was not idempotent.`, issue + "hashicorp/terraform-provider-aws/issues/2283", serviceTwice},
	{37, "CreateService", "InvalidParameterException", `Unable to Start a service that is still Draining.`, issue + "ewilde/faas-fargate/issues/13", serviceDrains},
	// The provider tries for a while and then gives up with the same error.
	{38, "CreateService", "ClusterNotFoundException", `Cluster not found.`, issue + "hashicorp/terraform-provider-aws, internal/service/ecs/service.go", serviceWithoutCluster},
	{40, "RegisterTaskDefinition", "ClientException", `No Fargate configuration exists for given values: 512 CPU, 512 memory. See the Amazon ECS documentation for the valid values.`,
		issue + "towardsthecloud/aws-cdk-examples/issues/1", badSize},
	{41, "RegisterTaskDefinition", "ClientException", `The 'memory' setting for container '{name}' is greater than for the task.`, issue + "pulumi/pulumi-awsx/issues/1220", containerBiggerThanTask},
	{42, "RegisterTaskDefinition", "ClientException", `Fargate requires task definition to have execution role ARN to support log driver awslogs.`, publicLog, logsWithoutRole},
	{43, "RegisterTaskDefinition", "ClientException", `Fargate requires task definition to have execution role ARN to support ECR images.`, publicLog, imageWithoutRole},
	{44, "CreateService", "InvalidParameterException", `Task definition does not support launch_type FARGATE.`, issue + "oranmoshai/ecsServiceRestart/issues/2", serviceOfAnotherLaunchType},
	{45, "CreateService", "InvalidParameterException", `Security group {id} does not appear to belong to the same VPC as the input subnets.`, publicLog, serviceWithForeignGroup},
	{46, "CreateService", "ClientException", `Unable to describe task definition.`, publicLog, serviceWithoutDefinition},

	{48, "CreateCluster", "ResourceInUseException", `Cluster already exists with name: {name}`, issue + "terraform-aws-modules/terraform-aws-eks/issues/1262", clusterTwice},
	{49, "DeleteCluster", "ResourceInUseException", `Cluster has nodegroups attached`, issue + "gruntwork-io/cloud-nuke/issues/148", deleteClusterWithNodes},
	{50, "CreateCluster", "InvalidParameterException", `Subnets specified must be in at least two different AZs`, issue + "pulumi/pulumi-eks/issues/311", clusterInOneZone},
	// In 2019, EKS spoke of insufficient capacity here (https://github.com/eksctl-io/eksctl/issues/817).
	{51, "CreateCluster", "UnsupportedAvailabilityZoneException", `Cannot create cluster '{name}' because EKS does not support creating control plane instances in {name}, the targeted availability zone. ` +
		`Retry cluster creation using control plane subnets that span at least two of these availability zones: {zones}. ` +
		`Note, post cluster creation, you can run worker nodes in separate subnets/availability zones from control plane subnets/availability zones passed during cluster creation`,
		issue + "pulumi/pulumi-eks/issues/1401 (2024-09-27)", clusterInAZoneWithoutEKS},
	{52, "CreateCluster", "InvalidParameterException", `Role with arn: {arn}, could not be assumed because it does not exist or the trusted entity is not correct`, publicLog, clusterWithoutRole},
	{53, "CreateCluster", "InvalidParameterException", `The keyArn for encryptionConfig is invalid.`, custodian + "test_eks_associate_encryption_config_invalid_kms", clusterWithMalformedKey},
	{53, "CreateCluster", "InvalidParameterException", `The KeyArn in encryptionConfig provider {arn} is not found.`, custodian + "test_eks_associate_encryption_config_invalid_kms_key", clusterWithoutKey},
	{54, "CreateCluster", "InvalidParameterException", `The following CIDRs are invalid in publicAccessCidrs: [{cidr}]`, publicLog, clusterOpenToPrivateAddresses},
	{55, "", "", `timeout while waiting for state to become 'ACTIVE' (last state: 'DEGRADED', timeout: 20m0s)`, issue + "pulumi/pulumi-eks/issues/1819", addonWithoutNodes},

	{56, "CreateLogGroup", "ResourceAlreadyExistsException", `The specified log group already exists`, localStack + "logs/test_logs_groups.snapshot.json (2026-02-03)", logGroupTwice},
	{57, "CreateAlias", "NotFoundException", `Key '{arn}' does not exist`, localStack + "kms/test_kms.snapshot.json", aliasWithoutKey},
	{58, "CreateAlias", "KMSInvalidStateException", `{arn} is pending deletion.`, localStack + "kms/test_kms.snapshot.json", aliasOfADyingKey},
}

func TestSandboxAnswersAsAWSDid(t *testing.T) {
	t.Parallel()
	for _, r := range recorded {
		t.Run(strconv.Itoa(r.situation)+" "+r.code, func(t *testing.T) {
			err := r.drive(t)
			if err == nil {
				t.Fatal("not refused")
			}
			if r.code == "" {
				if !regexp.MustCompile(pattern(r.message)).MatchString(err.Error()) {
					t.Errorf("the provider said\n%s\nthe sandbox says\n%v", r.message, err)
				}
				return
			}
			var got *apiError
			if !errors.As(err, &got) {
				t.Fatalf("no answer of AWS: %v", err)
			}
			if got.Operation != r.operation || got.Code != r.code || !regexp.MustCompile("^"+pattern(r.message)+"$").MatchString(got.Message) {
				t.Errorf("AWS answered\n%s, %s: %s\nthe sandbox answers\n%s, %s: %s\n(%s)", r.operation, r.code, r.message, got.Operation, got.Code, got.Message, r.source)
			}
		})
	}
}

// unreachable is a recorded situation that no program of this kind meets.
type unreachable struct {
	situation int
	reason    string
	// kind is the beginning of a type's token. The situation is reachable once the sandbox models such a type.
	kind string
	// checked returns what the provider says before it calls AWS.
	checked func(u *user) []provider.Failure
}

var leftOut = []unreachable{
	{situation: 10, reason: "A service-linked role cannot be made twice, because the program makes none.", kind: "aws:iam/serviceLinkedRole"},
	{situation: 11, reason: "A session cannot override a transitive tag, because the providers' sessions have no tags."},
	{situation: 20, reason: "A rule always has a protocol: the provider requires it.", checked: func(u *user) []provider.Failure {
		return failures(u, ingressRuleKind, props{"securityGroupId": "sg-0", "cidrIpv4": "10.0.0.0/16"})
	}},
	{situation: 21, reason: "A rule always has exactly one peer: the provider requires it.", checked: func(u *user) []provider.Failure {
		return failures(u, ingressRuleKind, props{"securityGroupId": "sg-0", "ipProtocol": "-1", "cidrIpv4": "10.0.0.0/16", "prefixListId": "pl-0"})
	}},
	{situation: 22, reason: "An attached gateway is never deleted: the provider detaches it first."},
	{situation: 33, reason: "The program names no network interface.", kind: "aws:ec2/networkInterface"},
	{situation: 39, reason: "The provider waits until ECS can use its service-linked role."},
	{situation: 47, reason: "The program's task definitions are for Fargate, where the task has the memory."},
	{situation: 59, reason: "The provider checks the prefix of an alias.", checked: func(u *user) []provider.Failure {
		return failures(u, kmsAliasKind, props{"name": "mesh", "targetKeyId": "none"})
	}},
}

func failures(u *user, kind string, in props) []provider.Failure {
	_, found := u.check(kind, "x", in)
	return found
}

// situations is the number of the last situation.
const situations = 59

func TestEverySituationIsReachedOrLeftOutForAReason(t *testing.T) {
	reached, left := map[int]bool{}, map[int]bool{}
	for _, r := range recorded {
		reached[r.situation] = true
		if r.source == "" || (r.operation == "") != (r.code == "") {
			t.Errorf("situation %d lacks a source, or one of operation and code", r.situation)
		}
	}
	u := newSandbox(t).login(home)
	for _, l := range leftOut {
		if left[l.situation] || l.reason == "" {
			t.Errorf("situation %d is left out twice, or without a reason", l.situation)
		}
		left[l.situation] = true
		for _, token := range Types() {
			if l.kind != "" && strings.HasPrefix(token, l.kind) {
				t.Errorf("situation %d can be reached now: the sandbox models %s", l.situation, token)
			}
		}
		if l.checked != nil && len(l.checked(u)) == 0 {
			t.Errorf("situation %d can be reached: the provider does not check it", l.situation)
		}
	}
	for n := 1; n <= situations; n++ {
		if reached[n] == left[n] {
			t.Errorf("situation %d: reached %v, left out %v", n, reached[n], left[n])
		}
	}
	if len(reached)+len(left) != situations {
		t.Errorf("%d situations, want %d", len(reached)+len(left), situations)
	}
}

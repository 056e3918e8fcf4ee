package controls

import "slices"

// The types of resources that the controls judge.
const (
	cluster          = "aws:eks/cluster:Cluster"
	addon            = "aws:eks/addon:Addon"
	template         = "aws:ec2/launchTemplate:LaunchTemplate"
	vpc              = "aws:ec2/vpc:Vpc"
	subnet           = "aws:ec2/subnet:Subnet"
	flowLog          = "aws:ec2/flowLog:FlowLog"
	endpoint         = "aws:ec2/vpcEndpoint:VpcEndpoint"
	defaultGroup     = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
	ingressRule      = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressRule       = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	attachment       = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	policyAttachment = "aws:iam/policyAttachment:PolicyAttachment"
	userAttachment   = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
	groupAttachment  = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
	userPolicy       = "aws:iam/userPolicy:UserPolicy"
	groupPolicy      = "aws:iam/groupPolicy:GroupPolicy"
	rolePolicy       = "aws:iam/rolePolicy:RolePolicy"
	managedPolicy    = "aws:iam/policy:Policy"
	securityGroup    = "aws:ec2/securityGroup:SecurityGroup"
	groupRule        = "aws:ec2/securityGroupRule:SecurityGroupRule"
	role             = "aws:iam/role:Role"
	gateway          = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
	key              = "aws:kms/key:Key"
	logGroup         = "aws:cloudwatch/logGroup:LogGroup"
	topic            = "aws:sns/topic:Topic"
	ecsCluster       = "aws:ecs/cluster:Cluster"
	service          = "aws:ecs/service:Service"
	taskDefinition   = "aws:ecs/taskDefinition:TaskDefinition"
	namespace        = "kubernetes:core/v1:Namespace"
	account          = "kubernetes:core/v1:ServiceAccount"
	networkPolicy    = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
	configMap        = "kubernetes:core/v1:ConfigMap"
	release          = "kubernetes:helm.sh/v3:Release"
)

// Sixty are the controls, in the order of their numbers.
var Sixty = slices.Concat(ofTheCluster, ofTasks, ofTheNetwork, ofTheAccount)

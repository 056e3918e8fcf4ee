package aws

import "strings"

// managedPolicies are the AWS managed policies that this project may meet, with the actions that matter here.
// The sandbox grants them on every resource.
var managedPolicies = map[string][]string{
	"AmazonEC2ContainerRegistryPullOnly":            {"ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchImportUpstreamImage"},
	"AmazonEC2ContainerRegistryReadOnly":            {"ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:Describe*", "ecr:List*", "ecr:BatchGetImage", "ecr:Get*"},
	"AmazonECS_FullAccess":                          {"ecs:*", "ec2:Describe*", "elasticloadbalancing:*", "logs:*", "iam:List*"},
	"AmazonEKSBlockStoragePolicy":                   {"ec2:CreateVolume", "ec2:AttachVolume", "ec2:DetachVolume", "ec2:DeleteVolume", "ec2:Describe*"},
	"AmazonEKSClusterPolicy":                        {"elasticloadbalancing:*", "ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress", "ec2:Create*", "ec2:Delete*", "ec2:Describe*", "autoscaling:*", "kms:DescribeKey"},
	"AmazonEKSComputePolicy":                        {"ec2:RunInstances", "ec2:CreateFleet", "iam:AddRoleToInstanceProfile"},
	"AmazonEKSFargatePodExecutionRolePolicy":        {"ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"},
	"AmazonEKSLoadBalancingPolicy":                  {"elasticloadbalancing:*", "ec2:Describe*"},
	"AmazonEKSNetworkingPolicy":                     {"ec2:CreateNetworkInterface", "ec2:Describe*"},
	"AmazonEKSServicePolicy":                        {"ec2:Describe*", "ec2:CreateNetworkInterface"},
	"AmazonEKSVPCResourceController":                {"ec2:AssignPrivateIpAddresses", "ec2:ModifyNetworkInterfaceAttribute"},
	"AmazonEKSWorkerNodeMinimalPolicy":              {"ec2:DescribeInstances", "eks-auth:AssumeRoleForPodIdentity", "eks:DescribeCluster"},
	"AmazonEKSWorkerNodePolicy":                     {"ec2:Describe*", "eks-auth:AssumeRoleForPodIdentity", "eks:DescribeCluster"},
	"AmazonEKS_CNI_Policy":                          {"ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:AttachNetworkInterface", "ec2:Describe*", "ec2:CreateTags"},
	"AmazonSSMManagedInstanceCore":                  {"ssm:*", "ssmmessages:*", "ec2messages:*"},
	"AmazonSSMReadOnlyAccess":                       {"ssm:Describe*", "ssm:Get*", "ssm:List*"},
	"CloudWatchAgentServerPolicy":                   {"cloudwatch:PutMetricData", "logs:PutLogEvents", "logs:CreateLogStream", "logs:CreateLogGroup"},
	"CloudWatchLogsFullAccess":                      {"logs:*"},
	"AdministratorAccess":                           {"*"},
	"ReadOnlyAccess":                                {"*:Describe*", "*:Get*", "*:List*"},
	"PowerUserAccess":                               {"*"},
	"service-role/AmazonEBSCSIDriverPolicy":         {"ec2:CreateVolume", "ec2:AttachVolume", "ec2:DetachVolume", "ec2:DeleteVolume", "ec2:Describe*"},
	"service-role/AmazonECSTaskExecutionRolePolicy": {"ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage", "logs:CreateLogStream", "logs:PutLogEvents"},
	"service-role/AmazonEC2ContainerServiceRole":    {"elasticloadbalancing:*", "ec2:Describe*"},
}

// managedPolicy returns the actions of a managed policy, or nil if there is none with this ARN.
func managedPolicy(partition, arn string) []string {
	name, ok := strings.CutPrefix(arn, "arn:"+partition+":iam::aws:policy/")
	if !ok {
		return nil
	}
	return managedPolicies[name]
}

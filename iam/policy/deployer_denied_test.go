package policy

import (
	"slices"
	"strings"
	"testing"
)

func ec2ARN(resource string) string { return homePlace.ARN("ec2", resource) }

// own and foreign are the tags of a resource in a request.
var (
	own     = map[string]string{"aws:ResourceTag/" + InstallTag: "mesh"}
	foreign = map[string]string{"aws:ResourceTag/" + InstallTag: "other"}
	tagging = map[string]string{"aws:RequestTag/" + InstallTag: "mesh"}
)

func TestADeployerNeverHas(t *testing.T) {
	never := []string{
		"sts:AssumeRole", "iam:CreateUser", "iam:CreateAccessKey", "iam:CreatePolicy", "iam:CreatePolicyVersion",
		"iam:AttachUserPolicy", "iam:PutUserPolicy", "iam:DeleteServiceLinkedRole", "kms:Decrypt", "kms:Encrypt",
		"ecs:ExecuteCommand", "ecs:RunTask", "ec2:CreateKeyPair", "secretsmanager:GetSecretValue", "logs:GetLogEvents",
		"iam:CreateInstanceProfile",
	}
	for _, kind := range []AccountKind{HomeAccount, RemoteAccount} {
		for _, action := range never {
			if slices.Contains(Actions(kind), action) {
				t.Errorf("%s: %s", kind, action)
			}
		}
	}
	for _, action := range Actions(RemoteAccount) {
		if strings.HasPrefix(action, "eks:") || slices.Contains([]string{"ec2:RunInstances", "iam:AttachRolePolicy", "kms:CreateGrant"}, action) {
			t.Errorf("an account without EKS needs no %s", action)
		}
	}
}

func TestADeployerTouchesOnlyItsOwnNetwork(t *testing.T) {
	for _, c := range []struct {
		what string
		request
		want bool
	}{
		{"make a VPC with our tag", request{action: "ec2:CreateVpc", resource: ec2ARN("vpc/vpc-1"), context: tagging}, true},
		{"make a VPC with another install's tag", request{action: "ec2:CreateVpc", resource: ec2ARN("vpc/vpc-1"), context: map[string]string{"aws:RequestTag/" + InstallTag: "other"}}, false},
		{"make a subnet in our VPC", request{action: "ec2:CreateSubnet", resource: ec2ARN("vpc/vpc-1"), context: own}, true},
		{"tag what is being made", request{action: "ec2:CreateTags", resource: ec2ARN("vpc/vpc-1"), context: map[string]string{"ec2:CreateAction": "CreateVpc"}}, true},
		{"delete our VPC", request{action: "ec2:DeleteVpc", resource: ec2ARN("vpc/vpc-1"), context: own}, true},
		{"delete a foreign VPC", request{action: "ec2:DeleteVpc", resource: ec2ARN("vpc/vpc-1"), context: foreign}, false},
		{"delete an untagged VPC", request{action: "ec2:DeleteVpc", resource: ec2ARN("vpc/vpc-1")}, false},
		{"delete our VPC in another region", request{action: "ec2:DeleteVpc", resource: homePlace.in("aws", "us-east-1").ARN("ec2", "vpc/vpc-1"), context: own}, false},
		{"claim a foreign VPC by tagging it", request{action: "ec2:CreateTags", resource: ec2ARN("vpc/vpc-1"), context: tagging}, false},
		{"claim the default security group", request{action: "ec2:CreateTags", resource: ec2ARN("security-group/sg-1"), context: tagging}, true},
		{"empty our default security group", request{action: "ec2:RevokeSecurityGroupIngress", resource: ec2ARN("security-group/sg-1"), context: own}, true},
		{"empty a foreign security group", request{action: "ec2:RevokeSecurityGroupIngress", resource: ec2ARN("security-group/sg-1"), context: foreign}, false},
		{"make a rule", request{action: "ec2:AuthorizeSecurityGroupIngress", resource: ec2ARN("security-group-rule/sgr-1"), context: tagging}, true},
		{"add a rule to our group", request{action: "ec2:AuthorizeSecurityGroupIngress", resource: ec2ARN("security-group/sg-1"), context: own}, true},
		{"add a rule to a foreign group", request{action: "ec2:AuthorizeSecurityGroupIngress", resource: ec2ARN("security-group/sg-1"), context: foreign}, false},
		{"add a rule to the cluster's group", request{action: "ec2:AuthorizeSecurityGroupIngress", resource: ec2ARN("security-group/sg-1"), context: map[string]string{"aws:ResourceTag/kubernetes.io/cluster/mesh": "owned"}}, true},
		{"add a route to our table", request{action: "ec2:CreateRoute", resource: ec2ARN("route-table/rtb-1"), context: own}, true},
		{"add a route to a foreign table", request{action: "ec2:CreateRoute", resource: ec2ARN("route-table/rtb-1"), context: foreign}, false},
		{"accept a peering into our VPC", request{action: "ec2:AcceptVpcPeeringConnection", resource: ec2ARN("vpc/vpc-1"), context: own}, true},
		{"accept the peering itself", request{action: "ec2:AcceptVpcPeeringConnection", resource: ec2ARN("vpc-peering-connection/pcx-1")}, true},
		{"accept a peering into a foreign VPC", request{action: "ec2:AcceptVpcPeeringConnection", resource: ec2ARN("vpc/vpc-1"), context: foreign}, false},
	} {
		for _, kind := range []AccountKind{HomeAccount, RemoteAccount} {
			if kind == RemoteAccount && strings.Contains(c.what, "cluster's") {
				continue
			}
			if got := mayDeploy(t, kind, c.request); got != c.want {
				t.Errorf("%s: %s: %v", kind, c.what, got)
			}
		}
	}
}

func TestADeployerHandsRolesOnlyToTheServicesThatUseThem(t *testing.T) {
	task, nodes := homePlace.IAM("role/mesh-one-ecs"), homePlace.IAM("role/eks-mesh-nodes-0123abc")
	for _, c := range []struct {
		kind          AccountKind
		role, service string
		want          bool
	}{
		{HomeAccount, task, "ecs-tasks.amazonaws.com", true},
		{HomeAccount, task, "pods.eks.amazonaws.com", true},
		{HomeAccount, task, "ec2.amazonaws.com", false},
		{HomeAccount, task, "lambda.amazonaws.com", false},
		{HomeAccount, nodes, "eks.amazonaws.com", true},
		{HomeAccount, nodes, "ec2.amazonaws.com", true},
		{HomeAccount, nodes, "pods.eks.amazonaws.com", true},
		{HomeAccount, nodes, "ecs-tasks.amazonaws.com", false},
		{HomeAccount, homePlace.IAM("role/admin"), "ecs-tasks.amazonaws.com", false},
		{RemoteAccount, task, "ecs-tasks.amazonaws.com", true},
		{RemoteAccount, task, "pods.eks.amazonaws.com", false},
		{RemoteAccount, nodes, "ec2.amazonaws.com", false},
	} {
		got := mayDeploy(t, c.kind, request{action: "iam:PassRole", resource: c.role, context: map[string]string{"iam:PassedToService": c.service}})
		if got != c.want {
			t.Errorf("%s: pass %s to %s: %v", c.kind, c.role, c.service, got)
		}
	}
}

func TestADeployerMakesServiceLinkedRolesOfTheServicesInUseOnly(t *testing.T) {
	for service, in := range map[string][]AccountKind{
		"ecs.amazonaws.com":                  {HomeAccount, RemoteAccount},
		"eks.amazonaws.com":                  {HomeAccount},
		"eks-nodegroup.amazonaws.com":        {HomeAccount},
		"autoscaling.amazonaws.com":          {HomeAccount},
		"elasticloadbalancing.amazonaws.com": {HomeAccount},
		"spot.amazonaws.com":                 nil,
	} {
		for _, kind := range []AccountKind{HomeAccount, RemoteAccount} {
			got := mayDeploy(t, kind, request{
				action:   "iam:CreateServiceLinkedRole",
				resource: homePlace.IAM("role/aws-service-role/" + service + "/AWSServiceRoleForIt"),
				context:  map[string]string{"iam:AWSServiceName": service},
			})
			if want := slices.Contains(in, kind); got != want {
				t.Errorf("%s: %s: %v", kind, service, got)
			}
		}
	}
}

func TestADeployerAttachesOnlyThePoliciesOfEKS(t *testing.T) {
	for name, want := range map[string]bool{
		"AmazonEKSClusterPolicy": true, "AmazonEKS_CNI_Policy": true, "AdministratorAccess": false, "AmazonECS_FullAccess": false,
	} {
		got := mayDeploy(t, HomeAccount, request{
			action: "iam:AttachRolePolicy", resource: homePlace.IAM("role/eks-mesh-eksRole-role-0123abc"),
			context: map[string]string{"iam:PolicyARN": homePlace.ManagedPolicy(name)},
		})
		if got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if mayDeploy(t, HomeAccount, request{
		action: "iam:AttachRolePolicy", resource: homePlace.IAM("role/mesh-istiod"),
		context: map[string]string{"iam:PolicyARN": homePlace.ManagedPolicy("AmazonEKSClusterPolicy")},
	}) {
		t.Error("a role of the mesh has its own policy and no other")
	}
	if mayDeploy(t, HomeAccount, request{action: "iam:PutRolePolicy", resource: homePlace.IAM("role/admin")}) {
		t.Error("the deployer may rewrite a role outside the install")
	}
}

// KMS may take five minutes until a key's tag counts. The first calls come within seconds.
func TestADeployerUsesANewKeyAtOnceAndDestroysOnlyItsOwn(t *testing.T) {
	key := homePlace.ARN("kms", "key/0123")
	for _, action := range []string{"kms:DescribeKey", "kms:EnableKeyRotation", "kms:CreateGrant", "kms:CreateAlias", "kms:GetKeyPolicy"} {
		if !mayDeploy(t, HomeAccount, request{action: action, resource: key}) {
			t.Errorf("%s waits for the tag", action)
		}
	}
	for _, action := range []string{"kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:PutKeyPolicy", "kms:DisableKeyRotation"} {
		if mayDeploy(t, HomeAccount, request{action: action, resource: key, context: foreign}) {
			t.Errorf("%s on a foreign key", action)
		}
		if !mayDeploy(t, HomeAccount, request{action: action, resource: key, context: own}) {
			t.Errorf("%s on our key is refused", action)
		}
	}
}

func TestNodesAreLaunchedFromATemplateOnly(t *testing.T) {
	template := map[string]string{"ec2:LaunchTemplate": ec2ARN("launch-template/lt-1")}
	image := "arn:aws:ec2:eu-central-1::image/ami-1"
	for _, resource := range []string{ec2ARN("instance/*"), ec2ARN("subnet/subnet-1"), image} {
		if !mayDeploy(t, HomeAccount, request{action: "ec2:RunInstances", resource: resource, context: template}) {
			t.Errorf("%s is refused", resource)
		}
		if mayDeploy(t, HomeAccount, request{action: "ec2:RunInstances", resource: resource}) {
			t.Errorf("%s is allowed without a template", resource)
		}
	}
}

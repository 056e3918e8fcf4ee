package policy

import (
	"slices"
	"strings"
)

// CNIPolicy is AWS's managed policy for vpc-cni.
const CNIPolicy = "AmazonEKS_CNI_Policy"

// eksPolicies are the AWS managed policies that the roles of EKS get. A deployer may attach these and no others.
var eksPolicies = []string{
	"AmazonEC2ContainerRegistryPullOnly",
	"AmazonEKSClusterPolicy",
	"AmazonEKSWorkerNodePolicy",
	CNIPolicy,
}

// boundaryKey is the condition key of a role's permissions boundary. CreateRole, PutRolePermissionsBoundary, PutRolePolicy,
// AttachRolePolicy and their opposites have it; for a role that exists its value is the boundary that the role has.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html, 2026-11-29.
const boundaryKey = "iam:PermissionsBoundary"

// boundedActions need the boundary: with any of them a role without it could get every permission.
var boundedActions = iam("CreateRole", "PutRolePermissionsBoundary", "PutRolePolicy")

// ecsTasks is the service that takes task and execution roles.
const ecsTasks = "ecs-tasks.amazonaws.com"

func bounded(d Deployer) bool   { return d.Boundary != "" }
func unbounded(d Deployer) bool { return d.Boundary == "" }

// ownRole covers what is done to roles, except what is narrowed further.
func ownRole(action string) bool {
	return strings.HasPrefix(action, "iam:") && strings.Contains(action, "Role") &&
		!slices.Contains(iam("AttachRolePolicy", "CreateServiceLinkedRole", "DetachRolePolicy", "PassRole"), action)
}

// ownRoles are all roles that the program makes in an account.
func ownRoles(d Deployer, kind AccountKind) []string {
	if kind != HomeAccount {
		return meshRoles(d, kind)
	}
	return slices.Concat(meshRoles(d, kind), eksRoles(d, kind))
}

func withinBoundary(d Deployer, _ AccountKind) Condition {
	return Condition{"StringEquals": {boundaryKey: {d.Boundary}}}
}

// within adds to a condition about policies that the role is within the boundary, if there is one. Only what attaches a policy is
// limited so: a role from before the boundary may lose its policies, and go, without getting it first.
func within(condition Condition, d Deployer, kind AccountKind) Condition {
	if bounded(d) {
		condition["StringEquals"] = withinBoundary(d, kind)["StringEquals"]
	}
	return condition
}

// policiesOfEKS are the managed policies of the EKS roles.
func policiesOfEKS(d Deployer, _ AccountKind) Condition {
	var arns Values
	for _, name := range eksPolicies {
		arns = append(arns, d.Place.ManagedPolicy(name))
	}
	return Condition{"ArnEquals": {"iam:PolicyARN": arns}}
}

// policiesOfTasks are the managed policies that the stack file names.
func policiesOfTasks(d Deployer, _ AccountKind) Condition {
	return Condition{"ArnEquals": {"iam:PolicyARN": d.Attached}}
}

var identityRules = []rule{
	{
		policy: IdentityPolicy, sid: "OwnRoles", applies: unbounded,
		covers: ownRole, resources: ownRoles,
	},
	{
		policy: IdentityPolicy, sid: "OwnRoles", applies: bounded,
		covers: func(a string) bool { return ownRole(a) && !slices.Contains(boundedActions, a) }, resources: ownRoles,
	},
	{
		policy: BoundaryPolicy, sid: "OwnRolesWithinTheBoundary", applies: bounded,
		covers: oneOf(boundedActions), resources: boundRoles, condition: withinBoundary,
	},
	{
		// Another policy of the deployer may allow more. A deny holds against it.
		policy: BoundaryPolicy, sid: "KeepTheBoundary", applies: bounded,
		denies: iam("DeleteRolePermissionsBoundary"), resources: boundRoles,
	},
	{
		policy: BoundaryPolicy, sid: "NoOtherBoundary", applies: bounded,
		denies: iam("PutRolePermissionsBoundary"), resources: boundRoles,
		condition: func(d Deployer, _ AccountKind) Condition {
			return Condition{"StringNotEquals": {boundaryKey: {d.Boundary}}}
		},
	},
	{
		policy: IdentityPolicy, sid: "AttachPoliciesOfEKS", homeOnly: true, applies: unbounded,
		covers: oneOf(iam("AttachRolePolicy", "DetachRolePolicy")), resources: eksRoles, condition: policiesOfEKS,
	},
	{
		policy: IdentityPolicy, sid: "AttachPoliciesOfEKS", homeOnly: true, applies: bounded,
		covers: is("iam:AttachRolePolicy"), resources: eksRoles,
		condition: func(d Deployer, kind AccountKind) Condition { return within(policiesOfEKS(d, kind), d, kind) },
	},
	{
		policy: IdentityPolicy, sid: "DetachPoliciesOfEKS", homeOnly: true, applies: bounded,
		covers: is("iam:DetachRolePolicy"), resources: eksRoles, condition: policiesOfEKS,
	},
	{
		policy: IdentityPolicy, sid: "PassMeshRoles",
		covers: is("iam:PassRole"), resources: meshRoles,
		condition: func(_ Deployer, kind AccountKind) Condition {
			services := Values{ecsTasks, "scheduler.amazonaws.com", "vpc-flow-logs.amazonaws.com"}
			if kind == HomeAccount {
				services = append(services, "pods.eks.amazonaws.com")
			}
			return Condition{"StringEquals": {"iam:PassedToService": services}}
		},
	},
	{
		// The deployer passes the role of the nodes to EKS, and EKS passes it to EC2. EC2 has two names in China. The role of vpc-cni goes
		// to its pods.
		policy: IdentityPolicy, sid: "PassRolesOfEKS", homeOnly: true,
		covers: is("iam:PassRole"), resources: eksRoles,
		condition: func(d Deployer, _ AccountKind) Condition {
			services := Values{"ec2.amazonaws.com", "eks.amazonaws.com", "pods.eks.amazonaws.com"}
			if d.Place.Partition == "aws-cn" {
				services = append(services, "ec2.amazonaws.com.cn")
			}
			return Condition{"StringEquals": {"iam:PassedToService": services}}
		},
	},
	{
		policy: IdentityPolicy, sid: "CreateServiceLinkedRoles",
		covers: is("iam:CreateServiceLinkedRole"), resources: linkedRoles,
		condition: func(_ Deployer, kind AccountKind) Condition {
			return Condition{"StringEquals": {"iam:AWSServiceName": linkedServices(kind)}}
		},
	},
	{
		// EKS uses the caller's permissions to check whether its own roles exist.
		policy: IdentityPolicy, sid: "ReadServiceLinkedRoles", homeOnly: true,
		covers: oneOf(iam("GetRole", "ListAttachedRolePolicies")), resources: linkedRoles,
	},
	{
		policy: IdentityPolicy, sid: "OIDCProviderOfEKS", homeOnly: true,
		covers: func(a string) bool { return strings.Contains(a, "OpenIDConnectProvider") },
		resources: func(d Deployer, _ AccountKind) []string {
			return []string{d.Place.IAM("oidc-provider/oidc.eks." + d.Place.Region + ".*")}
		},
	},

	{
		policy: TaskPolicy, sid: "AttachPoliciesOfTasks", applies: func(d Deployer) bool { return len(d.Attached) > 0 },
		covers: is("iam:AttachRolePolicy"), resources: taskRoles,
		condition: func(d Deployer, kind AccountKind) Condition { return within(policiesOfTasks(d, kind), d, kind) },
	},
	{
		policy: TaskPolicy, sid: "DetachPoliciesOfTasks", applies: func(d Deployer) bool { return len(d.Attached) > 0 },
		covers: is("iam:DetachRolePolicy"), resources: taskRoles, condition: policiesOfTasks,
	},
	{
		policy: TaskPolicy, sid: "PassTaskRolesOfTeams", applies: func(d Deployer) bool { return len(d.TaskRoles) > 0 },
		covers: is("iam:PassRole"), resources: func(d Deployer, _ AccountKind) []string { return d.TaskRoles },
		condition: func(Deployer, AccountKind) Condition {
			return Condition{"StringEquals": {"iam:PassedToService": {ecsTasks}}}
		},
	},
	{
		// A preview reads their trust.
		policy: TaskPolicy, sid: "ReadTaskRolesOfTeams", applies: func(d Deployer) bool { return len(d.TaskRoles) > 0 },
		covers: is("iam:GetRole"), resources: func(d Deployer, _ AccountKind) []string { return d.TaskRoles },
	},
}

package policy

import (
	"slices"
	"strings"
)

// is covers one action.
func is(action string) func(string) bool {
	return func(a string) bool { return a == action }
}

// oneOf covers a set of actions.
func oneOf(actions []string) func(string) bool {
	return func(a string) bool { return slices.Contains(actions, a) }
}

// everything is the resource of actions that AWS does not let a policy narrow. See Wildcards.
func everything(Deployer, AccountKind) []string { return []string{"*"} }

// ec2ARNs are EC2 resources of the account and region.
func ec2ARNs(resources ...string) func(Deployer, AccountKind) []string {
	return func(d Deployer, _ AccountKind) []string {
		arns := make([]string, len(resources))
		for i, resource := range resources {
			arns[i] = d.Place.ARN("ec2", resource)
		}
		return arns
	}
}

// role is the ARN of a role under the deployer's path.
func (d Deployer) role(name string) string {
	if d.Path == "" {
		return d.Place.IAM("role/" + name)
	}
	return d.Place.IAM("role" + d.Path + name)
}

// policy is the ARN of a managed policy under the deployer's path.
func (d Deployer) policy(name string) string {
	return strings.Replace(d.role(name), ":role/", ":policy/", 1)
}

// meshRoles are the roles of package iam. All have the install's prefix.
func meshRoles(d Deployer, _ AccountKind) []string {
	return []string{d.role(d.Install + "-*")}
}

// eksRoles are the roles of the control plane, the nodes and vpc-cni. No other system needs the names of the first two. So Pulumi
// generates the names from the names of the resources, which hold the install's name.
func eksRoles(d Deployer, _ AccountKind) []string {
	return []string{d.role("eks-" + d.Install + "-eksRole-role-*"), d.role("eks-" + d.Install + "-nodes-*")}
}

// linkedRoles are the service-linked roles that AWS makes when the program first uses a service.
func linkedRoles(d Deployer, kind AccountKind) []string {
	var arns []string
	for _, name := range linkedServices(kind) {
		arns = append(arns, d.Place.IAM("role/aws-service-role/"+name+"/*"))
	}
	return arns
}

// keys are the KMS keys of the account and region. A key's id is AWS's choice.
func keys(d Deployer, _ AccountKind) []string { return []string{d.Place.ARN("kms", "key/*")} }

// inRegion holds for calls to the region's own endpoints.
func inRegion(d Deployer, _ AccountKind) Condition {
	return Condition{"StringEquals": {"aws:RequestedRegion": {d.Place.Region}}}
}

// when compares a key with the install's name.
func when(operator, key string) func(Deployer, AccountKind) Condition {
	return func(d Deployer, _ AccountKind) Condition {
		return Condition{operator: {key: {d.Install}}}
	}
}

// linkedServices are the services whose service-linked role may not exist yet in the account.
func linkedServices(kind AccountKind) Values {
	if kind != HomeAccount {
		return Values{"ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com"}
	}
	return Values{
		"autoscaling.amazonaws.com",
		"ecs.amazonaws.com",
		"ecs.application-autoscaling.amazonaws.com",
		"eks-nodegroup.amazonaws.com",
		"eks.amazonaws.com",
		"elasticloadbalancing.amazonaws.com",
	}
}

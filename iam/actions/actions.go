// Package actions has the IAM actions that it takes to manage each type of resource of the program: what the AWS provider calls, and what the
// services demand of the caller besides. The deployer's policies are made of it, and the sandbox asks for it as AWS does.
package actions

import "slices"

// Need lists the IAM actions that it takes to manage one type of resource.
type Need struct {
	// Type is the type token of a Pulumi resource or function.
	Type string
	// HomeOnly says that only the home account has such resources.
	HomeOnly bool
	// TeamsOnly says that only stacks with teams have such resources.
	TeamsOnly bool
	// Create, Read, Update, Tag and Delete are the IAM actions of each step. A refresh needs Read, and every other
	// step needs it too. The actions are the calls of the AWS provider (6.83, which wraps Terraform's 5.100), and
	// what the services demand of the caller besides.
	Create, Read, Update, Tag, Delete []string
}

// All are the need's actions, each once.
func (n Need) All() []string {
	all := slices.Concat(n.Create, n.Read, n.Update, n.Tag, n.Delete)
	slices.Sort(all)
	return slices.Compact(all)
}

// Service returns a function that puts the prefix of a service, such as "ec2", before action names.
func Service(prefix string) func(names ...string) []string {
	return func(names ...string) []string {
		actions := make([]string, len(names))
		for i, name := range names {
			actions[i] = prefix + ":" + name
		}
		return actions
	}
}

var (
	ec2  = Service("ec2")
	iam  = Service("iam")
	eks  = Service("eks")
	ecs  = Service("ecs")
	kms  = Service("kms")
	logs = Service("logs")
	sns  = Service("sns")
	ssm  = Service("ssm")

	cloudwatch = Service("cloudwatch")
	scaling    = Service("application-autoscaling")
	schedules  = Service("scheduler")
	quotas     = Service("servicequotas")
	ram        = Service("ram")
	route53    = Service("route53")

	ec2Tags = ec2("CreateTags", "DeleteTags")
	eksTags = eks("TagResource", "UntagResource")
	ecsTags = ecs("TagResource", "UntagResource")
)

// All are the types that the program registers, with the children of pulumi-eks's components.
var All = slices.Concat(livingNeeds, networkNeeds, identityNeeds, eksNeeds, ecsNeeds, existingNeeds, scalingNeeds, scheduleNeeds, transitNeeds, privateLinkNeeds, observabilityNeeds, contractNeeds, Teams)

package policy

import "ambient-ecs/iam/actions"

var (
	ec2  = actions.Service("ec2")
	iam  = actions.Service("iam")
	eks  = actions.Service("eks")
	ecs  = actions.Service("ecs")
	kms  = actions.Service("kms")
	logs = actions.Service("logs")
	sns  = actions.Service("sns")
	ssm  = actions.Service("ssm")

	cloudwatch = actions.Service("cloudwatch")
	scaling    = actions.Service("application-autoscaling")
	quotas     = actions.Service("servicequotas")

	ecsTags = ecs("TagResource", "UntagResource")
)

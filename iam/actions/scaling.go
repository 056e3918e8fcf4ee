package actions

import "slices"

// ScalingAlarms are the actions with which Application Auto Scaling makes the alarms of a scaling policy. It checks the caller
// for them: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/auto-scaling-IAM.html, 2026-11-29.
var ScalingAlarms = cloudwatch("DeleteAlarms", "DescribeAlarms", "PutMetricAlarm")

// scalingNeeds are the types of Application Auto Scaling.
var scalingNeeds = []Need{
	{
		Type: "aws:appautoscaling/target:Target",
		// The first target of ECS in an account makes the service-linked role of Application Auto Scaling for ECS. Application Auto
		// Scaling looks at the service, and sets its count, for the caller.
		Create: slices.Concat(scaling("RegisterScalableTarget"), ecs("DescribeServices", "UpdateService"), iam("CreateServiceLinkedRole")),
		Read:   scaling("DescribeScalableTargets", "ListTagsForResource"),
		Update: scaling("RegisterScalableTarget"),
		Tag:    scaling("TagResource", "UntagResource"),
		Delete: scaling("DeregisterScalableTarget"),
	},
	{
		Type:   "aws:appautoscaling/policy:Policy",
		Create: slices.Concat(scaling("PutScalingPolicy"), ScalingAlarms),
		Read:   scaling("DescribeScalingPolicies"),
		Update: slices.Concat(scaling("PutScalingPolicy"), ScalingAlarms),
		Delete: slices.Concat(scaling("DeleteScalingPolicy"), ScalingAlarms),
	},
	{
		Type:   "aws:appautoscaling/scheduledAction:ScheduledAction",
		Create: scaling("PutScheduledAction"),
		Read:   scaling("DescribeScheduledActions"),
		Update: scaling("PutScheduledAction"),
		Delete: scaling("DeleteScheduledAction"),
	},
}

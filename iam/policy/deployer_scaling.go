package policy

import (
	"slices"
	"strings"
)

// scalingAlarms are the actions with which Application Auto Scaling makes the alarms of a scaling policy. It checks the caller
// for them: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/auto-scaling-IAM.html, 2026-11-29.
var scalingAlarms = cloudwatch("DeleteAlarms", "DescribeAlarms", "PutMetricAlarm")

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
		Create: slices.Concat(scaling("PutScalingPolicy"), scalingAlarms),
		Read:   scaling("DescribeScalingPolicies"),
		Update: slices.Concat(scaling("PutScalingPolicy"), scalingAlarms),
		Delete: slices.Concat(scaling("DeleteScalingPolicy"), scalingAlarms),
	},
	{
		Type:   "aws:appautoscaling/scheduledAction:ScheduledAction",
		Create: scaling("PutScheduledAction"),
		Read:   scaling("DescribeScheduledActions"),
		Update: scaling("PutScheduledAction"),
		Delete: scaling("DeleteScheduledAction"),
	},
}

// scalableTargets are the scalable targets of the account and region. AWS chooses their ids.
func scalableTargets(d Deployer, _ AccountKind) []string {
	return []string{d.Place.ARN("application-autoscaling", "scalable-target/*")}
}

var scalingRules = []rule{
	{
		policy: ScalingPolicy, sid: "ListScaling",
		covers: func(a string) bool { return strings.HasPrefix(a, "application-autoscaling:Describe") }, resources: everything, condition: inRegion,
	},
	{
		// A new target carries the install's tag from the beginning.
		policy: ScalingPolicy, sid: "NewScaling",
		covers: oneOf(scaling("RegisterScalableTarget", "TagResource")), resources: scalableTargets,
		condition: when("StringEquals", "aws:RequestTag/"+InstallTag),
	},
	{
		policy: ScalingPolicy, sid: "OwnScaling",
		covers: func(a string) bool {
			return strings.HasPrefix(a, "application-autoscaling:") && !strings.HasPrefix(a, "application-autoscaling:Describe")
		},
		resources: scalableTargets, condition: when("StringEquals", "aws:ResourceTag/"+InstallTag),
	},
	{
		policy: ScalingPolicy, sid: "ScalingAlarms",
		covers: oneOf(cloudwatch("DeleteAlarms", "PutMetricAlarm")),
		resources: func(d Deployer, _ AccountKind) []string {
			arns := []string{d.Place.ARN("cloudwatch", "alarm:TargetTracking-service/"+d.Install+"-*")}
			for _, service := range d.Services {
				_, name, _ := strings.Cut(service, ":service/")
				arns = append(arns, d.Place.ARN("cloudwatch", "alarm:TargetTracking-service/"+name+"-*"))
			}
			for _, cluster := range d.NamedClusters {
				_, name, _ := strings.Cut(cluster, ":cluster/")
				arns = append(arns, d.Place.ARN("cloudwatch", "alarm:TargetTracking-service/"+name+"/*"))
			}
			return arns
		},
	},
	{
		policy: ScalingPolicy, sid: "ReadScalingAlarms",
		covers: is("cloudwatch:DescribeAlarms"), resources: everything, condition: inRegion,
	},
}

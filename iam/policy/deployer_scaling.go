package policy

import (
	"strings"
)

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

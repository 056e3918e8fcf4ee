package policy

import "ambient-ecs/iam/actions"

// BalancerPermissions lets the AWS Load Balancer Controller make, change and remove network load balancers of one EKS
// cluster, and nothing that belongs to anybody else.
//
// The controller tags what it makes with elbv2.k8s.aws/cluster, so each change is limited to this tag's value. Its own
// project's policy asks only whether there is such a tag, and so lets a cluster delete the load balancers of another one.
// (https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/docs/install/iam_policy.json, 2026-11-29.)
// This policy leaves out security groups, which the program makes, and what only application load balancers have: changes of rules,
// WAF, Shield and Cognito. The controller reads the rules of each listener all the same (pkg/deploy/elbv2/tagging_manager.go of
// v2.14.0).
//
// Read-only actions of these services take no resource, so they are narrowed to the region.
func BalancerPermissions(place Place, cluster string) Document {
	const tag = "elbv2.k8s.aws/cluster"
	elb := actions.Service("elasticloadbalancing")
	balancers := []string{place.ARN("elasticloadbalancing", "loadbalancer/net/*")}
	listeners := []string{place.ARN("elasticloadbalancing", "listener/net/*")}
	groups := []string{place.ARN("elasticloadbalancing", "targetgroup/*")}
	own := Condition{"StringEquals": {"aws:ResourceTag/" + tag: {cluster}}}
	return Document{Statements: []Statement{
		{
			Sid: "Read",
			Actions: append(ec2("DescribeAvailabilityZones", "DescribeInstances", "DescribeInternetGateways", "DescribeNetworkInterfaces", "DescribeRouteTables",
				"DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcPeeringConnections", "DescribeVpcs"),
				elb("DescribeCapacityReservation", "DescribeListenerAttributes", "DescribeListenerCertificates", "DescribeListeners", "DescribeLoadBalancerAttributes",
					"DescribeLoadBalancers", "DescribeRules", "DescribeTags", "DescribeTargetGroupAttributes", "DescribeTargetGroups", "DescribeTargetHealth")...),
			Resources: []string{"*"},
			Condition: Condition{"StringEquals": {"aws:RequestedRegion": {place.Region}}},
		},
		{
			Sid:       "CreateTagged",
			Actions:   elb("CreateLoadBalancer", "CreateTargetGroup"),
			Resources: append(append([]string{}, balancers...), groups...),
			Condition: Condition{"StringEquals": {"aws:RequestTag/" + tag: {cluster}}},
		},
		{
			Sid:       "TagNew",
			Actions:   elb("AddTags"),
			Resources: append(append(append([]string{}, balancers...), groups...), listeners...),
			Condition: Condition{"StringEquals": {
				"aws:RequestTag/" + tag:             {cluster},
				"elasticloadbalancing:CreateAction": {"CreateLoadBalancer", "CreateTargetGroup", "CreateListener"},
			}},
		},
		{
			Sid: "ChangeOwn",
			Actions: elb("CreateListener", "DeleteLoadBalancer", "DeleteTargetGroup", "DeregisterTargets", "ModifyCapacityReservation", "ModifyLoadBalancerAttributes",
				"ModifyTargetGroup", "ModifyTargetGroupAttributes", "RegisterTargets", "SetIpAddressType", "SetSecurityGroups", "SetSubnets"),
			Resources: append(append([]string{}, balancers...), groups...),
			Condition: own,
		},
		{
			Sid:       "ChangeOwnListeners",
			Actions:   elb("AddListenerCertificates", "DeleteListener", "ModifyListener", "ModifyListenerAttributes", "RemoveListenerCertificates"),
			Resources: listeners,
			Condition: own,
		},
		{
			Sid:       "TagOwn",
			Actions:   elb("AddTags", "RemoveTags"),
			Resources: append(append(append([]string{}, balancers...), groups...), listeners...),
			Condition: own,
		},
		{
			Sid:       "ServiceLinkedRole",
			Actions:   []string{"iam:CreateServiceLinkedRole"},
			Resources: []string{place.IAM("role/aws-service-role/elasticloadbalancing.amazonaws.com/*")},
			Condition: Condition{"StringEquals": {"iam:AWSServiceName": {"elasticloadbalancing.amazonaws.com"}}},
		},
	}}
}

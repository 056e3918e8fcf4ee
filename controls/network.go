package controls

import (
	"fmt"
	"slices"
	"strings"
)

// named reports whether a rule of the older kind, with lists of networks, names the other end.
func named(rule any) bool {
	return !slices.ContainsFunc(slices.Concat(list(rule, "cidrBlocks"), list(rule, "ipv6CidrBlocks")), anywhere)
}

var ofTheNetwork = []Control{
	{Number: 39, ID: "EC2.2", Text: "the default security group admits nothing and lets nothing out",
		Name: "default-group-closed", Fix: "leave ingress and egress out of the default security group", Mandatory: true,
		Kind: defaultGroup, Each: func(in Inputs) bool { return len(in.list("ingress")) == 0 && len(in.list("egress")) == 0 }},
	{Number: 40, ID: "EC2.6", Text: "every VPC has a flow log of all traffic",
		Name: "vpcs-flow-logs", Fix: "make a flow log with trafficType ALL for the VPC (here: flowLogs)",
		All: func(stack Stack) (int, []string) {
			var broken []string
			logs, vpcs := stack.ofType(flowLog), stack.ofType(vpc)
			for _, log := range logs {
				if log.Inputs.at("trafficType") != "ALL" {
					broken = append(broken, log.Name)
				}
			}
			if len(vpcs) > len(logs) {
				broken = append(broken, fmt.Sprintf("%d flow logs for %d VPCs", len(logs), len(vpcs)))
			}
			return len(vpcs), broken
		}},
	{Number: 41, ID: "EC2.15", Text: "no subnet gives out public addresses",
		Name: "subnets-no-public-addresses", Fix: "set mapPublicIpOnLaunch to false", Mandatory: true,
		Kind: subnet, Each: is(false, "mapPublicIpOnLaunch")},
	{Number: 42, ID: "EC2.18, EC2.19", Text: "no security group admits everybody",
		Name: "groups-admit-nobody-unnamed", Fix: "name a network, a prefix list or a security group as the source", Mandatory: true,
		Kind: ingressRule, Each: func(in Inputs) bool { return !anywhere(in.at("cidrIpv4")) && !anywhere(in.at("cidrIpv6")) }, Also: map[string]func(Inputs) bool{
			groupRule:     func(in Inputs) bool { return in.at("type") != "ingress" || named(in.values) },
			securityGroup: func(in Inputs) bool { return all(in.list("ingress"), named) },
		}},
	{Number: 43, ID: "EC2 best practices", Text: "tasks call only what they need",
		Name: "groups-call-nobody-unnamed", Fix: "name a network, a prefix list or a security group as the destination (here: egress: endpoints of the account)",
		Kind: egressRule, Each: func(in Inputs) bool { return !anywhere(in.at("cidrIpv4")) && !anywhere(in.at("cidrIpv6")) }, Also: map[string]func(Inputs) bool{
			groupRule:     func(in Inputs) bool { return in.at("type") != "egress" || named(in.values) },
			securityGroup: func(in Inputs) bool { return all(in.list("egress"), named) },
		}},
	{Number: 44, ID: "EC2.10, EC2.55 to EC2.57", Text: "every VPC has interface endpoints for EC2, ECR and Systems Manager",
		Name: "vpcs-interface-endpoints", Fix: "make interface endpoints of ec2, ecr.api, ecr.dkr and ssm in the VPC (here: endpoints)",
		All: func(stack Stack) (int, []string) {
			var broken []string
			vpcs := len(stack.ofType(vpc))
			for _, of := range []string{"ec2", "ecr.api", "ecr.dkr", "ssm"} {
				have := map[any]bool{}
				for _, r := range stack.ofType(endpoint) {
					if r.Inputs.at("vpcEndpointType") == "Interface" && strings.HasSuffix(fmt.Sprint(r.Inputs.at("serviceName")), "."+of) {
						have[r.Inputs.at("vpcId")] = true
					}
				}
				if len(have) < vpcs {
					broken = append(broken, fmt.Sprintf("%d endpoints of %s for %d VPCs", len(have), of, vpcs))
				}
			}
			return vpcs, broken
		}},
	{Number: 45, ID: "EC2.9, EC2.25", Text: "launch templates assign no public address",
		Name: "templates-no-public-address", Fix: "leave networkInterfaces.associatePublicIpAddress off", Mandatory: true,
		Kind: template, Each: func(in Inputs) bool {
			return !slices.ContainsFunc(in.list("networkInterfaces"), func(i any) bool { return fmt.Sprint(at(i, "associatePublicIpAddress")) == "true" })
		}},
	{Number: 46, ID: "EC2.3, EC2.181", Text: "volumes of nodes are encrypted with a key of the account",
		Name: "volumes-own-key", Fix: "set encrypted and kmsKeyId of every volume (here: keys.volumes of the account)",
		Kind: template, Each: volumes(func(ebs any) bool { return fmt.Sprint(at(ebs, "encrypted")) == "true" && at(ebs, "kmsKeyId") != nil })},
	{Number: 47, ID: "EC2.16, EC2.21", Text: "no unused or open network ACL",
		Name: "no-network-acls", Fix: "use security groups",
		All: func(stack Stack) (int, []string) {
			var broken []string
			for _, r := range stack {
				if strings.HasPrefix(r.Type, "aws:ec2/networkAcl") {
					broken = append(broken, r.Name)
				}
			}
			return len(stack), broken
		}},
	{Number: 48, ID: "EC2.23", Text: "transit gateways accept nobody by themselves", None: "accounts are connected by peerings"},
	{Number: 49, ID: "EC2.172", Text: "VPC Block Public Access is on", Open: "a setting of the whole account and region, which the program leaves to its owner; the mode `block-ingress` lets NAT gateways out"},
}

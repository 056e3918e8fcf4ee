// Package quota is the one table of AWS's quotas and sizes that the configuration's checks, the sandbox and docs/quotas.md share.
package quota

import (
	"cmp"
	"fmt"
	"strings"
)

// Quota is a limit that AWS puts on an account, in each region unless Per says otherwise.
type Quota struct {
	// Name is AWS's name of it, Per what it is counted in.
	Name, Per string
	// Default is the limit of a new account.
	Default int
	// Adjustable says whether AWS raises it on request.
	Adjustable bool
	// Source is where AWS says so.
	Source Source
}

// Source is a page of AWS, and when it was read. Read is empty where the page was only seen quoted.
type Source struct{ Address, Read string }

var (
	vpcQuotas     = Source{"https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html", "2026-11-29"}
	iamQuotas     = Source{"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html", "2026-11-29"}
	eksQuotas     = Source{"https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html", "2026-11-29"}
	ecsQuotas     = Source{"https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html", "2026-11-29"}
	fargateQuotas = Source{"https://docs.aws.amazon.com/general/latest/gr/ecs-service.html", ""}
	aasQuotas     = Source{"https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-quotas.html", "2026-11-29"}
)

// The quotas that a mesh can reach.
var (
	VPCs               = Quota{"VPCs", "region", 5, true, vpcQuotas}
	Addresses          = Quota{"Elastic IP addresses", "region", 5, true, vpcQuotas}
	NATGateways        = Quota{"NAT gateways", "availability zone", 5, true, vpcQuotas}
	Peerings           = Quota{"Active VPC peering connections", "VPC", 50, true, vpcQuotas}
	Routes             = Quota{"Routes", "route table", 500, true, vpcQuotas}
	InterfaceEndpoints = Quota{"Interface endpoints and Gateway Load Balancer endpoints", "VPC", 50, true, vpcQuotas}
	RulesPerGroup      = Quota{"Inbound or outbound rules", "security group", 60, true, vpcQuotas}
	Roles              = Quota{"Roles", "account", 1000, true, iamQuotas}
	AttachedTo         = Quota{"Managed policies", "IAM role", 10, true, iamQuotas}
	InlinePolicy       = Quota{"Characters of inline policies, without white space", "IAM role", 10240, false, iamQuotas}
	NodesPerGroup      = Quota{"Nodes", "managed node group", 450, true, eksQuotas}
	TasksPerECS        = Quota{"Tasks", "ECS service", 5000, true, ecsQuotas}

	// FargateVCPUs is what a new account may run at a time. AWS raises it by itself as an account is used.
	FargateVCPUs = Quota{"vCPUs of Fargate On-Demand tasks", "region", 6, true, fargateQuotas}

	ScalableTargets  = Quota{"Scalable targets of ECS", "region", 3000, true, aasQuotas}
	ScalingPolicies  = Quota{"Scaling policies", "scalable target", 50, false, aasQuotas}
	ScheduledActions = Quota{"Scheduled actions", "scalable target", 200, false, aasQuotas}
)

// MostPeerings is to how many peerings of a VPC AWS raises Peerings.
const MostPeerings = 125

// MostRoutes is to how many routes of a table AWS raises Routes.
const MostRoutes = 1000

// MostAttached is to how many managed policies of a role AWS raises AttachedTo.
const MostAttached = 25

// All are the quotas in the order of the table.
var All = []Quota{VPCs, Addresses, NATGateways, Peerings, Routes, InterfaceEndpoints, RulesPerGroup, Roles, AttachedTo, InlinePolicy, NodesPerGroup, TasksPerECS, FargateVCPUs,
	ScalableTargets, ScalingPolicies, ScheduledActions}

// gatewayPorts are the ports of the east-west gateway's Service: its status, 15008 and 15012.
const gatewayPorts = 3

// GatewayRules is the number of inbound rules of the nodes' security group: the one with which EKS admits the group itself, and
// those of the legacy cloud controller for the gateway. For each port that one admits the health checks of each zone's subnet,
// and each source range; for each source range it also admits the messages of path MTU discovery. With three zones that is 10 + 4n.
//
// https://github.com/kubernetes/cloud-provider-aws, pkg/providers/v1/aws_loadbalancer.go, 2026-11-29.
func GatewayRules(sourceRanges, zones int) int {
	return 1 + gatewayPorts*zones + (gatewayPorts+1)*sourceRanges
}

// Markdown is the table of docs/quotas.md.
func Markdown() string {
	var out strings.Builder
	out.WriteString("# AWS quotas\n\nPreview warns when a stack goes beyond a default, since an account's own quota may be higher. The sandbox refuses what is beyond one, vCPUs aside.\n\n")
	out.WriteString("| quota | in each | default | can be raised | source |\n|---|---|---|---|---|\n")
	for _, q := range All {
		raised := "no"
		if q.Adjustable {
			raised = "yes"
		}
		fmt.Fprintf(&out, "| %s | %s | %d | %s | [AWS](%s), %s |\n", q.Name, q.Per, q.Default, raised, q.Source.Address, cmp.Or(q.Source.Read, "as others quote it"))
	}
	fmt.Fprintf(&out, `
The gateway's load balancer needs %d + %dn rules in the security group of the nodes, for n networks that may reach it and three zones.
That is with legacy in gatewayLoadBalancers. With controller its own group needs n rules, and the nodes' group one.

Sizes, which nobody can raise, are refused at preview: a private subnet of the home account has at least %d addresses for the EKS
control plane and %d free ones for the load balancer, besides those of its nodes; and an instance type runs more pods than the %d that each node needs.

vCPUs are counted for what runs all the time: the tasks of services outside Spot, with scaling its max. A deployment starts more for a while. The program does not ask AWS for the value that an account has.

Pulumi hands a stack's configuration to a Go program in one environment variable, and Linux allows 128 KiB for it. Preview warns beyond 96 KiB. The short form of a
service takes about 100 bytes, a service with its definition in a file hardly more.
`, GatewayRules(0, 3), GatewayRules(1, 3)-GatewayRules(0, 3), ControlPlaneAddresses, BalancerAddresses, DaemonPods)
	return out.String()
}

// ManagedPolicySize is how many characters a managed policy has at most, without white space. AWS does not raise it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, 2026-11-29.
const ManagedPolicySize = 6144

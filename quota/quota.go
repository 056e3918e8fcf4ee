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
	// Code names the quota to Service Quotas: the service's code and the quota's. Empty: the program does not ask.
	Code string
}

// Service is the service's part of Code.
func (q Quota) Service() string { service, _, _ := strings.Cut(q.Code, "/"); return service }

// Number is the quota's own part of Code.
func (q Quota) Number() string { _, number, _ := strings.Cut(q.Code, "/"); return number }

// Need is how much of a quota a stack needs.
type Need struct {
	Quota Quota
	Have  int
	// Where says where it counts, as the beginning of a sentence.
	Where string
	// Accounts are the keys of the accounts in which it counts. Empty where the program does not ask AWS.
	Accounts []string
}

// BeyondDefault says that the need is more than AWS allows by default.
func (n Need) BeyondDefault() string {
	return fmt.Sprintf("%s: AWS allows %d %s in each %s by default, and the stack needs %d. Ask AWS to raise the quota before `pulumi up` (%s)", n.Where, n.Quota.Default, n.Quota.Name, n.Quota.Per, n.Have, n.Quota.Source.Address)
}

// Beyond says that the need is more than AWS allows some accounts.
func (n Need) Beyond(value int, accounts []string) string {
	return fmt.Sprintf("%s: AWS allows account %s %d %s in each %s, and the stack needs %d. Ask AWS to raise the quota %s before `pulumi up`", n.Where, strings.Join(accounts, ", "), value, n.Quota.Name, n.Quota.Per, n.Have, n.Quota.Code)
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

// The quotas that a mesh can reach. Codes of VPC and EC2 are those to which AWS's page of VPC quotas links
// (https://github.com/awsdocs/amazon-vpc-user-guide, doc_source/amazon-vpc-limits.md, 2026-11-30). Fargate's is what Service Quotas lists as
// "Fargate On-Demand vCPU resource count" (https://github.com/brennerm/aws-quota-checker/issues/58, 2026-11-30).
var (
	VPCs               = Quota{"VPCs", "region", 5, true, vpcQuotas, "vpc/L-F678F1CE"}
	Addresses          = Quota{"Elastic IP addresses", "region", 5, true, vpcQuotas, "ec2/L-0263D0A3"}
	NATGateways        = Quota{"NAT gateways", "availability zone", 5, true, vpcQuotas, "vpc/L-FE5A380F"}
	Peerings           = Quota{"Active VPC peering connections", "VPC", 50, true, vpcQuotas, "vpc/L-7E9ECCDB"}
	Routes             = Quota{"Routes", "route table", 500, true, vpcQuotas, "vpc/L-93826ACB"}
	InterfaceEndpoints = Quota{"Interface endpoints and Gateway Load Balancer endpoints", "VPC", 50, true, vpcQuotas, ""}
	RulesPerGroup      = Quota{"Inbound or outbound rules", "security group", 60, true, vpcQuotas, "vpc/L-0EA8095F"}
	Roles              = Quota{"Roles", "account", 1000, true, iamQuotas, ""}
	AttachedTo         = Quota{"Managed policies", "IAM role", 10, true, iamQuotas, ""}
	InlinePolicy       = Quota{"Characters of inline policies, without white space", "IAM role", 10240, false, iamQuotas, ""}
	NodesPerGroup      = Quota{"Nodes", "managed node group", 450, true, eksQuotas, ""}
	TasksPerECS        = Quota{"Tasks", "ECS service", 5000, true, ecsQuotas, ""}

	// FargateVCPUs is what a new account may run at a time. AWS raises it by itself as an account is used.
	FargateVCPUs = Quota{"vCPUs of Fargate On-Demand tasks", "region", 6, true, fargateQuotas, "fargate/L-3032A538"}

	ScalableTargets  = Quota{"Scalable targets of ECS", "region", 3000, true, aasQuotas, ""}
	ScalingPolicies  = Quota{"Scaling policies", "scalable target", 50, false, aasQuotas, ""}
	ScheduledActions = Quota{"Scheduled actions", "scalable target", 200, false, aasQuotas, ""}
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
	out.WriteString("# AWS quotas\n\nPreview warns when a stack goes beyond a quota. Where it goes beyond a default that has a code, the program asks Service Quotas in each account concerned for the account's own value (`aws servicequotas get-service-quota`), and warns only if that is too low as well. Without that permission, or with `quotaLookUps: false`, it compares with the default. The sandbox refuses what is beyond one, vCPUs aside.\n\n")
	out.WriteString("| quota | in each | default | can be raised | code | source |\n|---|---|---|---|---|---|\n")
	for _, q := range All {
		raised := "no"
		if q.Adjustable {
			raised = "yes"
		}
		fmt.Fprintf(&out, "| %s | %s | %d | %s | %s | [AWS](%s), %s |\n", q.Name, q.Per, q.Default, raised, cmp.Or(q.Code, "–"), q.Source.Address, cmp.Or(q.Source.Read, "as others quote it"))
	}
	fmt.Fprintf(&out, `
The gateway's load balancer needs %d + %dn rules in the security group of the nodes, for n networks that may reach it and three zones.
That is with legacy in gatewayLoadBalancers. With controller its own group needs n rules, and the nodes' group one.

Sizes, which nobody can raise, are refused at preview: a private subnet of the home account has at least %d addresses for the EKS
control plane and %d free ones for the load balancer, besides those of its nodes; and an instance type runs more pods than the %d that each node needs.

vCPUs are counted for what runs all the time: the tasks of services outside Spot, with scaling its max. A deployment starts more for a while.
An account's own value may be lower than the default too; the program does not ask where the default is enough.

Pulumi hands a stack's configuration to a Go program in one environment variable, and Linux allows 128 KiB for it. Preview warns beyond 96 KiB. The short form of a
service takes about 100 bytes, a service with its definition in a file hardly more.
`, GatewayRules(0, 3), GatewayRules(1, 3)-GatewayRules(0, 3), ControlPlaneAddresses, BalancerAddresses, DaemonPods)
	return out.String()
}

// ManagedPolicySize is how many characters a managed policy has at most, without white space. AWS does not raise it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, 2026-11-29.
const ManagedPolicySize = 6144

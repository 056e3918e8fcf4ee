package sandboxed

import (
	"context"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/doctor/network"
)

// Kinds of resources that the sandbox keeps.
const (
	vpcKind         = "aws:ec2/vpc:Vpc"
	subnetKind      = "aws:ec2/subnet:Subnet"
	tableKind       = "aws:ec2/routeTable:RouteTable"
	associationKind = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	routeKind       = "aws:ec2/route:Route"
	peeringKind     = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
	natKind         = "aws:ec2/natGateway:NatGateway"
	attachmentKind  = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
	jointKind       = "aws:ec2transitgateway/peeringAttachment:PeeringAttachment"
	secondaryKind   = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
	endpointKind    = "aws:ec2/vpcEndpoint:VpcEndpoint"
	internetKind    = "aws:ec2/internetGateway:InternetGateway"
	groupKind       = "aws:ec2/securityGroup:SecurityGroup"
	ingressKind     = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressKind      = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	interfaceKind   = "aws:ec2/networkInterface:NetworkInterface"
	logGroupKind    = "aws:cloudwatch/logGroup:LogGroup"
	roleKind        = "aws:iam/role:Role"
	ecsClusterKind  = "aws:ecs/cluster:Cluster"
	addOnKind       = "aws:eks/addon:Addon"
	podIdentityKind = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
)

// read makes facts of a world while it is locked.
func read[T any](b *Backend, facts func(*world.Tx) T) (out T, err error) {
	err = b.world.Look(func(tx *world.Tx) error {
		out = facts(tx)
		return nil
	})
	return out, err
}

// ECS implements doctor.Evidence.
func (b *Backend) ECS(context.Context) (*doctor.ECS, error) { return read(b, b.ecs) }

// Roles implements doctor.Evidence.
func (b *Backend) Roles(context.Context) ([]evaluation.Role, error) { return read(b, b.roles) }

// Network implements doctor.Evidence.
func (b *Backend) Network(context.Context) (*network.Facts, error) { return read(b, b.network) }

// objects is the API server of the stack's cluster.
func (b *Backend) objects(tx *world.Tx) *api.Cluster { return api.At(tx, b.stack.EKSArn) }

// find returns the resources of a kind in the accounts of the stack.
func (b *Backend) find(tx *world.Tx, kind string) []*world.Resource {
	return tx.Find("", kind, func(r *world.Resource) bool {
		if r.String("_status") == "INACTIVE" {
			return false
		}
		for key, account := range b.stack.Accounts {
			if account.ID == r.Account && (r.Region == "" || r.Region == b.stack.RegionOf(key)) {
				return true
			}
		}
		return false
	})
}

// nodes are the instances of the stack's EKS cluster.
func (b *Backend) nodes(tx *world.Tx) []*world.Resource {
	return aws.Nodes(tx, evaluation.Account(b.stack.EKSArn), b.stack.Region, b.stack.EKSName)
}

func texts(o map[string]any, path ...string) []string {
	var out []string
	for _, v := range api.List(o, path...) {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func number(o map[string]any, path ...string) int { return int(api.Int(o, path...)) }

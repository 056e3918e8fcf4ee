// Package fromworld reads the doctor's evidence from the sandbox's world, as the APIs of AWS and Kubernetes would
// tell it.
package fromworld

import (
	"context"
	"fmt"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/doctor/network"
	"ambient-ecs/verify/stack"
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

type evidence struct {
	world *world.World
	stack *stack.Stack
}

// New reads a world for a stack. What changes in the world is seen by the next run.
func New(w *world.World, s *stack.Stack) doctor.Evidence { return &evidence{w, s} }

// Open reads the world that the sandbox keeps in a folder.
func Open(folder string, s *stack.Stack) (doctor.Evidence, error) {
	w, err := world.Open(folder)
	if err != nil {
		return nil, fmt.Errorf("open the sandbox: %w", err)
	}
	return New(w, s), nil
}

// read makes facts of a world while it is locked.
func read[T any](e *evidence, facts func(*world.Tx) T) (out T, err error) {
	err = e.world.Do(func(tx *world.Tx) error {
		out = facts(tx)
		return nil
	})
	return out, err
}

// ECS implements doctor.Evidence.
func (e *evidence) ECS(context.Context) (*doctor.ECS, error) { return read(e, e.ecs) }

// Roles implements doctor.Evidence.
func (e *evidence) Roles(context.Context) ([]evaluation.Role, error) { return read(e, e.roles) }

// Network implements doctor.Evidence.
func (e *evidence) Network(context.Context) (*network.Facts, error) { return read(e, e.network) }

// Kubernetes implements doctor.Evidence.
func (e *evidence) Kubernetes(context.Context) (*doctor.Kubernetes, error) {
	return read(e, e.kubernetes)
}

// cluster is the API server of the stack's cluster.
func (e *evidence) cluster(tx *world.Tx) *api.Cluster { return api.At(tx, e.stack.EKSArn) }

// find returns the resources of a kind in the accounts of the stack.
func (e *evidence) find(tx *world.Tx, kind string) []*world.Resource {
	return tx.Find("", kind, func(r *world.Resource) bool {
		if r.String("_status") == "INACTIVE" {
			return false
		}
		for _, account := range e.stack.Accounts {
			if account.ID == r.Account {
				return true
			}
		}
		return false
	})
}

// nodes are the instances of the stack's EKS cluster.
func (e *evidence) nodes(tx *world.Tx) []*world.Resource {
	return aws.Nodes(tx, evaluation.Account(e.stack.EKSArn), e.stack.Region, e.stack.EKSName)
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

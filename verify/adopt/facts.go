package adopt

import (
	"context"
	"fmt"

	"ambient-ecs/living/compare"
	"ambient-ecs/network/existing"
)

// Account is an AWS account, and how it is reached.
type Account struct {
	// Key is its key in the stack file, ID its 12 digits. One AWS account is an entry in each of its regions.
	Key, ID string
	// Region is its region. Empty: that of the stack.
	Region string
	// Profile is a profile of the AWS configuration, RoleARN a role to assume. Both may be empty.
	Profile, RoleARN string
	// Domain is the DNS domain of its services. Empty: KEY.ecs.
	Domain string
	// Own says that no other tool keeps its network, so that it may become the stack's.
	Own bool
	// VPC is the VPC to use, or NewVPC. Empty: the VPC in which the account's services run.
	VPC string
}

// NewVPC lets the program make the account's VPC.
const NewVPC = "new"

// Reader reads what an account has in a region. It changes nothing, and reads no secret's value.
type Reader interface {
	Read(ctx context.Context, a Account, region string) (*Facts, error)
}

// Facts are what an account has.
type Facts struct {
	// Networks are its VPCs with their subnets and route tables.
	Networks []Network
	Clusters []Cluster
	// Groups are the security groups of the services, by id.
	Groups map[string]Group
	// Roles are the task roles of the services, by ARN. One that does not exist is the zero Role.
	Roles map[string]compare.Role
	// ControlPlanes are the names of its EKS clusters.
	ControlPlanes []string
	// StacksUnseen is the reason why CloudFormation could not be asked for its services. Empty: it answered.
	StacksUnseen string
	// LogGroups are the names of its log groups whose names begin as those of the program do.
	LogGroups []string
	// Scaled are the services whose number of tasks Application Auto Scaling chooses, as CLUSTER/SERVICE.
	Scaled []string
}

// Network is a VPC.
type Network struct {
	existing.Network
	// Default says that AWS made it with the account.
	Default bool
	Tags    map[string]string
	// Names are the tags Name of its subnets, by id.
	Names map[string]string
	// Main is its main route table. NATs are its NAT gateways by id, and S3 is its gateway endpoint of S3, both read of an account with Own.
	Main string
	NATs map[string]NAT
	S3   string
	// Attachments are its attachments to transit gateways, by id. The zones of their subnets are not read.
	Attachments map[string]compare.Attachment
}

// Cluster is an ECS cluster with its active services.
type Cluster struct {
	compare.ECSCluster
	Name     string
	Services []Service
}

// Service is an ECS service.
type Service struct {
	compare.Import
	Name    string
	Desired int
	// PlatformVersion is Fargate's, Exec says that ECS Exec is on.
	PlatformVersion string
	Exec            bool
	// Healthy and Most bound its deployments in percent, 0 where ECS does not say.
	Healthy, Most int
	// TaskRole is the ARN of its task role, "" without one.
	TaskRole string
	// Stack is the name of the CloudFormation stack that has it, "" for none.
	Stack string
	// Definition is its task definition: the object that AWS prints as taskDefinition, JSON.
	Definition []byte
}

// Group is a security group.
type Group struct {
	Name string
	// Open are the ports that it opens to every address, such as "tcp 8080" or "every port".
	Open []string
}

// Ports says which ports a rule opens, in the numbers of the EC2 API.
func Ports(protocol string, from, to int) string {
	switch {
	case protocol == "-1":
		return "every port"
	case from == to:
		return fmt.Sprintf("%s %d", protocol, from)
	}
	return fmt.Sprintf("%s %d to %d", protocol, from, to)
}

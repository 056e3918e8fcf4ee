package publish

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/contract"
	"ambient-ecs/problem"
)

// TypeToken is the Pulumi type of Contract.
const TypeToken = "ambient-ecs:contract:Contract"

// tier lets SSM make a long value an advanced parameter. A standard one, which costs nothing, holds 4 KB.
const tier = "Intelligent-Tiering"

// ContractArgs configures a Contract.
type ContractArgs struct {
	// Contract is what is known before anything is registered. Its Network is filled in here. Required.
	Contract contract.Contract
	// VpcID, PrivateSubnetIDs and the security groups of tasks are the account's. Required.
	VpcID                                        pulumi.StringInput
	PrivateSubnetIDs                             pulumi.StringArrayInput
	ClientSecurityGroupID, ServerSecurityGroupID pulumi.StringInput
	// IngressAddress is the address of the ingress. Nil: Contract.Ingress is empty.
	IngressAddress pulumi.StringInput
	// ClusterARN is the ARN of the ECS cluster, known when the cluster exists. The cluster waits for everything that its tasks
	// need, and so do the parameters. Required.
	ClusterARN pulumi.StringInput
	// Tokens are the bootstrap tokens of the identities of Contract, by service account. Required.
	Tokens map[string]pulumi.StringOutput
	// Provider is the AWS provider of the cluster's account. Required.
	Provider pulumi.ProviderResource
}

// Validate reports every problem of the arguments, or returns nil.
func (a *ContractArgs) Validate() error {
	var p problem.List
	if a.Contract.Install == "" || a.Contract.Cluster.Key == "" {
		p.Missing("Contract", "the parameter's path names the install and the cluster")
	}
	for _, required := range []struct {
		field string
		set   bool
	}{
		{"VpcID", a.VpcID != nil}, {"PrivateSubnetIDs", a.PrivateSubnetIDs != nil},
		{"ClientSecurityGroupID", a.ClientSecurityGroupID != nil}, {"ServerSecurityGroupID", a.ServerSecurityGroupID != nil}, {"ClusterARN", a.ClusterARN != nil},
	} {
		if !required.set {
			p.Missing(required.field, "a team's task could not be attached")
		}
	}
	if len(a.Contract.Ingress.Hostnames) > 0 && a.IngressAddress == nil {
		p.Missing("IngressAddress", "the team could not point its hostnames at the ingress")
	}
	for _, name := range slices.Sorted(maps.Keys(a.Contract.Identities)) {
		if _, has := a.Tokens[name]; !has {
			p.Missing("Tokens."+name, "a task with the identity would not find istiod")
		}
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one the contract could land in another account")
	}
	return p.Err()
}

// Contract is the contract of one ECS cluster in SSM.
type Contract struct {
	pulumi.ResourceState

	// Parameter is the name of the parameter with the contract.
	Parameter string
}

// NewContract registers the parameters.
func NewContract(ctx *pulumi.Context, name string, args *ContractArgs, opts ...pulumi.ResourceOption) (*Contract, error) {
	out := &Contract{}
	return component.New(ctx, TypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		of := args.Contract
		out.Parameter = contract.ParameterName(of.Install, of.Cluster.Key)
		publish := func(path, parameter, description string, value pulumi.StringInput) error {
			_, err := ssm.NewParameter(ctx, path, &ssm.ParameterArgs{
				Name:          pulumi.String(parameter),
				Type:          pulumi.String("String"),
				Tier:          pulumi.String(tier),
				Description:   pulumi.String(description),
				InsecureValue: value.ToStringOutput().ToStringPtrOutput(),
			}, component.Child(out, args.Provider, pulumi.DeleteBeforeReplace(true))...)
			if err != nil {
				return fmt.Errorf("register the parameter %s: %w", parameter, err)
			}
			return nil
		}
		if err := publish(name+"/contract", out.Parameter, "How services of "+of.Cluster.Name+" join the mesh "+of.Install, args.text()); err != nil {
			return nil, err
		}
		for _, account := range slices.Sorted(maps.Keys(of.Identities)) {
			if err := publish(name+"/tokens/"+account, of.Identities[account].TokenParameter, "Bootstrap token of tasks with the service account "+account, args.later(args.Tokens[account])); err != nil {
				return nil, err
			}
		}
		return pulumi.Map{"parameter": pulumi.String(out.Parameter)}, nil
	})
}

// text is the contract with what is known only now.
func (a *ContractArgs) text() pulumi.StringOutput {
	address := a.IngressAddress
	if address == nil {
		address = pulumi.String("")
	}
	return pulumi.All(a.VpcID, a.PrivateSubnetIDs, a.ClientSecurityGroupID, a.ServerSecurityGroupID, a.ClusterARN, address).ApplyT(func(late []any) string {
		complete := a.Contract
		complete.Network = contract.Network{
			VpcID: late[0].(string), PrivateSubnetIDs: late[1].([]string), ClientSecurityGroupID: late[2].(string), ServerSecurityGroupID: late[3].(string),
		}
		complete.Cluster.ARN, complete.Ingress.Address = late[4].(string), late[5].(string)
		return complete.JSON()
	}).(pulumi.StringOutput)
}

// later is a value that is known when the cluster exists.
func (a *ContractArgs) later(value pulumi.StringInput) pulumi.StringOutput {
	return pulumi.All(value, a.ClusterARN).ApplyT(func(known []any) string { return known[0].(string) }).(pulumi.StringOutput)
}

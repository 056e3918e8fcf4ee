package iam

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/iam/policy"
	"ambient-ecs/problem"
)

// role is a role with its one inline policy, or with none where it may do nothing. The components of this package make it.
type role struct {
	name        string
	description string
	trust       policy.Document
	permissions policy.Document
	provider    *aws.Provider
}

// handle is the part of a role that a component keeps.
type handle struct {
	arn, name, uniqueID pulumi.StringOutput
	policy              pulumi.Resource
}

var (
	roleName  = regexp.MustCompile(`^[A-Za-z0-9+=,.@_-]{1,64}$`)
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
)

// validate refuses what IAM would refuse: the name, and the sizes of the documents.
func (r role) validate() error {
	var p problem.List
	if !roleName.MatchString(r.name) {
		p.Refuse("Name", r.name, "a role name has 1 to 64 letters, digits or +=,.@_-")
	}
	if size := r.trust.Size(); size > policy.MaxTrust {
		p.Refuse("Name", r.name, "the trust policy of the role has %d characters: IAM allows %d", size, policy.MaxTrust)
	}
	if size := r.permissions.Size(); size > policy.MaxInline {
		p.Refuse("Name", r.name, "the policy of the role has %d characters: IAM allows %d", size, policy.MaxInline)
	}
	if r.provider == nil {
		p.Missing("Provider", "without one the role could land in another account")
	}
	return p.Err()
}

// register makes the role and its policy under a component, both with the component's name.
func (r role) register(ctx *pulumi.Context, name string, parent pulumi.Resource) (handle, error) {
	made, err := awsiam.NewRole(ctx, name, &awsiam.RoleArgs{
		Name:             pulumi.String(r.name),
		Description:      pulumi.String(r.description),
		AssumeRolePolicy: pulumi.String(r.trust.JSON()),
	}, component.Child(parent, r.provider, pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return handle{}, fmt.Errorf("register role %s: %w", r.name, err)
	}
	if len(r.permissions.Statements) == 0 {
		return handle{arn: made.Arn, name: made.Name, uniqueID: made.UniqueId, policy: made}, nil
	}
	// The policy refers to the role by an output, not by its fixed name. So the policy is deleted and made again
	// together with a replaced role.
	arguments := &awsiam.RolePolicyArgs{Role: made.Name, Policy: pulumi.String(r.permissions.JSON())}
	if !roleName.MatchString(name) {
		// The engine would derive the policy's name from the component's, and IAM takes no slash. Other policies keep the
		// name that the engine gave them: another name would replace them.
		arguments.Name = pulumi.String(r.name)
	}
	permissions, err := awsiam.NewRolePolicy(ctx, name, arguments, component.Child(parent, r.provider)...)
	if err != nil {
		return handle{}, fmt.Errorf("register the policy of role %s: %w", r.name, err)
	}
	return handle{
		arn:      after(ctx, made.Arn, permissions),
		name:     after(ctx, made.Name, permissions),
		uniqueID: after(ctx, made.UniqueId, permissions),
		policy:   permissions,
	}, nil
}

// after returns the value with one more dependency. A value that is known in a preview stays known.
func after(ctx *pulumi.Context, value pulumi.StringOutput, resource pulumi.Resource) pulumi.StringOutput {
	return pulumi.OutputWithDependencies(ctx.Context(), value, resource).(pulumi.StringOutput)
}

// outputs are the outputs of every component of this package.
func (h handle) outputs() pulumi.Map {
	return pulumi.Map{"roleArn": h.arn, "roleName": h.name}
}

// checkPlace refuses values that cannot be part of an ARN.
func checkPlace(p *problem.List, field string, at policy.Place) {
	if !strings.HasPrefix(at.Partition, "aws") {
		p.Refuse(field+".Partition", at.Partition, "must be an AWS partition, such as aws or aws-cn")
	}
	if at.Region == "" {
		p.Missing(field+".Region", "an ARN contains it")
	}
	if !accountID.MatchString(at.Account) {
		p.Refuse(field+".Account", at.Account, "an account id has 12 digits")
	}
}

// checkARN refuses a value that is no ARN of the service.
func checkARN(p *problem.List, field, value, service string) {
	parts := strings.SplitN(value, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != service || parts[5] == "" {
		p.Refuse(field, value, "must be an ARN of %s", service)
	}
}

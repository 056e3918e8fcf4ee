package iam

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/iam/policy"
)

// role is a role with its one inline policy, as the components of this package make it.
type role struct {
	name        string
	description string
	trust       policy.Document
	permissions policy.Document
	provider    *aws.Provider
}

// handle is what a component keeps of its role.
type handle struct {
	arn, name, uniqueID pulumi.StringOutput
	ready               []pulumi.Resource
}

var (
	roleName  = regexp.MustCompile(`^[A-Za-z0-9+=,.@_-]{1,64}$`)
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
)

// validate checks what IAM would refuse: the name and the sizes of the documents.
func (r role) validate() error {
	var problems []error
	if !roleName.MatchString(r.name) {
		problems = append(problems, fmt.Errorf("Name %q: a role name has 1 to 64 letters, digits or +=,.@_-", r.name))
	}
	if size := r.trust.Size(); size > policy.MaxTrust {
		problems = append(problems, fmt.Errorf("the trust policy of %q has %d characters: IAM allows %d", r.name, size, policy.MaxTrust))
	}
	if size := r.permissions.Size(); size > policy.MaxInline {
		problems = append(problems, fmt.Errorf("the policy of %q has %d characters: IAM allows %d", r.name, size, policy.MaxInline))
	}
	if r.provider == nil {
		problems = append(problems, errors.New("Provider is required: without it the role would land in whatever account the environment points to"))
	}
	return errors.Join(problems...)
}

// register makes the role and its policy under a component, both with the component's name.
func (r role) register(ctx *pulumi.Context, name string, parent pulumi.Resource) (handle, error) {
	made, err := awsiam.NewRole(ctx, name, &awsiam.RoleArgs{
		Name:             pulumi.String(r.name),
		Description:      pulumi.String(r.description),
		AssumeRolePolicy: pulumi.String(r.trust.JSON()),
	}, pulumi.Parent(parent), pulumi.Provider(r.provider), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return handle{}, fmt.Errorf("register role %s: %w", r.name, err)
	}
	// The role is given as an output, not by its fixed name, so that the policy goes and comes back with
	// a role that is replaced.
	permissions, err := awsiam.NewRolePolicy(ctx, name, &awsiam.RolePolicyArgs{
		Role:   made.Name,
		Policy: pulumi.String(r.permissions.JSON()),
	}, pulumi.Parent(parent), pulumi.Provider(r.provider))
	if err != nil {
		return handle{}, fmt.Errorf("register the policy of role %s: %w", r.name, err)
	}
	return handle{
		arn:      after(ctx, made.Arn, permissions),
		name:     after(ctx, made.Name, permissions),
		uniqueID: after(ctx, made.UniqueId, permissions),
		ready:    []pulumi.Resource{permissions},
	}, nil
}

// after is the value with one more dependency. It does not change what is known in a preview.
func after(ctx *pulumi.Context, value pulumi.StringOutput, resource pulumi.Resource) pulumi.StringOutput {
	return pulumi.OutputWithDependencies(ctx.Context(), value, resource).(pulumi.StringOutput)
}

// outputs are those of every component of this package.
func (h handle) outputs() pulumi.Map {
	return pulumi.Map{"roleArn": h.arn, "roleName": h.name}
}

// validatePlace checks the parts of an ARN.
func validatePlace(field string, p policy.Place) error {
	var problems []error
	if !strings.HasPrefix(p.Partition, "aws") {
		problems = append(problems, fmt.Errorf("%s.Partition %q: must be an AWS partition, such as \"aws\" or \"aws-cn\"", field, p.Partition))
	}
	if p.Region == "" {
		problems = append(problems, fmt.Errorf("%s.Region is required", field))
	}
	if !accountID.MatchString(p.Account) {
		problems = append(problems, fmt.Errorf("%s.Account %q: an account id has 12 digits", field, p.Account))
	}
	return errors.Join(problems...)
}

// validateARN checks that a value is an ARN of a service.
func validateARN(field, value, service string) error {
	parts := strings.SplitN(value, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != service || parts[5] == "" {
		return fmt.Errorf("%s %q: must be an ARN of %s", field, value, service)
	}
	return nil
}

package iam

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/iam/policy"
	"ambient-ecs/problem"
	"ambient-ecs/quota"
)

// role is a role with its inline policy, or with none where it may do nothing. The components of this package make it.
type role struct {
	name        string
	description string
	trust       policy.Document
	permissions policy.Document
	// attached are ARNs of managed policies, inline is a second inline policy. Empty: none.
	attached []string
	inline   string
	// tasks says that tasks start or run with the role, old ones as well as new ones while a service deploys.
	tasks      bool
	guardrails policy.Guardrails
	imports    component.Imports
	provider   *aws.Provider
}

// handle is the part of a role that a component keeps.
type handle struct {
	arn, name, uniqueID pulumi.StringOutput
	// policies are the role's, or the role itself where it has none.
	policies []pulumi.Resource
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
	size := r.size()
	if most := quota.InlinePolicy.Default; size > most {
		p.Refuse("Name", r.name, "the policy of the role has %d characters: IAM allows %d", size, most)
	}
	if r.provider == nil {
		p.Missing("Provider", "without one the role could land in another account")
	}
	return p.Err()
}

// size is the number of characters of the inline policies together.
func (r role) size() int {
	size := policy.Size(r.inline)
	if len(r.permissions.Statements) > 0 {
		size += r.permissions.Size()
	}
	return size
}

// register makes the role and its policy under a component, both with the component's name.
func (r role) register(ctx *pulumi.Context, name string, parent pulumi.Resource) (handle, error) {
	made, err := awsiam.NewRole(ctx, name, &awsiam.RoleArgs{
		Name:                pulumi.String(r.name),
		Description:         pulumi.String(r.description),
		AssumeRolePolicy:    pulumi.String(r.trust.JSON()),
		Path:                component.Optional(r.guardrails.Path),
		PermissionsBoundary: component.Optional(r.guardrails.Boundary),
	}, component.Child(parent, r.provider, pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return handle{}, fmt.Errorf("register role %s: %w", r.name, err)
	}
	policies, err := r.policies(ctx, name, parent, made)
	if err != nil {
		return handle{}, err
	}
	if len(policies) == 0 {
		return handle{arn: made.Arn, name: made.Name, uniqueID: made.UniqueId, policies: []pulumi.Resource{made}}, nil
	}
	return handle{
		arn:      after(ctx, made.Arn, policies),
		name:     after(ctx, made.Name, policies),
		uniqueID: after(ctx, made.UniqueId, policies),
		policies: policies,
	}, nil
}

// policies registers what the role may do. The policies refer to the role by an output, not by its fixed name. So they are
// deleted and made again together with a replaced role.
func (r role) policies(ctx *pulumi.Context, name string, parent pulumi.Resource, made *awsiam.Role) (all []pulumi.Resource, err error) {
	if r.tasks {
		if err := warnOfSize(ctx, parent, r.name, r.size()); err != nil {
			return nil, err
		}
	}
	inline := func(name, physical, text string) error {
		arguments := &awsiam.RolePolicyArgs{Role: made.Name, Policy: pulumi.String(text)}
		// IAM takes no slash. Where the component's name has none, the engine derives the policy's name from it.
		if physical == "" && strings.Contains(name, "/") {
			physical = r.name
		}
		options := component.Child(parent, r.provider)
		switch id := r.imports[config.TypeRolePolicy+"::"+name]; {
		case id != "":
			// The engine replaces nothing that the stack file still imports.
			_, named, _ := strings.Cut(id, ":")
			arguments.Name = pulumi.String(named)
		case r.tasks:
			arguments.NamePrefix = prefix(physical)
			options = append(options, replaced(r.size()))
		default:
			arguments.Name = component.Optional(physical)
		}
		registered, err := awsiam.NewRolePolicy(ctx, name, arguments, options...)
		if err != nil {
			return fmt.Errorf("register the policy of role %s: %w", r.name, err)
		}
		all = append(all, registered)
		return nil
	}
	if len(r.permissions.Statements) > 0 {
		if err := inline(name, "", r.permissions.JSON()); err != nil {
			return nil, err
		}
	}
	if r.inline != "" {
		// No service account's name holds a slash, so no other role's policy has this name.
		if err := inline(name+"/permissions", "permissions", r.inline); err != nil {
			return nil, err
		}
	}
	attached, err := attach(ctx, name, parent, made.Name, r.attached, r.provider)
	if err != nil {
		return nil, fmt.Errorf("role %s: %w", r.name, err)
	}
	return append(all, attached...), nil
}

// attach gives a role managed policies, by their ARNs.
func attach(ctx *pulumi.Context, name string, parent pulumi.Resource, role pulumi.StringInput, arns []string, provider pulumi.ProviderResource) (all []pulumi.Resource, err error) {
	for _, arn := range arns {
		registered, err := awsiam.NewRolePolicyAttachment(ctx, name+"-"+attachmentName(arn), &awsiam.RolePolicyAttachmentArgs{
			Role: role, PolicyArn: pulumi.String(arn),
		}, component.Child(parent, provider)...)
		if err != nil {
			return nil, fmt.Errorf("attach %s: %w", arn, err)
		}
		all = append(all, registered)
	}
	return all, nil
}

// attachmentName tells a policy of AWS's from one of the account's own that has the same name.
func attachmentName(arn string) string {
	_, resource, _ := strings.Cut(arn, ":iam::")
	owner, resource, _ := strings.Cut(resource, ":")
	if owner == "aws" {
		return strings.TrimPrefix(resource, "policy/")
	}
	return resource
}

// after returns the value with more dependencies. A value that is known in a preview stays known.
func after(ctx *pulumi.Context, value pulumi.StringOutput, resources []pulumi.Resource) pulumi.StringOutput {
	return pulumi.OutputWithDependencies(ctx.Context(), value, resources...).(pulumi.StringOutput)
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

package onaws

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"ambient-ecs/iam/evaluation"
)

// Roles implements doctor.Evidence.
func (b *AWS) Roles(ctx context.Context) ([]evaluation.Role, error) {
	named := map[string]bool{b.stack.IstiodRole: true}
	for _, roles := range []map[string]string{b.stack.DiscoveryRoles, b.stack.TaskRoles} {
		for _, arn := range roles {
			named[arn] = true
		}
	}
	for _, given := range b.stack.RolePolicies {
		named[given.Role] = true
	}
	if o := b.stack.Observability; o != nil {
		named[o.PrometheusRole], named[o.ClusterLogsRole] = true, true
		for _, arn := range o.ScrapeRoles {
			named[arn] = true
		}
	}
	facts, err := b.ECS(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range facts.Schedules {
		named[s.Role] = true
	}
	for _, d := range facts.Definitions {
		named[d.TaskRole], named[d.ExecutionRole] = true, true
	}
	var all []evaluation.Role
	for _, arn := range slices.Sorted(maps.Keys(named)) {
		key := b.key(evaluation.Account(arn))
		if key == "" {
			continue // It is in no account of the stack, or no ARN: it cannot be read, and the doctor reports it as missing.
		}
		config, err := b.accounts.Config(key, "")
		if err != nil {
			return nil, err
		}
		role, err := readRole(ctx, awsiam.NewFromConfig(config), arn)
		var gone *types.NoSuchEntityException
		if errors.As(err, &gone) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("role %s: %w", arn, err)
		}
		all = append(all, role)
	}
	return all, nil
}

func readRole(ctx context.Context, client *awsiam.Client, arn string) (evaluation.Role, error) {
	name := aws.String(lastPart(arn))
	got, err := client.GetRole(ctx, &awsiam.GetRoleInput{RoleName: name})
	if err != nil {
		return evaluation.Role{}, err
	}
	role := evaluation.Role{
		ARN: aws.ToString(got.Role.Arn), Name: aws.ToString(got.Role.RoleName), UniqueID: aws.ToString(got.Role.RoleId),
		Created: aws.ToTime(got.Role.CreateDate), Policies: map[string]string{},
	}
	if role.Trust, err = document(got.Role.AssumeRolePolicyDocument); err != nil {
		return evaluation.Role{}, err
	}
	if bounded := got.Role.PermissionsBoundary; bounded != nil {
		role.BoundaryARN = aws.ToString(bounded.PermissionsBoundaryArn)
		if role.Boundary, err = managed(ctx, client, bounded.PermissionsBoundaryArn); err != nil {
			return evaluation.Role{}, fmt.Errorf("permissions boundary %s: %w", aws.ToString(bounded.PermissionsBoundaryArn), err)
		}
	}
	inline := awsiam.NewListRolePoliciesPaginator(client, &awsiam.ListRolePoliciesInput{RoleName: name})
	for inline.HasMorePages() {
		page, err := inline.NextPage(ctx)
		if err != nil {
			return evaluation.Role{}, fmt.Errorf("list its policies: %w", err)
		}
		for _, policy := range page.PolicyNames {
			found, err := client.GetRolePolicy(ctx, &awsiam.GetRolePolicyInput{RoleName: name, PolicyName: aws.String(policy)})
			if err != nil {
				return evaluation.Role{}, fmt.Errorf("policy %s: %w", policy, err)
			}
			if role.Policies[policy], err = document(found.PolicyDocument); err != nil {
				return evaluation.Role{}, fmt.Errorf("policy %s: %w", policy, err)
			}
		}
	}
	attached := awsiam.NewListAttachedRolePoliciesPaginator(client, &awsiam.ListAttachedRolePoliciesInput{RoleName: name})
	for attached.HasMorePages() {
		page, err := attached.NextPage(ctx)
		if err != nil {
			return evaluation.Role{}, fmt.Errorf("list its attached policies: %w", err)
		}
		for _, policy := range page.AttachedPolicies {
			role.Attached = append(role.Attached, aws.ToString(policy.PolicyArn))
			if role.Policies[aws.ToString(policy.PolicyName)], err = managed(ctx, client, policy.PolicyArn); err != nil {
				return evaluation.Role{}, fmt.Errorf("policy %s: %w", aws.ToString(policy.PolicyArn), err)
			}
		}
	}
	return role, nil
}

// managed is the document of a managed policy's default version.
func managed(ctx context.Context, client *awsiam.Client, arn *string) (string, error) {
	policy, err := client.GetPolicy(ctx, &awsiam.GetPolicyInput{PolicyArn: arn})
	if err != nil {
		return "", err
	}
	version, err := client.GetPolicyVersion(ctx, &awsiam.GetPolicyVersionInput{PolicyArn: arn, VersionId: policy.Policy.DefaultVersionId})
	if err != nil {
		return "", err
	}
	return document(version.PolicyVersion.Document)
}

// document decodes a document, which IAM returns in URL encoding. A plus sign stands for itself, not for a
// space.
func document(encoded *string) (string, error) {
	text, err := url.PathUnescape(aws.ToString(encoded))
	if err != nil {
		return "", fmt.Errorf("the document is not in URL encoding: %w", err)
	}
	return text, nil
}

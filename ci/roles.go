package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/iam/policy"
	"ambient-ecs/quota"
)

// Who runs the jobs.
const (
	forgeGitHub   = "github"
	forgeGitLab   = "gitlab"
	defaultHost   = "gitlab.com"
	defaultBranch = "main"
	// defaultPreview is the environment of the workflow for pull requests.
	defaultPreview = "preview"
)

const (
	// issuer is GitHub's issuer of OpenID Connect tokens. IAM trusts it by its own list of root certificates
	// (https://github.com/aws-actions/configure-aws-credentials, README of v6.2.3, read 2026-11-29).
	issuer = "token.actions.githubusercontent.com"
	// audience is what aws-actions/configure-aws-credentials asks GitHub's token for.
	audience = "sts.amazonaws.com"
	// sessionSeconds is how long a job may keep the entry role: an up takes less than half an hour.
	sessionSeconds = 2 * 60 * 60
)

// deploy makes the identity provider and one entry role for each environment in the home account, and in every account one role for
// each kind, which only the entry roles of that kind may take.
func deploy(ctx *pulumi.Context, s Settings) error {
	providers := map[string]*aws.Provider{}
	for _, key := range slices.Sorted(maps.Keys(s.Accounts)) {
		profile := s.Accounts[key].Profile
		if profile == "" {
			profile = key
		}
		provider, err := aws.NewProvider(ctx, "aws-"+key, &aws.ProviderArgs{
			Region: pulumi.String(s.regionOf(key)), Profile: pulumi.String(profile), AllowedAccountIds: pulumi.ToStringArray([]string{s.Accounts[key].ID}),
		})
		if err != nil {
			return fmt.Errorf("register the provider of %s: %w", key, err)
		}
		providers[key] = provider
	}
	entries, err := s.entries(ctx, providers[s.Home])
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(s.Accounts)) {
		for _, kind := range s.kinds() {
			if err := s.role(ctx, key, kind, entries, providers[key]); err != nil {
				return err
			}
		}
	}
	s.export(ctx)
	return nil
}

// entries makes the entry roles, by environment.
func (s Settings) entries(ctx *pulumi.Context, provider *aws.Provider) (map[string]*iam.Role, error) {
	var forge []pulumi.Resource
	if s.Provider != existingProvider {
		// Other repositories may rely on it by the time that this stack goes.
		made, err := iam.NewOpenIdConnectProvider(ctx, cmp.Or(s.Forge, forgeGitHub), &iam.OpenIdConnectProviderArgs{
			Url: pulumi.String("https://" + s.issuer()), ClientIdLists: pulumi.ToStringArray(s.audiences()),
		}, pulumi.Provider(provider), pulumi.RetainOnDelete(true))
		if err != nil {
			return nil, fmt.Errorf("register the identity provider: %w", err)
		}
		forge = append(forge, made)
	}
	entries := map[string]*iam.Role{}
	for _, environment := range slices.Sorted(maps.Keys(s.Environments)) {
		name := s.entryName(environment)
		role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
			Name:               pulumi.String(name),
			Description:        pulumi.Sprintf("Jobs of the environment %s of %s", environment, s.Repository),
			AssumeRolePolicy:   pulumi.String(s.entryTrust(environment).JSON()),
			MaxSessionDuration: pulumi.Int(sessionSeconds),
		}, pulumi.Provider(provider), pulumi.DependsOn(forge))
		if err != nil {
			return nil, fmt.Errorf("register the entry role of %s: %w", environment, err)
		}
		entries[environment] = role
		if _, err := iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{
			Name: pulumi.String("take-roles"), Role: role.Name, Policy: pulumi.String(s.onward(s.Environments[environment]).JSON()),
		}, pulumi.Provider(provider)); err != nil {
			return nil, fmt.Errorf("register the policy of %s: %w", name, err)
		}
		for _, arn := range s.EntryPolicies {
			if _, err := iam.NewRolePolicyAttachment(ctx, name+"-"+arn[strings.LastIndex(arn, "/")+1:], &iam.RolePolicyAttachmentArgs{
				Role: role.Name, PolicyArn: pulumi.String(arn),
			}, pulumi.Provider(provider)); err != nil {
				return nil, fmt.Errorf("attach %s to %s: %w", arn, name, err)
			}
		}
	}
	return entries, nil
}

// entryTrust lets the jobs of one environment of one repository take the role, and nobody else: audience and subject are exact. GitHub makes an
// environment without rules when a workflow of any branch names it first
// (https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments, 2026-11-30), and the subject says nothing of the
// branch. So the branch is compared too, except where pull requests run.
func (s Settings) entryTrust(environment string) policy.Document {
	claims := map[string]policy.Values{s.issuer() + ":aud": {s.audience(environment)}, s.issuer() + ":sub": {s.subject(environment)}}
	if s.checksClaims() && s.RepositoryID != "" {
		claims[issuer+":repository_id"] = policy.Values{s.RepositoryID}
	}
	if s.checksClaims() && !s.previews(environment) {
		claims[issuer+":ref"] = policy.Values{"refs/heads/" + cmp.Or(s.Branch, defaultBranch)}
	}
	return policy.Document{Statements: []policy.Statement{{
		Sid:       "OneEnvironment",
		Principal: &policy.Principal{Federated: policy.Values{s.place(s.Home).IAM("oidc-provider/" + s.issuer())}},
		Actions:   []string{"sts:AssumeRoleWithWebIdentity"},
		Condition: policy.Condition{"StringEquals": claims},
	}}}
}

// checksClaims reports whether STS gives IAM the claims that only GitHub's tokens have. It does so in the commercial regions, for tokens of
// github.com (https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/, 2026-11-30). Elsewhere a
// condition on one would refuse every job.
func (s Settings) checksClaims() bool {
	return s.issuer() == issuer && quota.Partition(s.Region) == quota.Partition("us-east-1")
}

// issuer is who signs the tokens of jobs.
func (s Settings) issuer() string {
	if s.Forge == forgeGitLab {
		return cmp.Or(s.GitLabHost, defaultHost)
	}
	return issuer
}

// subject is whom a token is about. GitHub's has the numbers of owner and repository where these were made, renamed or transferred since
// 2026-07-15, or have opted in (https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims, 2026-11-30). GitLab's names
// a project and a branch, and no environment: its parts are project_path, ref_type and ref
// (https://gitlab.com/gitlab-org/gitlab/-/issues/477260, 2026-11-29).
func (s Settings) subject(environment string) string {
	if s.Forge == forgeGitLab {
		return "project_path:" + s.Repository + ":ref_type:branch:ref:" + cmp.Or(s.Branch, defaultBranch)
	}
	of := s.Repository
	if s.OwnerID != "" {
		owner, name, _ := strings.Cut(s.Repository, "/")
		of = owner + "@" + s.OwnerID + "/" + name + "@" + s.RepositoryID
	}
	return "repo:" + of + ":environment:" + environment
}

// audience is whom a token is for. A job of GitLab gets tokens for the audiences that the pipeline file gives it, and the file is that of the
// protected branch. So the audience tells the jobs of one branch apart.
func (s Settings) audience(environment string) string {
	if s.Forge == forgeGitLab {
		return "ambient-ecs-" + environment
	}
	return audience
}

// audiences are those of all environments.
func (s Settings) audiences() (all []string) {
	for _, environment := range slices.Sorted(maps.Keys(s.Environments)) {
		all = append(all, s.audience(environment))
	}
	return slices.Compact(all)
}

// onward lets an entry role take the roles of its kind.
func (s Settings) onward(kind Kind) policy.Document {
	return policy.Document{Statements: []policy.Statement{{
		Sid: "TakeRoles", Actions: []string{"sts:AssumeRole"}, Resources: s.arns(kind),
	}}}
}

// arns are the roles of a kind in every account.
func (s Settings) arns(kind Kind) (all []string) {
	for _, key := range slices.Sorted(maps.Keys(s.Accounts)) {
		all = append(all, s.place(key).IAM("role/"+s.roleName(key, kind)))
	}
	return all
}

// role makes one account's role of a kind with its policies.
func (s Settings) role(ctx *pulumi.Context, key string, kind Kind, entries map[string]*iam.Role, provider *aws.Provider) error {
	trusted := policy.Document{Statements: []policy.Statement{{
		Sid: "EntryRoles", Principal: &policy.Principal{}, Actions: []string{"sts:AssumeRole"},
	}}}
	var made []pulumi.Resource
	for _, environment := range s.of(kind) {
		arn := s.place(s.Home).IAM("role/" + s.entryName(environment))
		trusted.Statements[0].Principal.AWS = append(trusted.Statements[0].Principal.AWS, arn)
		made = append(made, entries[environment]) // IAM refuses a principal that does not exist
	}
	name := s.plainName(kind) + "-" + key
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Name: pulumi.String(s.roleName(key, kind)), Description: pulumi.Sprintf("Jobs of %s that %s the stack", s.Repository, kind),
		AssumeRolePolicy: pulumi.String(trusted.JSON()),
	}, pulumi.Provider(provider), pulumi.DependsOn(made))
	if err != nil {
		return fmt.Errorf("register the role %s of %s: %w", kind, key, err)
	}
	for _, part := range packed(s.policies(key, kind)) {
		label := name + "-" + part.name
		managed, err := iam.NewPolicy(ctx, label, &iam.PolicyArgs{
			Name: pulumi.String(s.roleName(key, kind) + "-" + part.name), Policy: pulumi.String(part.document.JSON()),
		}, pulumi.Provider(provider))
		if err != nil {
			return fmt.Errorf("register the policy %s: %w", label, err)
		}
		if _, err := iam.NewRolePolicyAttachment(ctx, label, &iam.RolePolicyAttachmentArgs{Role: role.Name, PolicyArn: managed.Arn}, pulumi.Provider(provider)); err != nil {
			return fmt.Errorf("attach the policy %s: %w", label, err)
		}
	}
	return nil
}

// policies are those of an account's role, in the order of their names.
func (s Settings) policies(key string, kind Kind) (parts []part) {
	account, deployer := policy.RemoteAccount, s.deployer(key)
	if key == s.Home {
		account = policy.HomeAccount
	}
	documents := deployer.ReaderPolicies(account)
	if kind == Deploy {
		documents = deployer.Policies(account)
	}
	for _, name := range policy.PolicyNames() {
		if document, has := documents[name]; has {
			parts = append(parts, part{string(name), document})
		}
	}
	for _, region := range s.Accounts[key].TransitRegions {
		there := deployer
		there.Place.Region = region
		documents := there.ReaderPolicies(account)
		if kind == Deploy {
			documents = there.Policies(account)
		}
		parts = append(parts, part{string(policy.TransitPolicy) + "-" + region, documents[policy.TransitPolicy]})
	}
	if kind == Verify {
		parts = append(parts, part{"verify", deployer.VerifierPolicy()})
	}
	return parts
}

// part is one managed policy of a role.
type part struct {
	name     string
	document policy.Document
}

// packed joins policies while they fit into one: IAM lets a role have ten managed policies by default. The first one gives the name.
func packed(policies []part) (parts []part) {
	for _, next := range policies {
		if last := len(parts) - 1; last >= 0 {
			joined := policy.Document{Statements: slices.Concat(parts[last].document.Statements, next.document.Statements)}
			if joined.Size() <= policy.MaxManaged {
				parts[last].document = joined
				continue
			}
		}
		parts = append(parts, next)
	}
	return parts
}

// export says what to set in the forge and in the stack file.
func (s Settings) export(ctx *pulumi.Context) {
	entries, profiles, admins := pulumi.StringMap{}, pulumi.StringMap{}, pulumi.StringArray{}
	for _, environment := range slices.Sorted(maps.Keys(s.Environments)) {
		entries[environment] = pulumi.String(s.place(s.Home).IAM("role/" + s.entryName(environment)))
		profiles[environment] = pulumi.String(s.awsProfiles(s.Environments[environment]))
	}
	for _, kind := range s.kinds() {
		admins = append(admins, pulumi.String(s.place(s.Home).IAM("role/"+s.roleName(s.Home, kind))))
	}
	ctx.Export("AWS_ENTRY_ROLE", entries)
	ctx.Export("AWS_PROFILES", profiles)
	ctx.Export("clusterAdmins", admins)
}

// awsProfiles is the AWS configuration of a job: the stack file's profiles, each with the account's role. The credentials come from
// the entry role.
func (s Settings) awsProfiles(kind Kind) string {
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(s.Accounts)) {
		fmt.Fprintf(&text, "[profile %s]\nregion = %s\nrole_arn = %s\ncredential_source = Environment\n", key, s.regionOf(key), s.place(key).IAM("role/"+s.roleName(key, kind)))
	}
	return text.String()
}

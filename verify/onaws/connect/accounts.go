// Package connect opens the connections to a real mesh: to every AWS account of the stack, and to the Kubernetes API.
package connect

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"ambient-ecs/verify/stack"
)

// sessionName is the session name where the stack gives none. CloudTrail shows it.
const sessionName = "ambient-ecs-verify"

// Accounts holds the configuration of every account. Its credentials are those of the program that made the stack: a profile or what
// the environment has, and from there a role, if the account names one.
type Accounts struct {
	configs map[string]aws.Config
	ids     map[string]string
}

// OpenAccounts prepares every account. It does not call AWS: credentials are fetched when they are first needed.
func OpenAccounts(ctx context.Context, s *stack.Stack) (*Accounts, error) {
	set := &Accounts{configs: map[string]aws.Config{}, ids: map[string]string{}}
	for key, account := range s.Accounts {
		options := []func(*config.LoadOptions) error{config.WithRegion(s.RegionOf(key))}
		if account.Profile != "" {
			options = append(options, config.WithSharedConfigProfile(account.Profile))
		}
		loaded, err := config.LoadDefaultConfig(ctx, options...)
		if err != nil {
			return nil, fmt.Errorf("account %s: read the AWS configuration: %w", key, err)
		}
		if account.RoleARN != "" {
			provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(loaded), account.RoleARN, func(o *stscreds.AssumeRoleOptions) {
				o.RoleSessionName = sessionName
				if account.SessionName != "" {
					o.RoleSessionName = account.SessionName
				}
				if account.ExternalID != "" {
					o.ExternalID = aws.String(account.ExternalID)
				}
			})
			loaded.Credentials = aws.NewCredentialsCache(provider)
		}
		set.configs[key], set.ids[key] = loaded, account.ID
	}
	return set, nil
}

// Config is the configuration of an account, in a region. An empty region is the account's.
func (s *Accounts) Config(key, region string) (aws.Config, error) {
	c, ok := s.configs[key]
	if !ok {
		return aws.Config{}, fmt.Errorf("the stack has no account %q", key)
	}
	c = c.Copy()
	if region != "" {
		c.Region = region
	}
	return c, nil
}

// Check asks AWS for the caller's identity and refuses credentials of another account. With those, existing
// resources would look missing.
func (s *Accounts) Check(ctx context.Context, key string) error {
	c, err := s.Config(key, "")
	if err != nil {
		return err
	}
	who, err := sts.NewFromConfig(c).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return fmt.Errorf("account %s (%s): no usable credentials: %w", key, s.ids[key], err)
	}
	if got := aws.ToString(who.Account); got != s.ids[key] {
		return fmt.Errorf("account %s is %s, but the credentials are of %s (%s)", key, s.ids[key], got, aws.ToString(who.Arn))
	}
	return nil
}

// CheckAll is Check for every account.
func (s *Accounts) CheckAll(ctx context.Context) error {
	var problems []error
	for _, key := range slices.Sorted(maps.Keys(s.ids)) {
		problems = append(problems, s.Check(ctx, key))
	}
	return errors.Join(problems...)
}

// Environment is the environment of a process that uses the account's credentials. The AWS CLI takes no external
// id as an option, so it gets the credentials themselves and no settings that would lead to others.
func (s *Accounts) Environment(ctx context.Context, key, region string) ([]string, error) {
	c, err := s.Config(key, region)
	if err != nil {
		return nil, err
	}
	if c.Credentials == nil {
		return nil, fmt.Errorf("account %s: there are no AWS credentials", key)
	}
	found, err := c.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("account %s: get AWS credentials: %w", key, err)
	}
	environment := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains([]string{
			"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
			"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PAGER", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE",
		}, name)
	})
	environment = append(environment,
		"AWS_ACCESS_KEY_ID="+found.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+found.SecretAccessKey,
		"AWS_REGION="+c.Region, "AWS_DEFAULT_REGION="+c.Region, "AWS_PAGER=",
	)
	if found.SessionToken != "" {
		environment = append(environment, "AWS_SESSION_TOKEN="+found.SessionToken)
	}
	return environment, nil
}

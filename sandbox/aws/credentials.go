package aws

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"ambient-ecs/quota"
	"ambient-ecs/sandbox/world"
)

// defaultProfile is the profile of a provider that names none.
const defaultProfile = "default"

// options are the settings of one provider instance that the sandbox looks at.
type options struct {
	region, profile, roleARN, sessionName string
	allowed, forbidden                    []string
	defaultTags                           map[string]any
}

// ignoredOptions change how the provider talks to AWS, which makes no difference here.
var ignoredOptions = []string{
	"accessKey", "customCaBundle", "httpProxy", "httpsProxy", "insecure", "maxRetries", "noProxy", "retryMode", "secretKey",
	"sharedConfigFiles", "sharedCredentialsFiles", "skipCredentialsValidation", "skipMetadataApiCheck", "skipRegionValidation",
	"skipRequestingAccountId", "stsRegion", "token", "useDualstackEndpoint", "useFipsEndpoint", "version", "pluginDownloadURL",
}

func parseOptions(raw map[string]any) (options, error) {
	args := map[string]any{}
	for key, value := range raw {
		// The engine hands nested configuration over as JSON text.
		if s, ok := value.(string); ok && len(s) > 0 && (s[0] == '[' || s[0] == '{') {
			if err := json.Unmarshal([]byte(s), &value); err != nil {
				return options{}, fmt.Errorf("provider option %s: %w", key, err)
			}
		}
		args[key] = value
	}
	known := []string{"region", "profile", "assumeRole", "allowedAccountIds", "forbiddenAccountIds", "defaultTags"}
	for _, key := range sortedKeys(args) {
		if !slices.Contains(known, key) && !slices.Contains(ignoredOptions, key) {
			return options{}, fmt.Errorf("the sandbox does not model the AWS provider's option %q", key)
		}
	}
	o := options{
		region:      text(args, "region"),
		profile:     text(args, "profile"),
		roleARN:     text(args, "assumeRole", "roleArn"),
		sessionName: cmp.Or(text(args, "assumeRole", "sessionName"), "aws-go-sdk"),
		allowed:     texts(args, "allowedAccountIds"),
		forbidden:   texts(args, "forbiddenAccountIds"),
		defaultTags: object(args, "defaultTags", "tags"),
	}
	if o.region == "" {
		return options{}, errors.New("Missing region configuration: the provider option region is required")
	}
	if !knownRegion(o.region) {
		return options{}, fmt.Errorf("invalid AWS Region: %s", o.region)
	}
	if len(o.allowed) > 0 && len(o.forbidden) > 0 {
		return options{}, errors.New(`"allowed_account_ids": conflicts with forbidden_account_ids`)
	}
	return o, nil
}

// profileToBind is the profile whose account is not in its own name, or "" for a role.
func (o options) profileToBind() string {
	switch {
	case o.roleARN != "":
		return ""
	case o.profile == "":
		return defaultProfile
	}
	return o.profile
}

var roleARNPattern = regexp.MustCompile(`^arn:aws[\w-]*:iam::(\d{12}):role/.+$`)

// authenticate returns the account that the credentials belong to, and the principal's ARN.
//
// A role's account is part of its ARN. A profile belongs to the account that BindProfile names, else to the
// account in which it made its first resource. Before its first resource the provider's own allowedAccountIds
// decides.
func authenticate(tx *world.Tx, o options) (account, principal string, err error) {
	if o.roleARN != "" {
		m := roleARNPattern.FindStringSubmatch(o.roleARN)
		if m == nil {
			return "", "", fmt.Errorf("Cannot assume IAM Role: %w", &apiError{"STS", "AssumeRole", "ValidationError", o.roleARN + " is invalid"})
		}
		account, principal = m[1], o.roleARN
	} else {
		profile := o.profileToBind()
		account = tx.Note(profileNote(profile))
		if account == "" && len(o.allowed) > 0 {
			account = o.allowed[0]
		}
		if account == "" {
			return "", "", fmt.Errorf("No valid credential sources found: the sandbox does not know the account of the profile %q; set allowedAccountIds", profile)
		}
		principal = fmt.Sprintf("arn:%s:iam::%s:user/%s", quota.Partition(o.region), account, profile)
	}
	if slices.Contains(o.forbidden, account) || len(o.allowed) > 0 && !slices.Contains(o.allowed, account) {
		return "", "", fmt.Errorf("AWS account ID not allowed: %s", account)
	}
	if !accountPattern.MatchString(account) {
		return "", "", fmt.Errorf("%q is not an AWS account id", account)
	}
	return account, principal, nil
}

var accountPattern = regexp.MustCompile(`^\d{12}$`)

func profileNote(profile string) string { return "aws/profile/" + profile }

// BindProfile says which account a profile's credentials belong to.
func BindProfile(tx *world.Tx, profile, account string) {
	tx.SetNote(profileNote(profile), account)
}

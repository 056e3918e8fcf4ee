package components

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/providers"
	"ambient-ecs/tests/recorder"
)

const awsInstance = "pulumi:providers:aws"

// accountsOf records the providers of two accounts, the second reached in another way.
func accountsOf(t *testing.T, second config.Account) (*providers.Accounts, *recorder.Recording) {
	t.Helper()
	second.ID = external
	var accounts *providers.Accounts
	r := recorder.Run(t, recorder.Options{}, func(ctx *pulumi.Context) (err error) {
		accounts, err = providers.New(ctx, config.Config{
			StackSettings:   config.StackSettings{Install: "mesh", Region: region, Owner: "platform-team", Tags: map[string]string{"cost-center": "42"}},
			AccountSettings: config.AccountSettings{Home: "one", Accounts: map[string]config.Account{"one": {ID: local}, "two": second}},
		})
		return err
	})
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	return accounts, r
}

func TestEachAccountHasAProviderThatOnlyWorksThere(t *testing.T) {
	accounts, r := accountsOf(t, config.Account{})
	if n := len(r.OfType(awsInstance)); n != 2 {
		t.Errorf("%d providers", n)
	}
	for name, id := range map[string]string{"aws-one": local, "aws-two": external} {
		provider := r.Get(t, awsInstance, name)
		says(t, provider, region, "region")
		says(t, provider, []any{id}, "allowedAccountIds")
		for _, check := range []string{"skipCredentialsValidation", "skipRequestingAccountId"} {
			if set := at(t, provider, check); set != nil && set != false {
				t.Errorf("%s: %s is %v, so it never learns in which account it is", name, check, set)
			}
		}
	}
	if accounts.Home() != accounts.Get("one") || accounts.Get("two").Home || accounts.Get("two").ID != external || accounts.Get("three") != nil {
		t.Errorf("accounts %+v", accounts)
	}
}

func TestEveryResourceOfAnAccountIsTagged(t *testing.T) {
	_, r := accountsOf(t, config.Account{})
	for _, provider := range r.OfType(awsInstance) {
		says(t, provider, map[string]any{"ambient-ecs-install": "mesh", "cost-center": "42", "owner": "platform-team"}, "defaultTags", "tags")
	}
}

func TestAnAccountIsReachedAsItsConfigurationSays(t *testing.T) {
	for _, c := range []struct {
		name    string
		account config.Account
		profile any
		role    any
	}{
		{"the environment's credentials", config.Account{}, nil, nil},
		{"a profile", config.Account{Profile: "two"}, "two", nil},
		{"a role", config.Account{RoleARN: "arn:aws:iam::444455556666:role/deployer"}, nil, map[string]any{"roleArn": "arn:aws:iam::444455556666:role/deployer"}},
		{"a role from a profile", config.Account{Profile: "two", RoleARN: "arn:role", ExternalID: "shared", SessionName: "pulumi"}, "two",
			map[string]any{"externalId": "shared", "roleArn": "arn:role", "sessionName": "pulumi"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, r := accountsOf(t, c.account)
			provider := r.Get(t, awsInstance, "aws-two")
			says(t, provider, c.profile, "profile")
			says(t, provider, c.role, "assumeRole")
		})
	}
}

func TestAnExternalIDIsASecretOfItsProvider(t *testing.T) {
	_, r := accountsOf(t, config.Account{RoleARN: "arn:role", ExternalID: "shared"})
	for name, want := range map[string]bool{"aws-one": false, "aws-two": true} {
		if got := r.Get(t, awsInstance, name).Secrets; slices.Contains(got, "assumeRole") != want {
			t.Errorf("secret inputs of %s are %v", name, got)
		}
	}
}

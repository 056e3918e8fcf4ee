package providers

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
)

// Account is one AWS account of the mesh with its provider.
type Account struct {
	// Key is the account's key in the configuration.
	Key string
	// ID is the 12-digit account id.
	ID string
	// Region is the region of the provider. Partition is the same for all accounts of a mesh.
	Region    string
	Partition string
	// Home says that the account holds EKS and istiod.
	Home bool
	// Provider makes the account's resources. Hand it to every one of them.
	Provider *aws.Provider
	// Untagged is for what lives before the program takes it over: it adds no tags of its own to it. Nil where there is no import.
	Untagged *aws.Provider
}

// Accounts are the accounts of the mesh.
type Accounts struct {
	byKey map[string]*Account
	home  string
	// hubs own the transit gateways, by region.
	hubs map[string]*Account
}

// Get returns the account with the key, or nil.
func (a *Accounts) Get(key string) *Account { return a.byKey[key] }

// Home returns the account that holds EKS and istiod.
func (a *Accounts) Home() *Account { return a.byKey[a.home] }

// Hub returns the account that owns the transit gateway of a region: the home network's, with a provider for that region. It is nil
// where the program makes none.
func (a *Accounts) Hub(region string) *Account { return a.hubs[region] }

// Keys are the keys of all accounts, sorted.
func (a *Accounts) Keys() []string { return slices.Sorted(maps.Keys(a.byKey)) }

// Name is the name of an account's provider resource.
func Name(account string) string { return "aws-" + account }

// New registers one AWS provider for each account.
func New(ctx *pulumi.Context, cfg config.Config) (*Accounts, error) {
	accounts := &Accounts{byKey: map[string]*Account{}, home: cfg.Home, hubs: map[string]*Account{}}
	for _, key := range cfg.AccountKeys() {
		provider, err := aws.NewProvider(ctx, Name(key), providerArgs(cfg, key, cfg.RegionOf(key)))
		if err != nil {
			return nil, fmt.Errorf("register the AWS provider of account %s: %w", key, err)
		}
		untagged, err := untagged(ctx, cfg, key)
		if err != nil {
			return nil, err
		}
		accounts.byKey[key] = &Account{
			Key:       key,
			ID:        cfg.Accounts[key].ID,
			Region:    cfg.RegionOf(key),
			Partition: cfg.Partition(),
			Home:      key == cfg.Home,
			Provider:  provider,
			Untagged:  untagged,
		}
	}
	return accounts, accounts.addHubs(ctx, cfg)
}

// addHubs registers a provider of the home network's account for each further region with a transit gateway.
func (a *Accounts) addHubs(ctx *pulumi.Context, cfg config.Config) error {
	owner := a.byKey[cfg.NetworkKey(cfg.Home)]
	for _, region := range cfg.TransitRegions() {
		hub := *owner
		if region != owner.Region {
			provider, err := aws.NewProvider(ctx, Name(owner.Key)+"-"+region, providerArgs(cfg, owner.Key, region))
			if err != nil {
				return fmt.Errorf("register the AWS provider of account %s in %s: %w", owner.Key, region, err)
			}
			hub.Region, hub.Provider, hub.Home = region, provider, false
		}
		a.hubs[region] = &hub
	}
	return nil
}

// untagged registers the provider of an account's imports. A provider adds its default tags to whatever it checks, also to a
// resource all of whose changes are ignored. The import would then be an update in disguise.
func untagged(ctx *pulumi.Context, cfg config.Config, key string) (*aws.Provider, error) {
	if !cfg.HasImports(key) {
		return nil, nil
	}
	args := providerArgs(cfg, key, cfg.RegionOf(key))
	args.DefaultTags = nil
	provider, err := aws.NewProvider(ctx, Name(key)+"-imports", args)
	if err != nil {
		return nil, fmt.Errorf("register the AWS provider of the imports of account %s: %w", key, err)
	}
	return provider, nil
}

// providerArgs sets only what the configuration names, because AWS treats an empty profile or session name
// differently from an absent one.
func providerArgs(cfg config.Config, key, region string) *aws.ProviderArgs {
	account := cfg.Accounts[key]
	args := &aws.ProviderArgs{
		Region:            pulumi.String(region),
		AllowedAccountIds: pulumi.ToStringArray([]string{account.ID}),
		DefaultTags:       aws.ProviderDefaultTagsArgs{Tags: pulumi.ToStringMap(cfg.ResourceTags())},
		Profile:           optional(account.Profile),
	}
	if account.RoleARN != "" {
		args.AssumeRole = aws.ProviderAssumeRoleArgs{
			RoleArn:     pulumi.String(account.RoleARN),
			ExternalId:  confidential(account.ExternalID),
			SessionName: optional(account.SessionName),
		}
	}
	return args
}

func optional(s string) pulumi.StringPtrInput {
	if s == "" {
		return nil
	}
	return pulumi.String(s)
}

// confidential is like optional, for a value that is encrypted in the state and hidden in previews.
func confidential(s config.Secret) pulumi.StringPtrInput {
	if s == "" {
		return nil
	}
	return pulumi.ToSecret(pulumi.StringPtr(s.Reveal())).(pulumi.StringPtrOutput)
}

package keys

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/iam/policy"
	"ambient-ecs/problem"
)

// TypeToken is the Pulumi type of Key.
const TypeToken = "ambient-ecs:keys:Key"

// WaitDays is how long AWS keeps a key after a destroy. Until then the key can be restored, and with it everything that it
// encrypted. It is the longest time that KMS offers.
const WaitDays = 30

// KeyArgs configures a Key.
type KeyArgs struct {
	// Alias is the alias of the key, which begins with "alias/". Required.
	Alias string
	// Description says what the key is for. Required.
	Description string
	// Policy says who may use the key. Required.
	Policy policy.Document
	// Protect guards the key against deletion.
	Protect bool
	// Provider is the AWS provider of the account. Required.
	Provider pulumi.ProviderResource
}

// Validate reports every problem of the arguments, or returns nil.
func (a *KeyArgs) Validate() error {
	var p problem.List
	if a.Alias == "" {
		p.Missing("Alias", "a deployer may only name keys after the install")
	}
	if a.Description == "" {
		p.Missing("Description", "nobody would know what is lost with the key")
	}
	if len(a.Policy.Statements) == 0 {
		p.Missing("Policy", "the service that needs the key could not use it")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one the key could land in another account")
	}
	return p.Err()
}

// Key is a KMS key with its alias.
type Key struct {
	pulumi.ResourceState

	// ARN is the ARN of the key, known when its policy is in force.
	ARN pulumi.StringOutput
}

// NewKey registers the key and its alias.
func NewKey(ctx *pulumi.Context, name string, args *KeyArgs, opts ...pulumi.ResourceOption) (*Key, error) {
	out := &Key{}
	return component.New(ctx, TypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		key, err := kms.NewKey(ctx, name, &kms.KeyArgs{
			Description:          pulumi.String(args.Description),
			EnableKeyRotation:    pulumi.Bool(true),
			DeletionWindowInDays: pulumi.Int(WaitDays),
			Policy:               pulumi.String(args.Policy.JSON()),
		}, component.Child(out, args.Provider, pulumi.Protect(args.Protect))...)
		if err != nil {
			return nil, fmt.Errorf("register the key: %w", err)
		}
		out.ARN = key.Arn
		_, err = kms.NewAlias(ctx, name, &kms.AliasArgs{
			Name:        pulumi.String(args.Alias),
			TargetKeyId: key.KeyId,
		}, component.Child(out, args.Provider, pulumi.DeleteBeforeReplace(true))...)
		if err != nil {
			return nil, fmt.Errorf("register the alias %s: %w", args.Alias, err)
		}
		return pulumi.Map{"arn": out.ARN}, nil
	})
}

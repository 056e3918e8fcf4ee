package keys

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/iam/policy"
	"ambient-ecs/providers"
)

// Keys are the keys of all accounts.
type Keys struct {
	arns map[string]pulumi.StringInput
}

// For returns the ARN of the key for a use in an account. Nil: AWS's own key, or for a topic none.
func (k *Keys) For(account string, use config.KeyUse) pulumi.StringPtrInput {
	if arn := k.arns[account+"/"+string(use)]; arn != nil {
		return arn.ToStringOutput().ToStringPtrOutput()
	}
	return nil
}

// Deploy makes the keys that the configuration asks for.
func Deploy(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts) (*Keys, error) {
	keys := &Keys{arns: map[string]pulumi.StringInput{}}
	for _, account := range accounts.Keys() {
		for _, use := range config.KeyUses {
			at := account + "/" + string(use)
			if use == config.KeyForSecrets {
				continue // the EKS cluster makes its own, or takes an ARN
			}
			switch choice := cfg.KeyFor(account, use); choice {
			case "":
			case config.OwnKey:
				key, err := NewKey(ctx, string(use)+"-"+account, &KeyArgs{
					Alias:       cfg.KeyAlias(use),
					Description: descriptions[use] + " of the mesh " + cfg.Install,
					Policy:      document(cfg, accounts.Get(account), use),
					Protect:     cfg.Protect,
					Provider:    accounts.Get(account).Provider,
				})
				if err != nil {
					return nil, fmt.Errorf("account %s: the key for %s: %w", account, use, err)
				}
				keys.arns[at] = key.ARN
			default:
				keys.arns[at] = pulumi.String(choice)
			}
		}
	}
	return keys, nil
}

var descriptions = map[config.KeyUse]string{
	config.KeyForLogs:    "Log groups",
	config.KeyForTopics:  "The topic of alarms",
	config.KeyForVolumes: "Volumes of the nodes",
}

// document is the policy of a key.
func document(cfg config.Config, account *providers.Account, use config.KeyUse) policy.Document {
	place := policy.Place{Partition: account.Partition, Region: account.Region, Account: account.ID}
	switch use {
	case config.KeyForLogs:
		return policy.LogsKey(place, cfg.LogGroupPatterns(account.Key))
	case config.KeyForTopics:
		return policy.TopicKey(place)
	default:
		return policy.VolumeKey(place)
	}
}

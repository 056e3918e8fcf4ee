package living

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// unusedLogsKey finds an account's key of log groups that the program made and the configuration no longer asks for. The look-up calls
// ListAliases, which needs no right to a key, and DescribeKey only if there is such an alias (terraform-provider-aws 5.100,
// internal/service/kms/alias_data_source.go).
func (l *looking) unusedLogsKey(account *providers.Account) error {
	if l.cfg.KeyFor(account.Key, config.KeyForLogs) == config.OwnKey {
		return nil
	}
	alias := l.cfg.KeyAlias(config.KeyForLogs)
	key, exists, err := ask(l, account, compare.LogsKeySubject, func(o pulumi.InvokeOption) (*kms.LookupAliasResult, error) {
		return kms.LookupAlias(l.ctx, &kms.LookupAliasArgs{Name: alias}, o)
	})
	if err == nil && exists {
		l.note(func(w *compare.World) { w.UnusedLogsKeys[account.Key] = key.TargetKeyArn })
	}
	return err
}

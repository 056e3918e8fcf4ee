package living

import (
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/servicequotas"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
	"ambient-ecs/quota"
)

// quotas asks for the values that accounts have of those quotas whose default the stack goes beyond.
func (l *looking) quotas() {
	asked := map[string][]string{}
	for _, need := range l.cfg.BeyondQuotas() {
		for _, key := range need.Accounts {
			if !slices.Contains(asked[key], need.Quota.Code) {
				asked[key] = append(asked[key], need.Quota.Code)
				l.at(func() error { return l.quota(l.accounts.Get(key), need.Quota) })
			}
		}
	}
}

// quota asks Service Quotas for the value that an account has. Where nobody has ever changed it, the provider answers with AWS's default
// (terraform-provider-aws, internal/service/servicequotas/service_quota_data_source.go, 2026-11-30).
func (l *looking) quota(account *providers.Account, q quota.Quota) error {
	if !l.cfg.QuotaLookUps {
		return nil
	}
	number := q.Number()
	answer, found, err := ask(l, account, compare.QuotasSubject, func(o pulumi.InvokeOption) (*servicequotas.LookupServiceQuotaResult, error) {
		return servicequotas.LookupServiceQuota(l.ctx, &servicequotas.LookupServiceQuotaArgs{ServiceCode: q.Service(), QuotaCode: &number}, o)
	})
	if err != nil || !found {
		return err
	}
	l.note(func(w *compare.World) {
		if w.Quotas[account.Key] == nil {
			w.Quotas[account.Key] = map[string]int{}
		}
		w.Quotas[account.Key][q.Code] = int(answer.Value)
	})
	return nil
}

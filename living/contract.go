package living

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/contract"
	"ambient-ecs/living/compare"
)

// contract looks up the contract of a cluster as it is published: what services of other stacks have by it.
func (l *looking) contract(key string) error {
	published, found, err := ask(l, l.accounts.Get(l.cfg.Clusters[key].Account), compare.ContractSubject(key), func(o pulumi.InvokeOption) (*ssm.LookupParameterResult, error) {
		return ssm.LookupParameter(l.ctx, &ssm.LookupParameterArgs{Name: contract.ParameterName(l.cfg.Install, key)}, o)
	})
	if err != nil || !found {
		return err
	}
	// A text that is no contract says nothing of services.
	if read, err := contract.Parse(published.InsecureValue); err == nil {
		l.note(func(w *compare.World) { w.Contracts[key] = read })
	}
	return nil
}

package living

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// offeredZones asks AWS which availability zones it offers an account whose VPC the program makes. Local Zones and Wavelength Zones are left out,
// because an account must opt into them. Where the program chooses, a zone must be able to take a new subnet. A zone that the stack file
// names may be out of service for a while.
func (l *looking) offeredZones(account *providers.Account) error {
	args := &aws.GetAvailabilityZonesArgs{Filters: []aws.GetAvailabilityZonesFilter{{Name: "opt-in-status", Values: []string{"opt-in-not-required"}}}}
	if named, _ := l.cfg.ZoneIDsOf(account.Key); len(named) == 0 {
		available := "available"
		args.State = &available
	}
	answer, found, err := ask(l, account, compare.ZonesSubject, func(o pulumi.InvokeOption) (*aws.GetAvailabilityZonesResult, error) {
		return aws.GetAvailabilityZones(l.ctx, args, o)
	})
	if err != nil || !found {
		return err
	}
	l.note(func(w *compare.World) { w.Zones[account.Key] = answer.ZoneIds })
	return nil
}

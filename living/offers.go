package living

import (
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// byZone has EC2 answer with the ids of zones.
const byZone = "availability-zone-id"

// offers asks EC2 in which zones it has the instance types of the nodes. It says nothing of a type that it does not have.
func (l *looking) offers(home *providers.Account) error {
	if l.cfg.HasExistingEKS() {
		return nil // its nodes are not ours
	}
	var types []string
	for _, group := range l.cfg.NodeGroupList() {
		types = append(types, group.InstanceTypes...)
	}
	slices.Sort(types)
	types = slices.Compact(types)
	if len(types) == 0 {
		return nil
	}
	location := byZone
	answer, found, err := ask(l, home, compare.OffersSubject, func(o pulumi.InvokeOption) (*ec2.GetInstanceTypeOfferingsResult, error) {
		return ec2.GetInstanceTypeOfferings(l.ctx, &ec2.GetInstanceTypeOfferingsArgs{
			LocationType: &location,
			Filters:      []ec2.GetInstanceTypeOfferingsFilter{{Name: "instance-type", Values: types}},
		}, o)
	})
	if err != nil || !found && l.unseen(compare.OffersSubject) {
		return err
	}
	offered := map[string][]string{}
	if found {
		for i, name := range answer.InstanceTypes {
			offered[name] = append(offered[name], answer.Locations[i])
		}
	}
	l.note(func(w *compare.World) { w.Offered = offered })
	return nil
}

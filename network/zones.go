package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/network/zone"
)

// lookUpZones asks AWS which zones it offers the provider's account, and returns the ids of the first count usable
// zones. It always returns exactly count ids, so a region that grows changes nothing.
//
// It leaves out Local Zones and Wavelength Zones, because an account must opt into them. The answer must be plain
// data, because it decides how many resources there are.
func lookUpZones(ctx *pulumi.Context, provider pulumi.ProviderResource, count int) ([]string, error) {
	available := "available"
	offered, err := aws.GetAvailabilityZones(ctx, &aws.GetAvailabilityZonesArgs{
		State:   &available,
		Filters: []aws.GetAvailabilityZonesFilter{{Name: "opt-in-status", Values: []string{"opt-in-not-required"}}},
	}, pulumi.Provider(provider))
	if err != nil {
		return nil, fmt.Errorf("look up availability zones: %w", err)
	}
	return zone.Pick(offered.ZoneIds, count)
}

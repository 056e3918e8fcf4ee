package aws

import (
	"fmt"
	"slices"
)

func (s *session) availabilityZones(args map[string]any) (map[string]any, error) {
	known := []string{"allAvailabilityZones", "excludeNames", "excludeZoneIds", "filters", "state"}
	for _, k := range sortedKeys(args) {
		if !slices.Contains(known, k) {
			return nil, fmt.Errorf("the sandbox does not model the argument %q of getAvailabilityZones", k)
		}
	}
	zones := slices.DeleteFunc(zonesOf(s.account, s.region), func(z zone) bool {
		return slices.Contains(texts(args, "excludeNames"), z.name) || slices.Contains(texts(args, "excludeZoneIds"), z.id)
	})
	if state := text(args, "state"); state != "" && state != "available" {
		zones = nil
	}
	for _, f := range list(args, "filters") {
		filter, _ := f.(map[string]any)
		zones = slices.DeleteFunc(zones, func(z zone) bool {
			return !slices.Contains(texts(filter, "values"), s.zoneAttribute(z, text(filter, "name")))
		})
	}
	out := cloneMap(args)
	names, zoneIDs := []any{}, []any{}
	for _, z := range zones {
		names, zoneIDs = append(names, z.name), append(zoneIDs, z.id)
	}
	out["id"], out["names"], out["zoneIds"], out["groupNames"] = s.region, names, zoneIDs, []any{s.region}
	return out, nil
}

// zoneAttribute is what a filter of DescribeAvailabilityZones compares.
func (s *session) zoneAttribute(z zone, filter string) string {
	switch filter {
	case "zone-id":
		return z.id
	case "zone-name":
		return z.name
	case "state":
		return "available"
	case "opt-in-status":
		return "opt-in-not-required"
	case "zone-type":
		return "availability-zone"
	case "region-name", "group-name":
		return s.region
	}
	return ""
}

// instanceTypeOfferings knows that each instance type with a possible name is in every zone. Filters compare names, without patterns.
func (s *session) instanceTypeOfferings(args map[string]any) (map[string]any, error) {
	if location := text(args, "locationType"); location != "availability-zone-id" {
		return nil, fmt.Errorf("the sandbox does not model the location type %q of getInstanceTypeOfferings", location)
	}
	types, locations, kinds := []any{}, []any{}, []any{}
	for _, f := range list(args, "filters") {
		filter, _ := f.(map[string]any)
		if name := text(filter, "name"); name != "instance-type" {
			return nil, fmt.Errorf("the sandbox does not model the filter %q of getInstanceTypeOfferings", name)
		}
		for _, name := range texts(filter, "values") {
			for _, z := range zonesOf(s.account, s.region) {
				if instanceTypePattern.MatchString(name) {
					types, locations, kinds = append(types, name), append(locations, z.id), append(kinds, "availability-zone-id")
				}
			}
		}
	}
	out := cloneMap(args)
	out["id"], out["instanceTypes"], out["locations"], out["locationTypes"] = s.region, types, locations, kinds
	return out, nil
}

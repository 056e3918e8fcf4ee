package policy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	networking "istio.io/client-go/pkg/apis/networking/v1"
	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/pkg/networking/serviceentry"

	"ambient-ecs/verify/backend"
)

// allocate gives virtual addresses, one of each family, to every host of the service entries for which istiod would
// allocate them and that have none yet. istiod allocates in the order in which it sees the entries. allocate uses the
// order of their age, so that the same objects always get the same addresses.
func allocate(objects []backend.Object) ([]backend.Object, error) {
	next := [2]netip.Addr{}
	for i, text := range []string{features.IPAutoallocateIPv4Prefix, features.IPAutoallocateIPv6Prefix} {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("istiod's address range %s: %w", text, err)
		}
		next[i] = prefix.Addr()
	}
	entries := map[int]*networking.ServiceEntry{}
	taken := map[netip.Addr]bool{}
	for i, o := range objects {
		if group, kind := groupKind(o); group != "networking.istio.io" || kind != "ServiceEntry" {
			continue
		}
		entry, err := typed(o)
		if err != nil {
			return nil, err
		}
		for _, address := range serviceentry.GetAddressesFromServiceEntry(entry) {
			taken[address] = true
		}
		if serviceentry.ShouldV2AutoAllocateIP(entry) && len(entry.Status.Addresses) == 0 {
			entries[i] = entry
		}
	}
	order := slices.SortedFunc(maps.Keys(entries), func(a, b int) int {
		x, y := entries[a], entries[b]
		return cmp.Or(x.CreationTimestamp.Compare(y.CreationTimestamp.Time), cmp.Compare(x.Namespace, y.Namespace), cmp.Compare(x.Name, y.Name))
	})
	objects = slices.Clone(objects)
	for _, i := range order {
		var addresses []any
		for _, host := range entries[i].Spec.Hosts {
			for family := range next {
				next[family] = next[family].Next()
				for taken[next[family]] {
					next[family] = next[family].Next()
				}
				addresses = append(addresses, map[string]any{"host": host, "value": next[family].String()})
			}
		}
		entry := maps.Clone(objects[i])
		status, _ := entry["status"].(map[string]any)
		status = maps.Clone(status)
		if status == nil {
			status = map[string]any{}
		}
		status["addresses"] = addresses
		entry["status"] = status
		objects[i] = entry
	}
	return objects, nil
}

func typed(o backend.Object) (*networking.ServiceEntry, error) {
	data, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("service entry %s: %w", backend.NameOf(o), err)
	}
	entry := &networking.ServiceEntry{}
	if err := json.Unmarshal(data, entry); err != nil {
		return nil, fmt.Errorf("service entry %s: %w", backend.NameOf(o), err)
	}
	return entry, nil
}

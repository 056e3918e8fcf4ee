package zone_test

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/network/zone"
)

func TestPickTakesTheFirstUsableZonesById(t *testing.T) {
	for _, tc := range []struct {
		name    string
		offered []string
		count   int
		want    []string
	}{
		{name: "in any order", offered: []string{"euc1-az3", "euc1-az1", "euc1-az2"}, count: 3, want: []string{"euc1-az1", "euc1-az2", "euc1-az3"}},
		{name: "only as many as wanted", offered: []string{"use2-az3", "use2-az2", "use2-az1"}, count: 2, want: []string{"use2-az1", "use2-az2"}},
		{name: "not where EKS cannot be", offered: []string{"use1-az1", "use1-az2", "use1-az3", "use1-az4", "use1-az5", "use1-az6"}, count: 3, want: []string{"use1-az1", "use1-az2", "use1-az4"}},
		{name: "by number, not by text", offered: []string{"xyz1-az10", "xyz1-az2", "xyz1-az9"}, count: 3, want: []string{"xyz1-az2", "xyz1-az9", "xyz1-az10"}},
		{name: "each once", offered: []string{"euc1-az1", "euc1-az1", "euc1-az2"}, count: 2, want: []string{"euc1-az1", "euc1-az2"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := slices.Clone(tc.offered)
			got, err := zone.Pick(tc.offered, tc.count)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
			if !slices.Equal(tc.offered, before) {
				t.Errorf("the caller's list was changed to %v", tc.offered)
			}
		})
	}
}

func TestPickRefusesTooFewZones(t *testing.T) {
	_, err := zone.Pick([]string{"usw1-az3", "usw1-az2", "usw1-az1"}, 3)
	for _, word := range []string{"need 3", "only 2", "usw1-az1, usw1-az2, usw1-az3", "zoneIds"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("got %v, want %q in it", err, word)
		}
	}
}

func TestValidateReportsAllProblemsAtOnce(t *testing.T) {
	if err := zone.Validate([]string{"euc1-az1", "euc1-az2"}, true); err != nil {
		t.Error(err)
	}
	err := zone.Validate([]string{"eu-central-1a", "use1-az1", "use1-az1", "use1-az3"}, true)
	for _, word := range []string{`"eu-central-1a" is not an availability zone id`, "use1-az1 is given twice", "EKS accepts no cluster subnet in use1-az3"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("got %v, want %q in it", err, word)
		}
	}
}

func TestAZoneWithoutEKSIsGoodForAVPCWithoutEKS(t *testing.T) {
	if err := zone.Validate([]string{"usw1-az2"}, false); err != nil {
		t.Error(err)
	}
}

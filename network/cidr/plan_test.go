package cidr_test

import (
	"encoding/binary"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/network/cidr"
)

func TestComputeQuartersTheVPC(t *testing.T) {
	for _, tc := range []struct {
		vpc             string
		zones           int
		private, public []string
	}{
		{
			vpc: "10.0.0.0/16", zones: 3,
			private: []string{"10.0.0.0/18", "10.0.64.0/18", "10.0.128.0/18"},
			public:  []string{"10.0.192.0/20", "10.0.208.0/20", "10.0.224.0/20"},
		},
		{
			vpc: "192.168.4.0/22", zones: 2,
			private: []string{"192.168.4.0/24", "192.168.5.0/24"},
			public:  []string{"192.168.7.0/26", "192.168.7.64/26"},
		},
		{
			vpc: "10.9.8.0/24", zones: 3,
			private: []string{"10.9.8.0/26", "10.9.8.64/26", "10.9.8.128/26"},
			public:  []string{"10.9.8.192/28", "10.9.8.208/28", "10.9.8.224/28"},
		},
		{vpc: "172.31.0.0/16", zones: 1, private: []string{"172.31.0.0/18"}, public: []string{"172.31.192.0/20"}},
	} {
		t.Run(tc.vpc, func(t *testing.T) {
			got, err := cidr.Compute(netip.MustParsePrefix(tc.vpc), tc.zones)
			if err != nil {
				t.Fatal(err)
			}
			want, err := cidr.ParsePlan(tc.private, tc.public)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
		})
	}
}

func TestComputeRefusesWhatHasNoPlan(t *testing.T) {
	for _, tc := range []struct {
		vpc     netip.Prefix
		zones   int
		problem string
	}{
		{netip.MustParsePrefix("10.0.0.0/16"), 0, "no subnet plan for 0 zones"},
		{netip.MustParsePrefix("10.0.0.0/16"), 4, "room for 1 to 3"},
		{netip.MustParsePrefix("10.0.0.0/25"), 3, "too small"},
		{netip.MustParsePrefix("10.0.0.0/8"), 3, "too large"},
		{netip.MustParsePrefix("10.0.0.1/16"), 3, "is not an IPv4 network"},
		{netip.MustParsePrefix("fd00::/20"), 3, "is not an IPv4 network"},
		{netip.Prefix{}, 3, "is not an IPv4 network"},
	} {
		_, err := cidr.Compute(tc.vpc, tc.zones)
		check(t, err, tc.problem)
	}
}

func TestAThirdZoneRenumbersNothing(t *testing.T) {
	vpc := netip.MustParsePrefix("10.0.0.0/16")
	three, err := cidr.Compute(vpc, 3)
	if err != nil {
		t.Fatal(err)
	}
	for zones := 1; zones < 3; zones++ {
		fewer, err := cidr.Compute(vpc, zones)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(fewer.Private, three.Private[:zones]) || !slices.Equal(fewer.Public, three.Public[:zones]) {
			t.Errorf("the plan for %d zones, %v, is not the beginning of the plan for three, %v", zones, fewer, three)
		}
	}
}

func TestPlanIsValidatedAgainstItsVPC(t *testing.T) {
	private := []string{"10.1.1.0/24", "10.1.2.0/24", "10.1.3.0/24"}
	for _, tc := range []struct {
		name            string
		private, public []string
		problem         string
	}{
		{name: "one public subnet for three zones", private: private, public: []string{"10.1.4.0/24"}},
		{name: "the whole VPC but one", private: []string{"10.1.0.0/17"}, public: []string{"10.1.128.0/17"}},
		{name: "smallest subnets", private: []string{"10.1.0.0/28"}, public: []string{"10.1.0.16/28"}},
		{name: "no private subnet", public: []string{"10.1.4.0/24"}, problem: "no place for tasks"},
		{name: "no public subnet", private: private, problem: "no place for a NAT gateway"},
		{name: "more public than private", private: private[:1], public: []string{"10.1.4.0/24", "10.1.5.0/24"}, problem: "public subnet 2 would be in a zone that nothing uses"},
		{name: "outside the VPC", private: private, public: []string{"10.2.4.0/24"}, problem: "public subnet 1: 10.2.4.0/24 is not inside the VPC 10.1.0.0/16"},
		{name: "around the VPC", private: []string{"10.0.0.0/15"}, public: []string{"10.1.4.0/24"}, problem: "is not inside the VPC"},
		{name: "too small", private: []string{"10.1.1.0/29"}, public: []string{"10.1.4.0/24"}, problem: "no subnet smaller than a /28"},
		{name: "same twice", private: []string{"10.1.1.0/24", "10.1.1.0/24"}, public: []string{"10.1.4.0/24"}, problem: "private subnet 2: 10.1.1.0/24 overlaps private subnet 1"},
		{name: "public inside private", private: []string{"10.1.0.0/18"}, public: []string{"10.1.4.0/24"}, problem: "public subnet 1: 10.1.4.0/24 overlaps private subnet 1 10.1.0.0/18"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			plan, err := cidr.ParsePlan(tc.private, tc.public)
			if err != nil {
				t.Fatal(err)
			}
			check(t, plan.Validate(netip.MustParsePrefix("10.1.0.0/16")), tc.problem)
		})
	}
}

func TestPlanReportsAllProblemsAtOnce(t *testing.T) {
	plan, err := cidr.ParsePlan([]string{"10.2.0.0/24", "10.1.1.0/30"}, []string{"10.1.4.0/24", "10.1.4.0/25"})
	if err != nil {
		t.Fatal(err)
	}
	err = plan.Validate(netip.MustParsePrefix("10.1.0.0/16"))
	for _, problem := range []string{"private subnet 1", "private subnet 2", "public subnet 2"} {
		check(t, err, problem)
	}
	_, err = cidr.ParsePlan([]string{"nonsense", "10.0.0.1/24"}, []string{"fd00::/64"})
	for _, problem := range []string{"private subnet 1", "private subnet 2", "public subnet 1"} {
		check(t, err, problem)
	}
}

// FuzzCompute checks Compute's promise. Every VPC that CheckVPC accepts has a plan. The plan's subnets are inside the
// VPC, do not overlap, and have sizes that AWS accepts.
func FuzzCompute(f *testing.F) {
	f.Add(uint32(10<<24), uint8(16), uint8(3))
	f.Add(uint32(192<<24|168<<16), uint8(24), uint8(1))
	f.Add(uint32(0xfffffff0), uint8(28), uint8(2))
	f.Add(uint32(0), uint8(0), uint8(0))
	f.Fuzz(func(t *testing.T, address uint32, bits, zones uint8) {
		var raw [4]byte
		binary.BigEndian.PutUint32(raw[:], address)
		vpc := netip.PrefixFrom(netip.AddrFrom4(raw), int(bits)).Masked()
		plan, err := cidr.Compute(vpc, int(zones))
		if wanted := cidr.CheckVPC(vpc) == nil && zones >= 1 && zones <= cidr.MaxZones; wanted != (err == nil) {
			t.Fatalf("Compute(%s, %d): %v", vpc, zones, err)
		}
		if err != nil {
			return
		}
		if len(plan.Private) != int(zones) || len(plan.Public) != int(zones) {
			t.Errorf("%d zones have %d private and %d public subnets", zones, len(plan.Private), len(plan.Public))
		}
		// The network package relies on Validate. The loop below does not trust it.
		if err := plan.Validate(vpc); err != nil {
			t.Errorf("Compute(%s, %d): %v", vpc, zones, err)
		}
		all := slices.Concat(plan.Private, plan.Public)
		for i, subnet := range all {
			if subnet != subnet.Masked() || !vpc.Contains(subnet.Addr()) || !vpc.Contains(last(subnet)) || subnet.Bits() > cidr.NarrowestSubnet {
				t.Errorf("%s is no subnet of %s", subnet, vpc)
			}
			for _, other := range all[:i] {
				if subnet.Contains(other.Addr()) || other.Contains(subnet.Addr()) {
					t.Errorf("%s and %s overlap", subnet, other)
				}
			}
		}
	})
}

// FuzzPlan feeds Validate arbitrary plans. A plan that it accepts must be usable. It must never panic.
func FuzzPlan(f *testing.F) {
	f.Add("10.0.0.0/16", "10.0.0.0/18,10.0.64.0/18", "10.0.192.0/20")
	f.Add("10.1.0.0/16", "10.1.1.0/24", "10.1.1.128/25")
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, network, private, public string) {
		vpc, err := cidr.ParseVPC(network)
		if err != nil {
			return
		}
		plan, err := cidr.ParsePlan(strings.Split(private, ","), strings.Split(public, ","))
		if err != nil || plan.Validate(vpc) != nil {
			return
		}
		used := 0
		for _, subnet := range slices.Concat(plan.Private, plan.Public) {
			if !vpc.Contains(subnet.Addr()) || !vpc.Contains(last(subnet)) {
				t.Errorf("%s is not inside %s", subnet, vpc)
			}
			used += 1 << (32 - subnet.Bits())
		}
		// Subnets inside the VPC that together need more addresses than it has must overlap.
		if used > 1<<(32-vpc.Bits()) {
			t.Errorf("%v needs %d addresses, more than %s has", plan, used, vpc)
		}
	})
}

// last is the highest address of an IPv4 network.
func last(p netip.Prefix) netip.Addr {
	raw := p.Addr().As4()
	var out [4]byte
	binary.BigEndian.PutUint32(out[:], binary.BigEndian.Uint32(raw[:])|uint32(1<<(32-p.Bits())-1))
	return netip.AddrFrom4(out)
}

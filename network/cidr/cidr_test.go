package cidr_test

import (
	"net/netip"
	"strings"
	"testing"

	"ambient-ecs/network/cidr"
)

func TestParseAcceptsOnlyIPv4Networks(t *testing.T) {
	for _, tc := range []struct{ in, problem string }{
		{in: "10.0.0.0/16"},
		{in: "0.0.0.0/0"},
		{in: "10.1.2.3/32"},
		{in: "", problem: "is not a CIDR"},
		{in: "10.0.0.0", problem: "is not a CIDR"},
		{in: "10.0.0.0/33", problem: "is not a CIDR"},
		{in: "10.0.0/16", problem: "is not a CIDR"},
		{in: "010.0.0.0/16", problem: "is not a CIDR"},
		{in: "fd00::/64", problem: "is not an IPv4 CIDR"},
		{in: "::ffff:10.0.0.0/112", problem: "is not a"},
		{in: "10.0.1.0/16", problem: "the network is 10.0.0.0/16"},
	} {
		t.Run(tc.in, func(t *testing.T) {
			p, err := cidr.Parse(tc.in)
			check(t, err, tc.problem)
			if err == nil && p.String() != tc.in {
				t.Errorf("Parse(%q) = %s", tc.in, p)
			}
		})
	}
}

func TestParseVPCRefusesWhatAWSRefuses(t *testing.T) {
	for _, tc := range []struct{ in, problem string }{
		{in: "10.0.0.0/16"},
		{in: "192.168.255.0/24"},
		{in: "100.64.0.0/16"},
		{in: "10.0.0.0/15", problem: "too large"},
		{in: "10.0.0.0/25", problem: "too small"},
		{in: "10.0.0.1/24", problem: "bits set beyond /24"},
		{in: "0.1.0.0/16", problem: "AWS refuses 0.0.0.0/8"},
		{in: "127.0.0.0/16", problem: "loopback"},
		{in: "169.254.0.0/16", problem: "link-local"},
		{in: "224.0.0.0/16", problem: "multicast"},
		{in: "240.240.0.0/16", problem: "virtual addresses"},
		{in: "0.0.0.0/0", problem: "too large"},
	} {
		t.Run(tc.in, func(t *testing.T) {
			_, err := cidr.ParseVPC(tc.in)
			check(t, err, tc.problem)
		})
	}
}

func TestOverlapIsSymmetric(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{"10.0.0.0/16", "10.1.0.0/16", false},
		{"10.0.0.0/16", "10.0.0.0/16", true},
		{"10.0.0.0/16", "10.0.255.0/24", true},
		{"10.0.0.0/24", "10.0.1.0/24", false},
	} {
		a, b := netip.MustParsePrefix(tc.a), netip.MustParsePrefix(tc.b)
		if cidr.Overlap(a, b) != tc.want || cidr.Overlap(b, a) != tc.want {
			t.Errorf("Overlap(%s, %s) is not %v both ways", a, b, tc.want)
		}
	}
}

// check fails the test unless err says problem, or is nil when problem is empty.
func check(t *testing.T, err error, problem string) {
	t.Helper()
	switch {
	case problem == "" && err != nil:
		t.Errorf("refused: %v", err)
	case problem != "" && err == nil:
		t.Errorf("accepted, want %q", problem)
	case problem != "" && !strings.Contains(err.Error(), problem):
		t.Errorf("refused with %q, want %q", err, problem)
	}
}

package quota

import (
	"net/netip"
	"strings"
	"testing"

	"ambient-ecs/tests/golden"
)

func TestTheDocumentedTableIsTheTable(t *testing.T) {
	golden.Check(t, "../docs/quotas.md", Markdown(), "It is the table of AWS's quotas.")
}

func TestEveryQuotaIsWholeAndThereOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, q := range All {
		if q.Name == "" || q.Per == "" || q.Default < 1 || !strings.HasPrefix(q.Source.Address, "https://docs.aws.amazon.com/") || seen[q.Name] {
			t.Errorf("%+v", q)
		}
		seen[q.Name] = true
	}
}

func TestTheGatewayNeedsTenRulesAndFourForEachNetwork(t *testing.T) {
	for n := range 40 {
		if got := GatewayRules(n, 3); got != 10+4*n {
			t.Errorf("%d networks: %d rules", n, got)
		}
	}
}

// The numbers are those of misc/eni-max-pods.txt.
func TestMaxPodsAreThoseOfTheNetworkPlugin(t *testing.T) {
	for instance, want := range map[string]int{
		"t1.micro": 4, "t2.nano": 4, "t3.micro": 4, "t4g.micro": 4, "t2.small": 11, "t3.small": 11, "t3a.small": 8, "t4g.small": 11, "m1.small": 8,
		"t3.medium": 17, "t3a.medium": 17, "t2.medium": 17, "t4g.medium": 17,
	} {
		if got, known := MaxPods(instance); !known || got != want {
			t.Errorf("%s: %d, %v", instance, got, known)
		}
	}
	if _, known := MaxPods("m7i.large"); known {
		t.Error("m7i.large is small")
	}
}

func TestAWSKeepsFiveAddresses(t *testing.T) {
	for cidr, want := range map[string]int{"10.0.0.0/28": 11, "10.0.0.0/24": 251, "10.0.0.0/30": 0} {
		if got := Usable(netip.MustParsePrefix(cidr)); got != want {
			t.Errorf("%s: %d", cidr, got)
		}
	}
}

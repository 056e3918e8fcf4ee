package networkpolicy

import (
	"encoding/json"
	"testing"
)

func TestAPolicyAdmitsItsPortsAndProbes(t *testing.T) {
	for name, c := range map[string]struct {
		policy Policy
		want   string
	}{
		"a namespace of services": {Workloads(), `{"ingress":[{"from":[{"ipBlock":{"cidr":"169.254.7.127/32"}}]},` +
			`{"ports":[{"port":15008,"protocol":"TCP"},{"port":15020,"protocol":"TCP"},{"port":15021,"protocol":"TCP"}]}],"podSelector":{},"policyTypes":["Ingress"]}`},
		"some pods": {Apps("eks-echo"), `{"ingress":[{"from":[{"ipBlock":{"cidr":"169.254.7.127/32"}}]},{"ports":[{"port":15008,"protocol":"TCP"}]}],` +
			`"podSelector":{"matchExpressions":[{"key":"app","operator":"In","values":["eks-echo"]}]},"policyTypes":["Ingress"]}`},
		"charts": {Charts(), `{"ingress":[{"from":[{"ipBlock":{"cidr":"169.254.7.127/32"}}]},{"from":[{"podSelector":{}}]}],"podSelector":{},"policyTypes":["Ingress"]}`},
	} {
		got, err := json.Marshal(c.policy.Spec())
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, c.want)
		}
	}
	for _, policy := range []Policy{System(), EastWest(), Ingress(80), Workloads()} {
		if policy.Inside || len(policy.Apps) > 0 {
			t.Errorf("%+v: all pods of the namespace, and each port for itself", policy)
		}
	}
}

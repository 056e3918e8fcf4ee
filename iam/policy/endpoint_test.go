package policy

import (
	"strings"
	"testing"

	"ambient-ecs/tests/golden"
)

func TestEndpointsServeTheAccountsOnly(t *testing.T) {
	accounts := []string{"222222222222", "111111111111"}
	golden.Check(t, "testdata/endpoint/sts.json", EndpointPolicy("sts", accounts).Indented(), "It is the policy of the endpoint of STS.")
	for _, service := range []string{"ecr.api", "sts"} {
		for _, s := range EndpointPolicy(service, accounts).Statements {
			if s.Deny || len(s.Condition["StringEquals"]) != 1 {
				t.Errorf("%s: %s is %+v: it must be allowed on one condition", service, s.Sid, s)
			}
			for key, values := range s.Condition["StringEquals"] {
				if !strings.HasSuffix(key, "Account") || len(values) != 2 {
					t.Errorf("%s: %s is allowed where %s is %v", service, s.Sid, key, values)
				}
			}
		}
	}
	if all := EndpointPolicy("ecr.api", accounts).Statements; len(all) != 1 {
		t.Errorf("ECR has %d statements: all its calls are signed", len(all))
	}
}

package components

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/network"
)

func TestEndpointsAdmitTheVPCBeforePrivateDNSLeadsToThem(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		e, err := network.NewEndpoints(ctx, "endpoints-local", validEndpoints(f))
		if err != nil {
			return err
		}
		return probe(ctx, e.Ready)
	})
	children(t, r, network.EndpointsTypeToken, localProvider)
	admits := only(t, r, ingressRule)
	says(t, admits, "10.0.0.0/16", "cidrIpv4")
	says(t, admits, 443.0, "fromPort")
	group := only(t, r, securityGroup)
	all := r.OfType(endpoint)
	if len(all) != 2 {
		t.Fatalf("%d endpoints, want one for each service", len(all))
	}
	for i, service := range []string{"ecr.api", "sts"} {
		says(t, all[i], "com.amazonaws.eu-central-1."+service, "serviceName")
		says(t, all[i], "Interface", "vpcEndpointType")
		says(t, all[i], true, "privateDnsEnabled")
		says(t, all[i], []any{"subnet-1", "subnet-2"}, "subnetIds")
		says(t, all[i], []any{group.Name + "-id"}, "securityGroupIds")
		if policy := at(t, all[i], "policy").(string); !strings.Contains(policy, local) || !strings.Contains(policy, external) {
			t.Errorf("the policy of %s is %s", service, policy)
		}
		needs(t, r, all[i], admits)
		needs(t, r, only(t, r, probeType), all[i])
	}
}

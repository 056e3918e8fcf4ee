package components

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/iam"
	"ambient-ecs/network"
	"ambient-ecs/providers"
)

const inTheirs = `{"vpcId":"vpc-0123456789abcdef0","privateSubnetIds":["subnet-0123456789abcdefa","subnet-0123456789abcdefb"],"routeTableIds":["rtb-0123456789abcdef0"],"secondaryCidrs":["100.64.0.0/16"]}`

// existingAccounts are the dev stack's accounts, of which the second one has its network already.
const existingAccounts = `{"local":{"id":"111122223333","profile":"local","domain":"ecs.local","vpcCidr":"192.168.0.0/16"},
	"external":{"id":"444455556666","profile":"external","domain":"ecs.external","vpcCidr":"10.1.0.0/16","network":` + inTheirs + `}}`

func TestANetworkThatExistsIsReadAndNotMade(t *testing.T) {
	cfg := devConfig(t, map[string]string{"accounts": existingAccounts})
	r := deployed(t, cfg, func(ctx *pulumi.Context, _ *providers.Accounts, networks *network.Networks, _ *iam.Roles) error {
		return probe(ctx, networks.Ready("external"), networks.Vpcs["external"].Egress)
	})
	for _, res := range r.Resources {
		if res.Provider != externalProvider || !strings.HasPrefix(res.Type, "aws:ec2/") && !strings.HasPrefix(res.Type, "aws:vpc/") {
			continue
		}
		switch res.Type {
		case securityGroup, ingressRule, egressRule, accepter, peeringOptions:
		case route:
			says(t, res, "rtb-0123456789abcdef0", "routeTableId")
		default:
			t.Errorf("the program makes %s %s in the network of others", res.Type, res.Name)
		}
	}
	for _, group := range r.OfType(securityGroup) {
		if group.Provider == externalProvider {
			says(t, group, "vpc-0123456789abcdef0", "vpcId")
		}
	}
	says(t, r.Get(t, peering, "peering-local-external"), "vpc-0123456789abcdef0", "peerVpcId")
	says(t, r.Get(t, route, "peering-local-external-external-rtb-0123456789abcdef0"), "192.168.0.0/16", "destinationCidrBlock")
	says(t, r.Get(t, route, "peering-local-external-local-private/100.64.0.0/16"), "100.64.0.0/16", "destinationCidrBlock")
	for _, res := range r.OfType(route) {
		if strings.HasPrefix(res.Name, "peering-") {
			needs(t, r, only(t, r, probeType), res)
		}
	}
}

// Two accounts in one VPC, and a third elsewhere.
func TestAVPCThatTwoAccountsShareIsOneNetwork(t *testing.T) {
	participant := strings.Replace(inTheirs, `"routeTableIds":["rtb-0123456789abcdef0"],`, "", 1)
	cfg := devConfig(t, map[string]string{"accounts": `{"local":{"id":"111122223333","profile":"local","domain":"ecs.local","vpcCidr":"10.1.0.0/16","reach":"direct","network":` + inTheirs + `},
		"external":{"id":"444455556666","profile":"external","domain":"ecs.external","vpcCidr":"10.1.0.0/16","reach":"direct","network":` + participant + `},
		"third":{"id":"777788889999","profile":"third","domain":"ecs.third","vpcCidr":"10.9.0.0/16"}}`})
	r := deployed(t, cfg, func(ctx *pulumi.Context, _ *providers.Accounts, networks *network.Networks, _ *iam.Roles) error {
		return probe(ctx, networks.Ready("external"))
	})
	if all := r.OfType(peering); len(all) != 1 || all[0].Name != "peering-local-third" {
		t.Errorf("the peerings are %v", all)
	}
	for _, res := range r.OfType(route) {
		if res.Provider == externalProvider {
			t.Errorf("%s is in an account that cannot change route tables", res.Name)
		}
		if strings.HasPrefix(res.Name, "peering-") {
			needs(t, r, only(t, r, probeType), res)
		}
	}
	seen := map[string]bool{}
	for _, typ := range []string{ingressRule, egressRule} {
		for _, rule := range r.OfType(typ) {
			id := strings.Join([]string{typ, at(t, rule, "securityGroupId").(string), at(t, rule, "cidrIpv4").(string), fmt.Sprint(at(t, rule, "fromPort"))}, " ")
			if seen[id] {
				t.Errorf("EC2 refuses %s: the rule exists", id)
			}
			seen[id] = true
		}
	}
}

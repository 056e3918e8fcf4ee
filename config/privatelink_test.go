package config

import (
	"slices"
	"strings"
	"testing"
)

// calling are the edits by which the dev stack's account external only calls, from a network that home has too.
func calling(more ...edit) []edit {
	shell := object{"image": "public.ecr.aws/demo/shell:1", "clientOnly": true}
	return append([]edit{
		{"gatewayLoadBalancers", list("controller")},
		{"accounts/external/connect", "privatelink"},
		{"accounts/external/vpcCidr", "192.168.0.0/16"},
		{"accounts/external/subnets", nil},
		{"clusters/ecs-3", object{"account": "external", "services": object{"shell-task": shell}}},
	}, more...)
}

func TestAnAccountThatOnlyCallsHasNoPlaceInTheNetworksOfTheMesh(t *testing.T) {
	c := mustLoad(t, with(calling()...))
	if !c.CallsOnly("external") || c.CallsOnly("local") || !slices.Equal(c.CallingAccounts(), []string{"external"}) || !slices.Equal(c.DiscoveredAccounts(), []string{"local"}) {
		t.Fatalf("only calls: %v, discovered: %v", c.CallingAccounts(), c.DiscoveredAccounts())
	}
	if got := c.MeshCIDRs(); !slices.Equal(got, []string{"192.168.0.0/16"}) || len(c.Pairs()) != 0 || c.Joins() {
		t.Errorf("networks %v, pairs %v, joined %v", got, c.Pairs(), c.Joins())
	}
	if got := c.RoleNames("external"); slices.ContainsFunc(got, func(name string) bool { return strings.Contains(name, "discovery") }) {
		t.Errorf("roles of external: %v", got)
	}
}

// A security group takes the same network once.
func TestTheGatewayAdmitsTheNetworksOfCallersOnce(t *testing.T) {
	for _, c := range []struct {
		network string
		want    []string
	}{
		{"192.168.0.0/16", []string{"192.168.0.0/16"}},
		{"192.168.64.0/20", []string{"192.168.0.0/16", "192.168.64.0/20"}},
		// No pod has to reach it, so it may be where Kubernetes services are.
		{"172.20.0.0/16", []string{"192.168.0.0/16", "172.20.0.0/16"}},
	} {
		if got := mustLoad(t, with(calling(edit{"accounts/external/vpcCidr", c.network})...)).GatewaySources(); !slices.Equal(got, c.want) {
			t.Errorf("%s: the gateway admits %v, want %v", c.network, got, c.want)
		}
	}
}

func TestASecondAccountThatOnlyCallsMayHaveTheSameNetwork(t *testing.T) {
	mustLoad(t, with(calling(edit{"accounts/third", object{"id": "333333333333", "profile": "third", "domain": "third.ecs", "vpcCidr": "192.168.0.0/16", "connect": "privatelink"}})...))
	mustLoad(t, with(calling(edit{"accounts/external/network", theirs(object{"routeTableIds": nil})})...))
}

func TestOtherTeamsFindNoContractWhereNobodyCanCall(t *testing.T) {
	c := mustLoad(t, with(calling(edit{"publishContract", true})...))
	if got := c.ContractClusters(); !slices.Equal(got, []string{"ecs-1", "ecs-2"}) {
		t.Errorf("contracts of %v", got)
	}
}

func TestServersOfAnAccountThatOnlyCallsAreRefused(t *testing.T) {
	const external, cluster = "accounts/external/", "clusters/ecs-3/"
	server := object{"image": "public.ecr.aws/demo/echo:1", "port": 8080}
	because := "discovery hands out the private addresses"
	run(t, []refusal{
		{"another way", calling(edit{external + "connect", "vpn"}), [][]string{{"accounts.external.connect", "privatelink"}, {"accounts.local.vpcCidr", "overlaps"}}},
		{"the home account", calling(edit{"accounts/local/connect", "privatelink"}), [][]string{
			{"accounts.local.connect", "in the home account"}, {"clusters.ecs-1.services.echo-service", because}, {"clusters.ecs-2.services.echo-service", because},
		}},
		{"a server", calling(edit{cluster + "services/echo", server}), [][]string{{"clusters.ecs-3.services.echo", because, "Set clientOnly"}}},
		{"a member of a shared service", calling(edit{"sharedServices/all", object{"port": 8080}}, edit{cluster + "services/echo", object{"image": "public.ecr.aws/demo/echo:1", "shared": "all"}}),
			[][]string{{"clusters.ecs-3.services.echo", because}}},
		{"rules for its services", calling(edit{cluster + "allow", []any{object{"from": list("cluster:ecs-1")}}}), [][]string{{"clusters.ecs-3.allow", "nobody can call"}}},
		{"access to its services", calling(edit{cluster + "access", "mesh"}), [][]string{{"clusters.ecs-3.access is set", "nobody can call"}}},
		{"a waypoint in front of them", calling(edit{cluster + "waypoint", true}), [][]string{{"clusters.ecs-3.waypoint", "no service"}, {"clusters.ecs-3.waypoint", "nobody can call"}}},
		{"a team's services", calling(edit{"publishContract", true}, edit{"teams", object{"shop": object{"clusters": list("ecs-3"), "deployers": list("arn:aws:iam::444455556666:role/shop")}}}),
			[][]string{{"teams.shop", "could not be called", because}}},
		{"the pods themselves", calling(edit{external + "reach", "direct"}), [][]string{{"accounts.external.reach", "no route leads to the pods"}}},
		{"the legacy load balancer", calling(edit{"gatewayLoadBalancers", list("legacy", "controller")}), [][]string{{"accounts.external.connect", "begin gatewayLoadBalancers with controller"}}},
		{"values of a discovery that does not happen", calling(edit{external + "discoveryValues", object{"regions": list("eu-west-1")}}), [][]string{{"discoveryValues is set", "istiod does not read"}}},
		{"route tables", calling(edit{external + "network", theirs(nil)}), [][]string{{"accounts.external.network.routeTableIds is set", "adds no route"}}},
	})
}

package config

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/contract"
)

// hosted gives the team orders hostnames, in a stack with an ingress.
func hosted(hosts []any, more ...edit) []edit {
	teams := teamOrders()
	teams["orders"].(object)["hostnames"] = hosts
	return opened(append([]edit{{"teams", teams}, {"publishContract", true}}, more...)...)
}

func TestTheContractSaysWhatATeamMayRouteAndTag(t *testing.T) {
	c := mustLoad(t, with(hosted(list("orders.example.com", "a.orders.example.com"), edit{"clusters/ecs-1/waypoint", true}, edit{"owner", "platform"},
		edit{"clusters/ecs-1/capacityProviders", list("FARGATE_SPOT", "FARGATE")}, edit{"clusters/ecs-1/services/echo-service/capacityProviderStrategy", list(object{"capacityProvider": "FARGATE", "weight": 1})})...))
	of := c.Contract("ecs-1")
	if want := (contract.Ingress{
		Gateways: []contract.Gateway{{Name: "ingress", Namespace: "ambient-ingress"}}, Hostnames: []string{"a.orders.example.com", "orders.example.com"},
		ServiceAccount: "ingress-istio", TLSAtLoadBalancer: true,
	}); fmt.Sprint(of.Ingress) != fmt.Sprint(want) {
		t.Errorf("the ingress is %+v", of.Ingress)
	}
	if !slices.Equal(of.Team.TagKeys, []string{"owner"}) || !slices.Equal(of.Cluster.CapacityProviders, []string{"FARGATE", "FARGATE_SPOT"}) || of.Mesh.Waypoints["ambient-ecs-1"] != "waypoint" {
		t.Errorf("the contract says %+v, %+v and %v", of.Team, of.Cluster, of.Mesh.Waypoints)
	}
	if other := c.Contract("ecs-2"); len(other.Ingress.Hostnames)+len(other.Ingress.Gateways)+len(other.Team.TagKeys)+len(other.Mesh.Waypoints) > 0 {
		t.Errorf("a cluster without a team has %+v and %+v", other.Ingress, other.Mesh.Waypoints)
	}
	if !c.BehindWaypoint("ecs-1") || c.BehindWaypoint("ecs-3") {
		t.Error("the ingress goes past the waypoint of ecs-1, or ecs-3 has one")
	}
}

// While the load balancer moves, users come through two gateways, and a route names both.
func TestTheContractNamesEveryGateway(t *testing.T) {
	c := mustLoad(t, with(hosted(list("orders.example.com"), edit{"gatewayLoadBalancers", list("controller", "legacy")})...))
	if got := c.Contract("ecs-1").Ingress.Gateways; len(got) != 2 || got[0].Namespace != c.IngressNamespace() || got[1].Namespace == got[0].Namespace {
		t.Errorf("the gateways are %v", got)
	}
}

// An ingress that is switched off takes the teams' hosts with it.
func TestWithoutAnIngressATeamHasNoHosts(t *testing.T) {
	c := mustLoad(t, with(hosted(list("orders.example.com"), edit{"ingress/enabled", false})...))
	if of := c.Contract("ecs-1").Ingress; len(c.TeamHosts("orders"))+len(of.Hostnames)+len(of.Gateways) > 0 {
		t.Errorf("it has %+v", of)
	}
}

// All services of a team's namespace may be the team's own.
func TestAWaypointStandsForServicesOfATeamAlone(t *testing.T) {
	mustLoad(t, with(edit{"teams", teamOrders()}, edit{"clusters/ecs-1/services", object{}}, edit{"clusters/ecs-1/waypoint", true}))
}

func TestRefusedHostsOfTeams(t *testing.T) {
	const at = "teams.orders.hostnames"
	host := func(name string, words ...string) refusal {
		return refusal{"the host " + name, hosted(list(name)), [][]string{append([]string{at + "[0]"}, words...)}}
	}
	var many []any
	for i := range MaxTeamHosts + 1 {
		many = append(many, fmt.Sprintf("h%d.example.com", i))
	}
	both := object{
		"billing": object{"clusters": list("ecs-2"), "deployers": list("arn:aws:iam::999999999999:role/billing"), "hostnames": list("orders.example.com")},
		"orders":  object{"clusters": list("ecs-1"), "deployers": list(ci), "hostnames": list("orders.example.com")},
	}
	run(t, []refusal{
		host("*.example.com", "a wildcard would take names that nobody granted"),
		host("*", "a wildcard"),
		host("orders", "with a dot in it"),
		host("Orders.example.com", "lower case"),
		host("orders.*.com", "first label alone"),
		host("orders.ecs.local", "names under ecs.local are the mesh's own"),
		host("shop.example.com", "ingress.hosts has it"),
		{"a host twice", hosted(list("a.example.com", "a.example.com")), [][]string{{at + "[1]", "in the list twice"}}},
		{"a host of two teams", hosted(nil, edit{"teams", both}), [][]string{{at + "[0]", "teams.billing has it", "one owner"}}},
		{"many hosts", hosted(many), [][]string{{at + " = 17", "there may be 16"}}},
		{"hosts without an ingress", []edit{{"teams", object{"orders": object{"clusters": list("ecs-1"), "deployers": list(ci), "hostnames": list("a.example.com")}}}},
			[][]string{{at + " is set", "there is no ingress"}}},
	})
}

// The gateway's certificate is for the hosts of teams too.
func TestTheCertificateOfTheGatewayIsForTheHostsOfTeams(t *testing.T) {
	one := signs(t, "shop", nil, func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage, c.DNSNames = false, x509.KeyUsageDigitalSignature, []string{"shop.example.com"}
	})
	_, err := LoadAt(now, raw(with(hosted(list("orders.example.com"), edit{"ingress/certificateArn", ""}, edit{"ingress/certificate", one.pem()}, edit{"ingress/key", one.private(t)})...)), Project+":ingress")
	if err == nil || !strings.Contains(err.Error(), "it is not for the host orders.example.com") || strings.Contains(err.Error(), "the host shop.example.com") {
		t.Errorf("got %v", err)
	}
}

func TestRefusedProvidersOfAClusterForOthers(t *testing.T) {
	const key, field = "clusters/ecs-1/capacityProviders", "clusters.ecs-1.capacityProviders"
	run(t, []refusal{
		one("a provider of EC2", key, list("my-instances"), field+"[0]", "Fargate only"),
		one("a provider twice", key, list("FARGATE", "FARGATE"), field+"[1]", "in the list twice"),
		{"providers of an existing cluster", []edit{{"clusters/ecs-1/existing", "shared"}, {key, list("FARGATE")}}, [][]string{{field + " is set", "its owner's"}}},
	})
	c := mustLoad(t, with(edit{key, list("FARGATE_SPOT")}))
	if got := c.CapacityProvidersOf("ecs-1"); !slices.Equal(got, []string{"FARGATE_SPOT"}) {
		t.Errorf("the cluster has %v", got)
	}
}

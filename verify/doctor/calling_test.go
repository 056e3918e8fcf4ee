package doctor

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/verify/doctor/network"
	"ambient-ecs/verify/stack"
)

// callingApart is a healthy mesh whose account external only calls, from the addresses of the account local.
func callingApart() *facts {
	f := healthy()
	external := f.stack.Accounts["external"]
	external.Connect = stack.ConnectPrivateLink
	f.stack.Accounts["external"] = external
	f.stack.VpcIDs = map[string]string{"local": "vpc-local", "external": "vpc-external"}
	f.stack.GatewayEndpoints = map[string]string{"external": "vpce-1"}
	n := &f.network
	n.Peerings, n.Routes = nil, slices.DeleteFunc(n.Routes, func(r network.Route) bool { return r.Target == "pcx" })
	n.Groups = append(n.Groups, network.Group{ID: "sg-endpoint", Ingress: []network.Rule{{Protocol: "-1", CIDR: "0.0.0.0/0"}}})
	n.Hosts = append(n.Hosts, network.Host{ID: "eni-endpoint", Subnet: "subnet-external", Addresses: []string{"10.1.0.250"}, Groups: []string{"sg-endpoint"}})
	n.Endpoints = []network.Endpoint{{ID: "vpce-1", State: "available", Interfaces: []string{"eni-endpoint"}, Names: []string{"vpce-1-x.vpce-svc-1.eu-central-1.vpce.amazonaws.com"},
		Zone: &network.Zone{ID: "Z1", VPCs: []string{"vpc-external"}, Targets: []string{"VPCE-1-x.vpce-svc-1.eu-central-1.vpce.amazonaws.com."}}}}
	// istiod does not look there: it has no role, no entry, and the cluster no tag.
	delete(f.stack.DiscoveryRoles, "external")
	for _, c := range f.stack.ClusterKeys() {
		cluster := f.stack.Clusters[c]
		if cluster.Account != "external" {
			continue
		}
		for name, service := range cluster.Services {
			if !service.ClientOnly {
				delete(cluster.Services, name)
			}
		}
		f.kubernetes.Entries = slices.DeleteFunc(f.kubernetes.Entries, func(e Entry) bool { return e.Namespace == cluster.Namespace })
		find(f.ecs.Clusters, func(e Cluster) bool { return e.ARN == cluster.ARN }).Tags = map[string]string{tagEnabled: "false"}
	}
	return f
}

func TestAnAccountThatOnlyCallsNeedsNeitherDiscoveryNorRoutes(t *testing.T) {
	for _, one := range examine(t, callingApart()) {
		t.Errorf("%s", one)
	}
}

func TestAnEndpointThatIsNotConnectedIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		take func(f *facts)
		says string
	}{
		"none":     {func(f *facts) { f.network.Endpoints = nil }, "does not exist"},
		"waiting":  {func(f *facts) { f.network.Endpoints[0].State = "pendingAcceptance" }, "is pendingAcceptance, not available"},
		"rejected": {func(f *facts) { f.network.Endpoints[0].State = "rejected" }, "is rejected, not available"},
	} {
		f := callingApart()
		c.take(f)
		found := examine(t, f)
		if len(found) != 1 || found[0].Ingredient != "gateway-endpoint" || found[0].Subject != "vpce-1" || !strings.Contains(found[0].Sentence, c.says) || found[0].Latent {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// The gateway's name leads an account that only calls to its endpoint, and nowhere else.
func TestAZoneThatDoesNotLeadToTheEndpointIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		take func(e *network.Endpoint)
		says string // "": nothing is found
	}{
		"not looked at":      {func(e *network.Endpoint) { e.Zone = nil }, ""},
		"none":               {func(e *network.Endpoint) { e.Zone = &network.Zone{} }, "does not exist"},
		"of another network": {func(e *network.Endpoint) { e.Zone.VPCs = []string{"vpc-other"} }, "not associated with vpc-external"},
		"without a record":   {func(e *network.Endpoint) { e.Zone.Targets = nil }, "no record of the private hosted zone Z1"},
		"to another endpoint": {func(e *network.Endpoint) {
			e.Zone.Targets = []string{"vpce-2.vpce-svc-1.eu-central-1.vpce.amazonaws.com"}
		}, "endpoint vpce-1"},
	} {
		f := callingApart()
		c.take(&f.network.Endpoints[0])
		found := examine(t, f)
		if c.says == "" {
			if len(found) > 0 {
				t.Errorf("%s: %v", name, found)
			}
			continue
		}
		if len(found) != 1 || found[0].Ingredient != "gateway-zone" || !strings.Contains(found[0].Sentence, c.says) || found[0].Latent {
			t.Errorf("%s: %v", name, found)
		}
	}
}

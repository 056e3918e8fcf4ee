package tests

import (
	"strings"
	"testing"

	"ambient-ecs/tests/recorder"
)

const (
	ecsService    = "aws:ecs/service:Service"
	ecsCluster    = "aws:ecs/cluster:Cluster"
	eksComponent  = "eks:index:Cluster"
	helmRelease   = "kubernetes:helm.sh/v3:Release"
	rolePolicy    = "aws:iam/rolePolicy:RolePolicy"
	natGateway    = "aws:ec2/natGateway:NatGateway"
	peering       = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
	accepter      = "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter"
	route         = "aws:ec2/route:Route"
	vpc           = "aws:ec2/vpc:Vpc"
	association   = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
	nodeGroup     = "eks:index:ManagedNodeGroup"
	gatewayObject = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
)

func TestServicesOutliveNothingThatTheyNeed(t *testing.T) {
	r := succeed(t, Record(t, "dev", nil))
	for _, service := range r.OfType(ecsService) {
		var policies, routes int
		for _, policy := range r.OfType(rolePolicy) {
			if r.Waits(service, policy) {
				policies++
			}
		}
		if policies < 2 {
			t.Errorf("service %s waits for %d role policies, it needs those of its task and its execution role", service.Name, policies)
		}
		for _, nat := range r.OfType(natGateway) {
			if r.Waits(service, nat) {
				routes++
			}
		}
		if routes == 0 {
			t.Errorf("service %s does not wait for a way out to its image", service.Name)
		}
		needs(t, r, service, r.Get(t, gatewayObject, "eastwest"))
		for _, name := range []string{"istio-base", "istiod", "istio-cni", "ztunnel"} {
			needs(t, r, service, r.Get(t, helmRelease, name))
		}
		own := 0
		for _, sa := range r.OfType("kubernetes:core/v1:ServiceAccount") {
			if r.Waits(service, sa) {
				own++
			}
		}
		if own != 1 {
			t.Errorf("service %s waits for %d service accounts, want its own one", service.Name, own)
		}
	}
}

func TestNothingWaitsForEKSThatNeedNot(t *testing.T) {
	r := succeed(t, Record(t, "dev", nil))
	cluster := only(t, r, eksComponent)
	for _, typ := range []string{vpc, natGateway, peering, accepter, route, ecsCluster, rolePolicy} {
		for _, res := range r.OfType(typ) {
			if r.Waits(res, cluster) {
				t.Errorf("%s %s waits for the EKS cluster", typ, res.Name)
			}
		}
	}
}

func TestPeeringIsAcceptedByTheOtherAccountBeforeAnyRoute(t *testing.T) {
	r := succeed(t, Record(t, "dev", nil))
	connection, accepted := only(t, r, peering), only(t, r, accepter)
	if connection.Provider != "aws-local" || accepted.Provider != "aws-external" {
		t.Errorf("requested by %s and accepted by %s", connection.Provider, accepted.Provider)
	}
	if connection.Inputs["autoAccept"] == true {
		t.Error("the request accepts itself, which works in one account only")
	}
	needs(t, r, accepted, connection)
	routes := map[string]int{}
	for _, res := range r.OfType(route) {
		if res.Inputs["vpcPeeringConnectionId"] == nil {
			continue
		}
		needs(t, r, res, accepted)
		routes[res.Provider]++
		want := map[string]string{"aws-local": "10.1.0.0/16", "aws-external": "192.168.0.0/16"}[res.Provider]
		if res.Inputs["destinationCidrBlock"] != want {
			t.Errorf("route %s in %s goes to %v, not to the other side", res.Name, res.Provider, res.Inputs["destinationCidrBlock"])
		}
	}
	tables := map[string]int{}
	for _, table := range r.OfType("aws:ec2/routeTable:RouteTable") {
		tables[table.Provider]++
	}
	for provider, n := range tables {
		if routes[provider] != n {
			t.Errorf("%s has %d route tables and %d routes to the other side", provider, n, routes[provider])
		}
	}
}

func TestTheMeshGoesBeforeTheClusterAndTheClusterBeforeItsNetwork(t *testing.T) {
	r := succeed(t, Record(t, "dev", nil))
	cluster := only(t, r, eksComponent)
	nodes := only(t, r, nodeGroup)
	for _, res := range r.Resources {
		if strings.HasPrefix(res.Type, "kubernetes:") && !res.Read {
			needs(t, r, res, cluster)
			needs(t, r, res, nodes)
		}
	}
	for _, network := range r.OfType(vpc) {
		if network.Provider == "aws-local" {
			needs(t, r, cluster, network)
		}
	}
}

func TestIstiodStartsWithItsFinalIdentity(t *testing.T) {
	r := succeed(t, Record(t, "dev", nil))
	needs(t, r, r.Get(t, helmRelease, "istiod"), only(t, r, association))
}

func TestIstioCNIGoesLastOfTheMesh(t *testing.T) {
	r := succeed(t, Record(t, "dev", nil))
	cni := r.Get(t, helmRelease, "istio-cni")
	for _, res := range r.Resources {
		switch {
		case res.Type == "kubernetes:apps/v1:Deployment", res.Type == gatewayObject,
			res.Type == helmRelease && res.Name != "istio-cni" && res.Name != "istio-base" && res.Name != "istiod":
			needs(t, r, res, cni)
		}
	}
}

func needs(t *testing.T, r *recorder.Recording, a, b *recorder.Resource) {
	t.Helper()
	if a != b && !r.Waits(a, b) {
		t.Errorf("%s %s does not wait for %s %s, so it may be created before it and deleted after it", a.Type, a.Name, b.Type, b.Name)
	}
}

func only(t *testing.T, r *recorder.Recording, typ string) *recorder.Resource {
	t.Helper()
	found := r.OfType(typ)
	if len(found) != 1 {
		t.Fatalf("%d resources of type %s, want one", len(found), typ)
	}
	return found[0]
}

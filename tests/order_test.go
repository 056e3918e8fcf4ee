package tests

import (
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/tests/recorder"
)

const (
	ecsService       = "aws:ecs/service:Service"
	ecsCluster       = "aws:ecs/cluster:Cluster"
	taskDefinition   = "aws:ecs/taskDefinition:TaskDefinition"
	endpointService  = "aws:ec2/vpcEndpointService:VpcEndpointService"
	servicePrincipal = "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple"
	dnsRecord        = "aws:route53/record:Record"
	parameter        = "aws:ssm/parameter:Parameter"
	scheduleGroup    = "aws:scheduler/scheduleGroup:ScheduleGroup"
	schedule         = "aws:scheduler/schedule:Schedule"
	eksComponent     = "eks:index:Cluster"
	nodeGroup        = "eks:index:ManagedNodeGroup"
	addon            = "aws:eks/addon:Addon"
	association      = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
	kmsKey           = "aws:kms/key:Key"
	logGroup         = "aws:cloudwatch/logGroup:LogGroup"
	metricFilter     = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
	metricAlarm      = "aws:cloudwatch/metricAlarm:MetricAlarm"
	rolePolicy       = "aws:iam/rolePolicy:RolePolicy"
	roleAttachment   = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	vpc              = "aws:ec2/vpc:Vpc"
	natGateway       = "aws:ec2/natGateway:NatGateway"
	endpoint         = "aws:ec2/vpcEndpoint:VpcEndpoint"
	route            = "aws:ec2/route:Route"
	tableAssociation = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	peering          = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
	accepter         = "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter"
	peeringOptions   = "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions"
	egressRule       = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	ingressRule      = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	helmRelease      = "kubernetes:helm.sh/v3:Release"
	gatewayObject    = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
	gatewayClass     = "kubernetes:gateway.networking.k8s.io/v1:GatewayClass"
	definition       = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
	virtualService   = "kubernetes:networking.istio.io/v1:VirtualService"
	telemetry        = "kubernetes:telemetry.istio.io/v1:Telemetry"
	namespaceObject  = "kubernetes:core/v1:Namespace"
	namespacePatch   = "kubernetes:core/v1:NamespacePatch"
	secret           = "kubernetes:core/v1:Secret"
	serviceAccount   = "kubernetes:core/v1:ServiceAccount"
	deployment       = "kubernetes:apps/v1:Deployment"
)

// promises_test.go lists the orders that must hold. This file tests what must not wait, and what the order alone does
// not show.

func TestAServiceWaitsForItsOwnIdentityAndForNoOther(t *testing.T) {
	r := succeed(t, Record(t, "dev", nil))
	for _, service := range r.OfType(ecsService) {
		own := 0
		for _, sa := range r.OfType(serviceAccount) {
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

// A Pod Identity association takes effect some seconds after it is made, and a pod gets its credentials only when it is made.
func TestAnIdentityDoesNotWaitForTheNodesOfItsPods(t *testing.T) {
	r := succeed(t, Record(t, "dev", func(o *recorder.Options) {
		everything(o)
		o.Config[config.Project+":gatewayLoadBalancers"] = `["controller"]`
	}))
	identities := r.OfType(association)
	if len(identities) < 4 {
		t.Fatalf("the stack has %d associations, want istiod's, the load balancer controller's, Prometheus's and Fluent Bit's", len(identities))
	}
	for _, identity := range identities {
		if nodes := only(t, r, nodeGroup); r.Waits(identity, nodes) {
			t.Errorf("%s waits for the nodes", identity.Name)
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

func TestTheClusterGoesBeforeItsNetwork(t *testing.T) {
	r := succeed(t, Record(t, "dev", nil))
	for _, network := range r.OfType(vpc) {
		if network.Provider == "aws-local" {
			needs(t, r, only(t, r, eksComponent), network)
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

package onaws

import (
	"context"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/onaws/awstest"
	"ambient-ecs/verify/stack"
)

// newWaypointMesh is a mesh without ECS: in namespace default a shell calls an echo service through a waypoint. Each text that
// change replaces is a part of an object.
func newWaypointMesh(t *testing.T, change ...string) *AWS {
	t.Helper()
	// All pods are on one node.
	pod := func(namespace, name, owner, address, labels, rest string) string {
		return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"` + name + `","namespace":"` + namespace + `","creationTimestamp":"2026-01-03T00:00:00Z","annotations":{"ambient.istio.io/redirection":"enabled"},"labels":{` + labels +
			`},"ownerReferences":[{"kind":"DaemonSet","name":"` + owner + `"}]},"spec":{"nodeName":"n","serviceAccountName":"` + owner + `"` + rest + `},"status":{"podIP":"` + address + `","conditions":[{"type":"Ready","status":"True"}]}}`
	}
	texts := []string{
		`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"istio-system","labels":{"topology.istio.io/network":"eks"}}}`,
		`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"default","labels":{"istio.io/dataplane-mode":"ambient","istio.io/use-waypoint":"waypoint"}}}`,
		`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"istio-ca-root-cert","namespace":"istio-system"},"data":{"root-cert.pem":"PEM"}}`,
		`{"apiVersion":"v1","kind":"Service","metadata":{"name":"eks-echo","namespace":"default"},"spec":{"ports":[{"port":8080}]}}`,
		`{"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway","metadata":{"name":"waypoint","namespace":"default"},"spec":{"gatewayClassName":"istio-waypoint","listeners":[{"name":"mesh","port":15008}]},"status":{"addresses":[{"value":"172.20.0.9"}],"conditions":[{"type":"Programmed","status":"True"}]}}`,
		`{"apiVersion":"security.istio.io/v1","kind":"AuthorizationPolicy","metadata":{"name":"l7","namespace":"default"},"spec":{"targetRefs":[{"kind":"Gateway","name":"waypoint"}],"rules":[{"to":[{"operation":{"methods":["GET"]}}]}]}}`,
		`{"apiVersion":"security.istio.io/v1","kind":"AuthorizationPolicy","metadata":{"name":"l4","namespace":"default"},"spec":{"rules":[{"from":[{"source":{"principals":["cluster.local/ns/default/sa/eks-shell","cluster.local/ns/default/sa/waypoint"]}}]}]}}`,
		pod("istio-system", "istiod", "istiod", "10.0.2.10", `"app":"istiod"`, `,"containers":[{"name":"discovery","image":"pilot:1.28.1-solo"}]`),
		pod("istio-system", "ztunnel-1", "ztunnel", "10.0.2.11", ``, `,"containers":[{"name":"istio-proxy","env":[{"name":"NETWORK","value":"eks"}]}]`),
		pod("istio-system", "cni-1", "istio-cni-node", "10.0.2.5", ``, ``),
		pod("default", "shell-1", "eks-shell", "10.0.2.12", ``, ``),
		pod("default", "echo-1", "eks-echo", "10.0.2.13", ``, ``),
		pod("default", "waypoint-1", "waypoint", "10.0.2.14", `"gateway.networking.k8s.io/gateway-name":"waypoint"`, ``),
	}
	var objects []map[string]any
	for _, text := range texts {
		objects = append(objects, awstest.Object(t, strings.NewReplacer(change...).Replace(text)))
	}
	e, aws := newEvidence(t, eksPrinted, objects...)
	e.stack.Clusters, e.stack.DiscoveryRoles, e.stack.TaskRoles, e.stack.IstiodRole, e.stack.MeshNetwork = map[string]stack.Cluster{}, nil, nil, "", "eks"
	recordNetwork(aws, map[string]string{
		"DescribeVpcs|vpcSet":                                   `<item><vpcId>vpc-1</vpcId><cidrBlock>10.0.0.0/16</cidrBlock></item>`,
		"DescribeSubnets|subnetSet":                             `<item><subnetId>subnet-2</subnetId><cidrBlock>10.0.2.0/24</cidrBlock></item>`,
		"DescribeRouteTables|routeTableSet":                     `<item><routeTableId>rtb-main</routeTableId><associationSet><item><main>true</main></item></associationSet><routeSet><item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><gatewayId>igw-1</gatewayId></item></routeSet></item>`,
		"DescribeVpcPeeringConnections|vpcPeeringConnectionSet": ``,
		"DescribeNatGateways|natGatewaySet":                     ``,
		"DescribeInternetGateways|internetGatewaySet":           `<item><internetGatewayId>igw-1</internetGatewayId></item>`,
		"DescribeSecurityGroups|securityGroupInfo":              `<item><groupId>sg-eks</groupId><ipPermissions><item><ipProtocol>-1</ipProtocol><groups><item><groupId>sg-eks</groupId></item></groups></item></ipPermissions><ipPermissionsEgress><item><ipProtocol>-1</ipProtocol><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges></item></ipPermissionsEgress></item>`,
		"DescribeNetworkInterfaces|networkInterfaceSet":         `<item><networkInterfaceId>eni-node</networkInterfaceId><subnetId>subnet-2</subnetId><privateIpAddress>10.0.2.5</privateIpAddress><groupSet><item><groupId>sg-eks</groupId></item></groupSet><ipv4PrefixSet><item><ipv4Prefix>10.0.2.0/28</ipv4Prefix></item></ipv4PrefixSet></item>`,
	})
	return e
}

func TestWhatIsWrongWithAWaypointIsFoundInWhatAWSAndTheClusterSay(t *testing.T) {
	for name, test := range map[string]struct {
		change              []string
		ingredient, subject string
	}{
		"nothing":            {},
		"no gateway":         {[]string{`"kind":"Gateway","metadata":{"name":"waypoint"`, `"kind":"Gateway","metadata":{"name":"other"`}, "waypoint", "default/waypoint"},
		"no address":         {[]string{`"addresses":[{"value":"172.20.0.9"}],`, ``}, "waypoint", "default/waypoint"},
		"no pod":             {[]string{`gateway-name":"waypoint"`, `gateway-name":"other"`}, "waypoint", "default/waypoint"},
		"kept out":           {[]string{`,"cluster.local/ns/default/sa/waypoint"`, ``}, "waypoint-kept-out", "default/l4"},
		"kept out by a deny": {[]string{`"spec":{"rules":[{"from"`, `"spec":{"action":"DENY","rules":[{"from"`}, "waypoint-kept-out", "default/l4"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newWaypointMesh(t, test.change...)
			result, err := doctor.Run(context.Background(), e, e.stack, doctor.Options{})
			if err != nil {
				t.Fatal(err)
			}
			// The other missing pieces of the cluster stop no call between these two.
			all := slices.DeleteFunc(result.Findings, func(f doctor.Finding) bool { return f.Latent && f.Ingredient != "waypoint" })
			if test.ingredient == "" {
				if len(all) > 0 {
					t.Errorf("got %v", all)
				}
				return
			}
			if len(all) != 1 || all[0].Ingredient != test.ingredient || all[0].Subject != test.subject {
				t.Errorf("got %+v", all)
			}
		})
	}
}

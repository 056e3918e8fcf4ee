// Package tests holds the promises of the whole program. Each promise is a test on the registrations that the
// compiled program makes. The sandbox tests what an engine then does with them.
package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/tests/recorder"
	"ambient-ecs/tests/stackfile"
)

// Root is the repository's root, Binary the compiled program; `make test` builds it first.
const (
	Root   = ".."
	Binary = "../bin/ambient-ecs"
)

// Stacks are the stack files of the repository.
var Stacks = []string{"dev", "single", "pair", "shop", "their-cluster", "their-networks", "their-eks", "six-accounts", "two-regions", "overlapping-networks", "all-theirs"}

// GatewayAddress is the name of the gateway's load balancer.
const GatewayAddress = "k8s-istioeas-eastwest-0123456789-0123456789abcdef.elb.eu-central-1.amazonaws.com"

// Licence is a licence that is easy to find where it must not be.
const Licence = "a-licence-that-must-stay-secret"

// Config returns the configuration of a stack file, with a recognisable licence.
func Config(t testing.TB, stack string) map[string]string {
	t.Helper()
	values, err := stackfile.Load(Root, stack)
	if err != nil {
		t.Fatal(err)
	}
	values[config.Project+":license"] = Licence
	definitions, err := filepath.Abs("testdata/gatewayapi")
	if err != nil {
		t.Fatal(err)
	}
	values[config.Project+":gatewayApiSource"] = definitions
	return values
}

// Record runs the compiled program on a stack file and returns its registrations, which other tests share.
func Record(t testing.TB, stack string, change func(*recorder.Options)) *recorder.Recording {
	t.Helper()
	if _, err := os.Stat(Binary); err != nil {
		t.Fatalf("the program is not built, run `make test`: %v", err)
	}
	binary, err := filepath.Abs(Binary)
	if err != nil {
		t.Fatal(err)
	}
	o := recorder.Options{
		Config: Config(t, stack), Secrets: []string{config.Project + ":license"},
		Outputs: computed, Invoke: invoke,
	}
	if change != nil {
		change(&o)
	}
	if reflect.ValueOf(o.Outputs).Pointer() != reflect.ValueOf(computed).Pointer() || reflect.ValueOf(o.Invoke).Pointer() != reflect.ValueOf(invoke).Pointer() {
		return recorder.RunBinary(t, binary, Root, o)
	}
	settings := o
	settings.Outputs, settings.Invoke = nil, nil
	key := fmt.Sprintf("%+v", settings)
	recordings.Lock()
	defer recordings.Unlock()
	if recordings.of[key] == nil {
		recordings.of[key] = recorder.RunBinary(t, binary, Root, o)
	}
	return recordings.of[key]
}

// recordings are of the same configurations with the same answers, by all that differs: most tests look at one part of the same few stacks.
var recordings = struct {
	sync.Mutex
	of map[string]*recorder.Recording
}{of: map[string]*recorder.Recording{}}

// computed are the values that AWS and Kubernetes would have added to a resource.
func computed(typ, name string, inputs map[string]any) map[string]any {
	arn := func(service string) map[string]any {
		return map[string]any{"arn": fmt.Sprintf("arn:aws:%s:eu-central-1:111122223333:%s", service, name)}
	}
	switch typ {
	case "eks:index:Cluster":
		return map[string]any{"clusterSecurityGroupId": "sg-cluster", "nodeSecurityGroupId": "sg-cluster",
			"oidcIssuer": "oidc.eks.eu-central-1.amazonaws.com/id/A", "oidcProviderUrl": "https://oidc.eks.eu-central-1.amazonaws.com/id/A",
			"eksCluster": recorder.Reference{Type: "aws:eks/cluster:Cluster", Name: name, State: map[string]any{
				"name": inputs["name"], "arn": "arn:aws:eks:eu-central-1:111122223333:cluster/ambient", "endpoint": "https://cluster.example",
				"certificateAuthority": map[string]any{"data": "Y2VydGlmaWNhdGU="},
			}},
			"clusterIamRole": recorder.Reference{Type: "aws:iam/role:Role", Name: name + "-eksRole-role", State: map[string]any{
				"assumeRolePolicy": `{"Statement":[{"Action":["sts:AssumeRole","sts:TagSession"],"Effect":"Allow","Principal":{"Service":["eks.amazonaws.com"]}}]}`,
			}}}
	case "kubernetes:core/v1:Service":
		return map[string]any{
			"metadata": map[string]any{"name": "eastwest-istio-eastwest", "namespace": "istio-system"},
			"status":   map[string]any{"loadBalancer": map[string]any{"ingress": []any{map[string]any{"hostname": GatewayAddress}}}},
		}
	case "kubernetes:core/v1:ConfigMap":
		return map[string]any{"data": map[string]any{"root-cert.pem": "-----BEGIN CERTIFICATE-----\nroot\n-----END CERTIFICATE-----\n"}}
	case "aws:iam/role:Role":
		return map[string]any{"arn": fmt.Sprintf("arn:aws:iam::111122223333:role/%v", inputs["name"])}
	case "aws:ecs/taskDefinition:TaskDefinition":
		return map[string]any{"arn": fmt.Sprintf("arn:aws:ecs:eu-central-1:111122223333:task-definition/%v:1", inputs["family"]), "revision": 1}
	case "aws:ec2/vpcEndpointService:VpcEndpointService":
		return map[string]any{"serviceName": "com.amazonaws.vpce.eu-central-1.vpce-svc-1"}
	case "aws:ec2/vpcEndpoint:VpcEndpoint":
		return map[string]any{"dnsEntries": []any{map[string]any{"dnsName": name + ".vpce.amazonaws.com", "hostedZoneId": "Z1"}}}
	case "aws:route53/zone:Zone":
		return map[string]any{"zoneId": name + "-id"}
	case "aws:ecs/cluster:Cluster", "aws:kms/key:Key", "aws:cloudwatch/logGroup:LogGroup", "aws:scheduler/schedule:Schedule":
		return arn("test")
	}
	return nil
}

// invoke answers the program's look-ups: a region with four zones and a local zone, whose names differ from their
// ids. No resource exists yet.
func invoke(token string, args map[string]any) (map[string]any, error) {
	switch token {
	case "aws:index/getAvailabilityZones:getAvailabilityZones":
		return map[string]any{
			"id": "eu-central-1", "groupNames": []any{"eu-central-1"},
			"names":   []any{"eu-central-1a", "eu-central-1b", "eu-central-1c", "eu-central-1d"},
			"zoneIds": []any{"euc1-az4", "euc1-az2", "euc1-az3", "euc1-az1"},
		}, nil
	case "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings":
		return offers(args["filters"].([]any)[0].(map[string]any)["values"].([]any)), nil
	case "aws:index/getCallerIdentity:getCallerIdentity":
		return map[string]any{"id": "111122223333", "accountId": "111122223333", "arn": Caller, "userId": "AIDA"}, nil
	case "aws:ec2/getVpcs:getVpcs", "aws:ec2/getVpcPeeringConnections:getVpcPeeringConnections", "aws:ec2/getSecurityGroups:getSecurityGroups":
		return map[string]any{"id": "eu-central-1", "ids": []any{}}, nil
	case "aws:ecs/getClusters:getClusters":
		return map[string]any{"id": "eu-central-1", "clusterArns": []any{}}, nil
	case "aws:ecs/getCluster:getCluster":
		return invokeECS(args)
	case "aws:ec2/getVpc:getVpc", "aws:ec2/getSubnet:getSubnet", "aws:ec2/getRouteTable:getRouteTable":
		return invokeNetwork(token, args)
	case "aws:ec2transitgateway/getTransitGateway:getTransitGateway", "aws:ec2transitgateway/getVpcAttachments:getVpcAttachments", "aws:ec2transitgateway/getVpcAttachment:getVpcAttachment":
		return invokeTransit(token, args)
	case "aws:eks/getCluster:getCluster", "aws:eks/getAddon:getAddon":
		return invokeEKS(token, args)
	case "aws:kms/getAlias:getAlias":
		return nil, fmt.Errorf("invoking %s: 1 error occurred:\n\t* reading KMS Alias (%v): couldn't find resource\n\n", token, args["name"])
	case "aws:cloudwatch/getLogGroups:getLogGroups", "aws:iam/getRole:getRole":
		return invokeTasks(token, args)
	case "aws:eks/getAccessEntry:getAccessEntry", "aws:ecs/getService:getService", "aws:ssm/getParameter:getParameter":
		return nil, fmt.Errorf("invoking %s: 1 error occurred:\n\t* reading %v: couldn't find resource\n\n", token, args["name"])
	}
	return nil, fmt.Errorf("unexpected look-up %s", token)
}

// offers is EC2's answer that it has instance types in each zone of the region.
func offers(names []any) map[string]any {
	types, zones := []any{}, []any{}
	for _, name := range names {
		for _, zone := range []any{"euc1-az1", "euc1-az2", "euc1-az3", "euc1-az4"} {
			types, zones = append(types, name), append(zones, zone)
		}
	}
	return map[string]any{"id": "eu-central-1", "instanceTypes": types, "locations": zones, "locationTypes": []any{}}
}

// Caller is the principal that runs the recorded programs.
const Caller = "arn:aws:iam::111122223333:user/person"

package sandboxed_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/kubernetes/chart"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/sandbox/world/worldtest"
	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/sandboxed"
	"ambient-ecs/verify/stack"
	"ambient-ecs/verify/stack/stacktest"
)

const (
	home      = "111122223333"
	away      = "444455556601"
	region    = "eu-central-1"
	eks       = "arn:aws:eks:eu-central-1:111122223333:cluster/mesh"
	homeCIDR  = "192.168.0.0/16"
	awayCIDR  = "10.1.0.0/16"
	peering   = "pcx-1"
	nodeGroup = "sg-nodes"
	proxy     = "socks5h://127.0.0.1:15080"
)

// fixture is a small mesh: EKS and cluster ecs-1 in one account, cluster ecs-2 in another, each with a shell and an
// echo service of one task.
type fixture struct {
	*testing.T
	world   *world.World
	stack   *stack.Stack
	backend *sandboxed.Backend
}

// newFixture makes the mesh, spoils it, and lets istiod look at what is left.
func newFixture(t *testing.T, spoil ...func(tx *world.Tx)) *fixture {
	t.Helper()
	w := worldtest.Open(t, t.TempDir())
	s := stacktest.New(stacktest.Home, "away")
	s.EKSArn, s.MeshCIDRs = eks, []string{awayCIDR, homeCIDR}
	s.DiscoveryRoles = map[string]string{"home": "arn:aws:iam::" + home + ":role/discovery", "away": "arn:aws:iam::" + away + ":role/discovery"}
	s.VpcIDs = map[string]string{"home": "vpc-" + home, "away": "vpc-" + away}
	f := &fixture{T: t, world: w, stack: s}
	for key, c := range s.Clusters {
		c.ARN = "arn:aws:ecs:" + region + ":" + s.Accounts[c.Account].ID + ":cluster/" + c.Name
		for name, service := range c.Services {
			service.ARN, service.TaskDefinitionARN = serviceARN(c, name), definitionARN(c, name)
			c.Services[name] = service
		}
		s.Clusters[key] = c
	}
	definitions, err := crds()
	if err != nil {
		t.Fatal(err)
	}
	f.do(func(tx *world.Tx) {
		f.network(tx, home, homeCIDR, "192.168.0.0/20", "192.168.255.0/24", away, awayCIDR)
		f.network(tx, away, awayCIDR, "10.1.0.0/20", "10.1.255.0/24", home, homeCIDR)
		put(tx, home, "aws:ec2/vpcPeeringConnection:VpcPeeringConnection", peering, props{
			"acceptStatus": "active", "vpcId": "vpc-" + home, "peerVpcId": "vpc-" + away, "peerOwnerId": away})
		f.nodes(tx)
		f.cluster(api.At(tx, eks), definitions)
		for i, key := range s.ClusterKeys() {
			f.ecs(tx, s.Clusters[key], i)
		}
	})
	f.do(func(tx *world.Tx) {
		for _, change := range spoil {
			change(tx)
		}
	})
	w.Control(mesh.Controllers()...)
	f.do(func(*world.Tx) {})
	if f.backend, err = sandboxed.New(w, s); err != nil {
		t.Fatal(err)
	}
	return f
}

type props = map[string]any

func put(tx *world.Tx, account, kind, id string, p props) {
	tx.Put(&world.Resource{Account: account, Region: region, Kind: kind, ID: id, Props: p})
}

func (f *fixture) do(change func(tx *world.Tx)) {
	f.Helper()
	if err := f.world.Do(func(tx *world.Tx) error { change(tx); worldtest.Touch(tx); return nil }); err != nil {
		f.Fatal(err)
	}
}

func serviceARN(c stack.Cluster, name string) string {
	return strings.Replace(c.ARN, ":cluster/", ":service/", 1) + "/" + name
}

func definitionARN(c stack.Cluster, name string) string {
	return strings.Replace(c.ARN, ":cluster/", ":task-definition/", 1) + "-" + name + ":1"
}

// crds are Istio's own definitions.
var crds = sync.OnceValues(func() ([]api.Object, error) {
	objects, err := chart.Render("base", nil, mesh.System, "base", "v1.34.0")
	return slices.DeleteFunc(objects, func(o api.Object) bool { return api.KindOf(o) != api.CRDKind }), err
})

// network is one VPC with a private and a public subnet, and the security groups of its tasks.
func (f *fixture) network(tx *world.Tx, account, cidr, private, public, peer, peerCIDR string) {
	vpc := "vpc-" + account
	put(tx, account, "aws:ec2/vpc:Vpc", vpc, props{"cidrBlock": cidr})
	put(tx, account, "aws:ec2/internetGateway:InternetGateway", "igw-"+account, props{"vpcId": vpc})
	put(tx, account, "aws:ec2/natGateway:NatGateway", "nat-"+account, props{"subnetId": "public-" + account, "_state": "available"})
	for name, block := range map[string]string{"private": private, "public": public} {
		subnet, table := name+"-"+account, "rtb-"+name+"-"+account
		put(tx, account, "aws:ec2/subnet:Subnet", subnet, props{"vpcId": vpc, "cidrBlock": block, "availabilityZone": region + "a"})
		put(tx, account, "aws:ec2/routeTable:RouteTable", table, props{"vpcId": vpc})
		put(tx, account, "aws:ec2/routeTableAssociation:RouteTableAssociation", "a-"+table, props{"subnetId": subnet, "routeTableId": table})
		put(tx, account, "aws:ec2/route:Route", "peer-"+table, props{"routeTableId": table, "destinationCidrBlock": peerCIDR, "vpcPeeringConnectionId": peering})
	}
	put(tx, account, "aws:ec2/route:Route", "nat", props{"routeTableId": "rtb-private-" + account, "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-" + account})
	put(tx, account, "aws:ec2/route:Route", "igw", props{"routeTableId": "rtb-public-" + account, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-" + account})
	put(tx, account, "aws:ec2/securityGroup:SecurityGroup", "sg-client", props{})
	put(tx, account, "aws:ec2/securityGroup:SecurityGroup", "sg-server", props{})
	egress(tx, account, "sg-client", "443", 443, "0.0.0.0/0")
	for _, to := range []string{cidr, peerCIDR} {
		egress(tx, account, "sg-client", "15008", 15008, to)
		egress(tx, account, "sg-client", "15012", 15012, to)
		ingress(tx, account, "sg-server", "15008", 15008, to)
	}
}

func egress(tx *world.Tx, account, group, name string, port int, cidr string) {
	put(tx, account, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "out-"+group+"-"+name+"-"+cidr, props{
		"securityGroupId": group, "ipProtocol": "tcp", "fromPort": float64(port), "toPort": float64(port), "cidrIpv4": cidr})
}

func ingress(tx *world.Tx, account, group, name string, port int, cidr string) {
	put(tx, account, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "in-"+group+"-"+name+"-"+cidr, props{
		"securityGroupId": group, "ipProtocol": "tcp", "fromPort": float64(port), "toPort": float64(port), "cidrIpv4": cidr})
}

func role(tx *world.Tx, account, name, trust, permissions string) {
	put(tx, account, "aws:iam/role:Role", name, props{"name": name, "arn": "arn:aws:iam::" + account + ":role/" + name, "uniqueId": "AROA" + name, "assumeRolePolicy": trust})
	put(tx, account, "aws:iam/rolePolicy:RolePolicy", name+":p", props{"role": name, "policy": permissions})
}

func trustedBy(service string) string {
	return `{"Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`
}

// nodes are EKS's one node, its roles, and the gateway's load balancer.
func (f *fixture) nodes(tx *world.Tx) {
	put(tx, home, "aws:eks/cluster:Cluster", eks, props{"name": "mesh", "arn": eks, "status": "ACTIVE"})
	put(tx, home, "aws:eks/addon:Addon", "mesh:agent", props{"clusterName": "mesh", "addonName": "eks-pod-identity-agent"})
	put(tx, home, "aws:eks/podIdentityAssociation:PodIdentityAssociation", "a-1", props{
		"clusterName": "mesh", "namespace": mesh.System, "serviceAccount": "istiod", "roleArn": "arn:aws:iam::" + home + ":role/istiod"})
	put(tx, home, "aws:eks/nodeGroup:NodeGroup", "group", props{"clusterName": "mesh", "status": "ACTIVE"})
	put(tx, home, "aws:ec2/instance:Instance", "i-1", props{
		"nodeGroupArn": "group", "networkInterfaceId": "eni-node", "privateIp": "192.168.0.10", "securityGroups": []any{nodeGroup}, "subnetId": "private-" + home})
	networkInterface(tx, home, "eni-node", "192.168.0.10", nodeGroup)
	put(tx, home, "aws:ec2/securityGroup:SecurityGroup", nodeGroup, props{})
	put(tx, home, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "out-nodes", props{"securityGroupId": nodeGroup, "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"})
	put(tx, home, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "in-nodes", props{
		"securityGroupId": nodeGroup, "ipProtocol": "-1", "referencedSecurityGroupId": nodeGroup})
	put(tx, home, "elb:loadBalancer", "lb", props{"name": "lb", "clusterName": "mesh", "dnsName": f.stack.GatewayAddress, "state": "active", "internal": true,
		"ports": []any{props{"port": 15008.0, "nodePort": 30008.0}, props{"port": 15012.0, "nodePort": 30012.0}}})
	networkInterface(tx, home, "eni-lb", "192.168.0.20")
	tx.Get(home, "aws:ec2/networkInterface:NetworkInterface", "eni-lb").Props["loadBalancerArn"] = "lb"
	for _, cidr := range f.stack.MeshCIDRs {
		ingress(tx, home, nodeGroup, "30008", 30008, cidr)
		ingress(tx, home, nodeGroup, "30012", 30012, cidr)
	}
	discovery := `{"Statement":[{"Effect":"Allow","Action":["ecs:List*","ecs:Describe*"],"Resource":"*"}]}`
	role(tx, home, "istiod", trustedBy("pods.eks.amazonaws.com"), `{"Statement":[{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],"Resource":"*"}]}`)
	for _, account := range []string{home, away} {
		role(tx, account, "discovery", `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"`+home+`"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`, discovery)
	}
}

func networkInterface(tx *world.Tx, account, id, ip string, groups ...any) {
	put(tx, account, "aws:ec2/networkInterface:NetworkInterface", id, props{
		"privateIp": ip, "subnetId": "private-" + account, "vpcId": "vpc-" + account, "securityGroups": groups})
}

// ecs is a tagged cluster with a shell and an echo service.
func (f *fixture) ecs(tx *world.Tx, c stack.Cluster, number int) {
	account := f.stack.Accounts[c.Account]
	put(tx, account.ID, "aws:ecs/cluster:Cluster", c.ARN, props{"name": c.Name, "arn": c.ARN, "_status": "ACTIVE", "tags": props{"ecs.solo.io/discovery-enabled": "true"}})
	name := c.Name + "-ecs"
	role(tx, account.ID, name, trustedBy("ecs-tasks.amazonaws.com"), `{"Statement":[{"Effect":"Allow","Action":"ssmmessages:*","Resource":"*"}]}`)
	for i, service := range c.ServiceKeys() {
		id := strings.Replace(c.ARN, ":cluster/", ":task/", 1) + "/" + service
		ip := fmt.Sprintf("%s.1.%d", f.prefix(c), 1+2*number+i)
		groups, ports := []any{"sg-client"}, []any{}
		if !c.Services[service].ClientOnly {
			groups, ports = append(groups, "sg-server"), []any{props{"containerPort": 8080.0}}
		}
		networkInterface(tx, account.ID, "eni-"+id, ip, groups...)
		definition, err := json.Marshal([]any{
			props{"name": service, "portMappings": ports, "environment": []any{props{"name": "ALL_PROXY", "value": proxy}}},
			props{"name": "ztunnel", "logConfiguration": props{"logDriver": "awslogs"}, "environment": []any{
				props{"name": "BOOTSTRAP_TOKEN", "value": f.token(props{"namespace": c.Namespace, "remote": true})}}},
		})
		if err != nil {
			f.Fatal(err)
		}
		put(tx, account.ID, "aws:ecs/taskDefinition:TaskDefinition", definitionARN(c, service), props{"containerDefinitions": string(definition)})
		tags := props{"ecs.solo.io/namespace": c.Namespace, "ecs.solo.io/service-account": "ecs", "aws:ecs:serviceName": service}
		put(tx, account.ID, "aws:ecs/service:Service", serviceARN(c, service), props{"name": service, "_cluster": c.ARN, "desiredCount": 1.0, "tags": tags})
		put(tx, account.ID, "ecs:task", id, props{"clusterArn": c.ARN, "serviceName": service, "lastStatus": "RUNNING", "desiredStatus": "RUNNING",
			"healthStatus": "HEALTHY", "_checked": true, "enableExecuteCommand": true, "networkInterfaceId": "eni-" + id, "privateIp": ip,
			"taskRoleArn": "arn:aws:iam::" + account.ID + ":role/" + name, "taskDefinitionArn": definitionARN(c, service), "tags": tags})
	}
}

// prefix is how addresses of the cluster's VPC start.
func (f *fixture) prefix(c stack.Cluster) string {
	if c.Account == stacktest.Home {
		return "192.168"
	}
	return "10.1"
}

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// token is a bootstrap token of this mesh with some fields of its own.
func (f *fixture) token(own props) string {
	fields := props{"url": "https://" + f.stack.GatewayAddress + ":15012", "caCert": root(), "serviceAccount": "ecs", "platform": "ecs", "network": "eks"}
	for key, value := range own {
		fields[key] = value
	}
	data, err := json.Marshal(fields)
	if err != nil {
		f.Fatal(err)
	}
	return encode(encode(string(data)))
}

func (f *fixture) call(r backend.Request) backend.Answer {
	return f.backend.Call(context.Background(), r)
}

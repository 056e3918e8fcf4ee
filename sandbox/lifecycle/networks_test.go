//go:build engine

package lifecycle

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// theirs is a stack of an example in the networks that a network team has, and what they have, by kind, id and account, byte for byte.
type theirs struct {
	*stack
	before map[string]string
}

func newTheirs(t *testing.T, name string) *theirs {
	t.Helper()
	s := &theirs{stack: newStack(t, name)}
	s.exist(filepath.Join(root, "examples", name, "networks.json"))
	return s
}

// exist lets the resources of a file exist, as the network team makes them.
func (s *theirs) exist(file string) {
	s.t.Helper()
	s.exists(file)
	s.before = s.everything()
}

// makes lets further resources of the network team exist.
func (s *theirs) makes(resources ...aws.Foreign) {
	s.t.Helper()
	for i := range resources {
		resources[i].Region = region
	}
	data, err := json.Marshal(resources)
	if err != nil {
		s.t.Fatal(err)
	}
	file := filepath.Join(s.t.TempDir(), "more.json")
	s.write(file, string(data))
	s.exist(file)
}

// makesLater is makes beside a stack that is up.
func (s *theirs) makesLater(resources ...aws.Foreign) {
	s.t.Helper()
	all, now := s.before, s.everything()
	s.makes(resources...)
	for name, is := range s.before {
		if now[name] == "" {
			all[name] = is
		}
	}
	s.before = all
}

// leaves asserts that a destroy leaves exactly what is theirs.
func (s *theirs) leaves() {
	s.t.Helper()
	s.run("destroy")
	s.untouched()
	for _, r := range s.remains() {
		if name := strings.Fields(r); s.before[name[0]+" "+name[1]+" in "+name[3]] == "" {
			s.t.Errorf("left after destroy: %s", r)
		}
	}
}

// everything is all that is in all accounts.
func (s *theirs) everything() map[string]string {
	s.t.Helper()
	all := map[string]string{}
	s.look(func(tx *world.Tx) {
		for _, r := range tx.Find("", "", nil) {
			data, err := json.Marshal(r)
			if err != nil {
				s.t.Fatal(err)
			}
			all[r.Kind+" "+r.ID+" in "+r.Account] = string(data)
		}
	})
	return all
}

// untouched asserts that everything of theirs is as it was. It returns what is there besides, as kinds and ids.
func (s *theirs) untouched() (added []string) {
	s.t.Helper()
	now := s.everything()
	for name, was := range s.before {
		if is := now[name]; is != was {
			s.t.Errorf("%s was\n%s\nand is\n%s", name, was, is)
		}
		delete(now, name)
	}
	for name := range now {
		added = append(added, name)
	}
	slices.Sort(added)
	return added
}

func TestAMeshInTheNetworksOfOthersTouchesNothingOfTheirs(t *testing.T) {
	t.Parallel()
	s := newTheirs(t, "their-networks")
	s.up()
	s.nothingToDo()
	s.verified()
	routes := 0
	for _, name := range s.untouched() {
		kind, _, _ := strings.Cut(name, " ")
		switch kind {
		case "aws:ec2/route:Route":
			routes++
		case "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/routeTable:RouteTable", "aws:ec2/routeTableAssociation:RouteTableAssociation",
			"aws:ec2/internetGateway:InternetGateway", "aws:ec2/natGateway:NatGateway", "aws:ec2/eip:Eip", "aws:ec2/vpcEndpoint:VpcEndpoint",
			"aws:ec2/flowLog:FlowLog", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":
			s.t.Errorf("the program made %s", name)
		}
	}
	// The platform's table leads to payments, and that of payments to both networks of the platform.
	if routes != 3 {
		t.Errorf("the program made %d routes", routes)
	}
	s.leaves()
}

// The ids of examples/their-networks.
const (
	platformVPC, platformTable = "vpc-0010000000000000a", "rtb-0010100000000000a"
	paymentsVPC, paymentsTable = "vpc-0020000000000000a", "rtb-0020100000000000a"
	payments                   = "444455556666"
	networkTeam                = "777788889999"
	hub                        = "tgw-00300000000000000"
)

// A network may be known by tags. What they lead to is looked up by each preview.
func TestANetworkIsFoundByTags(t *testing.T) {
	t.Parallel()
	s := newTheirs(t, "their-networks")
	network := map[string]any{
		"vpcTags": map[string]any{"Name": "payments-vpc"}, "privateSubnetTags": map[string]any{"Tier": "private"}, "routeTableTags": map[string]any{"Tier": "private"},
	}
	s.configure("accounts.payments.network", network)
	// So may that of the EKS cluster, but for the subnets of its load balancers.
	byTags := map[string]any{
		"vpcTags": map[string]any{"Name": "platform-vpc"}, "privateSubnetTags": map[string]any{"Tier": "private"}, "routeTableTags": map[string]any{"Tier": "private"},
		"secondaryCidrs": []string{"100.64.0.0/16"}, "loadBalancerSubnetIds": []string{"subnet-0010300000000000a", "subnet-0010400000000000a"},
	}
	s.configure("accounts.platform.network", byTags)
	s.up()
	s.nothingToDo()
	s.verified()
	s.untouched()

	// The ids that the tags lead to may take their place.
	s.configure("accounts.platform.network", map[string]any{
		"vpcId": platformVPC, "privateSubnetIds": []string{"subnet-0010100000000000a", "subnet-0010200000000000a"}, "routeTableIds": []string{platformTable},
		"secondaryCidrs": []string{"100.64.0.0/16"}, "loadBalancerSubnetIds": []string{"subnet-0010300000000000a", "subnet-0010400000000000a"},
	})
	s.configure("accounts.payments.network", map[string]any{
		"vpcId": paymentsVPC, "privateSubnetIds": []string{"subnet-0020100000000000a", "subnet-0020200000000000a"}, "routeTableIds": []string{paymentsTable},
	})
	s.unchanged()
	s.configure("accounts.payments.network", network)
	s.configure("accounts.platform.network", byTags)

	// A further subnet with the tag becomes one of the account's. The preview announces a deployment of each service there, and nothing else.
	s.makesLater(aws.Foreign{Account: payments, Type: "aws:ec2/subnet:Subnet", ID: "subnet-0020300000000000a", Inputs: map[string]any{
		"vpcId": paymentsVPC, "cidrBlock": "10.31.2.0/24", "availabilityZoneId": "euc1-az3", "tags": map[string]any{"Tier": "private"}}},
		aws.Foreign{Account: payments, Type: "aws:ec2/routeTableAssociation:RouteTableAssociation", ID: "rtbassoc-0020300000000000a", Inputs: map[string]any{
			"subnetId": "subnet-0020300000000000a", "routeTableId": paymentsTable}})
	steps := s.preview()
	if len(steps) != 2 {
		t.Errorf("the preview has %q", steps)
	}
	for _, step := range steps {
		if !strings.HasPrefix(step, "update aws:ecs/service:Service ") || !strings.Contains(step, "networkConfiguration") {
			t.Errorf("the preview has %s", step)
		}
	}

	// At home it would be one of the EKS cluster's, which keeps those that it has.
	s.makesLater(aws.Foreign{Account: home, Type: "aws:ec2/subnet:Subnet", ID: "subnet-0010500000000000a", Inputs: map[string]any{
		"vpcId": platformVPC, "cidrBlock": "100.64.128.0/18", "availabilityZoneId": "euc1-az2", "tags": map[string]any{"Tier": "private"}}},
		aws.Foreign{Account: home, Type: "aws:ec2/routeTableAssociation:RouteTableAssociation", ID: "rtbassoc-0010500000000000a", Inputs: map[string]any{
			"subnetId": "subnet-0010500000000000a", "routeTableId": platformTable}})
	s.refused([]string{"accounts.platform.network.privateSubnetIds", "the EKS cluster lives in the subnets subnet-0010100000000000a, subnet-0010200000000000a"}, "up")
	byTags["privateSubnetTags"] = map[string]any{"Tier": "private", "Owner": "network-team"}
	s.configure("accounts.platform.network", byTags)

	// Another VPC with the tag, or the tag on another VPC, is told before anything changes.
	s.makesLater(aws.Foreign{Account: payments, Type: "aws:ec2/vpc:Vpc", ID: "vpc-0020900000000000a", Inputs: map[string]any{
		"cidrBlock": "10.31.0.0/22", "tags": map[string]any{"Name": "payments-vpc", "Stage": "new"}}})
	s.refused([]string{"accounts.payments.network.vpcTags", "has 2 VPCs with these tags: " + paymentsVPC + ", vpc-0020900000000000a"}, "preview")
	network["vpcTags"] = map[string]any{"Name": "payments-vpc", "Stage": "new"}
	s.configure("accounts.payments.network", network)
	s.refused([]string{"accounts.payments.network.vpcTags", "they lead to vpc-0020900000000000a, and the account lives in " + paymentsVPC}, "up")
	s.leaves()
}

// The network team accepts attachments by hand. `up` says so, and the next one goes on.
// AWS answers a second request for a peering with the first one, which a destroy would delete. In the other direction it refuses in the
// middle of an up. Both are told before anything is made, and the peering of others stays.
// The network team has joined its networks. The program joins nothing, and the verifier judges what it finds.
// An account leaves the peerings, because its network team has another way. Only what joins it goes.
// Each route moves from the peering to the gateway by an update. A table has one route to a network.
// The private subnets of an account have no default route. Their owner has endpoints of the services that the mesh calls there, and the
// preview names those that are missing.
func TestAnIsolatedNetworkWithTheEndpointsOfItsOwner(t *testing.T) {
	t.Parallel()
	s := newTheirs(t, "their-networks")
	s.look(func(tx *world.Tx) {
		for _, route := range tx.Find(payments, "aws:ec2/route:Route", aws.Has("routeTableId", paymentsTable)) {
			tx.Drop(route)
		}
	})
	s.before = s.everything()
	s.refused([]string{"accounts.payments.network.privateSubnetIds", "set accounts.payments.egress to endpoints"}, "preview")
	const registry = ".dkr.ecr." + region + ".amazonaws.com/"
	s.configure("accounts.payments.egress", "endpoints")
	s.configure("imageHub", home+registry+"solo")
	s.configure("clusters.back.services.ledger.image", payments+registry+"echo-server:1")
	s.configure("clusters.back.services.caller.image", payments+registry+"curl:1")
	s.refused([]string{"accounts.payments.egress", "ecr.api, ecr.dkr, logs", "no gateway endpoint of S3"}, "preview")

	const group = "sg-0020000000000000a"
	s.makes(
		aws.Foreign{Account: payments, Type: "aws:ec2/securityGroup:SecurityGroup", ID: group, Inputs: map[string]any{"vpcId": paymentsVPC, "name": "endpoints", "description": "endpoints"}},
		aws.Foreign{Account: payments, Type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", Inputs: map[string]any{
			"securityGroupId": group, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.31.0.0/22"}},
		aws.Foreign{Account: payments, Type: "aws:ec2/vpcEndpoint:VpcEndpoint", Inputs: map[string]any{
			"vpcId": paymentsVPC, "serviceName": "com.amazonaws." + region + ".s3", "routeTableIds": []string{paymentsTable}}})
	var endpoints []aws.Foreign
	for _, service := range []string{"ecr.api", "ecr.dkr", "logs", "ssmmessages"} {
		endpoints = append(endpoints, aws.Foreign{Account: payments, Type: "aws:ec2/vpcEndpoint:VpcEndpoint", Inputs: map[string]any{
			"vpcId": paymentsVPC, "serviceName": "com.amazonaws." + region + "." + service, "vpcEndpointType": "Interface", "privateDnsEnabled": true,
			"subnetIds": []string{"subnet-0020100000000000a", "subnet-0020200000000000a"}, "securityGroupIds": []string{group}}})
	}
	s.makes(endpoints...)
	s.up()
	s.nothingToDo()
	s.verified()
	s.untouched()
	s.leaves()
}

// Everything below the mesh is others': networks on a hub that its owner has attached already, an EKS cluster and ECS clusters. The mesh
// comes and goes, and nothing of theirs changes but the two tags of the ECS clusters, which a destroy removes.
func TestAMeshInWhichEverythingIsTheirs(t *testing.T) {
	t.Parallel()
	s := &theirs{stack: newStack(t, "all-theirs")}
	s.exist(filepath.Join(root, "examples", "all-theirs", "theirs.json"))
	resources := func() []string {
		return slices.DeleteFunc(s.remains(), func(r string) bool { return strings.HasPrefix(r, "objects in ") })
	}
	left := resources()

	// What the owner of the hub has made already is told before anything is made.
	for _, part := range []struct {
		key     string
		value   any
		restore any
		words   []string
	}{
		{"accounts.platform.network.attachmentId", "", "tgw-attach-00810000000000001", []string{"accounts.platform.network.attachmentId", "set it to tgw-attach-00810000000000001"}},
		{"accounts.platform.network.unroutedCidrs", []string{}, []string{"100.64.0.0/16"}, []string{"accounts.platform.network.secondaryCidrs", "or name it in unroutedCidrs"}},
		{"accounts.payments.network.routeTableIds", []string{}, []string{"rtb-00820000000000002"}, []string{"accounts.payments.network.routeTableIds", "no route to 10.81.0.0/16 through tgw-00800000000000001"}},
	} {
		s.configure(part.key, part.value)
		_, said, err := s.tryPreview()
		for _, words := range part.words {
			if err == nil || !strings.Contains(said, words) {
				t.Errorf("the preview does not say %q: %v\n%s", words, err, said)
			}
		}
		s.configure(part.key, part.restore)
	}

	if made := s.untouched(); len(made) > 0 {
		t.Errorf("the refused previews made %v", made)
	}

	s.up()
	s.nothingToDo()
	s.silent()
	s.verified()
	made := map[string]int{}
	tagged := map[string]bool{}
	now := s.everything()
	for name, was := range s.before {
		if strings.HasPrefix(name, "aws:ecs/cluster:Cluster ") {
			tagged[name] = now[name] != was
			continue
		}
		if now[name] != was {
			t.Errorf("%s was\n%s\nand is\n%s", name, was, now[name])
		}
	}
	if len(tagged) != 2 {
		t.Errorf("the ECS clusters are %v", tagged)
	}
	for name := range now {
		if kind, _, _ := strings.Cut(name, " "); s.before[name] == "" {
			made[kind]++
		}
	}
	if made["aws:ec2/route:Route"] != 1 {
		t.Errorf("the program made %d routes", made["aws:ec2/route:Route"])
	}
	for kind, n := range made {
		if strings.HasPrefix(kind, "aws:ec2transitgateway/") || strings.HasPrefix(kind, "aws:ram/") || strings.HasPrefix(kind, "aws:eks/") && kind != "aws:eks/podIdentityAssociation:PodIdentityAssociation" {
			t.Errorf("the program made %d %s", n, kind)
		}
	}
	s.run("destroy")
	s.untouched()
	if now := resources(); !slices.Equal(now, left) {
		t.Errorf("before the mesh there was\n%s\nand now there is\n%s", strings.Join(left, "\n"), strings.Join(now, "\n"))
	}
}

package adopt_test

import (
	"fmt"
	"strings"
	"testing"

	"ambient-ecs/network/existing"
	"ambient-ecs/verify/adopt"
)

// given is the account pay with a VPC as the program makes one, which its owner gives away.
func given() (adopt.Options, map[string]*adopt.Facts, *adopt.Network) {
	o, w := options(), world()
	o.Accounts[1].Own = true
	n := &w["pay"].Networks[0]
	for i := range 4 {
		id := fmt.Sprintf("subnet-00000%d0b", i)
		subnet := n.Subnets[id]
		subnet.CIDR = fmt.Sprintf("10.21.%d.0/20", i*16)
		n.Subnets[id] = subnet
	}
	n.NATs = map[string]adopt.NAT{"nat-1": {Subnet: "subnet-0000000b", Allocation: "eipalloc-1"}}
	return o, w, n
}

func TestAVPCAsTheProgramMakesOneBecomesTheStacks(t *testing.T) {
	o, w, n := given()
	n.S3 = "vpce-1"
	w["apps"].LogGroups = []string{"/ecs/other", "/ecs/mesh-apps-prod"}
	p, report := judged(t, o, w)
	file := string(p.StackFile)
	for _, words := range []string{
		"vpcCidr: 10.21.0.0/16\n      subnets:\n        private: [10.21.16.0/20, 10.21.32.0/20, 10.21.48.0/20]\n        public: [10.21.0.0/20]\n",
		"  ambient-ecs:imports:\n",
		"    aws:cloudwatch/logGroup:LogGroup::apps-prod-tasks: /ecs/mesh-apps-prod\n",
		"    aws:ec2/vpc:Vpc::vpc-pay: vpc-0000000b\n",
		"    aws:ec2/internetGateway:InternetGateway::vpc-pay: igw-1\n",
		"    aws:ec2/eip:Eip::vpc-pay-nat-1: eipalloc-1\n",
		"    aws:ec2/natGateway:NatGateway::vpc-pay-nat-1: nat-1\n",
		"    aws:ec2/subnet:Subnet::vpc-pay-private-3: subnet-0000030b\n",
		"    aws:ec2/routeTable:RouteTable::vpc-pay-private: rtb-0000002b\n",
		"    aws:ec2/route:Route::vpc-pay-public: rtb-0000001b_0.0.0.0/0\n",
		"    aws:ec2/routeTableAssociation:RouteTableAssociation::vpc-pay-private-1: subnet-0000010b/rtb-0000002b\n",
		"    aws:ec2/vpcEndpoint:VpcEndpoint::vpc-pay-s3: vpce-1\n",
	} {
		if !strings.Contains(file, words) {
			t.Errorf("the file does not say %q:\n%s", words, file)
		}
	}
	if strings.Contains(file, "natGateways") || strings.Count(file, "vpcId:") != 1 {
		t.Errorf("the file names the VPC as somebody else's, or the default:\n%s", file)
	}
	for _, words := range []string{"accounts.pay: vpc-0000000b of account pay becomes the stack's, with 17 parts", "aws ec2 create-tags --region eu-central-1 --resources eipalloc-1 igw-1 nat-1 rtb-0000001b rtb-0000002b subnet-", "Key=ambient-ecs-install,Value=mesh"} {
		if !strings.Contains(report, words) {
			t.Errorf("the report does not say %q:\n%s", words, report)
		}
	}
	// The program takes the file as it is.
	if strings.Contains(report, "  imports") || strings.Contains(report, "accounts.pay.subnets") {
		t.Errorf("the program would refuse the file:\n%s", report)
	}
	// Once the tag is there, nothing is left to do for it.
	n.Tags["ambient-ecs-install"] = "mesh"
	if p, report = judged(t, o, w); !strings.Contains(string(p.StackFile), "vpc-pay: vpc-0000000b") || strings.Contains(report, "create-tags") {
		t.Errorf("with the tag:\n%s\n%s", p.StackFile, report)
	}
}

// With a NAT gateway in each zone there is a table for each private subnet.
func TestAVPCWithAGatewayInEachZoneBecomesTheStacks(t *testing.T) {
	o, w, n := given()
	perZone(n)
	p, report := judged(t, o, w)
	for _, words := range []string{"natGateways: per-zone", "NatGateway::vpc-pay-nat-3: nat-3\n", "RouteTable::vpc-pay-private-2: rtb-0000012b\n", "Subnet::vpc-pay-public-2: subnet-0000012b\n", "Subnet::vpc-pay-private-2: subnet-0000020b\n"} {
		if !strings.Contains(string(p.StackFile), words) {
			t.Errorf("the file does not say %q:\n%s\n%s", words, p.StackFile, report)
		}
	}
	if strings.Contains(report, "  imports") || strings.Contains(report, "natGateways") {
		t.Errorf("the program would refuse the file:\n%s", report)
	}
}

// perZone gives each zone a public subnet, a NAT gateway and a route table.
func perZone(n *adopt.Network) {
	for i := 1; i <= 3; i++ {
		public, table, nat := fmt.Sprintf("subnet-00000%d2b", i-1), fmt.Sprintf("rtb-00000%d2b", i-1), fmt.Sprintf("nat-%d", i)
		if i == 1 {
			public, table = "subnet-0000000b", "rtb-0000002b"
		}
		n.Subnets[public] = existing.Subnet{ID: public, VPC: n.VPC.ID, ZoneID: fmt.Sprintf("euc1-az%d", i), Table: "rtb-0000001b", CIDR: fmt.Sprintf("10.21.%d.0/24", i-1), Free: 200}
		n.Tables[table] = existing.Table{ID: table, VPC: n.VPC.ID, Routes: []existing.Route{{CIDR: "0.0.0.0/0", Target: nat}}}
		n.NATs[nat] = adopt.NAT{Subnet: public, Allocation: fmt.Sprintf("eipalloc-%d", i)}
		private := n.Subnets[fmt.Sprintf("subnet-00000%d0b", i)]
		private.Table = table
		n.Subnets[private.ID] = private
	}
}

// What has another layout, or another tool, stays its owner's.
func TestAVPCOfAnotherLayoutStaysItsOwners(t *testing.T) {
	for name, c := range map[string]struct {
		change func(o *adopt.Options, n *adopt.Network)
		words  string
	}{
		"not given away":      {func(o *adopt.Options, _ *adopt.Network) { o.Accounts[1].Own = false }, ""},
		"of CloudFormation":   {func(_ *adopt.Options, n *adopt.Network) { n.Tags["aws:cloudformation:stack-name"] = "network" }, "its tag aws:cloudformation:stack-name says that network has it"},
		"of eksctl":           {func(_ *adopt.Options, n *adopt.Network) { n.Tags["alpha.eksctl.io/cluster-name"] = "demo" }, "says that demo has it"},
		"shared":              {func(_ *adopt.Options, n *adopt.Network) { n.VPC.Owner = "999999999999" }, "account 999999999999 owns it"},
		"a secondary network": {func(_ *adopt.Options, n *adopt.Network) { n.VPC.Secondary = []string{"100.64.0.0/16"} }, "secondary networks, 100.64.0.0/16"},
		"a main route table":  {func(_ *adopt.Options, n *adopt.Network) { n.Main = "rtb-0000001b" }, "its subnet subnet-0000000b has no route table of its own"},
		"another way out": {func(_ *adopt.Options, n *adopt.Network) {
			table := n.Tables["rtb-0000002b"]
			table.Routes = []existing.Route{{CIDR: "0.0.0.0/0", Target: "tgw-1"}}
			n.Tables["rtb-0000002b"] = table
		}, "leads to neither an internet gateway nor a NAT gateway"},
		"a gateway that is elsewhere": {func(_ *adopt.Options, n *adopt.Network) { n.NATs = nil }, "the NAT gateway nat-1 is not in a public subnet"},
		"two private subnets in a zone": {func(_ *adopt.Options, n *adopt.Network) {
			subnet := n.Subnets["subnet-0000030b"]
			subnet.ZoneID = "euc1-az2"
			n.Subnets["subnet-0000030b"] = subnet
		}, "several private subnets in euc1-az2"},
		"a table for two of three": {func(_ *adopt.Options, n *adopt.Network) {
			perZone(n)
			subnet := n.Subnets["subnet-0000030b"]
			subnet.Table = "rtb-0000012b"
			n.Subnets["subnet-0000030b"] = subnet
		}, "it has 2 route tables for 3 private subnets"},
	} {
		o, w, n := given()
		c.change(&o, n)
		p, report := judged(t, o, w)
		if strings.Contains(string(p.StackFile), "imports:") || strings.Count(string(p.StackFile), "vpcId:") != 2 && name != "another way out" || !strings.Contains(report, c.words) {
			t.Errorf("%s: the report does not say %q:\n%s\n%s", name, c.words, report, p.StackFile)
		}
	}
}

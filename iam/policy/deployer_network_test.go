package policy

import "testing"

func TestADeployerReadsANamedNetworkAndChangesOnlyTheNamedTables(t *testing.T) {
	d := Deployer{Place: homePlace, Install: "mesh", VPC: "vpc-1", RouteTables: []string{"rtb-1", "rtb-2"}}
	for _, c := range []struct {
		what, action, resource string
		want                   bool
	}{
		{"read the VPC's attributes", "ec2:DescribeVpcAttribute", "vpc/vpc-1", true},
		{"read another VPC's attributes", "ec2:DescribeVpcAttribute", "vpc/vpc-2", false},
		{"add a route to a named table", "ec2:CreateRoute", "route-table/rtb-2", true},
		{"take it back", "ec2:DeleteRoute", "route-table/rtb-2", true},
		{"add a route to another table", "ec2:CreateRoute", "route-table/rtb-3", false},
		{"delete a named table", "ec2:DeleteRouteTable", "route-table/rtb-1", false},
		{"change the VPC", "ec2:ModifyVpcAttribute", "vpc/vpc-1", false},
		{"delete the VPC", "ec2:DeleteVpc", "vpc/vpc-1", false},
		{"tag a subnet", "ec2:CreateTags", "subnet/subnet-1", false},
		{"make a security group in the VPC", "ec2:CreateSecurityGroup", "vpc/vpc-1", true},
		{"peer the VPC", "ec2:CreateVpcPeeringConnection", "vpc/vpc-1", true},
	} {
		for _, kind := range []AccountKind{HomeAccount, RemoteAccount} {
			if got := judged(d, kind, false, request{action: c.action, resource: homePlace.ARN("ec2", c.resource)}); got != c.want {
				t.Errorf("%s in the %s account: %v", c.what, kind, got)
			}
		}
	}
	if judged(Deployer{Place: homePlace, Install: "mesh"}, HomeAccount, false, request{action: "ec2:DescribeVpcAttribute", resource: homePlace.ARN("ec2", "vpc/vpc-1")}) {
		t.Error("a deployer whose program makes the VPC reads the attributes of another")
	}
}

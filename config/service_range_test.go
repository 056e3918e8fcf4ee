package config

import "testing"

// EKS takes the addresses of Kubernetes services from one of two networks, unless somebody chooses.
func TestWhereKubernetesServicesHaveTheirAddresses(t *testing.T) {
	in := edit{"accounts/external/vpcCidr", "172.20.0.0/16"}
	without := edit{"accounts/external/subnets", nil}
	chosen := func(cidr string) edit { return edit{"serviceIpv4Cidr", cidr} }
	run(t, []refusal{
		{"a VPC in a range of EKS", []edit{without, in}, [][]string{{"accounts.external.vpcCidr", "Kubernetes services from 172.20.0.0/16", "serviceIpv4Cidr chooses another range"}}},
		{"a VPC in the chosen range", []edit{without, in, chosen("172.20.128.0/20")}, [][]string{{"accounts.external.vpcCidr", "serviceIpv4Cidr gives 172.20.128.0/20"}}},
		one("no network", "serviceIpv4Cidr", "10.7.0.0", "serviceIpv4Cidr", "not a CIDR"),
		one("a public network", "serviceIpv4Cidr", "100.64.0.0/16", "serviceIpv4Cidr", "/12 to /24 in 10.0.0.0/8"),
		one("too small a network", "serviceIpv4Cidr", "10.7.0.0/25", "serviceIpv4Cidr", "/12 to /24"),
		one("too large a network", "serviceIpv4Cidr", "10.32.0.0/11", "serviceIpv4Cidr", "/12 to /24"),
		{"an unrouted network of home", []edit{chosen("172.30.0.0/16"), {"accounts/local/network", theirs(object{"unroutedCidrs": list("172.30.0.0/16")})}},
			[][]string{{"serviceIpv4Cidr", "overlaps 172.30.0.0/16 of the home account's VPC"}}},
	})
	mustLoad(t, with(without, in, chosen("10.8.0.0/20")))
	// The range of a cluster that exists is looked up.
	mustLoad(t, with(inTheirs(without, in)...))
}

package config

import (
	"net/netip"

	"ambient-ecs/network/cidr"
	"ambient-ecs/problem"
)

// serviceRanges are where EKS takes the addresses of Kubernetes services from; it chooses one of them when the cluster is made. A VPC of
// the mesh in that range could not be reached from the pods.
var serviceRanges = []string{"10.100.0.0/16", "172.20.0.0/16"}

// A range of services is in one of privateRanges, and between these two in size.
// https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html, 2026-11-30.
const widestServices, narrowestServices = 12, 24

// servicesIn are the networks in which Kubernetes services may have addresses. None where somebody else has the cluster: its range is
// looked up.
func (c Config) servicesIn() []string {
	switch {
	case c.HasExistingEKS():
		return nil
	case c.ServiceIPv4CIDR != "":
		return []string{c.ServiceIPv4CIDR}
	}
	return serviceRanges
}

// checkServiceRanges refuses a network of a VPC that Kubernetes services may have.
func (c Config) checkServiceRanges(p *problem.List, field string, network netip.Prefix) {
	for _, r := range c.servicesIn() {
		if services, err := cidr.Parse(r); err == nil && cidr.Overlap(network, services) {
			if c.ServiceIPv4CIDR != "" {
				p.Refuse(field, network.String(), "serviceIpv4Cidr gives %s to Kubernetes services, and pods could not reach a VPC there", r)
				continue
			}
			p.Refuse(field, network.String(), "EKS may take the addresses of Kubernetes services from %s, and pods could not reach a VPC there. For a new cluster serviceIpv4Cidr chooses another range", r)
		}
	}
}

// checkServiceRange checks the range that the stack file chooses.
func (c Config) checkServiceRange(p *problem.List) {
	if c.ServiceIPv4CIDR == "" || c.HasExistingEKS() {
		return
	}
	services, err := cidr.Parse(c.ServiceIPv4CIDR)
	if err != nil {
		p.Because("serviceIpv4Cidr", c.ServiceIPv4CIDR, err)
		return
	}
	private := false
	for _, wide := range privateRanges[:3] { // those of RFC 1918
		private = private || wide.Overlaps(services) && wide.Bits() <= services.Bits()
	}
	if !private || services.Bits() < widestServices || services.Bits() > narrowestServices {
		p.Refuse("serviceIpv4Cidr", c.ServiceIPv4CIDR, "EKS takes a network of /%d to /%d in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16", widestServices, narrowestServices)
	}
	if home := c.Accounts[c.Home].Network; home != nil {
		for _, text := range home.UnroutedCIDRs {
			if network, err := cidr.ParseExisting(text); err == nil && cidr.Overlap(network, services) {
				p.Refuse("serviceIpv4Cidr", c.ServiceIPv4CIDR, "it overlaps %s of the home account's VPC, and EKS refuses that", text)
			}
		}
	}
}

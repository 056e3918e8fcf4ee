package onaws

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/eks/addon"
	theirs "ambient-ecs/eks/existing"
	"ambient-ecs/eks/kubeconfig"
	"ambient-ecs/verify/adopt"
	"ambient-ecs/verify/onaws/connect"
	"ambient-ecs/verify/repair"
)

var _ adopt.ControlPlaneReader = Surveyor{}

// ReadControlPlane implements adopt.ControlPlaneReader. It asks Kubernetes for nothing yet.
func (s Surveyor) ReadControlPlane(ctx context.Context, a adopt.Account, region, name, given string) (plane adopt.ControlPlane, err error) {
	credentials, err := environment(ctx, repair.Account{ID: a.ID, Region: region, Profile: a.Profile, Role: a.RoleARN})
	if err != nil {
		return plane, err
	}
	one := survey{ctx: ctx, cli: s.CLI, environment: credentials}
	if one.cli == nil {
		one.cli = runCLI
	}
	if plane.Cluster, err = one.controlPlane(name); err != nil || plane.Name == "" {
		return adopt.ControlPlane{}, err
	}
	text := given
	if text == "" {
		text, err = kubeconfig.New(kubeconfig.Cluster{Name: name, Region: region, Endpoint: plane.Endpoint, CertificateAuthority: plane.CertificateAuthority},
			kubeconfig.Credentials{Profile: a.Profile, RoleARN: a.RoleARN})
		if err != nil {
			return adopt.ControlPlane{}, err
		}
	}
	cluster, err := connect.OpenCluster(text)
	if err != nil {
		return adopt.ControlPlane{}, err
	}
	plane.Objects = cluster
	return plane, nil
}

// controlPlane describes an EKS cluster. The zero Cluster: there is none of the name.
// https://docs.aws.amazon.com/cli/latest/reference/eks/describe-cluster.html, 2026-11-29.
func (s survey) controlPlane(name string) (plane theirs.Cluster, err error) {
	var answer struct {
		Cluster struct {
			Name, Arn, Status, Version, Endpoint string
			CertificateAuthority                 struct{ Data string }
			Identity                             struct{ Oidc struct{ Issuer string } }
			ResourcesVpcConfig                   struct {
				VpcID                  string `json:"vpcId"`
				ClusterSecurityGroupID string `json:"clusterSecurityGroupId"`
				EndpointPublicAccess   bool
				EndpointPrivateAccess  bool
				PublicAccessCidrs      []string
			}
			AccessConfig            struct{ AuthenticationMode string }
			KubernetesNetworkConfig struct{ IPFamily, ServiceIpv4Cidr string }
			ComputeConfig           struct{ Enabled bool }
		}
	}
	if err := s.ask(&answer, "eks", "describe-cluster", "--name", name); err != nil {
		if strings.Contains(err.Error(), "ResourceNotFoundException") {
			return theirs.Cluster{}, nil
		}
		return theirs.Cluster{}, err
	}
	c := answer.Cluster
	plane = theirs.Cluster{
		Name: c.Name, ARN: c.Arn, Status: c.Status, Version: c.Version, Endpoint: c.Endpoint, CertificateAuthority: c.CertificateAuthority.Data, OIDCIssuer: c.Identity.Oidc.Issuer,
		VPC: c.ResourcesVpcConfig.VpcID, SecurityGroup: c.ResourcesVpcConfig.ClusterSecurityGroupID,
		Public: c.ResourcesVpcConfig.EndpointPublicAccess, Private: c.ResourcesVpcConfig.EndpointPrivateAccess, PublicCIDRs: c.ResourcesVpcConfig.PublicAccessCidrs,
		Mode: c.AccessConfig.AuthenticationMode, IPv6: c.KubernetesNetworkConfig.IPFamily == "ipv6", ServiceCIDR: c.KubernetesNetworkConfig.ServiceIpv4Cidr, AutoMode: c.ComputeConfig.Enabled,
		Addons: map[string]theirs.Addon{},
	}
	if plane.NodeSubnets, err = s.nodeSubnets(name); err != nil {
		return theirs.Cluster{}, err
	}
	var listed struct{ Addons []string }
	if err := s.ask(&listed, "eks", "list-addons", "--cluster-name", name); err != nil {
		return theirs.Cluster{}, err
	}
	for _, name := range addon.Needed() {
		if !slices.Contains(listed.Addons, name) {
			continue
		}
		var answer struct {
			Addon struct{ AddonVersion, ConfigurationValues string }
		}
		if err := s.ask(&answer, "eks", "describe-addon", "--cluster-name", plane.Name, "--addon-name", name); err != nil {
			return theirs.Cluster{}, fmt.Errorf("add-on %s: %w", name, err)
		}
		plane.Addons[name] = theirs.Addon{Version: answer.Addon.AddonVersion, Configuration: answer.Addon.ConfigurationValues}
	}
	return plane, nil
}

// nodeSubnets are the subnets of the managed node groups of a cluster, sorted. Nil: the caller may not look.
func (s survey) nodeSubnets(cluster string) (subnets []string, err error) {
	var listed struct{ Nodegroups []string }
	if err := s.ask(&listed, "eks", "list-nodegroups", "--cluster-name", cluster); err != nil {
		if strings.Contains(err.Error(), "AccessDenied") {
			return nil, nil
		}
		return nil, err
	}
	for _, name := range listed.Nodegroups {
		var answer struct{ Nodegroup struct{ Subnets []string } }
		if err := s.ask(&answer, "eks", "describe-nodegroup", "--cluster-name", cluster, "--nodegroup-name", name); err != nil {
			return nil, fmt.Errorf("node group %s: %w", name, err)
		}
		subnets = append(subnets, answer.Nodegroup.Subnets...)
	}
	slices.Sort(subnets)
	return slices.Compact(subnets), nil
}

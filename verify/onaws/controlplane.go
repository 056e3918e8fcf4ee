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
	if plane.Networks, err = one.networksOf(plane.VPC); err != nil {
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
				VpcID                  string   `json:"vpcId"`
				ClusterSecurityGroupID string   `json:"clusterSecurityGroupId"`
				SecurityGroupIDs       []string `json:"securityGroupIds"`
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
		VPC: c.ResourcesVpcConfig.VpcID, SecurityGroup: c.ResourcesVpcConfig.ClusterSecurityGroupID, ControlPlaneGroups: c.ResourcesVpcConfig.SecurityGroupIDs,
		Public: c.ResourcesVpcConfig.EndpointPublicAccess, Private: c.ResourcesVpcConfig.EndpointPrivateAccess, PublicCIDRs: c.ResourcesVpcConfig.PublicAccessCidrs,
		Mode: c.AccessConfig.AuthenticationMode, IPv6: c.KubernetesNetworkConfig.IPFamily == "ipv6", ServiceCIDR: c.KubernetesNetworkConfig.ServiceIpv4Cidr, AutoMode: c.ComputeConfig.Enabled,
		Addons: map[string]theirs.Addon{},
	}
	if plane.NodeSubnets, err = s.nodeSubnets(name); err != nil {
		return theirs.Cluster{}, err
	}
	if err := s.nodeGroup(&plane); err != nil {
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
		return nil, unlessDenied(err)
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

// nodeGroup finds the security group of nodes that do not carry the one that EKS made, as those of Terraform's module do not, with the rules
// by which it admits. Nodes carry the tag kubernetes.io/cluster/NAME, and so does their group; of several groups without it the first one
// is taken. Who may not look learns nothing of it.
// https://docs.aws.amazon.com/cli/latest/reference/ec2/describe-instances.html, 2026-11-30.
func (s survey) nodeGroup(plane *theirs.Cluster) error {
	tag := "kubernetes.io/cluster/" + plane.Name
	var answer struct {
		Reservations []struct {
			Instances []struct {
				SecurityGroups []struct {
					GroupID string `json:"GroupId"`
				}
			}
		}
	}
	if err := s.ask(&answer, "ec2", "describe-instances", "--filters", "Name=tag-key,Values="+tag, "Name=instance-state-name,Values=pending,running"); err != nil {
		return unlessDenied(err)
	}
	var ids []string
	for _, r := range answer.Reservations {
		for _, i := range r.Instances {
			for _, g := range i.SecurityGroups {
				if g.GroupID == plane.SecurityGroup {
					return nil
				}
				ids = append(ids, g.GroupID)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	var groups struct {
		SecurityGroups []struct {
			GroupID string `json:"GroupId"`
			VpcID   string `json:"VpcId"`
			Tags    any
		}
	}
	if err := s.ask(&groups, slices.Concat([]string{"ec2", "describe-security-groups", "--group-ids"}, ids)...); err != nil {
		return unlessDenied(err)
	}
	for _, g := range groups.SecurityGroups {
		if _, tagged := tagsOf(g.Tags)[tag]; tagged || plane.NodeGroup == nil {
			plane.NodeGroup = &theirs.SecurityGroup{ID: g.GroupID, VPC: g.VpcID}
			if tagged {
				break
			}
		}
	}
	if plane.NodeGroup == nil {
		return nil
	}
	return s.rulesOf(plane.NodeGroup)
}

// rulesOf reads the rules by which a group admits.
func (s survey) rulesOf(group *theirs.SecurityGroup) error {
	var answer struct {
		SecurityGroupRules []struct {
			IsEgress            bool
			IPProtocol          string `json:"IpProtocol"`
			FromPort, ToPort    int
			CidrIPv4            string `json:"CidrIpv4"`
			PrefixListID        string `json:"PrefixListId"`
			ReferencedGroupInfo struct {
				GroupID string `json:"GroupId"`
			}
		}
	}
	if err := s.ask(&answer, "ec2", "describe-security-group-rules", "--filters", "Name=group-id,Values="+group.ID); err != nil {
		return unlessDenied(err)
	}
	group.Ingress = []theirs.Rule{}
	for _, r := range answer.SecurityGroupRules {
		if !r.IsEgress {
			group.Ingress = append(group.Ingress, theirs.Rule{Protocol: r.IPProtocol, From: r.FromPort, To: r.ToPort, CIDR: r.CidrIPv4, Group: r.ReferencedGroupInfo.GroupID, List: r.PrefixListID})
		}
	}
	return nil
}

// networksOf are the CIDRs of a VPC.
func (s survey) networksOf(vpc string) (networks []string, err error) {
	var answer struct {
		Vpcs []struct {
			CidrBlockAssociationSet []struct{ CidrBlock string }
		}
	}
	if err := s.ask(&answer, "ec2", "describe-vpcs", "--vpc-ids", vpc); err != nil {
		return nil, unlessDenied(err)
	}
	for _, v := range answer.Vpcs {
		for _, a := range v.CidrBlockAssociationSet {
			networks = append(networks, a.CidrBlock)
		}
	}
	return networks, nil
}

// unlessDenied leaves out that the caller may not look. EC2 says UnauthorizedOperation, other services AccessDenied.
func unlessDenied(err error) error {
	if strings.Contains(err.Error(), "AccessDenied") || strings.Contains(err.Error(), "UnauthorizedOperation") {
		return nil
	}
	return err
}

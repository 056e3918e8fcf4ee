package eks

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
)

// cluster is the component with its outputs. Those of parts that are not modelled are absent or empty, as in
// pulumi-eks when such a part is skipped.
type cluster struct {
	pulumi.ResourceState
	Core                    pulumi.MapOutput      `pulumi:"core"`
	EKSCluster              pulumi.ResourceOutput `pulumi:"eksCluster"`
	InstanceRoles           pulumi.ArrayOutput    `pulumi:"instanceRoles"`
	Kubeconfig              pulumi.AnyOutput      `pulumi:"kubeconfig"`
	KubeconfigJSON          pulumi.StringOutput   `pulumi:"kubeconfigJson"`
	ClusterSecurityGroupID  pulumi.StringOutput   `pulumi:"clusterSecurityGroupId"`
	NodeSecurityGroupID     pulumi.StringOutput   `pulumi:"nodeSecurityGroupId"`
	ClusterIngressRuleID    pulumi.StringOutput   `pulumi:"clusterIngressRuleId"`
	DefaultNodeGroupASGName pulumi.StringOutput   `pulumi:"defaultNodeGroupAsgName"`
	FargateProfileID        pulumi.StringOutput   `pulumi:"fargateProfileId"`
	FargateProfileStatus    pulumi.StringOutput   `pulumi:"fargateProfileStatus"`
	OIDCProviderARN         pulumi.StringOutput   `pulumi:"oidcProviderArn"`
	OIDCProviderURL         pulumi.StringOutput   `pulumi:"oidcProviderUrl"`
	OIDCIssuer              pulumi.StringOutput   `pulumi:"oidcIssuer"`
	AutoModeNodeRoleName    pulumi.StringOutput   `pulumi:"autoModeNodeRoleName"`
}

func newCluster(ctx *pulumi.Context, name string, inputs sdk.ConstructInputs, options pulumi.ResourceOption) (pulumi.ComponentResource, error) {
	var args clusterArgs
	if err := inputs.CopyTo(&args); err != nil {
		return nil, err
	}
	if err := args.validate(); err != nil {
		return nil, err
	}
	c := &cluster{}
	if err := ctx.RegisterComponentResource(clusterType, name, c, options); err != nil {
		return nil, err
	}
	role, attachments, err := serviceRole(ctx, name+"-eksRole", c, args.Tags)
	if err != nil {
		return nil, err
	}
	eks, err := args.controlPlane(ctx, name, c, role, attachments)
	if err != nil {
		return nil, err
	}
	if err := args.kubeProxy(ctx, name, c, eks); err != nil {
		return nil, err
	}
	kubernetes, err := args.kubernetes(ctx, name, c, eks)
	if err != nil {
		return nil, err
	}
	entries, err := args.access(ctx, name, c, eks)
	if err != nil {
		return nil, err
	}
	if err := args.vpcCNI(ctx, name, c, eks, entries); err != nil {
		return nil, err
	}
	c.outputs(&args, eks, role, kubernetes)
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{
		"core": c.Core, "eksCluster": c.EKSCluster, "instanceRoles": c.InstanceRoles, "kubeconfig": c.Kubeconfig, "kubeconfigJson": c.KubeconfigJSON,
		"clusterSecurityGroupId": c.ClusterSecurityGroupID, "nodeSecurityGroupId": c.NodeSecurityGroupID,
		"clusterIngressRuleId": c.ClusterIngressRuleID, "defaultNodeGroupAsgName": c.DefaultNodeGroupASGName,
		"fargateProfileId": c.FargateProfileID, "fargateProfileStatus": c.FargateProfileStatus,
		"oidcProviderArn": c.OIDCProviderARN, "oidcProviderUrl": c.OIDCProviderURL, "oidcIssuer": c.OIDCIssuer,
		"autoModeNodeRoleName": c.AutoModeNodeRoleName,
	})
}

// controlPlane registers the cluster itself.
func (a *clusterArgs) controlPlane(ctx *pulumi.Context, name string, parent pulumi.Resource, role *awsRole, attachments []pulumi.Resource) (*awsCluster, error) {
	inputs := present(pulumi.Map{
		"name":                       a.Name,
		"version":                    a.Version,
		"roleArn":                    role.ARN,
		"bootstrapSelfManagedAddons": pulumi.Bool(true),
		"enabledClusterLogTypes":     a.EnabledClusterLogTypes,
		"vpcConfig": present(pulumi.Map{
			"subnetIds":             a.subnets(),
			"endpointPrivateAccess": a.EndpointPrivateAccess,
			"endpointPublicAccess":  optionalBool(a.EndpointPublicAccess),
			"publicAccessCidrs":     a.PublicAccessCIDRs,
		}),
		"tags": mergeTags(pulumi.StringMap{"Name": pulumi.String(name + "-eksCluster")}, a.ClusterTags, a.Tags),
		"accessConfig": pulumi.Map{
			"authenticationMode":                      pulumi.String(a.AuthenticationMode),
			"bootstrapClusterCreatorAdminPermissions": pulumi.Bool(true),
		},
	})
	if a.EncryptionConfigKeyARN != nil {
		inputs["encryptionConfig"] = pulumi.Map{
			"provider":  pulumi.Map{"keyArn": a.EncryptionConfigKeyARN},
			"resources": pulumi.ToStringArray([]string{"secrets"}),
		}
	}
	if a.KubernetesServiceIPAddressRange != nil || a.IPFamily != nil {
		inputs["kubernetesNetworkConfig"] = present(pulumi.Map{"serviceIpv4Cidr": a.KubernetesServiceIPAddressRange, "ipFamily": a.IPFamily})
	}
	var c awsCluster
	err := ctx.RegisterResource(awsClusterType, name+"-eksCluster", inputs, &c, pulumi.Parent(parent),
		pulumi.IgnoreChanges([]string{"accessConfig.bootstrapClusterCreatorAdminPermissions", "bootstrapSelfManagedAddons"}),
		pulumi.DependsOn(attachments))
	return &c, err
}

// subnets are the subnets of the control plane.
func (a *clusterArgs) subnets() pulumi.Input {
	if a.SubnetIDs != nil {
		return a.SubnetIDs
	}
	var given []any
	for _, ids := range []pulumi.StringArrayInput{a.PublicSubnetIDs, a.PrivateSubnetIDs} {
		if ids != nil {
			given = append(given, ids)
		}
	}
	return pulumi.All(given...).ApplyT(func(lists []any) ([]string, error) {
		ids := []string{}
		for _, list := range lists {
			some, ok := list.([]string)
			if !ok {
				return nil, errors.New("subnet ids are a list of strings")
			}
			ids = append(ids, some...)
		}
		return ids, nil
	}).(pulumi.StringArrayOutput)
}

// kubernetes registers the provider that pulumi-eks makes for its own objects.
func (a *clusterArgs) kubernetes(ctx *pulumi.Context, name string, parent pulumi.Resource, eks *awsCluster) (*pulumi.ProviderResourceState, error) {
	var p pulumi.ProviderResourceState
	err := ctx.RegisterResource("pulumi:providers:kubernetes", name+"-eks-k8s", pulumi.Map{
		"kubeconfig": a.kubeconfigText(eks, true),
	}, &p, pulumi.Parent(parent))
	return &p, err
}

// access registers the access entries with their policies, and returns the entries.
func (a *clusterArgs) access(ctx *pulumi.Context, name string, parent pulumi.Resource, eks *awsCluster) (entries []pulumi.Resource, err error) {
	for _, key := range slices.Sorted(maps.Keys(a.AccessEntries)) {
		wanted := a.AccessEntries[key]
		if wanted.PrincipalARN == nil {
			return nil, fmt.Errorf("accessEntries.%s has no principalArn", key)
		}
		entry := &other{}
		if err := ctx.RegisterResource("aws:eks/accessEntry:AccessEntry", name+"-"+key, present(pulumi.Map{
			"clusterName":      eks.Name,
			"principalArn":     wanted.PrincipalARN,
			"userName":         wanted.Username,
			"kubernetesGroups": wanted.KubernetesGroups,
			"type":             wanted.Type,
			"tags":             wanted.Tags,
		}), entry, pulumi.Parent(parent), pulumi.DependsOn([]pulumi.Resource{eks})); err != nil {
			return nil, err
		}
		entries = append(entries, entry)
		for _, association := range slices.Sorted(maps.Keys(wanted.AccessPolicies)) {
			policy := wanted.AccessPolicies[association]
			if err := ctx.RegisterResource("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", name+"-"+key+"-"+association, present(pulumi.Map{
				"clusterName":  eks.Name,
				"principalArn": wanted.PrincipalARN,
				"policyArn":    policy.PolicyARN,
				"accessScope":  policy.AccessScope,
			}), &other{}, pulumi.Parent(entry), pulumi.DependsOn([]pulumi.Resource{entry})); err != nil {
				return nil, err
			}
		}
	}
	return entries, nil
}

func (c *cluster) outputs(a *clusterArgs, eks *awsCluster, role *awsRole, kubernetes *pulumi.ProviderResourceState) {
	empty := pulumi.String("").ToStringOutput()
	c.EKSCluster = pulumi.NewResourceOutput(eks)
	c.InstanceRoles = pulumi.Array{}.ToArrayOutput()
	c.KubeconfigJSON = a.kubeconfigText(eks, false)
	c.Kubeconfig = pulumi.JSONUnmarshal(c.KubeconfigJSON)
	c.ClusterSecurityGroupID, c.NodeSecurityGroupID = eks.securityGroup(), eks.securityGroup()
	c.ClusterIngressRuleID, c.DefaultNodeGroupASGName = empty, empty
	c.FargateProfileID, c.FargateProfileStatus = empty, empty
	c.OIDCProviderARN, c.AutoModeNodeRoleName = empty, empty
	c.OIDCProviderURL = eks.issuer()
	c.OIDCIssuer = eks.issuer().ApplyT(func(url string) string { return strings.TrimPrefix(url, "https://") }).(pulumi.StringOutput)
	c.Core = present(pulumi.Map{
		"cluster":          pulumi.NewResourceInput(eks),
		"clusterIamRole":   pulumi.NewResourceInput(role),
		"provider":         pulumi.NewResourceInput(kubernetes),
		"endpoint":         eks.Endpoint,
		"instanceRoles":    pulumi.Array{},
		"kubeconfig":       c.Kubeconfig,
		"nodeGroupOptions": pulumi.Map{},
		"subnetIds":        a.subnets(),
		"publicSubnetIds":  a.PublicSubnetIDs,
		"privateSubnetIds": a.PrivateSubnetIDs,
		"tags":             a.Tags,
		"vpcId":            a.VpcID,
	}).ToMapOutput()
}

func optionalBool(b *bool) pulumi.Input {
	if b == nil {
		return nil
	}
	return pulumi.Bool(*b)
}

// mergeTags joins maps of tags; a later one wins.
func mergeTags(all ...pulumi.StringMapInput) pulumi.StringMapOutput {
	var given []any
	for _, tags := range all {
		if tags != nil {
			given = append(given, tags)
		}
	}
	return pulumi.All(given...).ApplyT(func(all []any) (map[string]string, error) {
		merged := map[string]string{}
		for _, tags := range all {
			m, ok := tags.(map[string]string)
			if !ok {
				return nil, errors.New("tags are a map of strings")
			}
			maps.Copy(merged, m)
		}
		return merged, nil
	}).(pulumi.StringMapOutput)
}

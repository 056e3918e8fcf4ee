package eks

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"google.golang.org/protobuf/types/known/structpb"
)

// clusterArgs are the arguments of eks:index:Cluster that the sandbox models. An argument has a plain type if it
// decides which resources are registered, or if pulumi-eks needs its value at once.
type clusterArgs struct {
	Name                            pulumi.StringInput      `pulumi:"name"`
	Version                         pulumi.StringInput      `pulumi:"version"`
	VpcID                           pulumi.StringInput      `pulumi:"vpcId"`
	SubnetIDs                       pulumi.StringArrayInput `pulumi:"subnetIds"`
	PrivateSubnetIDs                pulumi.StringArrayInput `pulumi:"privateSubnetIds"`
	PublicSubnetIDs                 pulumi.StringArrayInput `pulumi:"publicSubnetIds"`
	AuthenticationMode              string                  `pulumi:"authenticationMode"`
	AccessEntries                   map[string]accessEntry  `pulumi:"accessEntries"`
	EndpointPrivateAccess           pulumi.BoolInput        `pulumi:"endpointPrivateAccess"`
	EndpointPublicAccess            *bool                   `pulumi:"endpointPublicAccess"`
	PublicAccessCIDRs               pulumi.StringArrayInput `pulumi:"publicAccessCidrs"`
	EnabledClusterLogTypes          pulumi.StringArrayInput `pulumi:"enabledClusterLogTypes"`
	EncryptionConfigKeyARN          pulumi.StringInput      `pulumi:"encryptionConfigKeyArn"`
	ProviderCredentialOpts          pulumi.MapInput         `pulumi:"providerCredentialOpts"`
	KubernetesServiceIPAddressRange pulumi.StringInput      `pulumi:"kubernetesServiceIpAddressRange"`
	IPFamily                        pulumi.StringInput      `pulumi:"ipFamily"`
	KubeProxyAddonOptions           *addonOptions           `pulumi:"kubeProxyAddonOptions"`
	CorednsAddonOptions             *addonOptions           `pulumi:"corednsAddonOptions"`
	VpcCNIOptions                   *vpcCNIOptions          `pulumi:"vpcCniOptions"`
	UseDefaultVpcCNI                bool                    `pulumi:"useDefaultVpcCni"`
	Tags                            pulumi.StringMapInput   `pulumi:"tags"`
	ClusterTags                     pulumi.StringMapInput   `pulumi:"clusterTags"`
	SkipDefaultNodeGroup            bool                    `pulumi:"skipDefaultNodeGroup"`
	SkipDefaultSecurityGroups       bool                    `pulumi:"skipDefaultSecurityGroups"`
	CreateInstanceRole              bool                    `pulumi:"createInstanceRole"`
	CreateOIDCProvider              bool                    `pulumi:"createOidcProvider"`
}

type accessEntry struct {
	PrincipalARN     pulumi.StringInput      `pulumi:"principalArn"`
	Username         pulumi.StringInput      `pulumi:"username"`
	KubernetesGroups pulumi.StringArrayInput `pulumi:"kubernetesGroups"`
	Type             pulumi.StringInput      `pulumi:"type"`
	Tags             pulumi.StringMapInput   `pulumi:"tags"`
	AccessPolicies   map[string]accessPolicy `pulumi:"accessPolicies"`
}

type accessPolicy struct {
	PolicyARN   pulumi.StringInput `pulumi:"policyArn"`
	AccessScope pulumi.MapInput    `pulumi:"accessScope"`
}

type addonOptions struct {
	Enabled                  *bool              `pulumi:"enabled"`
	Version                  pulumi.StringInput `pulumi:"version"`
	ConfigurationValues      pulumi.MapInput    `pulumi:"configurationValues"`
	ResolveConflictsOnCreate string             `pulumi:"resolveConflictsOnCreate"`
	ResolveConflictsOnUpdate string             `pulumi:"resolveConflictsOnUpdate"`
}

// validate refuses the arguments that pulumi-eks refuses, and those that the sandbox does not model.
func (a *clusterArgs) validate() error {
	var problems []error
	refuse := func(when bool, why string) {
		if when {
			problems = append(problems, errors.New(why))
		}
	}
	refuse(a.SubnetIDs != nil && (a.PublicSubnetIDs != nil || a.PrivateSubnetIDs != nil),
		"subnetIds, and the use of publicSubnetIds and/or privateSubnetIds are mutually exclusive. Choose a single approach.")
	refuse(a.PublicAccessCIDRs != nil && a.EndpointPublicAccess != nil && !*a.EndpointPublicAccess,
		"`publicAccessCidrs` can only be set when `endpointPublicAccess` is true")
	refuse(a.VpcID == nil, "without vpcId the default VPC is looked up, which the sandbox does not model")
	refuse(a.AuthenticationMode != "API", fmt.Sprintf("authenticationMode %q is not modelled by the sandbox: use API", a.AuthenticationMode))
	refuse(!a.SkipDefaultNodeGroup, "the default node group is not modelled by the sandbox: set skipDefaultNodeGroup")
	refuse(!a.SkipDefaultSecurityGroups, "the default security groups are not modelled by the sandbox: set skipDefaultSecurityGroups")
	refuse(a.CreateInstanceRole, "createInstanceRole is not modelled by the sandbox")
	refuse(a.CreateOIDCProvider, "createOidcProvider connects to the issuer, which the sandbox does not have: make the provider from oidcProviderUrl")
	refuse(a.CorednsAddonOptions != nil && !disabled(a.CorednsAddonOptions), "corednsAddonOptions needs the default node group or Fargate: make the add-on a resource of its own")
	refuse(a.KubeProxyAddonOptions == nil || !disabled(a.KubeProxyAddonOptions) && a.KubeProxyAddonOptions.Version == nil,
		"kubeProxyAddonOptions.version is needed: the sandbox knows no most recent version")
	refuse(!a.UseDefaultVpcCNI && (a.VpcCNIOptions == nil || a.VpcCNIOptions.AddonVersion == nil),
		"vpcCniOptions.addonVersion is needed: the sandbox knows no most recent version")
	return errors.Join(problems...)
}

func disabled(o *addonOptions) bool {
	return o.Enabled != nil && !*o.Enabled && o.ConfigurationValues == nil
}

// managedNodeGroupArgs are the arguments of eks:index:ManagedNodeGroup that the sandbox models.
type managedNodeGroupArgs struct {
	// Cluster is the core of a Cluster, or a reference to the Cluster itself.
	Cluster              pulumi.Input            `pulumi:"cluster"`
	ClusterName          pulumi.StringInput      `pulumi:"clusterName"`
	NodeGroupName        pulumi.StringInput      `pulumi:"nodeGroupName"`
	NodeGroupNamePrefix  pulumi.StringInput      `pulumi:"nodeGroupNamePrefix"`
	NodeRoleARN          pulumi.StringInput      `pulumi:"nodeRoleArn"`
	SubnetIDs            pulumi.StringArrayInput `pulumi:"subnetIds"`
	ScalingConfig        pulumi.MapInput         `pulumi:"scalingConfig"`
	InstanceTypes        []string                `pulumi:"instanceTypes"`
	CapacityType         pulumi.StringInput      `pulumi:"capacityType"`
	AMIType              pulumi.StringInput      `pulumi:"amiType"`
	OperatingSystem      string                  `pulumi:"operatingSystem"`
	DiskSize             pulumi.IntInput         `pulumi:"diskSize"`
	Version              pulumi.StringInput      `pulumi:"version"`
	ReleaseVersion       pulumi.StringInput      `pulumi:"releaseVersion"`
	ForceUpdateVersion   pulumi.BoolInput        `pulumi:"forceUpdateVersion"`
	Labels               pulumi.StringMapInput   `pulumi:"labels"`
	Taints               pulumi.ArrayInput       `pulumi:"taints"`
	Tags                 pulumi.StringMapInput   `pulumi:"tags"`
	LaunchTemplate       pulumi.MapInput         `pulumi:"launchTemplate"`
	EnableIMDSv2         *bool                   `pulumi:"enableIMDSv2"`
	IgnoreScalingChanges bool                    `pulumi:"ignoreScalingChanges"`
}

func (a *managedNodeGroupArgs) validate() error {
	var problems []error
	if a.NodeRoleARN == nil {
		problems = append(problems, errors.New("An IAM role, or role ARN must be provided to create a managed node group"))
	}
	if a.LaunchTemplate != nil && a.EnableIMDSv2 != nil {
		problems = append(problems, errors.New("If you provide a custom launch template, you cannot provide any of enableIMDSv2. Please include these in the launch template that you are providing."))
	}
	if !slices.Contains([]string{"", "AL2023"}, a.OperatingSystem) {
		problems = append(problems, fmt.Errorf("operatingSystem %q is not modelled by the sandbox", a.OperatingSystem))
	}
	return errors.Join(problems...)
}

// refuseUnmodelled refuses arguments that have no field in a struct of arguments.
func refuseUnmodelled(inputs *structpb.Struct, arguments any) error {
	sent, err := rpc.UnmarshalProperties(inputs, rpc.MarshalOptions{KeepUnknowns: true, KeepResources: true})
	if err != nil {
		return err
	}
	return errors.Join(unmodelled("", resource.NewObjectProperty(sent), reflect.TypeOf(arguments))...)
}

var inputType = reflect.TypeFor[pulumi.Input]()

func unmodelled(path string, sent resource.PropertyValue, t reflect.Type) (problems []error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Implements(inputType) || !sent.IsObject() {
		return nil
	}
	object := sent.ObjectValue()
	for _, key := range object.StableKeys() {
		name := string(key)
		switch t.Kind() {
		case reflect.Map:
			problems = append(problems, unmodelled(path+name+".", object[key], t.Elem())...)
		case reflect.Struct:
			field, ok := argument(t, name)
			if ok {
				problems = append(problems, unmodelled(path+name+".", object[key], field.Type)...)
			} else if !object[key].IsNull() {
				problems = append(problems, fmt.Errorf("argument %s%s is not modelled by the sandbox", path, name))
			}
		}
	}
	return problems
}

func argument(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("pulumi") == name {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

package eks

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
)

type managedNodeGroup struct {
	pulumi.ResourceState
	NodeGroup pulumi.ResourceOutput `pulumi:"nodeGroup"`
}

func newManagedNodeGroup(ctx *pulumi.Context, name string, inputs sdk.ConstructInputs, options pulumi.ResourceOption) (pulumi.ComponentResource, error) {
	var args managedNodeGroupArgs
	if err := inputs.CopyTo(&args); err != nil {
		return nil, err
	}
	if err := args.validate(); err != nil {
		return nil, err
	}
	amiType, err := args.amiType()
	if err != nil {
		return nil, err
	}
	c := &managedNodeGroup{}
	if err := ctx.RegisterComponentResource(managedNodeGroupType, name, c, options); err != nil {
		return nil, err
	}
	core := args.core(ctx)
	nodeGroup := present(pulumi.Map{
		"clusterName":         args.ClusterName,
		"nodeGroupName":       args.NodeGroupName,
		"nodeGroupNamePrefix": args.NodeGroupNamePrefix,
		"nodeRoleArn":         args.NodeRoleARN,
		"subnetIds":           args.SubnetIDs,
		"scalingConfig":       args.scaling(),
		"instanceTypes":       stringArray(args.InstanceTypes),
		"capacityType":        args.CapacityType,
		"amiType":             amiType,
		"diskSize":            args.DiskSize,
		"version":             args.Version,
		"releaseVersion":      args.ReleaseVersion,
		"forceUpdateVersion":  args.ForceUpdateVersion,
		"labels":              args.Labels,
		"taints":              args.Taints,
		"tags":                args.Tags,
		"launchTemplate":      args.LaunchTemplate,
	})
	if args.ClusterName == nil {
		nodeGroup["clusterName"] = core.property("name")
	}
	if args.SubnetIDs == nil {
		nodeGroup["subnetIds"] = core.subnets()
	}
	// With a launch template of their own, users choose the version.
	if args.Version == nil && args.LaunchTemplate == nil {
		nodeGroup["version"] = core.property("version")
	}
	if args.EnableIMDSv2 != nil {
		template, err := args.template(ctx, name, c)
		if err != nil {
			return nil, err
		}
		nodeGroup["launchTemplate"] = pulumi.Map{
			"id":      template.ID(),
			"version": template.LatestVersion.ApplyT(strconv.Itoa).(pulumi.StringOutput),
		}
		// The launch template sets the disk.
		delete(nodeGroup, "diskSize")
	}
	resourceOptions := []pulumi.ResourceOption{pulumi.Parent(c)}
	if args.IgnoreScalingChanges {
		resourceOptions = append(resourceOptions, pulumi.IgnoreChanges([]string{"scalingConfig.desiredSize"}))
	}
	group := &other{}
	if err := ctx.RegisterResource("aws:eks/nodeGroup:NodeGroup", name, nodeGroup, group, resourceOptions...); err != nil {
		return nil, err
	}
	c.NodeGroup = pulumi.NewResourceOutput(group)
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"nodeGroup": c.NodeGroup})
}

// template is the launch template that pulumi-eks makes for settings that a node group itself does not have.
func (a *managedNodeGroupArgs) template(ctx *pulumi.Context, name string, parent pulumi.Resource) (*launchTemplate, error) {
	tokens := "optional"
	if *a.EnableIMDSv2 {
		tokens = "required"
	}
	inputs := pulumi.Map{"metadataOptions": pulumi.Map{
		"httpTokens":              pulumi.String(tokens),
		"httpPutResponseHopLimit": pulumi.Int(2),
		"httpEndpoint":            pulumi.String("enabled"),
	}}
	if a.DiskSize != nil {
		inputs["blockDeviceMappings"] = pulumi.Array{pulumi.Map{
			"deviceName": pulumi.String("/dev/xvda"),
			"ebs":        pulumi.Map{"volumeSize": a.DiskSize},
		}}
	}
	var t launchTemplate
	return &t, ctx.RegisterResource("aws:ec2/launchTemplate:LaunchTemplate", name+"-launchTemplate", inputs, &t, pulumi.Parent(parent))
}

// scaling fills in the sizes that were not given.
func (a *managedNodeGroupArgs) scaling() pulumi.Input {
	var given pulumi.MapInput = pulumi.Map{}
	if a.ScalingConfig != nil {
		given = a.ScalingConfig
	}
	return given.ToMapOutput().ApplyT(func(config map[string]any) map[string]any {
		sizes := map[string]any{"desiredSize": 2, "minSize": 1, "maxSize": 2}
		for key := range sizes {
			if value, ok := config[key]; ok && value != nil {
				sizes[key] = value
			}
		}
		return sizes
	})
}

// instanceType is "c6gn.large": a family, a generation, and a processor, which is g for Graviton.
var instanceType = regexp.MustCompile(`^[a-z]+[0-9]+([a-z])?-?[a-z]*\.[a-zA-Z0-9-]+$`)

// amiType follows from the operating system and the architecture, where only the former is given.
func (a *managedNodeGroupArgs) amiType() (pulumi.Input, error) {
	if a.AMIType != nil || a.OperatingSystem == "" {
		return a.AMIType, nil
	}
	graviton := 0
	for _, name := range a.InstanceTypes {
		parts := instanceType.FindStringSubmatch(name)
		if parts == nil {
			return nil, fmt.Errorf("Invalid EC2 instance type: %s", name)
		}
		if parts[1] == "g" {
			graviton++
		}
	}
	switch graviton {
	case 0:
		return pulumi.String("AL2023_x86_64_STANDARD"), nil
	case len(a.InstanceTypes):
		return pulumi.String("AL2023_ARM_64_STANDARD"), nil
	default:
		return nil, errors.New("Cannot determine architecture of instance types. The provided instance types do not share a common architecture")
	}
}

func stringArray(values []string) pulumi.Input {
	if len(values) == 0 {
		return nil
	}
	return pulumi.ToStringArray(values)
}

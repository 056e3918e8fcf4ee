package eks

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-eks/sdk/v3/go/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/iam/policy"
)

// nodePolicies let a node join the cluster and pull images. policy.CNIPolicy, which gives addresses to pods, is the nodes' where vpc-cni
// uses their role.
var nodePolicies = []string{"AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"}

// nodeRole is the role of the nodes with its policies.
type nodeRole struct {
	*iam.Role
	// attached are all of its policies. cni is the one for vpc-cni, nil where it has none.
	attached []pulumi.Resource
	cni      pulumi.Resource
}

// metadataHops keeps the instance metadata, and so the node's role, away from pods: a pod is one hop further. The
// processes that need the metadata (kubelet, vpc-cni, the Pod Identity agent) use the host's network.
const metadataHops = 1

// nodes makes the managed node groups, with a launch template for each. They come after the whole control plane, vpc-cni included. A
// node that starts without vpc-cni does not become ready. Where vpc-cni has a role of its own, they come after the agent too, which
// hands it out: it needs no address of a pod, because it is on the network of the host.
func (c *Cluster) nodes(ctx *pulumi.Context, name string, args *ClusterArgs, plugin *eks.Provider, role nodeRole, controlPlane *eks.Cluster, agent pulumi.Resource) (groups []pulumi.Resource, err error) {
	before := append([]pulumi.Resource{controlPlane}, role.attached...)
	if args.hasOwnRole() {
		before = append(before, agent)
	}
	for _, wanted := range args.Nodes {
		group, err := c.nodeGroup(ctx, name+"-nodes"+wanted.suffix(), args, wanted, role.Role, controlPlane, component.Behind(before...), plugin)
		if err != nil {
			return nil, err
		}
		groups = append(groups, group)
	}
	return groups, nil
}

// nodeGroup makes one managed node group.
func (c *Cluster) nodeGroup(ctx *pulumi.Context, name string, args *ClusterArgs, wanted NodeGroup, role *iam.Role, controlPlane *eks.Cluster, before component.Dependency, plugin *eks.Provider) (*eks.ManagedNodeGroup, error) {
	template, err := c.launchTemplate(ctx, name, args, wanted)
	if err != nil {
		return nil, err
	}
	in := &eks.ManagedNodeGroupArgs{
		Cluster:     controlPlane.Core,
		ClusterName: c.Name,
		// Set it, because with a launch template EKS would leave the nodes at the version they started with.
		Version:        pulumi.String(args.Version),
		ReleaseVersion: component.Optional(wanted.ReleaseVersion),
		NodeRoleArn:    role.Arn,
		SubnetIds:      wanted.subnets(args.SubnetIDs),
		AmiType:        component.Optional(wanted.AMIType),
		InstanceTypes:  pulumi.ToStringArray(wanted.InstanceTypes),
		Labels:         wanted.labels(),
		Taints:         wanted.taints(),
		ScalingConfig: awseks.NodeGroupScalingConfigArgs{
			MinSize:     pulumi.Int(wanted.Min),
			DesiredSize: pulumi.Int(wanted.Desired),
			MaxSize:     pulumi.Int(wanted.Max),
		},
		LaunchTemplate: awseks.NodeGroupLaunchTemplateArgs{
			Id:      template.ID(),
			Version: template.LatestVersion.ApplyT(strconv.Itoa).(pulumi.StringOutput),
		},
	}
	if wanted.AMIType == "" {
		// pulumi-eks takes the architecture from the instance types.
		in.OperatingSystem = eks.OperatingSystemAL2023
	}
	if wanted.Spot {
		in.CapacityType = pulumi.String("SPOT")
	}
	if args.Autoscaling {
		in.IgnoreScalingChanges = &args.Autoscaling
	}
	group, err := eks.NewManagedNodeGroup(ctx, name, in, pulumi.Parent(c), pulumi.Providers(args.Provider, plugin), component.DependsOn(before, args.Egress), args.nodeTransforms())
	if err != nil {
		return nil, fmt.Errorf("register the node group %s: %w", name, err)
	}
	component.Slow(ctx, group, fmt.Sprintf("Node group %s is not active yet. It is when its nodes have joined the cluster. Look at `aws eks list-nodegroups --cluster-name %s`, "+
		"`aws eks describe-nodegroup` (health) and `kubectl get nodes,events -A`", name, args.Name), before, args.Egress)
	return group, nil
}

func (c *Cluster) nodeRole(ctx *pulumi.Context, name string, args *ClusterArgs) (role nodeRole, err error) {
	trust := policy.Document{Statements: []policy.Statement{{
		Principal: &policy.Principal{Service: policy.Values{ec2Service(args.Partition)}},
		Actions:   []string{"sts:AssumeRole"},
	}}}
	role.Role, err = iam.NewRole(ctx, name, &iam.RoleArgs{
		Description:         pulumi.String("Nodes of the EKS cluster " + args.Name),
		AssumeRolePolicy:    pulumi.String(trust.JSON()),
		Path:                component.Optional(args.Guardrails.Path),
		PermissionsBoundary: component.Optional(args.Guardrails.Boundary),
	}, c.child(args)...)
	if err != nil {
		return nodeRole{}, fmt.Errorf("register the nodes' role: %w", err)
	}
	policies := nodePolicies
	if args.nodesHavePolicy() {
		policies = append(slices.Clone(policies), policy.CNIPolicy)
	}
	for _, managed := range policies {
		attachment, err := iam.NewRolePolicyAttachment(ctx, name+"-"+managed, &iam.RolePolicyAttachmentArgs{
			Role:      role.Name,
			PolicyArn: pulumi.String(policy.Place{Partition: args.Partition}.ManagedPolicy(managed)),
		}, c.child(args)...)
		if err != nil {
			return nodeRole{}, fmt.Errorf("attach %s to the nodes' role: %w", managed, err)
		}
		role.attached = append(role.attached, attachment)
		if managed == policy.CNIPolicy {
			role.cni = attachment
		}
	}
	return role, nil
}

// ec2Service is EC2's name in trust policies. China has its own.
func ec2Service(partition string) string {
	if partition == "aws-cn" {
		return "ec2.amazonaws.com.cn"
	}
	return "ec2.amazonaws.com"
}

// launchTemplate makes our own launch template. It excludes pulumi-eks's template (EnableIMDSv2, DiskSize), which
// lets metadata travel two hops and encrypts no volume. Ours names no image and no security group, so EKS adds its
// own of both.
func (c *Cluster) launchTemplate(ctx *pulumi.Context, name string, args *ClusterArgs, wanted NodeGroup) (*ec2.LaunchTemplate, error) {
	tags := pulumi.StringMap{"Name": pulumi.String(args.Name + "-node" + wanted.suffix())}
	for key, value := range args.Tags {
		tags[key] = pulumi.String(value)
	}
	specifications := ec2.LaunchTemplateTagSpecificationArray{}
	for _, kind := range []string{"instance", "volume", "network-interface"} {
		specifications = append(specifications, ec2.LaunchTemplateTagSpecificationArgs{ResourceType: pulumi.String(kind), Tags: tags})
	}
	template, err := ec2.NewLaunchTemplate(ctx, name, &ec2.LaunchTemplateArgs{
		Description:          pulumi.String("Nodes of the EKS cluster " + args.Name),
		UpdateDefaultVersion: pulumi.Bool(true),
		MetadataOptions: ec2.LaunchTemplateMetadataOptionsArgs{
			HttpEndpoint:            pulumi.String("enabled"),
			HttpTokens:              pulumi.String("required"),
			HttpPutResponseHopLimit: pulumi.Int(metadataHops),
		},
		BlockDeviceMappings: wanted.volumes(args.VolumeKeyARN),
		TagSpecifications:   specifications,
	}, c.child(args)...)
	if err != nil {
		return nil, fmt.Errorf("register the launch template: %w", err)
	}
	return template, nil
}

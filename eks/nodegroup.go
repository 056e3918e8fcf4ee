package eks

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/eks/ami"
	"ambient-ecs/problem"
)

// NodeGroup is a managed node group.
type NodeGroup struct {
	// Key distinguishes the group from the others and is a part of names. Empty for the first group, required for others.
	Key string
	// InstanceTypes are the nodes' instance types, all of one processor architecture. Required.
	InstanceTypes []string
	// AMIType is the machine image, as EKS names it. Empty: Amazon Linux 2023 for the processors of the instance types.
	AMIType string
	// ReleaseVersion is the release of the image. Empty: EKS takes the newest.
	ReleaseVersion string
	// Min, Desired and Max are numbers of nodes. Max is required; the first group has a node at least.
	Min, Desired, Max int
	// DiskGiB is the size of the volume that holds the containers. Required: at least the 20 GiB of the image.
	DiskGiB int
	// Labels are Kubernetes labels of the nodes. Taints keep pods away that do not tolerate them; the first group has none.
	Labels map[string]string
	Taints []Taint
	// Spot takes spare capacity.
	Spot bool
	// Zones are the numbers of its subnets in SubnetIDs, from 1. Empty: all.
	Zones []int
}

// Taint is a taint of nodes; Effect is as EKS writes it, "NO_SCHEDULE". Value may be empty.
type Taint struct{ Key, Value, Effect string }

// leastDiskGiB is the size of the node image.
const leastDiskGiB = 20

// check records every problem of the group.
func (g NodeGroup) check(p *problem.List, field string, first bool) {
	if first == (g.Key != "") {
		p.Refuse(field+".Key", g.Key, "the first group has none and every other one, or names would clash")
	}
	if len(g.InstanceTypes) == 0 {
		p.Missing(field+".InstanceTypes", "EKS would choose the size of the nodes")
	}
	if _, known := ami.Of(g.AMIType); !known {
		problem.OneOf(p, field+".AMIType", g.AMIType, ami.Names()...)
	}
	switch {
	case first && g.Desired < 1:
		p.Refuse(field+".Desired", g.Desired, "there must be a node")
	case g.Min < 0 || g.Desired < g.Min:
		p.Refuse(field+".Min", g.Min, "it is between 0 and Desired, %d", g.Desired)
	}
	if g.Max < 1 || g.Max < g.Desired {
		p.Refuse(field+".Max", g.Max, "it is less than Desired, %d, or than 1", g.Desired)
	}
	if g.DiskGiB < leastDiskGiB {
		p.Refuse(field+".DiskGiB", g.DiskGiB, "the node image needs %d", leastDiskGiB)
	}
	if first && len(g.Taints) > 0 {
		p.Refuse(field+".Taints", g.Taints[0].Key, "the mesh's own pods tolerate none and would have no node")
	}
	for _, number := range g.Zones {
		if number < 1 {
			p.Refuse(field+".Zones", number, "the subnets are counted from 1")
		}
	}
}

// suffix ends the names of what belongs to the group.
func (g NodeGroup) suffix() string {
	if g.Key == "" {
		return ""
	}
	return "-" + g.Key
}

// subnets are the group's own among all.
func (g NodeGroup) subnets(all pulumi.StringArrayInput) pulumi.StringArrayInput {
	if len(g.Zones) == 0 {
		return all
	}
	return all.ToStringArrayOutput().ApplyT(func(ids []string) (own []string) {
		for _, number := range g.Zones {
			if number <= len(ids) {
				own = append(own, ids[number-1])
			}
		}
		return own
	}).(pulumi.StringArrayOutput)
}

func (g NodeGroup) labels() pulumi.StringMapInput {
	if len(g.Labels) == 0 {
		return nil
	}
	return pulumi.ToStringMap(g.Labels)
}

func (g NodeGroup) taints() awseks.NodeGroupTaintArrayInput {
	if len(g.Taints) == 0 {
		return nil
	}
	all := awseks.NodeGroupTaintArray{}
	for _, taint := range g.Taints {
		all = append(all, awseks.NodeGroupTaintArgs{Key: pulumi.String(taint.Key), Value: component.Optional(taint.Value), Effect: pulumi.String(taint.Effect)})
	}
	return all
}

// volumes are the volumes of a node, all encrypted. The one that holds the containers has the group's size, another one that of
// the image. key is the KMS key, nil for AWS's own.
func (g NodeGroup) volumes(key pulumi.StringPtrInput) ec2.LaunchTemplateBlockDeviceMappingArray {
	image, _ := ami.Of(g.AMIType)
	devices := image.Volumes()
	var all ec2.LaunchTemplateBlockDeviceMappingArray
	for i, device := range devices {
		volume := ec2.LaunchTemplateBlockDeviceMappingEbsArgs{
			VolumeType:          pulumi.String("gp3"),
			Encrypted:           pulumi.String("true"),
			KmsKeyId:            key,
			DeleteOnTermination: pulumi.String("true"),
		}
		if i == len(devices)-1 {
			volume.VolumeSize = pulumi.Int(g.DiskGiB)
		}
		all = append(all, ec2.LaunchTemplateBlockDeviceMappingArgs{DeviceName: pulumi.String(device), Ebs: volume})
	}
	return all
}

package components

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/eks"
	"ambient-ecs/network"
	"ambient-ecs/tests/recorder"
)

func TestNodesComeAfterTheControlPlaneAndTheirWayOut(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validEKS(f)
		gateway, err := ec2.NewNatGateway(ctx, "way-out", &ec2.NatGatewayArgs{SubnetId: pulumi.String("s")}, pulumi.Provider(f.local))
		if err != nil {
			return err
		}
		args.Egress = component.Made[network.Network](gateway)
		_, err = eks.NewCluster(ctx, "eks", args)
		return err
	})
	nodes := only(t, r, nodeGroup)
	needs(t, r, nodes, only(t, r, eksComponent))
	needs(t, r, nodes, only(t, r, natGateway))
	attached := r.OfType(roleAttachment)
	if len(attached) != 3 {
		t.Errorf("%d policies of the nodes' role", len(attached))
	}
	for _, attachment := range attached {
		needs(t, r, nodes, attachment)
	}
	if r.Waits(only(t, r, eksComponent), only(t, r, natGateway)) {
		t.Error("the control plane waits for the nodes' way out, which it does not need")
	}
}

func TestNodesKeepTheirMetadataFromPods(t *testing.T) {
	r := oneEKS(t, nil)
	template := only(t, r, launchTemplate)
	says(t, template, "required", "metadataOptions", "httpTokens")
	says(t, template, 1.0, "metadataOptions", "httpPutResponseHopLimit")
	says(t, template, "true", "blockDeviceMappings", 0, "ebs", "encrypted")
	says(t, template, 30.0, "blockDeviceMappings", 0, "ebs", "volumeSize")
	// A group of the template would be a second one with the cluster's tag.
	says(t, template, nil, "vpcSecurityGroupIds")
	says(t, template, nil, "networkInterfaces")
	says(t, only(t, r, nodeGroup), "3", "launchTemplate", "version")
	for i, kind := range []string{"instance", "volume", "network-interface"} {
		says(t, template, kind, "tagSpecifications", i, "resourceType")
		says(t, template, "platform-team", "tagSpecifications", i, "tags", "owner")
	}
}

// Each group has a launch template of its own, and the first group is as it was before there were more.
func TestMoreNodeGroupsStandBesideTheFirst(t *testing.T) {
	before := oneEKS(t, nil)
	r := oneEKS(t, func(a *eks.ClusterArgs) {
		a.Autoscaling = true
		a.Nodes = append(a.Nodes, eks.NodeGroup{Key: "big", InstanceTypes: []string{"m7g.large"}, AMIType: "BOTTLEROCKET_ARM_64", ReleaseVersion: "1.47.0-6154605b",
			Min: 0, Desired: 1, Max: 9, DiskGiB: 100, Labels: map[string]string{"team": "data"}, Taints: []eks.Taint{{Key: "dedicated", Value: "data", Effect: "NO_SCHEDULE"}, {Key: "gone", Effect: "NO_EXECUTE"}},
			Spot: true, Zones: []int{2}})
	})
	first, big := r.Get(t, nodeGroup, "eks-nodes"), r.Get(t, nodeGroup, "eks-nodes-big")
	was := only(t, before, nodeGroup)
	if first.URN != was.URN {
		t.Errorf("the first group moves from %s to %s", was.URN, first.URN)
	}
	unscaled := maps.Clone(first.Inputs)
	delete(unscaled, "ignoreScalingChanges")
	if !reflect.DeepEqual(unscaled, was.Inputs) {
		t.Errorf("the first group changes from %v to %v", was.Inputs, unscaled)
	}
	says(t, first, true, "ignoreScalingChanges")
	for path, want := range map[string]any{
		"amiType": "BOTTLEROCKET_ARM_64", "operatingSystem": nil, "releaseVersion": "1.47.0-6154605b", "version": "1.34", "capacityType": "SPOT", "ignoreScalingChanges": true,
		"labels": map[string]any{"team": "data"}, "subnetIds": []any{"subnet-2"}, "scalingConfig": map[string]any{"minSize": 0.0, "desiredSize": 1.0, "maxSize": 9.0},
		"taints": []any{map[string]any{"key": "dedicated", "value": "data", "effect": "NO_SCHEDULE"}, map[string]any{"key": "gone", "effect": "NO_EXECUTE"}},
	} {
		says(t, big, want, path)
	}
	template := r.Get(t, launchTemplate, "eks-nodes-big")
	needs(t, r, big, template)
	says(t, template, "mesh-node-big", "tagSpecifications", 0, "tags", "Name")
	for i, volume := range []struct{ device, size any }{{"/dev/xvda", nil}, {"/dev/xvdb", 100.0}} {
		says(t, template, volume.device, "blockDeviceMappings", i, "deviceName")
		says(t, template, volume.size, "blockDeviceMappings", i, "ebs", "volumeSize")
		says(t, template, "true", "blockDeviceMappings", i, "ebs", "encrypted")
	}
	for _, attachment := range r.OfType(roleAttachment) {
		needs(t, r, big, attachment)
	}
	// Kubernetes objects go before any of the nodes that may run their pods.
	needs(t, r, only(t, r, probeType), big)
	needs(t, r, r.Get(t, kubernetesInstance, "eks"), big)
}

func TestTheMetricsServerIsAnAddOnThatSomebodySwitchesOn(t *testing.T) {
	r := oneEKS(t, func(a *eks.ClusterArgs) { a.AddonVersions["metrics-server"] = "v0.8.1-eksbuild.4" })
	server := r.Get(t, addonResource, "eks-metrics-server")
	says(t, server, "v0.8.1-eksbuild.4", "addonVersion")
	needs(t, r, server, only(t, r, nodeGroup))
	needs(t, r, only(t, r, probeType), server)
}

// The agent's pods run on every node, so it needs none to become active, and takes no time after them.
func TestAddOnsThatNeedNodesWaitForThem(t *testing.T) {
	r := oneEKS(t, nil)
	versions := map[any]any{}
	for _, installed := range r.OfType(addonResource) {
		needs(t, r, installed, only(t, r, eksComponent))
		if waits := r.Waits(installed, only(t, r, nodeGroup)); waits != (installed.Name != "eks-eks-pod-identity-agent") {
			t.Errorf("%s waits for the nodes: %t", installed.Name, waits)
		}
		versions[at(t, installed, "addonName")] = at(t, installed, "addonVersion")
	}
	if len(versions) != 2 || versions["coredns"] != "v1.12.4-eksbuild.1" || versions["eks-pod-identity-agent"] != "v1.3.10-eksbuild.1" {
		t.Errorf("add-ons %v", versions)
	}
}

// vpc-cni gives addresses to pods. With a role of its own the nodes may not, and it must have the role before the first node: the
// association is a part of the add-on, and the agent that hands out the role comes before the nodes. The policy of the nodes comes
// before an add-on that needs it, so that no step of a move has neither.
func TestTheNetworkPluginHasTheNodesRoleOrItsOwn(t *testing.T) {
	const cniRole, cniPolicy = "arn:aws:iam::111122223333:role/mesh-vpc-cni", "eks-mesh-nodes-AmazonEKS_CNI_Policy"
	associated := []any{map[string]any{"roleArn": cniRole, "serviceAccount": "aws-node"}}
	for name, c := range map[string]struct {
		plugin       eks.NetworkPlugin
		associations any
		nodes        bool
	}{
		"the nodes' role":   {eks.NetworkPlugin{}, nil, true},
		"both":              {eks.NetworkPlugin{RoleARN: pulumi.String(cniRole), NodesToo: true}, associated, true},
		"a role of its own": {eks.NetworkPlugin{RoleARN: pulumi.String(cniRole)}, associated, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := oneEKS(t, func(a *eks.ClusterArgs) { a.NetworkPlugin = c.plugin }, answering(eksComponent, map[string]any{
				"cni":   recorder.Reference{Type: addonResource, Name: "cni", State: map[string]any{"addonName": "vpc-cni"}},
				"proxy": recorder.Reference{Type: addonResource, Name: "proxy", State: map[string]any{"addonName": "kube-proxy"}},
			}))
			agent, policy := r.Get(t, addonResource, "eks-eks-pod-identity-agent"), (*recorder.Resource)(nil)
			for _, attachment := range r.OfType(roleAttachment) {
				if attachment.Name == cniPolicy {
					policy = attachment
				}
			}
			if (policy != nil) != c.nodes {
				t.Fatalf("the nodes have the policy: %t, want %t", policy != nil, c.nodes)
			}
			for _, part := range r.Made {
				switch part.Name {
				case "cni":
					if !reflect.DeepEqual(part.Inputs["podIdentityAssociations"], c.associations) {
						t.Errorf("vpc-cni has the associations %v, want %v", part.Inputs["podIdentityAssociations"], c.associations)
					}
					if policy != nil && !slices.Contains(part.Dependencies, policy.URN) {
						t.Errorf("vpc-cni waits for %v, and not for the policy of the nodes", part.Dependencies)
					}
				case "proxy":
					if part.Inputs["podIdentityAssociations"] != nil || len(part.Dependencies) > 0 {
						t.Errorf("kube-proxy has %v and waits for %v", part.Inputs, part.Dependencies)
					}
				}
			}
			if waits := r.Waits(only(t, r, nodeGroup), agent); waits != (c.associations != nil) {
				t.Errorf("the nodes wait for the agent: %t", waits)
			}
			needs(t, r, only(t, r, probeType), agent)
		})
	}
}

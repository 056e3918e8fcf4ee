package sandboxed

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"ambient-ecs/eks/existing"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/adopt"
	"ambient-ecs/verify/backend"
)

var _ adopt.ControlPlaneReader = Surveyor{}

// ReadControlPlane implements adopt.ControlPlaneReader. The sandbox asks for no credentials.
func (s Surveyor) ReadControlPlane(_ context.Context, a adopt.Account, region, name, _ string) (plane adopt.ControlPlane, err error) {
	if err := Exists(s.Folder); err != nil {
		return plane, err
	}
	w, err := world.Open(s.Folder)
	if err != nil {
		return plane, fmt.Errorf("open the sandbox: %w", err)
	}
	err = w.Look(func(tx *world.Tx) error {
		one := survey{tx, a.ID, region}
		for _, c := range one.find(eksKind) {
			if c.String("name") != name {
				continue
			}
			plane.Cluster = existing.Cluster{
				Name: name, ARN: c.ID, Status: c.String("status"), Version: c.String("version"), Endpoint: c.String("endpoint"),
				VPC: api.String(c.Props, "vpcConfig", "vpcId"), SecurityGroup: api.String(c.Props, "vpcConfig", "clusterSecurityGroupId"),
				Public: api.Bool(c.Props, "vpcConfig", "endpointPublicAccess"), Private: api.Bool(c.Props, "vpcConfig", "endpointPrivateAccess"),
				PublicCIDRs: texts(c.Props, "vpcConfig", "publicAccessCidrs"), Mode: api.String(c.Props, "accessConfig", "authenticationMode"),
				ServiceCIDR: api.String(c.Props, "kubernetesNetworkConfig", "serviceIpv4Cidr"), Addons: map[string]existing.Addon{},
			}
			for _, addon := range one.find(addOnKind) {
				if addon.String("clusterName") == name {
					plane.Addons[addon.String("addonName")] = existing.Addon{Version: addon.String("addonVersion"), Configuration: addon.String("configurationValues")}
				}
			}
			plane.Objects = objects{s.Folder, c.ID}
		}
		return nil
	})
	return plane, err
}

// objects lists what an EKS cluster of the sandbox has.
type objects struct{ folder, cluster string }

// List implements resident.Objects.
func (o objects) List(_ context.Context, apiVersion, kind string) (all []backend.Object, err error) {
	w, err := world.Open(o.folder)
	if err != nil {
		return nil, fmt.Errorf("open the sandbox: %w", err)
	}
	err = w.Look(func(tx *world.Tx) error {
		for _, object := range api.At(tx, o.cluster).List(schema.FromAPIVersionAndKind(apiVersion, kind), "") {
			all = append(all, api.Copy(object))
		}
		return nil
	})
	return all, err
}

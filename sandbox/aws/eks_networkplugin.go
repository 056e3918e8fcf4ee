package aws

import (
	"fmt"
	"slices"

	"ambient-ecs/sandbox/world"
)

// The add-on that gives addresses to pods, its service account, and the add-on that hands roles to pods.
const (
	networkPlugin        = "vpc-cni"
	networkPluginAccount = "aws-node"
	podIdentityAgent     = "eks-pod-identity-agent"
	addonNamespace       = "kube-system"
)

// associate brings the Pod Identity associations of an add-on to its inputs. EKS then restarts the add-on's pods, and those of
// vpc-cni start with the identity that they find (https://docs.aws.amazon.com/eks/latest/userguide/add-ons-iam.html, 2026-11-29).
func (c *call) associate(addon *world.Resource) error {
	wanted := map[string]string{}
	for _, association := range list(c.in, "podIdentityAssociations") {
		block, _ := association.(map[string]any)
		wanted[text(block, "serviceAccount")] = text(block, "roleArn")
	}
	cluster := text(c.in, "clusterName")
	for _, old := range c.each(eksPodIdentityKind, Has("ownerArn", addon.ID)) {
		if _, stays := wanted[old.String("serviceAccount")]; !stays {
			c.Drop(old)
		}
	}
	for account, role := range wanted {
		if err := c.checkRoleOfPods(role); err != nil {
			return err
		}
		found := first(c.each(eksPodIdentityKind, Has("clusterName", cluster, "namespace", addonNamespace, "serviceAccount", account)))
		switch {
		case found == nil:
			c.make(eksPodIdentityKind, newAssociationID(c.Tx), "eks", map[string]any{
				"clusterName": cluster, "namespace": addonNamespace, "serviceAccount": account, "roleArn": role, "ownerArn": addon.ID,
			})
		case found.String("ownerArn") != addon.ID:
			return c.refuse("ResourceInUseException", "Association already exists: %s", found.ID)
		default:
			found.Props["roleArn"] = role
			c.Put(found)
		}
	}
	if text(c.in, "addonName") == networkPlugin {
		for _, node := range c.each(instanceKind, Has("clusterName", cluster)) {
			node.Props["_plugin"] = pluginRole(c.Tx, node.Account, cluster)
			c.Put(node)
		}
	}
	return nil
}

// pluginRole is the role with which a pod of vpc-cni that starts now is admitted. "": that of its node.
func pluginRole(tx *world.Tx, account, cluster string) string {
	association := first(tx.Find(account, eksPodIdentityKind, Has("clusterName", cluster, "namespace", addonNamespace, "serviceAccount", networkPluginAccount)))
	if association == nil {
		return ""
	}
	return association.String("roleArn")
}

// NetworkPluginIssue says why a node gives no address to new pods, or "": there is no vpc-cni, or the identity with which its pod was
// admitted may do nothing.
func NetworkPluginIssue(tx *world.Tx, cluster, group, node *world.Resource) string {
	if !hasNetworkPlugin(tx, cluster) {
		return "cni plugin not initialized"
	}
	principal := Principal{RoleARN: group.String("nodeRoleArn")}
	if role := node.String("_plugin"); role != "" {
		if len(tx.Find(cluster.Account, eksAddonKind, Has("clusterName", cluster.String("name"), "addonName", podIdentityAgent))) == 0 {
			return fmt.Sprintf("no add-on %s hands %s its role", podIdentityAgent, networkPluginAccount)
		}
		own, err := PodRole(tx, cluster.ID, addonNamespace, networkPluginAccount, networkPluginAccount+"-"+node.ID)
		if err != nil {
			return err.Error()
		}
		principal = own
	}
	for _, action := range []string{"ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface"} {
		if err := Allowed(tx, principal, action, "*", nil); err != nil {
			return err.Error()
		}
	}
	return ""
}

// hasNetworkPlugin reports whether vpc-cni is there, as an add-on or as EKS installs it by itself unless told not to.
func hasNetworkPlugin(tx *world.Tx, cluster *world.Resource) bool {
	if adopts(cluster, networkPlugin) {
		return true
	}
	return slices.ContainsFunc(tx.Find(cluster.Account, eksAddonKind, Has("clusterName", cluster.String("name"), "addonName", networkPlugin)),
		func(r *world.Resource) bool { return r.Region == cluster.Region })
}

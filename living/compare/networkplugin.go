package compare

import (
	"slices"

	"ambient-ecs/config"
)

// networkPlugin refuses to take the policy from the nodes in the update that gives vpc-cni a role of its own. Its pods learn of the role
// only when they are admitted, and an association takes seconds to take effect. A pod that is admitted too early has no role for ever,
// and without the policy of the nodes its node gives no new pod an address.
//
// https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html, 2026-11-29.
func (c *comparison) networkPlugin(roles []string) {
	own := c.cfg.RoleARN(c.cfg.Home, c.cfg.CNIRoleName())
	if c.cfg.VPCCNIRole != config.CNIRoleOwn || roles == nil || slices.Contains(roles, own) {
		return
	}
	c.problems.Refuse("vpcCniRole", string(config.CNIRoleOwn), "the cluster lives and vpc-cni does not have the role %s yet. A pod of it that starts before EKS knows the role would have no AWS identity, and no new pod on its node an address. "+
		"Set it to %s, run `pulumi up`, and look whether every pod has its role (docs/upgrade.md). Then set it to %s", own, config.CNIRoleBoth, config.CNIRoleOwn)
}

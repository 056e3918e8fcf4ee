package iam

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/eks/addon"
	"ambient-ecs/iam/policy"
	"ambient-ecs/providers"
)

// networkPlugin creates the role of vpc-cni. Nil: it uses the role of the nodes.
//
// The permissions are AWS's own policy, so that they follow vpc-cni's versions.
// https://docs.aws.amazon.com/eks/latest/userguide/cni-iam-role.html, 2026-11-29.
func networkPlugin(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts) (*PodRole, error) {
	if !cfg.OwnCNIRole() {
		return nil, nil
	}
	home := accounts.Home()
	return NewPodRole(ctx, "vpc-cni", &PodRoleArgs{
		Name:       cfg.CNIRoleName(),
		Purpose:    "vpc-cni: gives addresses of the VPC to the pods of the EKS cluster",
		Home:       place(home),
		Workload:   policy.Workload{ClusterARN: cfg.EKSClusterARN(), Namespace: addon.Namespace, ServiceAccount: addon.VPCCNIAccount},
		Attached:   []string{place(home).ManagedPolicy(policy.CNIPolicy)},
		Guardrails: guardrails(cfg, home),
		Provider:   home.Provider,
	})
}

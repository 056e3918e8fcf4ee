package iam

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/iam/policy"
	"ambient-ecs/mesh/loadbalancer"
	"ambient-ecs/providers"
)

// balancerController creates the role of the AWS Load Balancer Controller. Nil: the program installs none.
func balancerController(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts) (*PodRole, error) {
	if !cfg.InstallsBalancerController() {
		return nil, nil
	}
	home := accounts.Home()
	return NewPodRole(ctx, "load-balancer-controller", &PodRoleArgs{
		Name:    cfg.BalancerControllerRoleName(),
		Purpose: "AWS Load Balancer Controller: network load balancers of the EKS cluster",
		Home:    place(home),
		Workload: policy.Workload{
			ClusterARN: cfg.EKSClusterARN(), Namespace: loadbalancer.Namespace, ServiceAccount: loadbalancer.ServiceAccount,
		},
		Permissions: policy.BalancerPermissions(place(home), cfg.EKSName()),
		Guardrails:  guardrails(cfg, home),
		Provider:    home.Provider,
	})
}

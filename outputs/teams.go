package outputs

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/iam"
)

// teams are, by team, the roles with which it deploys and the boundaries of the roles that it makes, by account, and its namespaces
// and its group in Kubernetes.
func teams(cfg config.Config, roles *iam.Roles) pulumi.Map {
	all := pulumi.Map{}
	for _, team := range cfg.TeamKeys() {
		arns, boundaries := pulumi.StringMap{}, pulumi.StringMap{}
		for _, account := range cfg.TeamAccounts(team) {
			arns[account] = roles.Team[team+"/"+account].RoleARN
			if boundary := cfg.TeamBoundaryARN(team, account); boundary != "" && len(cfg.TeamClusters(team, account)) > 0 {
				boundaries[account] = pulumi.String(boundary)
			}
		}
		all[team] = pulumi.Map{
			"roleArns": arns, "boundaryArns": boundaries,
			"namespaces": pulumi.ToStringArray(cfg.TeamNamespaces(team)), "kubernetesGroup": pulumi.String(cfg.TeamGroup(team)),
		}
	}
	return all
}

package outputs

import (
	"cmp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/iam/policy"
)

// pipelinePolicies are the policy documents of the pipelines, by "cluster/service". Everything in them is known from the
// configuration.
func pipelinePolicies(cfg config.Config) pulumi.StringMap {
	all := pulumi.StringMap{}
	for _, cluster := range cfg.ClusterKeys() {
		account := cfg.Clusters[cluster].Account
		for _, name := range cfg.PipelineServices(cluster) {
			place := policy.Place{Partition: cfg.Partition(), Region: cfg.RegionOf(account), Account: cfg.Accounts[account].ID}
			all[cluster+"/"+name] = pulumi.String(policy.PipelinePermissions(policy.Pipeline{
				Place:            place,
				Family:           cfg.Prefix(cluster) + "-" + name,
				ServiceARN:       place.ARN("ecs", "service/"+cfg.ECSName(cluster)+"/"+name),
				TaskRoleARN:      cfg.TaskRoleARN(cfg.IdentityOf(cluster, name)),
				ExecutionRoleARN: cfg.ExecutionRoleOf(cluster, name),
			}).JSON())
		}
	}
	return all
}

// deployer is who deploys a service.
func deployer(s config.Service) string { return string(cmp.Or(s.DeployedBy, config.DeployedByProgram)) }

package outputs

import (
	"cmp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/contract"
	"ambient-ecs/iam/policy"
)

// pipelinePolicies are the policy documents of the pipelines, those of owners among them, by "cluster/service". Everything in them is known from the
// configuration.
func pipelinePolicies(cfg config.Config) pulumi.StringMap {
	all := pulumi.StringMap{}
	for _, cluster := range cfg.ClusterKeys() {
		account := cfg.Clusters[cluster].Account
		for _, name := range cfg.EnrolledServices(cluster) {
			place := policy.Place{Partition: cfg.Partition(), Region: cfg.RegionOf(account), Account: cfg.Accounts[account].ID}
			all[cluster+"/"+name] = pulumi.String(policy.PipelinePermissions(policy.Pipeline{
				Place:            place,
				Family:           cfg.FamilyOf(cluster, name),
				ServiceARN:       cfg.ServiceARN(cluster, name),
				TaskRoleARN:      cfg.TaskRoleARN(cfg.IdentityOf(cluster, name)),
				ExecutionRoleARN: cfg.ExecutionRoleOf(cluster, name),
				Parameters:       parameters(cfg, cluster, name),
			}).JSON())
		}
	}
	return all
}

// parameters are the SSM parameters that the pipeline of an owner reads: what it sets on the service and, where it is published, what
// `ambient enrol` reads.
func parameters(cfg config.Config, cluster, name string) []string {
	if !cfg.Clusters[cluster].Services[name].ByOwner() {
		return nil
	}
	all := []string{cfg.OwnedParameter(cluster, name)}
	if cfg.PublishContract {
		all = append(all, contract.ParameterName(cfg.Install, cluster), contract.TokenParameterName(cfg.Install, cluster, cfg.ServiceAccountOf(cluster, name)))
	}
	return all
}

// deployer is who deploys a service.
func deployer(s config.Service) string { return string(cmp.Or(s.DeployedBy, config.DeployedByProgram)) }

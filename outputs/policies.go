package outputs

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/iam"
	"ambient-ecs/iam/evaluation"
)

// rolePolicies are what the stack gives its roles besides what it needs itself: the permissions of services, and a boundary. Nobody could
// derive them from other outputs. A role that gets nothing is left out, and so is a role that the stack did not make. An inline policy is
// said by its fingerprint: its name changes whenever it does.
func rolePolicies(cfg config.Config, roles *iam.Roles) pulumi.Array {
	var all pulumi.Array
	add := func(role pulumi.StringOutput, account string, managed []string, inline string) {
		given := pulumi.Map{}
		if len(managed) > 0 {
			given["managedPolicyArns"] = pulumi.ToStringArray(managed)
		}
		if inline != "" {
			given["inlinePolicy"] = pulumi.String(evaluation.Fingerprint(inline))
		}
		if boundary := cfg.BoundaryOf(account); boundary != "" {
			given["permissionsBoundaryArn"] = pulumi.String(boundary)
		}
		if len(given) > 0 {
			given["roleArn"] = role
			all = append(all, given)
		}
	}
	add(roles.Istiod.RoleARN, cfg.Home, nil, "")
	for _, key := range cfg.AccountKeys() {
		if role := roles.Discovery[key]; role != nil {
			add(role.RoleARN, key, nil, "")
		}
		if role := roles.Execution[key]; role != nil && cfg.TheirExecutionRole(key) == "" {
			add(role.RoleARN, key, nil, "")
		}
	}
	for _, cluster := range cfg.ClusterKeys() {
		account := cfg.Clusters[cluster].Account
		for _, name := range cfg.Clusters[cluster].WorkloadKeys() {
			if role := roles.ServiceExecution[cluster+"/"+name]; role != nil && cfg.OwnExecutionRole(cluster, name) {
				add(role.RoleARN, account, nil, "")
			}
		}
		for _, name := range cfg.ScheduledTasks(cluster) {
			add(roles.Schedule[cluster+"/"+name].RoleARN, account, nil, "")
		}
	}
	for _, identity := range cfg.Identities() {
		if cfg.TeamTaskRole(identity) == "" {
			add(roles.Task[identity.Key()].RoleARN, identity.Account, cfg.AttachedTo(identity), cfg.PermissionsOf(identity).Inline())
		}
	}
	return all
}

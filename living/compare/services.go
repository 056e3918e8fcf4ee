package compare

import (
	"fmt"

	"ambient-ecs/config"
)

// services compares the living ECS services with the configured ones.
func (c *comparison) services() {
	for _, cluster := range c.cfg.ClusterKeys() {
		for _, name := range c.cfg.Clusters[cluster].ServiceKeys() {
			if living, found := c.world.Services[cluster+"/"+name]; found {
				field := c.cfg.Field(cluster, name)
				if c.cfg.Clusters[cluster].Services[name].ByOwner() {
					c.owned(field, living)
					continue
				}
				if c.taken(field, cluster, name, living) {
					continue
				}
				if c.otherImport(field, living, c.cfg.Clusters[cluster].Services[name].Import) {
					continue
				}
				c.tasks(field, living, c.cfg.Clusters[cluster].Services[name])
				c.capacity(field, cluster, name, living)
			}
		}
	}
}

// otherImport refuses to add `import` to a service that the stack made, or to take it from one that the stack took over. The service would
// change its provider, and Pulumi deletes a service for that and makes it anew.
func (c *comparison) otherImport(field string, living Service, want config.Import) (refused bool) {
	taken := living.Tags[config.ImportTag] != ""
	switch {
	case !c.ours(living.Tags) || taken == (want != ""):
		return false
	case taken:
		c.problems.Missing(field+".import", "the stack has taken this service over, and without the key Pulumi would delete it and make it anew. Set it to %s for the life of the service (docs/adoption.md)", config.ImportEnrolled)
	default:
		c.problems.Refuse(field+".import", string(want), "the service has this install's tag, and no tag %[1]s. If an earlier version of this program took it over, mark it and preview again: aws ecs tag-resource --resource-arn ARN-OF-THE-SERVICE --tags key=%[1]s,value=%[2]s. "+
			"If the stack made it, leave the key out: with the key Pulumi would delete the service and make it anew", config.ImportTag, config.ImportEnrolled)
	}
	return true
}

// tasks compares the number of tasks. Between the program and the scaler it changes hands without a jump.
func (c *comparison) tasks(field string, living Service, want config.Service) {
	switch s, count := want.Scaling, want.DesiredCountOrDefault(); {
	case s != nil && living.scales():
		// The number is the scaler's.
	case s != nil && (living.Desired < s.MinOrZero() || living.Desired > s.MaxOrZero()):
		c.problems.Refuse(field+".scaling", fmt.Sprintf("min %d, max %d", s.MinOrZero(), s.MaxOrZero()),
			"AWS is asked for %d tasks, so the scaler would change the number as soon as it is switched on. Set desiredCount within the bounds without scaling, run `pulumi up`, and add scaling then; or widen the bounds", living.Desired)
	case s != nil:
	case living.scales() && living.Desired != count:
		c.problems.Refuse(field+".desiredCount", count, "the scaler left %d tasks, and without scaling the number would jump. Set desiredCount to %d in the update that removes scaling, and change it afterwards", living.Desired, living.Desired)
	}
}

// capacity refuses a switch between launch type and strategy, for which the provider deletes the service first. ECS itself makes
// it with a rolling deployment.
//
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html (capacityProviderStrategy), 2026-11-29.
func (c *comparison) capacity(field, cluster, name string, living Service) {
	strategy := c.cfg.Clusters[cluster].Services[name].CapacityProviderStrategy
	update := fmt.Sprintf("aws ecs update-service --region %s --cluster %s --service %s --force-new-deployment --capacity-provider-strategy ", c.cfg.RegionOfCluster(cluster), c.cfg.ECSName(cluster), c.cfg.ServiceName(cluster, name))
	const lost = "Pulumi would delete the service and make it anew, and calls would fail in between. "
	switch {
	case len(strategy) > 0 && living.LaunchType != "":
		items := ""
		for _, item := range strategy {
			items += fmt.Sprintf(" capacityProvider=%s,base=%d,weight=%d", item.CapacityProvider, item.Base, item.Weight)
		}
		if c.cfg.Clusters[cluster].Existing != "" {
			c.problems.Add(field+".capacityProviderStrategy", "is new for a service that lives", lost+"Let ECS itself roll the tasks over, once the owner of the cluster has added the providers to those that it has: "+
				"%s%s; then `pulumi refresh`, and then this update (docs/running.md)", update, items[1:])
			return
		}
		c.problems.Add(field+".capacityProviderStrategy", "is new for a service that lives", lost+"Let ECS itself roll the tasks over, with its cluster's providers put first: "+
			"aws ecs put-cluster-capacity-providers --region %s --cluster %s --capacity-providers FARGATE FARGATE_SPOT --default-capacity-provider-strategy '[]'; %s%s; then `pulumi refresh`, and then this update (docs/running.md)",
			c.cfg.RegionOfCluster(cluster), c.cfg.ECSName(cluster), update, items[1:])
	case len(strategy) == 0 && living.LaunchType == "":
		c.problems.Add(field+".capacityProviderStrategy", "is gone from a service that lives", lost+"Let ECS itself roll the tasks over: %s'[]'; then `pulumi refresh`, and then this update (docs/running.md)", update)
	}
}

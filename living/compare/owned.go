package compare

import (
	"fmt"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/problem"
)

// owned refuses to leave a service that this stack made to an owner: Pulumi would delete it.
func (c *comparison) owned(field string, living Service) {
	if c.ours(living.Tags) {
		c.problems.Refuse(field+".deployedBy", string(config.DeployedByOwner), "this stack made the service, and Pulumi would delete it. With %s its image and task definition are a team's (docs/pipelines.md); "+
			"to leave the whole service to an owner, take it out of the state and untag it first (docs/adoption.md)", config.DeployedByPipeline)
	}
}

// tools are the words about who deploys a service that `ambient enrol` renders.
type tools struct{ deploy, again, roles, logs string }

var pipelineTools = tools{
	deploy: "let the pipeline deploy it", again: "Let the pipeline deploy",
	roles: "Take deployedBy away for one up, with the image that runs, so that the program deploys the new role first (docs/pipelines.md)",
	logs:  "Take deployedBy away for one up, with the image that runs, so that the program deploys the new group first (docs/pipelines.md)",
}

var ownerTools = tools{
	deploy: "let its owner deploy it", again: "Let its owner deploy",
	roles: "Keep the old one for one up: give its serviceAccount to another service or task of the cluster, let the owner deploy a revision with the new role, and take it away afterwards (docs/adoption.md)",
	logs:  "Run the up while no task of the service runs, or let the owner take it out of the mesh before (docs/adoption.md)",
}

func (c *comparison) toolsOf(cluster, name string) tools {
	if c.cfg.Clusters[cluster].Services[name].ByOwner() {
		return ownerTools
	}
	return pipelineTools
}

// outside reports whether an owner has not enrolled a service yet, and notes it. Its tasks have nothing of the mesh that an `up` could
// make old.
func (c *comparison) outside(field, cluster, name string, d Deployed) bool {
	if d.InMesh || !c.cfg.Clusters[cluster].Services[name].ByOwner() {
		return false
	}
	c.outsiders = append(c.outsiders, fmt.Sprintf("%s (%s, parameter %s)", field, nameOf(d.Definition), c.cfg.OwnedParameter(cluster, name)))
	return true
}

// Joined are the services, as "cluster/service", that their owners have enrolled.
func (w World) Joined(cfg config.Config) map[string]bool {
	joined := map[string]bool{}
	for _, cluster := range cfg.ClusterKeys() {
		for _, name := range cfg.OwnedServices(cluster) {
			joined[cluster+"/"+name] = w.Deployed[cluster+"/"+name].InMesh
		}
	}
	return joined
}

// ownersTags warns of tags of discovery that only the owner of a service can set.
func (c *comparison) ownersTags(field, cluster, name string, changed []string) {
	want := c.cfg.DiscoveryTags(cluster, name)
	var all []string
	for _, key := range changed {
		all = append(all, key+"="+want[key])
	}
	c.warn("%s: its owner has to set the tags %s on the service, and deploy again: only new tasks get them (docs/adoption.md).", field, strings.Join(all, ", "))
}

// taken reports whether a service lives already that this stack did not make, and refuses it.
func (c *comparison) taken(field, cluster, name string, living Service) bool {
	if c.cfg.Clusters[cluster].Existing == "" || c.ours(living.Tags) || c.cfg.Clusters[cluster].Services[name].Import != "" {
		return false
	}
	c.problems.Add(field, problem.IsSet, "the cluster %s has a service of this name, which this stack did not make: ECS refuses a second one. Choose another key, take the service over with `import: unchanged`, "+
		"or leave it to its owner with `deployedBy: %s` (docs/adoption.md)", c.cfg.ECSName(cluster), config.DeployedByOwner)
	return true
}

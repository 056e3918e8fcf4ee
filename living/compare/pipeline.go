package compare

import (
	"slices"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/ecs/task/enrol"
)

// Deployed is what runs of a service that a pipeline or an owner deploys.
type Deployed struct {
	// Definition is the ARN of the revision.
	Definition string
	// Tags are the service's. Given is what the mesh gives to the tasks since the last `up`: config.GivenTag of a pipeline's service,
	// and what the parameter of an owner's says. Empty: not recorded.
	Tags  map[string]string
	Given string
	// TaskRole and ExecutionRole are the ARNs of its roles, empty if they are not known.
	TaskRole, ExecutionRole string
	// InMesh: the revision has a ztunnel container. Labels are its Docker labels.
	InMesh bool
	Labels map[string]string
}

// inputNames say what an input of the enrolment is.
var inputNames = map[string]string{
	"image":                  "ztunnel's image",
	"token":                  "the bootstrap token (the gateway's address or the root certificate)",
	"health":                 "ztunnel's health check",
	"logs":                   "the log group",
	"client":                 "the client preset",
	"clients":                "the presets of single containers",
	"settings":               "ztunnel's settings or the certificate authority",
	"identity":               "the identity",
	config.GivenControlPlane: "istiod's version",
}

// pipelines names the services whose pipelines or owners have yet to deploy what the mesh gives to their tasks. While there is one, no
// further step of an upgrade or a rotation is allowed: its tasks could trust nobody, or speak to an istiod too new for them.
func (c *comparison) pipelines() {
	for _, cluster := range c.cfg.ClusterKeys() {
		for _, name := range c.cfg.EnrolledServices(cluster) {
			if deployed, found := c.world.Deployed[cluster+"/"+name]; found {
				c.pipeline(cluster, name, deployed)
			}
		}
	}
	if c.outsiders != nil {
		c.warn("Not in the mesh yet, because the revision that runs has no container %s: %s. The owner runs `ambient enrol`, deploys the result, and sets what the parameter says (docs/adoption.md).",
			enrol.ZtunnelName, strings.Join(c.outsiders, ", "))
	}
}

func (c *comparison) pipeline(cluster, name string, d Deployed) {
	field := c.cfg.Field(cluster, name)
	if c.outside(field, cluster, name, d) {
		return
	}
	tools := c.toolsOf(cluster, name)
	c.pipelineRoles(field, cluster, name, d)
	revision := nameOf(d.Definition)
	given, recorded := enrol.ReadInputs(d.Given), d.Given != ""
	next := enrol.ReadInputs(config.Given(c.cfg.EnrolMesh(cluster, name, c.world.Restart), c.cfg.ControlPlane()))
	delete(next, "token") // it is known only while resources are registered
	var step []string
	for _, input := range sorted(next) {
		if recorded && next[input] != given[input] {
			step = append(step, inputNames[input])
		}
	}
	for _, input := range sorted(given) {
		if _, still := next[input]; !still && input != "token" {
			step = append(step, inputNames[input]) // a preset that is no longer named
		}
	}
	if !recorded {
		given = next
	}
	if own := enrol.ReadInputs(config.Given(c.cfg.EnrolOwnLogs(cluster, name), ""))["logs"]; recorded && given["logs"] == own && next["logs"] != own {
		c.problems.Refuse("clusters."+cluster+".logGroup", c.cfg.Clusters[cluster].LogGroup, "the tasks of %s log to the group of this stack, which this up would delete, and ECS starts no task whose group is gone. %s", name, tools.logs)
	}
	delete(given, config.GivenControlPlane)
	behind := c.behind(cluster, name, d, given)
	switch {
	case behind != "" && len(step) > 0:
		c.problems.Add(field, "", "its tasks run %s, %s, and this up would change %s. Run enrol again and %s first (docs/pipelines.md)", revision, behind, strings.Join(step, ", "), tools.deploy)
	case behind != "":
		c.warn("%s: its tasks run %s, %s. Run enrol again and %s: until then no step of an upgrade or a rotation is allowed (docs/pipelines.md).", field, revision, behind, tools.deploy)
	case len(step) > 0 && !slices.Equal(step, []string{inputNames[config.GivenControlPlane]}):
		c.warn("%s: this up changes %s, which only new tasks see. Run enrol again afterwards, and %s (docs/pipelines.md).", field, strings.Join(step, ", "), tools.deploy)
	}
	changed := c.changedTags(cluster, name, d)
	switch {
	case changed == nil:
	case c.cfg.Clusters[cluster].Services[name].ByOwner():
		c.ownersTags(field, cluster, name, changed)
	default:
		c.warn("%s: this up changes the tags %s, which only new tasks get. Let the pipeline deploy again afterwards (docs/pipelines.md).", field, strings.Join(changed, ", "))
	}
}

// pipelineRoles refuses to take away a role that the running revision names. A service that the program deploys gets a new
// revision before its old role goes. Of a pipeline's service the running tasks would lose their credentials, and ECS could start
// no other.
func (c *comparison) pipelineRoles(field, cluster, name string, d Deployed) {
	tools := c.toolsOf(cluster, name)
	for _, role := range []struct{ what, runs, next string }{
		{"task role", d.TaskRole, c.cfg.TaskRoleARN(c.cfg.IdentityOf(cluster, name))},
		{"execution role", d.ExecutionRole, c.cfg.ExecutionRoleOf(cluster, name)},
	} {
		switch {
		case role.runs == "" || role.runs == role.next:
		case c.cfg.MakesRole(role.runs) || !c.ownRole(role.runs):
			c.warn("%s: its tasks run with the %s %s, and the stack file means %s. %s a revision with that one (docs/pipelines.md).", field, role.what, role.runs, role.next, tools.again)
		default:
			c.problems.Add(field, "", "its tasks run with the %s %s, which this up would delete: it means %s. %s", role.what, role.runs, role.next, tools.roles)
		}
	}
}

// behind says what the tasks do not have yet of what the mesh gives, or returns "".
func (c *comparison) behind(cluster, name string, d Deployed, given map[string]string) string {
	if !d.InMesh {
		return "which has no container " + enrol.ZtunnelName + " and is not in the mesh"
	}
	stamp, stamped := enrol.StampOfLabels(d.Labels)
	if !stamped {
		return "which enrol did not make"
	}
	identity := c.cfg.IdentityOf(cluster, name)
	var changed []string
	for _, input := range stamp.StaleSince(enrol.Identity{Namespace: identity.Namespace, ServiceAccount: identity.ServiceAccount}, given) {
		changed = append(changed, inputNames[input])
	}
	if changed == nil {
		return ""
	}
	return "enrolled before a change of " + strings.Join(changed, ", ")
}

// changedTags are the tags of discovery that a living service does not have as configured.
func (c *comparison) changedTags(cluster, name string, d Deployed) (changed []string) {
	want := c.cfg.DiscoveryTags(cluster, name)
	for _, key := range sorted(want) {
		if d.Tags[key] != want[key] {
			changed = append(changed, key)
		}
	}
	return changed
}

package aws

import (
	"regexp"
	"strings"
	"time"

	"ambient-ecs/sandbox/world"
)

const ecsClusterKind = "aws:ecs/cluster:Cluster"

var ecsName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,255}$`)

func ecsNameCheck(v any) string {
	if s, _ := v.(string); !ecsName.MatchString(s) {
		return "invalid value for name (The name must consist of alphanumerics, hyphens, and underscores.)"
	}
	return ""
}

func ecsClusterType() *resourceType {
	return &resourceType{
		token: ecsClusterKind, service: "ECS", noun: "ECS Cluster", creates: "CreateCluster", updates: "UpdateCluster", deletes: "DeleteCluster",
		inputs: map[string]input{
			"configuration": {},
			"name":          {replace: true, auto: 255, check: ecsNameCheck},
			"settings":      {chosen: []any{map[string]any{"name": "containerInsights", "value": "disabled"}}, same: sameSet},
			"tags":          tags,
		},
		outputs: values{"arn": "${id}"},
		key:     arn("ecs", "cluster/${name}"),
		holders: []link{{kind: ServiceKind, property: "_cluster"}},
		held:    refusal{"ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."},
		check:   checkClusterSettings,
		create: func(c *call, res *world.Resource) error {
			// CreateCluster returns an existing cluster when it is asked for the same one.
			if old := c.activeCluster(res.ID); old != nil && !(sameValue(old.Props["tags"], c.in["tags"]) && sameSet(old.Props["settings"], c.in["settings"])) {
				return c.invalid("Arguments on this idempotent request are inconsistent with arguments used in previous request(s).")
			}
			res.Props["_status"] = "ACTIVE"
			return nil
		},
		remove: func(c *call, res *world.Resource) error {
			for _, task := range c.each(TaskKind, Has("clusterArn", res.ID)) {
				if !stopped(task) {
					return c.refuse("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
				}
				c.Drop(task)
			}
			// ECS remembers the name for a while.
			res.Props["_status"] = "INACTIVE"
			return nil
		},
		keep: func(*world.Resource) bool { return true },
		find: func(c *call, id string, _ map[string]any) *world.Resource { return c.activeCluster(id) },
	}
}

func checkClusterSettings(c *call, _ *world.Resource) error {
	for _, s := range list(c.in, "settings") {
		setting, _ := s.(map[string]any)
		if text(setting, "name") != "containerInsights" || oneOf("enabled", "disabled", "enhanced")(setting["value"]) != "" {
			return c.invalid("Invalid cluster setting: %s=%s", text(setting, "name"), text(setting, "value"))
		}
	}
	return nil
}

// activeCluster returns an active cluster by name or ARN; an empty name is the cluster "default".
func (c *call) activeCluster(id string) *world.Resource {
	if id == "" {
		id = "default"
	}
	if !strings.HasPrefix(id, "arn:") {
		id = c.arn("ecs", "cluster/"+id)
	}
	res := c.get(ecsClusterKind, id)
	if res == nil || res.String("_status") != "ACTIVE" {
		return nil
	}
	return res
}

// containerInsights is the controller that writes the metrics of clusters that have it on.
func containerInsights(tx *world.Tx) {
	for _, r := range tx.Find("", ecsClusterKind, func(r *world.Resource) bool { return r.String("_status") == "ACTIVE" }) {
		if tx.Now.Sub(r.Created) < lasts(time.Minute) {
			continue
		}
		for _, s := range list(r.Props, "settings") {
			if setting, _ := s.(map[string]any); text(setting, "name") == "containerInsights" && text(setting, "value") != "disabled" {
				writeLogs(tx, r.Account, r.Region, "/aws/ecs/containerinsights/"+r.String("name")+"/performance", "ecs")
			}
		}
	}
}

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
		token: ecsClusterKind, service: "ECS", noun: "ECS Cluster",
		inputs: map[string]input{
			"configuration": {},
			"name":          {replace: true, auto: 255, check: ecsNameCheck},
			"settings":      {computed: true, same: sameSet},
			"tags":          tags,
		},
		outputs: []string{"arn"},
		create:  createECSCluster,
		update: func(c *call, _ *world.Resource) error {
			return c.checkClusterSettings("UpdateCluster")
		},
		remove: func(c *call, res *world.Resource) error {
			inCluster := func(r *world.Resource) bool { return r.String("_cluster") == res.ID }
			if len(c.each(ServiceKind, inCluster)) > 0 {
				return c.refuse("DeleteCluster", "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
			}
			for _, task := range c.each(TaskKind, func(r *world.Resource) bool { return r.String("clusterArn") == res.ID }) {
				if task.String("lastStatus") != "STOPPED" {
					return c.refuse("DeleteCluster", "ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
				}
				c.Drop(task)
			}
			// ECS remembers the name for a while.
			res.Props["_status"] = "INACTIVE"
			c.Changed(res)
			return nil
		},
		keep: func(*world.Resource) bool { return true },
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			return c.activeCluster(id)
		},
	}
}

func createECSCluster(c *call, res *world.Resource) error {
	if err := c.checkClusterSettings("CreateCluster"); err != nil {
		return err
	}
	res.ID = c.arn("ecs", "cluster/"+text(c.in, "name"))
	if existing := c.activeCluster(res.ID); existing != nil {
		// CreateCluster returns an existing cluster when it is asked for the same one.
		if !sameValue(existing.Props["tags"], c.in["tags"]) || !sameSet(existing.Props["settings"], c.in["settings"]) {
			return c.refuse("CreateCluster", "InvalidParameterException", "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).")
		}
	}
	res.Props["arn"], res.Props["_status"] = res.ID, "ACTIVE"
	if res.Props["settings"] == nil {
		res.Props["settings"] = []any{map[string]any{"name": "containerInsights", "value": "disabled"}}
	}
	return nil
}

func (c *call) checkClusterSettings(operation string) error {
	for _, s := range list(c.in, "settings") {
		setting, _ := s.(map[string]any)
		if text(setting, "name") != "containerInsights" || oneOf("enabled", "disabled", "enhanced")(setting["value"]) != "" {
			return c.refuse(operation, "InvalidParameterException", "Invalid cluster setting: %s=%s", text(setting, "name"), text(setting, "value"))
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

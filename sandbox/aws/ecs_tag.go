package aws

import "ambient-ecs/sandbox/world"

// ecsTagKind is one tag of an ECS resource that the program does not own.
const ecsTagKind = "aws:ecs/tag:Tag"

// ecsTagType models the tags of clusters. The other ECS resources of the program are its own.
func ecsTagType() *resourceType {
	return &resourceType{
		token: ecsTagKind, service: "ECS", noun: "ECS Resource Tag", creates: "TagResource", updates: "TagResource", deletes: "UntagResource",
		inputs: map[string]input{"key": {required: true, replace: true}, "resourceArn": {required: true, replace: true}, "value": {required: true}},
		key:    "${resourceArn},${key}",
		create: putClusterTag,
		update: putClusterTag,
		remove: func(c *call, res *world.Resource) error {
			if cluster := c.activeCluster(res.String("resourceArn")); cluster != nil {
				for _, property := range []string{"tags", "tagsAll"} {
					tags := cloneMap(object(cluster.Props, property))
					delete(tags, res.String("key"))
					if cluster.Props[property] = tags; len(tags) == 0 && property == "tags" {
						delete(cluster.Props, property)
					}
				}
				c.Put(cluster)
			}
			return nil
		},
		// The tag is gone if somebody took it from the cluster.
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			res := c.get(ecsTagKind, id)
			if res == nil {
				return nil
			}
			cluster := c.activeCluster(res.String("resourceArn"))
			if cluster == nil || at(cluster.Props, "tagsAll", res.String("key")) == nil {
				return nil
			}
			return res
		},
		show: func(c *call, res *world.Resource, state map[string]any) {
			if cluster := c.activeCluster(res.String("resourceArn")); cluster != nil {
				state["value"] = at(cluster.Props, "tagsAll", res.String("key"))
			}
		},
	}
}

// putClusterTag sets the tag on its cluster, besides those that the cluster has.
func putClusterTag(c *call, _ *world.Resource) error {
	cluster := c.activeCluster(text(c.in, "resourceArn"))
	if cluster == nil {
		return c.refuse("ClusterNotFoundException", "Cluster not found.")
	}
	for _, property := range []string{"tags", "tagsAll"} {
		tags := cloneMap(object(cluster.Props, property))
		tags[text(c.in, "key")] = c.in["value"]
		cluster.Props[property] = tags
	}
	c.Put(cluster)
	return nil
}

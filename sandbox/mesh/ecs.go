package mesh

import (
	"encoding/json"
	"strings"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

// ecsClusterKind is the type of ECS clusters. ECS keeps a deleted cluster visible for a while.
const ecsClusterKind = "aws:ecs/cluster:Cluster"

// tagsOf returns a resource's tags, those from the provider's defaults included.
func tagsOf(r *world.Resource) map[string]string { return api.Strings(r.Props, "tags") }

// ecsTask is a task as DescribeTasks shows it, with its task definition's containers.
type ecsTask struct {
	*world.Resource
	cluster, service, address string
	tags                      map[string]string
	containers                []api.Object
}

func readTask(tx *world.Tx, r *world.Resource) ecsTask {
	t := ecsTask{Resource: r, cluster: aws.NameOf(r.String("clusterArn")), address: r.String("privateIp"), tags: tagsOf(r)}
	t.service = t.tags["aws:ecs:serviceName"]
	if _, name, ok := strings.Cut(r.String("group"), ":"); ok && t.service == "" {
		t.service = name
	}
	if definition := tx.Get(r.Account, aws.TaskDefinitionKind, r.String("taskDefinitionArn")); definition != nil {
		// ECS accepted the task definition, so this is JSON.
		_ = json.Unmarshal([]byte(definition.String("containerDefinitions")), &t.containers)
	}
	return t
}

// container returns the task's container with that name, or nil.
func (t ecsTask) container(name string) api.Object {
	for _, c := range t.containers {
		if api.String(c, "name") == name {
			return c
		}
	}
	return nil
}

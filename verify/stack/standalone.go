package stack

import (
	"maps"
	"slices"
)

// Task is a standalone task: it starts by a schedule or by hand, calls others, and ends by itself.
type Task struct {
	Namespace         string `json:"namespace"`
	ServiceAccount    string `json:"serviceAccount"`
	Hostname          string `json:"hostname"`
	TaskDefinitionARN string `json:"taskDefinitionArn"`
	// Schedule starts it. Nil: nothing does.
	Schedule *Schedule `json:"schedule"`
}

// Schedule is a schedule of EventBridge Scheduler.
type Schedule struct {
	ARN        string `json:"arn"`
	Group      string `json:"group"`
	Expression string `json:"expression"`
	Timezone   string `json:"timezone"`
	Paused     bool   `json:"paused"`
	RoleARN    string `json:"roleArn"`
}

// TaskKeys are the names of the cluster's standalone tasks, sorted.
func (c Cluster) TaskKeys() []string { return slices.Sorted(maps.Keys(c.Tasks)) }

// Standalone are the standalone tasks that run as a service account, as "cluster/task", sorted.
func (s *Stack) Standalone(namespace, serviceAccount string) (all []string) {
	for _, key := range s.ClusterKeys() {
		for _, name := range s.Clusters[key].TaskKeys() {
			if t := s.Clusters[key].Tasks[name]; t.Namespace == namespace && t.ServiceAccount == serviceAccount {
				all = append(all, key+"/"+name)
			}
		}
	}
	return all
}

package aws

import (
	"sort"

	"ambient-ecs/sandbox/world"
)

// Live returns the resources that exist in an account. It leaves out resources that AWS still shows after their
// end: keys that wait for their deletion, inactive clusters and task definitions, stopped tasks. An empty
// account means all of them.
func Live(tx *world.Tx, account string) []*world.Resource {
	var out []*world.Resource
	for _, r := range tx.Find(account, "", nil) {
		switch {
		case r.Kind == kmsKeyKind && r.String("_state") == "PendingDeletion":
		case r.String("_status") == "INACTIVE":
		case r.Kind == TaskKind && stopped(r):
		default:
			out = append(out, r)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		return out[i].Account+out[i].Kind+out[i].ID < out[j].Account+out[j].Kind+out[j].ID
	})
	return out
}

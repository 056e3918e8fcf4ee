package aws

import (
	"cmp"
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

// State is the state of a resource in AWS's words, or "" for one that is made at once.
func State(r *world.Resource) string {
	switch r.Kind {
	case eksAddonKind:
		switch {
		case flag(r.Props, "_conflict"):
			return "CREATE_FAILED"
		case !flag(r.Props, "_installed"):
			return "CREATING"
		}
		return "ACTIVE"
	case ServiceKind:
		for _, deployment := range list(r.Props, "_deployments") {
			d, _ := deployment.(map[string]any)
			return text(d, "rolloutState")
		}
		return ""
	case peeringKind:
		return r.String("acceptStatus")
	}
	return cmp.Or(r.String("_state"), r.String("_status"), r.String("state"), r.String("status"))
}

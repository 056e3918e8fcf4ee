package sandboxed

import (
	"context"
	"fmt"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/repair"
)

// Finder lists what the sandbox in a folder has. Other commands may use it meanwhile.
type Finder struct{ Folder string }

// Find implements repair.Finder.
func (f Finder) Find(_ context.Context, q repair.Query) (found []repair.Found, err error) {
	if err := Exists(f.Folder); err != nil {
		return nil, err
	}
	w, err := world.Open(f.Folder)
	if err != nil {
		return nil, fmt.Errorf("open the sandbox: %w", err)
	}
	err = w.Look(func(tx *world.Tx) error {
		for _, r := range aws.Live(tx, q.Account.ID) {
			if r.Kind != q.Type || r.Region != "" && r.Region != q.Account.Region {
				continue
			}
			one := repair.Found{ID: r.ID, Values: map[string]string{}, Tags: map[string]string{}, State: aws.State(r)}
			if r.Kind == podIdentityKind {
				one.ID = r.String("clusterName") + "," + r.ID
			}
			for key := range q.Want {
				if value, set := r.Props[key]; set {
					one.Values[key] = fmt.Sprint(value)
				}
			}
			for key, value := range api.Map(r.Props, "tagsAll") {
				one.Tags[key] = fmt.Sprint(value)
			}
			found = append(found, one)
		}
		return nil
	})
	return found, err
}

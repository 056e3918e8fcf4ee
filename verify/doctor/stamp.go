package doctor

import (
	"context"
	"fmt"
	"strings"

	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/verify/enrolled"
	"ambient-ecs/verify/stack"
)

// stamped checks that a revision of a team's pipeline, or of an owner, was enrolled with what the mesh gives now. An old one works until the mesh
// no longer accepts it, and then each of its tasks fails at once.
func (w *walk) stamped(d deployed) *Finding {
	proxy := d.definition.container(ztunnel)
	if !d.want.elsewhere || proxy == nil {
		return nil
	}
	fix := "run `ambient enrol` again, and let the pipeline register and deploy the result"
	if d.want.byOwner {
		fix = "run `ambient enrol` again, and let the owner of the service register and deploy the result"
	}
	subject := last(d.definition.ARN)
	stamp, known := enrol.StampOfLabels(proxy.Labels)
	if !known {
		return missing("enrol-stamp", subject, fix, "%s of service %s has no stamp of enrol, so nobody knows what its tasks have of the mesh", subject, d.member)
	}
	mesh := enrolled.Mesh(w.stack, d.cluster, d.cluster+"/"+d.want.serviceAccount)
	mesh.Client, mesh.Clients = d.want.client, d.want.clients
	now := enrol.ReadInputs(mesh.Inputs())
	if old := stamp.StaleSince(enrol.Identity{Namespace: d.want.namespace, ServiceAccount: d.want.serviceAccount}, now); old != nil {
		return missing("enrol-stamp", subject, fix, "%s of service %s was enrolled before a change of %s", subject, d.member, strings.Join(old, ", "))
	}
	return nil
}

// Waiting says of each service that has yet to join the mesh why that is known, by "cluster/service". A service that is taken over waits for
// its enrolment. One that its owner keeps waits for the owner: ECS has no such service, or its revision has no ztunnel. Who has begun to
// join, and has not set everything, does not wait.
func Waiting(ctx context.Context, e Evidence, s *stack.Stack) (map[string]string, error) {
	w := &walk{stack: s}
	waiting := map[string]string{}
	for _, cluster := range s.ClusterKeys() {
		for _, name := range s.Clusters[cluster].ServiceKeys() {
			if s.Clusters[cluster].Services[name].Imported() {
				waiting[cluster+"/"+name] = "import is unchanged, so nothing of it is the mesh's"
				continue
			}
			if !s.Clusters[cluster].Services[name].ByOwner() {
				continue
			}
			if w.ecs == nil {
				var err error
				if w.ecs, err = e.ECS(ctx); err != nil {
					return nil, fmt.Errorf("read ECS: %w", err)
				}
			}
			d := w.deployed(member{cluster: cluster, service: name})
			switch {
			case d.service == nil:
				waiting[cluster+"/"+name] = "ECS has no active service " + s.Clusters[cluster].Services[name].Name(name)
			case d.definition != nil && d.definition.container(ztunnel) == nil:
				waiting[cluster+"/"+name] = last(d.definition.ARN) + " has no container " + ztunnel
			}
		}
	}
	return waiting, nil
}

// Stale are the findings about services of pipelines and owners whose tasks do not have what the mesh gives now.
func Stale(ctx context.Context, e Evidence, s *stack.Stack) ([]Finding, error) {
	w := &walk{stack: s}
	read := false
	var found []Finding
	for _, cluster := range s.ClusterKeys() {
		for _, name := range s.Clusters[cluster].ServiceKeys() {
			if !s.Clusters[cluster].Services[name].Elsewhere() {
				continue
			}
			if !read {
				var err error
				if w.ecs, err = e.ECS(ctx); err != nil {
					return nil, fmt.Errorf("read ECS: %w", err)
				}
				read = true
			}
			d := w.deployed(member{cluster: cluster, service: name})
			if d.service == nil || d.definition == nil {
				continue
			}
			if f := w.stamped(d); f != nil {
				found = append(found, *f)
			}
		}
	}
	return found, nil
}

package doctor

import "slices"

// replaced reports whether other members answer in place of a server that does not. The server is a member of a
// shared service, istiod sends no callers to it, and another member works. The server's faults are then latent.
func (w *walk) replaced(client, server member) bool {
	own := w.stack.Clusters[server.cluster].Services[server.service].Shared
	if own == "" || w.listed(server) || w.member(client)() != nil {
		return false
	}
	return slices.ContainsFunc(w.members(), func(other member) bool {
		return other.ecs() && other != server && w.stack.Clusters[other.cluster].Services[other.service].Shared == own &&
			w.listed(other) && (other == client || w.way(client, other) == nil)
	})
}

// listed reports whether istiod sends callers of a server's name to one of its tasks.
func (w *walk) listed(m member) bool {
	d := w.deployed(m)
	if d.service == nil {
		return false
	}
	for _, t := range w.ecs.Tasks {
		if t.Service == d.service.ARN && find(w.kubernetes.Entries, func(e Entry) bool {
			return !e.Service && e.ARN == t.ARN && e.Namespace == d.want.namespace && e.Labels[tagHostname] == d.want.hostname
		}) != nil {
			return true
		}
	}
	return false
}

package cases

import (
	"maps"
	"slices"
	"strings"

	"ambient-ecs/verify/backend"
)

// gateway asks whether the gateway is the mesh's own.
func (b *builder) gateway() {
	from := first(b.clusters, func(p *place) bool { return p.caller != nil })
	to := first(append([]*place{b.eks}, b.clusters...), func(p *place) bool { return p.target != nil })
	for _, port := range []int{portHBONE, portXDS} {
		c := Case{ID: "gateway/" + number(port), Name: "gateway port closed outside", Kind: Gateway, State: Base, Port: port}
		if from != nil && to != nil {
			c.Control = &Control{Base, to.target.request(from.caller), b.outcome(Base, from, to), "from inside the mesh's networks"}
		}
		b.add(c)
	}
}

// identities asks whether a task could present another cluster's identity: istiod grants every service account that
// names the task's role.
func (b *builder) identities() {
	for _, key := range slices.Sorted(maps.Keys(b.stack.TaskRoles)) {
		cluster, account, _ := strings.Cut(key, "/")
		b.add(Case{ID: "identity/" + key, Name: "task of " + cluster + " presents no other identity", Kind: Identity, State: Base, Cluster: cluster,
			Namespace: b.stack.NamespaceOfAccount(cluster, account), ServiceAccount: account, Role: b.stack.TaskRoles[key]})
	}
}

// trust asks whether tasks that start now would believe istiod and each other.
func (b *builder) trust() {
	for _, key := range slices.Sorted(maps.Keys(b.stack.Tokens)) {
		cluster, account, _ := strings.Cut(key, "/")
		b.add(Case{ID: "trust/" + key, Name: "tasks of " + key + " trust the mesh's root", Kind: Trust, State: Base,
			Namespace: b.stack.NamespaceOfAccount(cluster, account), ServiceAccount: account, Token: b.stack.Tokens[key]})
	}
}

func (b *builder) revisions() {
	for _, p := range b.clusters {
		for _, name := range b.stack.Clusters[p.key].ServiceKeys() {
			if b.stack.Clusters[p.key].Services[name].Elsewhere() {
				continue // the stack declares none: the enrol stamp is looked at before anything is tried
			}
			b.add(Case{ID: "revision/" + p.key + "/" + name, Name: "runs the declared revision", Kind: Revision, State: Base, Cluster: p.key, Service: name})
		}
	}
}

// live asks for every account with an ECS cluster whether istiod still looks into it.
func (b *builder) live() {
	asked := map[string]bool{}
	for _, p := range b.clusters {
		if asked[p.account] || b.stack.CallsOnly(p.account) {
			continue
		}
		asked[p.account] = true
		b.add(Case{ID: "live/" + p.account, Name: "istiod finds tasks in " + p.account, Kind: Live, State: Base, Account: p.account})
	}
}

// outOfSight removes the discovery tag of a cluster: its names must disappear.
func (b *builder) outOfSight() {
	to := b.hidden()
	if to == nil {
		return
	}
	for _, from := range b.places() {
		if from.caller == nil || from == to {
			continue
		}
		r := to.target.request(from.caller)
		b.failing("hidden/"+from.key+"/"+to.key, from.key+" to "+to.key+" without its tag", backend.Name, Disturbs, r,
			&Control{Base, r, b.outcome(Base, from, to), "with the tag"})
		b.matrix.Cases[len(b.matrix.Cases)-1].State = stateHidden + to.key
	}
}

package compare

import (
	"slices"
	"strings"

	"ambient-ecs/config"
)

// within is how many of the service's tasks have an address in one of these subnets. ECS spreads tasks over all subnets of a service.
// Subnets that are not known count as these.
func (s Import) within(ids []string) int {
	if len(s.Subnets) == 0 {
		return s.Tasks
	}
	inside := 0
	for _, id := range s.Subnets {
		if slices.Contains(ids, id) {
			inside++
		}
	}
	return s.Tasks * inside / len(s.Subnets)
}

// outside is how many of the service's tasks need an address in these subnets when they move there.
func (s *Import) outside(ids []string) int {
	if s == nil {
		return 0
	}
	return s.Tasks - s.within(ids)
}

// need is how many addresses of the account's private subnets the tasks of a service take that live nowhere there: now, with the next
// `up`, and later, when it is enrolled. One address for each task: what a rolling deployment takes besides is not counted.
func (n named) need(cluster, name string, ids []string) (now, later int) {
	service, key := n.cfg.Clusters[cluster].Services[name], cluster+"/"+name
	want := service.DesiredCountOrDefault()
	living, runs := n.world.Services[key]
	switch joins := n.world.Imports[key]; {
	case service.ByOwner() && n.world.Deployed[key].InMesh:
		return 0, 0 // by then the owner has decided
	case service.ByOwner():
		return 0, n.world.Owned[key].outside(ids)
	case service.Import == config.ImportUnchanged:
		return 0, joins.outside(ids)
	case joins != nil:
		if service.Scaling != nil {
			want = joins.Tasks // the number is the scaler's
		}
		return max(0, want-joins.within(ids)), 0
	case service.Import != "" && !runs:
		return 0, 0 // it lives, and nobody showed where
	}
	return max(0, want-living.Desired), 0
}

// tasks compares the free addresses with those that the tasks of the account's services need besides what lives there. Accounts that share
// subnets share the free addresses.
func (n named) tasks() {
	ids := n.settings.Network.PrivateSubnetIDs
	now, later := 0, 0
	var movers []string
	for _, cluster := range n.cfg.ClusterKeys() {
		account := n.cfg.Clusters[cluster].Account
		if n.cfg.NetworkKey(account) != n.cfg.NetworkKey(n.key) || !slices.Equal(n.cfg.Accounts[account].Network.PrivateSubnetIDs, ids) {
			continue
		}
		for _, name := range n.cfg.Clusters[cluster].ServiceKeys() {
			first, then := n.need(cluster, name, ids)
			if now, later = now+first, later+then; then > 0 {
				movers = append(movers, n.cfg.Field(cluster, name))
			}
		}
	}
	switch free := n.found.Free(ids); {
	case n.world.Unseen[ServicesSubject] != "":
		// If the services could not be read, the number of running tasks is unknown.
	case free < now:
		n.problems.Refuse(n.field+".privateSubnetIds", ids, "they have %d free addresses, and the services there need %d more, one for each task", free, now)
	case free < now+later:
		n.warn("%s.privateSubnetIds: %s have %d free addresses, and %d are needed when the tasks of %s move there with their enrolment. Nothing moves with this up: make room, or name other subnets, before the services are enrolled (docs/networks.md#free-addresses).",
			n.field, strings.Join(ids, ", "), free, now+later, strings.Join(movers, ", "))
	}
}

package config

import (
	"fmt"
	"slices"

	"ambient-ecs/problem"
)

// MaxTeamHosts is how many hostnames a team has: the route that redirects them to HTTPS names all, and the Gateway API allows 16 in a route.
const MaxTeamHosts = 16

// TeamHosts are the names that a team may route to its services, sorted. Without an ingress there are none.
func (c Config) TeamHosts(team string) []string {
	if !c.Ingress.On() {
		return nil
	}
	return slices.Sorted(slices.Values(c.Teams[team].Hostnames))
}

// teamHosts are those of all teams, in the order of the teams.
func (c Config) teamHosts() (all []string) {
	for _, team := range c.TeamKeys() {
		all = append(all, c.TeamHosts(team)...)
	}
	return all
}

// TeamDomains end the hostnames of the services in a team's clusters, sorted.
func (c Config) TeamDomains(team string) (all []string) {
	for _, cluster := range c.Teams[team].Clusters {
		all = append(all, c.DomainOf(cluster))
	}
	slices.Sort(all)
	return all
}

// BehindWaypoint says that the ingress reaches every service of a cluster's namespace through the namespace's waypoint, whatever a team's
// service says of it.
func (c Config) BehindWaypoint(cluster string) bool {
	return c.Clusters[cluster].Waypoint && len(c.TeamHosts(c.TeamOf(cluster))) > 0
}

// checkTeamHosts refuses hostnames that have another owner, and those that are no one host.
func (c Config) checkTeamHosts(p *problem.List, field, name string, owners map[string]string) {
	hosts := c.Teams[name].Hostnames
	if len(hosts) > 0 && !c.Ingress.IsSet() {
		p.Add(field+".hostnames", problem.IsSet, "there is no ingress through which users could ask for them: set ingress, or leave the key out")
	}
	if len(hosts) > MaxTeamHosts {
		p.Refuse(field+".hostnames", len(hosts), "there may be %d", MaxTeamHosts)
	}
	for i, host := range hosts {
		at := fmt.Sprintf("%s.hostnames[%d]", field, i)
		if len(host) > 0 && host[0] == '*' {
			p.Refuse(at, host, "a wildcard would take names that nobody granted: name each host")
			continue
		}
		c.checkIngressHost(p, at, host)
		switch owner, owned := owners[host]; {
		case owned && owner == name:
			p.Refuse(at, host, "it is in the list twice")
		case owned:
			p.Refuse(at, host, "teams.%s has it: a host has one owner, or one team would answer the other's users", owner)
		case slices.Contains(c.Ingress.HostKeys(), host):
			p.Refuse(at, host, "ingress.hosts has it, with the platform's routes: leave it out there or here")
		default:
			owners[host] = name
		}
	}
}

package config

import (
	"strings"

	"ambient-ecs/problem"
)

// checkShared checks the shared services and the services that belong to one.
func (c Config) checkShared(p *problem.List) {
	for _, name := range c.SharedKeys() {
		field := "sharedServices." + name
		shared := c.SharedServices[name]
		if !label.MatchString(name) {
			p.Refuse("sharedServices", name, "the name of a shared service becomes part of names: %s", labelRule)
		}
		switch {
		case shared.Port == 0:
			p.Missing(field+".port", "give the TCP port that every member listens on")
		case shared.Port < 1 || shared.Port > 65535:
			p.Refuse(field+".port", shared.Port, "a TCP port is between 1 and 65535")
		case isZtunnelPort(shared.Port):
			p.Refuse(field+".port", shared.Port, "ztunnel shares the task's network and keeps the ports %d to %d", firstZtunnelPort, lastZtunnelPort)
		}
		problem.OneOf(p, field+".locality", shared.LocalityOrDefault(), LocalitySameZone, LocalityAny)
		switch {
		case shared.Hostname == "":
		case !domainName.MatchString(shared.Hostname) || !strings.Contains(shared.Hostname, "."):
			p.Refuse(field+".hostname", shared.Hostname, "it must be a DNS name in lower case with a dot in it")
		case strings.HasSuffix(shared.Hostname, ".cluster.local"):
			p.Refuse(field+".hostname", shared.Hostname, "names under cluster.local are those of Kubernetes services")
		}
	}
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].ServiceKeys() {
			if s := c.Clusters[key].Services[name]; s.Shared != "" {
				c.checkMember(p, key, "clusters."+key+".services."+name, s)
			}
		}
	}
}

// checkMember checks what a service says of the shared service that it belongs to. What the shared service says for all
// its members no member can say for itself.
func (c Config) checkMember(p *problem.List, cluster, field string, s Service) {
	shared, known := c.SharedServices[s.Shared]
	switch {
	case !known && len(c.SharedServices) == 0:
		p.Refuse(field+".shared", s.Shared, "there are no sharedServices")
	case !known:
		p.Refuse(field+".shared", s.Shared, "there is no such key in sharedServices%s", problem.DidYouMean(s.Shared, c.SharedKeys()))
	case s.ClientOnly:
		p.Refuse(field+".shared", s.Shared, "the service is clientOnly, and a shared service is there to be called: remove one of the two")
	case s.Port != 0 && s.Port != shared.Port:
		p.Refuse(field+".port", s.Port, "sharedServices.%s.port is %d, and a caller cannot tell the members apart: leave it out here", s.Shared, shared.Port)
	}
	if s.ServiceAccount != "" {
		p.Refuse(field+".serviceAccount", s.ServiceAccount, "a member of a shared service has the service account %s, one for each cluster, because a service account is bound to one task role", c.SharedServiceAccount(s.Shared, cluster))
	}
	for _, own := range []struct {
		key string
		set bool
	}{
		{"access", s.Access != ""}, {"allow", len(s.Allow) > 0}, {"deny", len(s.Deny) > 0},
		{"waypoint", s.Waypoint}, {"traffic", s.Traffic != nil},
	} {
		if own.set {
			p.Add(field+"."+own.key, problem.IsSet, "it is said for all members together: move it to sharedServices.%s.%s", s.Shared, own.key)
		}
	}
}

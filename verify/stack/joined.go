package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Join adds the services of another team's stack to the clusters of this one. data are the outputs of that stack, of which
// meshServices are read: by cluster and service what the output ecsClusters says of a service, and who may call it. Where its team has
// not declared that, nobody may from the stage deny-all on. It refuses what contradicts the stack, and then adds nothing.
func (s *Stack) Join(data []byte) error {
	var theirs struct {
		Services map[string]map[string]Service `json:"meshServices"`
	}
	if err := json.Unmarshal(data, &theirs); err != nil {
		return fmt.Errorf("the outputs of the other stack cannot be read: %w", err)
	}
	if len(theirs.Services) == 0 {
		return errors.New("the other stack has no output meshServices")
	}
	var problems []error
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	for _, key := range slices.Sorted(maps.Keys(theirs.Services)) {
		cluster, known := s.Clusters[key]
		if !known {
			refuse("the other stack has services in the cluster %s, which this stack does not have", key)
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(theirs.Services[key])) {
			at := key + "/" + name
			service := theirs.Services[key][name]
			if _, taken := cluster.Services[name]; taken {
				refuse("%s is a service of this stack", at)
			}
			if service.Namespace != s.NamespaceOfAccount(key, service.ServiceAccount) || s.TaskRoles[key+"/"+service.ServiceAccount] == "" {
				refuse("%s runs as %s/%s, which is no identity of the cluster", at, service.Namespace, service.ServiceAccount)
			}
			for _, host := range service.hosts() {
				if _, taken := s.Ingress.Hosts[host]; taken || !s.Ingress.On() {
					refuse("%s has users of %s, which the stack routes by itself, or to nobody", at, host)
				}
			}
			if _, taken := s.Destinations[service.Hostname]; taken {
				refuse("%s is called %s, as a service of this stack is", at, service.Hostname)
			}
		}
	}
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	for key, services := range theirs.Services {
		for name, service := range services {
			s.add(key, name, service)
		}
	}
	return nil
}

func (s *Stack) add(key, name string, service Service) {
	cluster := s.Clusters[key]
	if cluster.Services == nil {
		cluster.Services = map[string]Service{}
		s.Clusters[key] = cluster
	}
	service.Joined = true
	cluster.Services[name] = service
	if s.Destinations != nil && service.Port > 0 {
		s.Destinations[service.Hostname] = Destination{Namespace: service.Namespace, Port: service.Port, PolicyStage: service.stage(cluster.PolicyStage), Waypoint: service.Waypoint, Allow: service.Allow}
	}
	for _, host := range service.hosts() {
		of := s.Ingress.Hosts[host]
		of.Routes = append(of.Routes, Route{PathPrefix: service.Users.PathPrefix, To: map[string]int{service.Hostname: 1}})
		s.Ingress.Hosts[host] = of
	}
}

// stage is the stage of a service of another team. Istio holds to the team's own policy in every stage of the cluster.
func (s Service) stage(of string) string {
	if len(s.Allow) > 0 && of != StageL7 {
		return StageL4
	}
	return of
}

// hosts are the names by which users outside the mesh ask for a service of another team.
func (s Service) hosts() []string {
	if s.Users == nil {
		return nil
	}
	return s.Users.Hosts
}

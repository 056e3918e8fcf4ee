package enrolled

import (
	"cmp"
	"strings"

	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/verify/stack"
)

// Service is what a stack declares of a service whose task definition somebody enrols.
type Service struct {
	// Name is "cluster/service".
	Name string
	// Client is what its containers call others with, never empty. Clients are the presets of single containers.
	Client  enrol.Client
	Clients map[string]enrol.Client
	// ExecutionRoleARN is the role with which ECS starts its tasks, "" where the outputs are those of an older stack.
	ExecutionRoleARN string
}

// Services are the services that a task definition with the identity "cluster/serviceaccount" may be of, sorted: the one that has its
// family, or else all that have the identity. A service of another team's stack is not among them, because its outputs do not say what it
// calls others with.
func Services(s *stack.Stack, key, family string) (all []Service) {
	cluster, account, _ := strings.Cut(key, "/")
	c := s.Clusters[cluster]
	for _, name := range c.ServiceKeys() {
		of := c.Services[name]
		if of.Joined || cmp.Or(of.ServiceAccount, c.ServiceAccount) != account {
			continue
		}
		one := Service{
			Name: cluster + "/" + name, Client: cmp.Or(enrol.Client(of.Client), enrol.DefaultClient), Clients: enrol.ClientsOf(of.Clients), ExecutionRoleARN: of.ExecutionRoleARN,
		}
		if family != "" && family == familyOf(of) {
			return []Service{one}
		}
		all = append(all, one)
	}
	return all
}

// familyOf is the family of a service's task definition. The outputs of an older stack say it by the revision alone.
func familyOf(s stack.Service) string {
	if s.Family != "" {
		return s.Family
	}
	_, revision, _ := strings.Cut(s.TaskDefinitionARN, "/")
	family, _, _ := strings.Cut(revision, ":")
	return family
}

package compare

import (
	"fmt"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/ecs/task/application"
	"ambient-ecs/problem"
)

// Import is a living ECS service that another tool made, and that the stack takes over or leaves to its owner.
type Import struct {
	// Controller is the deployment controller, empty for ECS's own. LaunchType is empty with a strategy of capacity providers.
	// Scheduling is REPLICA or DAEMON, empty for REPLICA.
	Controller, LaunchType, Scheduling string
	// Balancers is the number of target groups of load balancers, and Lattices that of VPC Lattice. Registered says that Cloud Map has the
	// tasks, Connect that Service Connect is on.
	Balancers, Lattices int
	Registered, Connect bool
	// Providers are the capacity providers of its strategy, none with a launch type.
	Providers []Provider
	// Subnets are the ids of the tasks' subnets, and Groups those of their security groups.
	Subnets, Groups []string
	Tags            map[string]string
	// Definition is the ARN of the revision that runs, and Containers are what it runs. No container: not known.
	Definition string
	Containers []application.Container
	// Tasks is the number of tasks that AWS is asked for.
	Tasks int
}

// Provider is an entry of a capacity provider strategy.
type Provider struct {
	Name         string
	Base, Weight int
}

// ImportSubject is the key in World.Unseen of a service that the caller may not look up.
func ImportSubject(cluster, service string) string {
	return "the ECS service " + cluster + "/" + service
}

// imports checks the living services that the stack takes over, each with every reason.
func (c *comparison) imports() {
	pending := map[string][]string{}
	for _, cluster := range c.cfg.ClusterKeys() {
		for _, name := range c.cfg.ImportedServices(cluster) {
			living, looked := c.world.Imports[cluster+"/"+name]
			unchanged := c.cfg.Clusters[cluster].Services[name].Import == config.ImportUnchanged
			if !looked || living == nil && !unchanged { // nobody may look, or there is nothing to enrol
				continue
			}
			c.imported(cluster, name, living)
			if living == nil {
				continue
			}
			if account := c.cfg.Clusters[cluster].Account; unchanged {
				pending[account] = append(pending[account], fmt.Sprintf("%s (now in %s)", c.cfg.Field(cluster, name), strings.Join(living.Subnets, ", ")))
			}
			if HasEnrolled(living.Tags, c.cfg.Install) {
				continue // the program deploys it already
			}
			c.calls(cluster, name, living)
			c.stale(cluster, name, living, unchanged)
		}
	}
	for _, account := range sorted(pending) {
		c.warn("%s: nothing of a service changes while its import is unchanged. The first up with enrolled moves the tasks to the private subnets of account %s (%s), with security groups of the mesh: what they call by private address must admit both (docs/adoption.md).",
			strings.Join(pending[account], ", "), account, c.cfg.Accounts[account].VPCCIDR)
	}
}

func (c *comparison) imported(cluster, name string, living *Import) {
	field := c.cfg.Field(cluster, name) + ".import"
	if living == nil {
		c.problems.Add(field, problem.IsSet, "the cluster %s has no service %s: the key is the name of the service in ECS, unless serviceName says another", c.cfg.ECSName(cluster), c.cfg.ServiceName(cluster, name))
		return
	}
	for _, reason := range living.Refusals(c.cfg.Install, c.cfg.Hostname(cluster, name)) {
		c.problems.Add(field, problem.IsSet, "%s", reason)
	}
}

// Refusals are the reasons why an install cannot take the service over. Hostname is the service's name in the mesh.
func (s Import) Refusals(install, hostname string) (reasons []string) {
	reasons = s.Unfit(install)
	refuse := func(format string, args ...any) { reasons = append(reasons, fmt.Sprintf(format, args...)) }
	switch s.Controller {
	case "", "ECS":
	case "CODE_DEPLOY":
		refuse("its deployment controller is CODE_DEPLOY, which replaces all tasks at once behind a load balancer, and no service changes its controller. Make a second service in the stack file and move the callers")
	default:
		refuse("its deployment controller is %s: another system makes its task sets, and ECS takes no task definition for the service itself. Let that system enrol its task definitions with `ambient enrol`", s.Controller)
	}
	if s.Connect {
		refuse("it uses Service Connect, whose proxy would take the same calls as ztunnel: let its owner switch Service Connect off, and its callers use other names, first")
	}
	if s.Balancers > 0 {
		refuse("it has %d load balancers. They call the tasks past the mesh, and of an enrolled task only port 15008 is open: let the ingress gateway take their requests, and detach them first", s.Balancers)
	}
	if s.Lattices > 0 {
		refuse("it has %d target groups of VPC Lattice, which call the tasks past the mesh, and of an enrolled task only port 15008 is open: let the callers use the mesh's hostname %s, and detach them first", s.Lattices, hostname)
	}
	if s.Registered {
		refuse("Cloud Map gives the addresses of its tasks to callers, and of an enrolled task only port 15008 is open: let the callers use the mesh's hostname %s, and remove the registry first", hostname)
	}
	return reasons
}

// Unfit are the reasons why the tasks of a service can never be members of an install, whoever deploys them.
func (s Import) Unfit(install string) (reasons []string) {
	refuse := func(format string, args ...any) { reasons = append(reasons, fmt.Sprintf(format, args...)) }
	if other := s.Tags[config.InstallTag]; other != "" && other != install {
		refuse("its tag %s says that it belongs to the install %s", config.InstallTag, other)
	}
	if s.LaunchType != "" && s.LaunchType != "FARGATE" {
		refuse("its launch type is %s, and ztunnel shares the network of a task on Fargate only: move it to Fargate first", s.LaunchType)
	}
	for _, provider := range s.Providers {
		if provider.Name != config.OnDemand && provider.Name != config.Spot {
			refuse("its capacity provider %q is not one of Fargate's, and ztunnel shares the network of a task on Fargate only: move it to Fargate first", provider.Name)
		}
	}
	if s.Scheduling != "" && s.Scheduling != "REPLICA" {
		refuse("its scheduling strategy is %s, which Fargate does not have", s.Scheduling)
	}
	return reasons
}

package compare

import (
	"fmt"

	"ambient-ecs/config"
)

// OwnedSubject is the key in World.Unseen of an owner's service that the caller may not look up.
func OwnedSubject(cluster, service string) string {
	return "the ECS service of the owner of " + cluster + "/" + service
}

// owners checks the living services that their owners keep. What no owner can change without another service is refused. What the owner
// can change in the deployment that joins the mesh is a warning, because the stack has to be there before that deployment.
func (c *comparison) owners() {
	for _, cluster := range c.cfg.ClusterKeys() {
		for _, name := range c.cfg.OwnedServices(cluster) {
			living, looked := c.world.Owned[cluster+"/"+name]
			field := c.cfg.Field(cluster, name)
			switch {
			case !looked:
			case living == nil:
				c.warn("%s: the cluster %s has no service %s. Its owner makes it, or owned.serviceName says another name.", field, c.cfg.ECSName(cluster), c.cfg.ServiceName(cluster, name))
			default:
				joined := c.world.Deployed[cluster+"/"+name].InMesh // by then the owner has decided
				for _, reason := range living.Unfit(c.cfg.Install) {
					c.problems.Refuse(field+".deployedBy", string(config.DeployedByOwner), "%s", reason)
				}
				for _, way := range living.PastTheMesh(c.cfg.Hostname(cluster, name)) {
					if !joined {
						c.warn("%s: %s (docs/adoption.md).", field, way)
					}
				}
			}
		}
	}
}

// PastTheMesh says what calls the tasks of an owner's service, or deploys them, without the mesh. Hostname is the service's name in the mesh.
//
// A service of the controller CODE_DEPLOY takes no network from UpdateService: hashicorp/terraform-provider-aws#13473, 2020-05-23, read
// 2026-11-30. The health checks of a target group decide about new tasks:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html, 2026-11-30.
func (s Import) PastTheMesh(hostname string) (ways []string) {
	say := func(format string, args ...any) { ways = append(ways, fmt.Sprintf(format, args...)) }
	if s.Balancers > 0 {
		say("load balancers send requests and health checks of %d target groups to the tasks, past the mesh. With the mesh's security groups alone the checks fail, and ECS stops each new task. Either the ingress of the mesh takes the requests first, "+
			"and the owner detaches the target groups; or the owner keeps the group that admits the load balancer beside the mesh's, and no policy of the mesh sees these requests", s.Balancers)
	}
	if s.Lattices > 0 {
		say("VPC Lattice sends requests of %d target groups to the tasks, past the mesh. With the mesh's security groups alone they are refused. Its owner lets the callers use the hostname %s, and detaches the target groups", s.Lattices, hostname)
	}
	if s.Registered {
		say("Cloud Map gives the addresses of its tasks to callers, past the mesh. With the mesh's security groups alone their calls are refused. Its owner lets them use the hostname %s, and removes the registry", hostname)
	}
	if s.Connect {
		say("it uses Service Connect, whose proxy takes the same calls as ztunnel. Its owner lets the callers use the hostname %s, and switches Service Connect off in the deployment that joins the mesh", hostname)
	}
	switch s.Controller {
	case "", "ECS":
	case "CODE_DEPLOY":
		say("its deployment controller is CODE_DEPLOY, which takes subnets and security groups from the AppSpec of a deployment (NetworkConfiguration), and not from the service: its owner writes there what the parameter says")
	default:
		say("its deployment controller is %s, so its tasks are in task sets: neither the preview nor `ambient doctor` reads what those run, and its owner alone knows whether they are enrolled", s.Controller)
	}
	return ways
}

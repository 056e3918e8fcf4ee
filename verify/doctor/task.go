package doctor

import (
	"slices"
	"strings"

	"ambient-ecs/verify/doctor/network"
)

// tasks checks the tasks that a service runs now.
func (w *walk) tasks(d deployed) *Finding {
	running := w.running(d)
	if len(running) == 0 {
		return w.noTask(d)
	}
	for _, task := range running {
		if f := w.task(d, task); f != nil {
			return f
		}
	}
	return nil
}

// noTask says why a service runs no task: the first missing piece that a task needs to start, or ECS's own
// message.
func (w *walk) noTask(d deployed) *Finding {
	for _, f := range w.starting(d) {
		f.Latent = false
		return f
	}
	if host := w.place(d); host != nil {
		if f := obstacle(w.dialGateway(d.member, host, portXDS), d.String()+" cannot reach istiod"); f != nil {
			return f
		}
	}
	reason := ""
	for _, task := range w.ecs.Tasks {
		if task.Service == d.service.ARN && task.Stopped != "" {
			reason = ": " + task.Stopped
		}
	}
	if d.service.Desired == 0 {
		reason = ": it is scaled to 0"
	}
	return missing("no-task", d.String(), "read the service's events: aws ecs describe-services", "service %s has no running task%s", d.member, reason)
}

// task checks one running task.
func (w *walk) task(d deployed, task Task) *Finding {
	subject := last(task.ARN)
	definition := w.definition(task.Definition)
	if definition == nil || definition.container(ztunnel) == nil {
		return missing("ztunnel-container", subject, "deploy the service again: aws ecs update-service --force-new-deployment", "task %s of %s has no container named ztunnel, so it is not in the mesh", subject, d.member)
	}
	if task.Definition != d.service.Definition {
		return missing("deployment-rolled-back", d.String(), "wait for the deployment, or read why its tasks stop", "task %s of %s runs %s instead of %s", subject, d.member, last(task.Definition), last(d.service.Definition))
	}
	host := w.hostOf(d.member, task.Address)
	if host == nil {
		return missing("address", subject, "look at the task's network interface", "task %s of %s has no interface with the address %s", subject, d.member, quote(task.Address))
	}
	for _, id := range w.wantedGroups(d) {
		if !slices.Contains(host.Groups, id) {
			return missing("task-security-group", d.String(), remade+", then deploy the service again", "task %s of %s does not carry security group %s", subject, d.member, id)
		}
	}
	if f := obstacle(w.dialGateway(d.member, host, portXDS), d.String()+" cannot reach istiod"); f != nil {
		return f
	}
	// Without a health check ECS knows nothing of health.
	if task.Health == "UNHEALTHY" || task.Health != "HEALTHY" && definition.container(ztunnel).HealthCheck {
		return missing("task-unhealthy", subject, "read ztunnel's log in CloudWatch", "task %s of %s does not pass its health check (%s)", subject, d.member, strings.ToLower(task.Health))
	}
	return nil
}

// wantedGroups are the stack's security groups that the tasks of a service need.
func (w *walk) wantedGroups(d deployed) []string {
	wanted := []string{w.stack.ClientGroups[d.want.account]}
	if !d.want.clientOnly {
		wanted = append(wanted, w.stack.ServerGroups[d.want.account])
	}
	return slices.DeleteFunc(wanted, func(id string) bool { return id == "" })
}

// place is the host that a new task of the service would be: in its first subnet, with its security groups.
func (w *walk) place(d deployed) *network.Host {
	for _, id := range d.service.Subnets {
		for _, subnet := range w.network.Subnets {
			if base, _, ok := strings.Cut(subnet.CIDR, "/"); ok && subnet.ID == id {
				return &network.Host{ID: d.String(), Subnet: id, Groups: d.service.Groups, Addresses: []string{base}}
			}
		}
	}
	return nil
}

// obstacle turns an obstacle to a connection into a finding, nil for none.
func obstacle(o *network.Obstacle, what string) *Finding {
	if o == nil {
		return nil
	}
	return missing(string(o.Kind), o.Subject, o.Fix, "%s: %s", what, o.Sentence)
}

package adopt

import (
	"fmt"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/enrol"
)

// judge reads a service as a member of the stack file, or says every reason why it cannot be one.
func (p *Plan) judge(t *taken, s Service) (m member, reasons []string) {
	m = member{Service: s, serviceAccount: s.Name}
	switch {
	case !label.MatchString(s.Name):
		reasons = append(reasons, "the name becomes the first label of a hostname: lower-case letters, digits and hyphens, with a letter or digit at both ends. Make a second service and move the callers")
	case s.Name == enrol.ZtunnelName:
		reasons = append(reasons, "the mesh's own container has this name")
	}
	reasons = append(reasons, s.Refusals(p.Install, s.Name+"."+p.Install+"-"+t.key+"."+t.account.domain())...)
	for _, provider := range s.Providers {
		if provider.Name != config.OnDemand && provider.Name != config.Spot {
			reasons = append(reasons, fmt.Sprintf("its capacity provider %s is not one of Fargate's, and ztunnel shares the network of a task on Fargate only: move it to Fargate first", shown(provider.Name)))
		}
	}
	if len(s.Definition) == 0 && len(reasons) > 0 {
		return m, reasons // task sets have the task definitions of a service of another controller
	}
	d, err := definition.Parse(s.Definition)
	if err != nil {
		return m, append(reasons, lines("its task definition cannot be read", err)...)
	}
	reasons = append(reasons, lines("its task definition", d.Check())...)
	m.role = s.TaskRole
	m.clientOnly = true
	member := false
	for _, c := range d.ContainerDefinitions {
		if definition.Text(c.Name) == enrol.ZtunnelName {
			member = true
			continue
		}
		m.clientOnly = m.clientOnly && len(c.PortMappings) == 0
	}
	if member && len(reasons) == 0 {
		p.Report.note("clusters.%s.services.%s has a ztunnel container of another mesh. Until the service is enrolled its tasks are members there; the first up with enrolled replaces the container", t.key, s.Name)
	}
	return m, reasons
}

// lines are the problems of an error, one a line.
func lines(what string, err error) (all []string) {
	if err == nil {
		return nil
	}
	for line := range strings.Lines(err.Error()) {
		all = append(all, what+": "+strings.TrimSpace(line))
	}
	return all
}

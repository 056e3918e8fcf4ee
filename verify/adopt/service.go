package adopt

import (
	"cmp"
	"fmt"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/enrol"
)

// judge reads a service as a member of the stack file under a key. Its owner keeps it where CloudFormation has it, or where the program
// could not take it over as it is. Left is every reason why it cannot be a member at all.
func (p *Plan) judge(t *taken, s Service, key string) (m member, left []string) {
	m = member{Service: s, key: key, serviceAccount: key}
	hostname := key + "." + p.Install + "-" + t.key + "." + t.account.domain()
	reasons, never := s.Refusals(p.Install, hostname), len(s.Unfit(p.Install)) > 0
	if len(s.Definition) == 0 && len(reasons) > 0 {
		return m, reasons // task sets have the task definitions of a service of another controller
	}
	d, err := definition.Parse(s.Definition)
	if err != nil {
		return m, append(reasons, lines("its task definition cannot be read", err)...)
	}
	if refused := lines("its task definition", d.Check()); never || len(refused) > 0 {
		return m, append(reasons, refused...)
	}
	m.role, m.family, m.executionRole = s.TaskRole, definition.Text(d.Family), definition.Text(d.ExecutionRoleArn)
	member := false
	for _, c := range d.ContainerDefinitions {
		member = member || definition.Text(c.Name) == enrol.ZtunnelName
	}
	for _, p := range enrol.Ports(d) {
		m.ports = append(m.ports, port{p.Number, cmp.Or(p.AppProtocol, config.ProtocolTCP)})
	}
	m.clientOnly = len(m.ports) == 0
	if s.Stack != "" {
		m.owned = append(m.owned, fmt.Sprintf("the CloudFormation stack %s has it, and its next deploy would put the old definition back", shown(s.Stack)))
	}
	m.owned = append(m.owned, reasons...)
	if member && len(m.owned) == 0 {
		p.Report.note("clusters.%s.services.%s has a ztunnel container of another mesh. Until the service is enrolled its tasks are members there; the first up with enrolled replaces the container", t.key, key)
	}
	return m, nil
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

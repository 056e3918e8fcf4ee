package doctor

import (
	"strings"

	"ambient-ecs/iam/evaluation"
)

// Schedule is a schedule of EventBridge Scheduler that starts a standalone task.
type Schedule struct {
	ARN string
	// State is "ENABLED" or "DISABLED".
	State string
	// Cluster and Definition are what it starts, and Role is the role with which it does.
	Cluster, Definition, Role string
	// PropagateTags is "TASK_DEFINITION" when the task gets the definition's tags.
	PropagateTags string
	// Subnets and Groups are the subnets and security groups of the task.
	Subnets, Groups []string
}

// fromDefinition is the value of propagateTags with which a task gets the tags of its definition.
const fromDefinition = "TASK_DEFINITION"

// standalone checks what each standalone task needs when it starts the next time. Nothing of it stops a call now.
func (w *walk) standalone() {
	for _, cluster := range w.stack.ClusterKeys() {
		for _, name := range w.stack.Clusters[cluster].TaskKeys() {
			d := w.notStarted(member{cluster: cluster, service: name})
			if f := first(
				func() *Finding { return w.cluster(cluster) },
				func() *Finding { return w.home(d.member) },
				func() *Finding { return w.taskDefinition(d) },
				func() *Finding { return w.tagged(d) },
				func() *Finding { return w.identity(d) },
			); f != nil {
				w.late(f, d.String())
				continue
			}
			for _, f := range append(w.starting(d), w.scheduled(d)) {
				if f != nil {
					w.late(f, d.String())
				}
			}
		}
	}
}

// notStarted is a standalone task as it is declared, and as its next start would be.
func (w *walk) notStarted(m member) deployed {
	cluster := w.stack.Clusters[m.cluster]
	task := cluster.Tasks[m.service]
	d := deployed{member: m, standalone: true, definition: w.definition(task.TaskDefinitionARN), want: declared{
		account: cluster.Account, accountID: w.stack.Accounts[cluster.Account].ID, namespace: task.Namespace, serviceAccount: task.ServiceAccount,
		hostname: task.Hostname, definition: task.TaskDefinitionARN, role: w.stack.TaskRoles[m.cluster+"/"+task.ServiceAccount], clientOnly: true,
	}}
	d.service = &Service{Definition: task.TaskDefinitionARN, Subnets: w.stack.PrivateSubnets[cluster.Account], Groups: w.wantedGroups(d)}
	if s := w.schedule(d); s != nil {
		d.service.Subnets, d.service.Groups = s.Subnets, s.Groups
	}
	return d
}

// schedule is the schedule that starts a standalone task, nil if there is none.
func (w *walk) schedule(d deployed) *Schedule {
	declared := w.stack.Clusters[d.cluster].Tasks[d.member.service].Schedule
	if declared == nil {
		return nil
	}
	return find(w.ecs.Schedules, func(s Schedule) bool { return s.ARN == declared.ARN })
}

// tagged compares the tags of a definition with the identity that discovery reads from them.
func (w *walk) tagged(d deployed) *Finding {
	subject := last(d.definition.ARN)
	for _, tag := range [][2]string{{tagNamespace, d.want.namespace}, {tagServiceAccount, d.want.serviceAccount}, {tagHostname, d.want.hostname}} {
		if have := d.definition.Tags[tag[0]]; have != tag[1] {
			return missing("definition-tags", subject, remade, "tag %s of %s is %s, and istiod would know the task as %s", tag[0], subject, quote(have), tag[1])
		}
	}
	return nil
}

// scheduled checks the schedule of a standalone task, and that its role may start the task.
func (w *walk) scheduled(d deployed) *Finding {
	declared := w.stack.Clusters[d.cluster].Tasks[d.member.service].Schedule
	if declared == nil {
		return nil
	}
	s := w.schedule(d)
	switch {
	case s == nil:
		return missing("schedule", d.String(), remade, "the schedule of %s does not exist, so nothing starts the task", d.member)
	case s.State == "DISABLED" && !declared.Paused:
		return missing("schedule", d.String(), remade, "the schedule of %s is disabled, and it is not declared as paused", d.member)
	case s.Definition != d.want.definition:
		return missing("schedule", d.String(), remade, "the schedule of %s starts %s instead of %s", d.member, last(s.Definition), last(d.want.definition))
	case s.Cluster != w.stack.Clusters[d.cluster].ARN:
		return missing("schedule", d.String(), remade, "the schedule of %s starts the task on %s", d.member, quote(s.Cluster))
	case s.PropagateTags != fromDefinition:
		return missing("schedule", d.String(), remade, "propagateTags of the schedule of %s is %s, so the task gets no tags and istiod does not know it", d.member, quote(s.PropagateTags))
	}
	return w.starter(d, s, declared.Group)
}

// starter checks the role with which a schedule starts a task.
func (w *walk) starter(d deployed, s *Schedule, group string) *Finding {
	role := w.roles[s.Role]
	if role == nil {
		return missing("schedule-role", s.Role, remade, "role %s of the schedule of %s does not exist", quote(s.Role), d.member)
	}
	// EventBridge Scheduler takes a role for a group of schedules.
	request := map[string]string{"aws:SourceAccount": d.want.accountID, "aws:SourceArn": arnOf(s.ARN, "scheduler", "schedule-group/"+group)}
	if v := evaluation.Trusts(role, evaluation.Caller{Service: "scheduler.amazonaws.com"}, "sts:AssumeRole", request); !v.OK() {
		return missing("schedule-role", s.Role, remade, "the trust of %s does not let EventBridge Scheduler take it: %s", s.Role, v.Why)
	}
	passed := map[string]string{"iam:PassedToService": "ecs-tasks.amazonaws.com"}
	name := last(w.stack.Clusters[d.cluster].ARN)
	for _, needed := range []struct {
		action, resource string
		request          map[string]string
	}{
		{"ecs:RunTask", s.Definition, map[string]string{"ecs:cluster": s.Cluster}},
		{"ecs:TagResource", arnOf(s.ARN, "ecs", "task/"+name+"/0123456789abcdef0123456789abcdef"), map[string]string{"ecs:CreateAction": "RunTask"}},
		{"iam:PassRole", d.definition.TaskRole, passed},
		{"iam:PassRole", d.definition.ExecutionRole, passed},
	} {
		if v := evaluation.Allows(role, evaluation.Caller{RoleARN: role.ARN}, needed.action, needed.resource, needed.request); !v.OK() {
			return missing("schedule-role", s.Role, remade, "role %s may not do %s on %s, so the schedule of %s starts nothing", s.Role, needed.action, needed.resource, d.member)
		}
	}
	return nil
}

// arnOf is the ARN of a resource in the account and region of another ARN.
func arnOf(like, service, resource string) string {
	parts := strings.SplitN(like, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return strings.Join([]string{parts[0], parts[1], service, parts[3], parts[4], resource}, ":")
}

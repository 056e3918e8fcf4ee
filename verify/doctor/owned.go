package doctor

import (
	"strconv"
	"strings"

	"ambient-ecs/verify/stack"
)

// forOwner says what the owner of a service does about a finding, where the stack does not make the service: an `up` would change
// nothing of it. Findings about other services, and about pieces that the stack makes, stay as they are.
func (w *walk) forOwner(d deployed, f *Finding) *Finding {
	if f == nil || !d.want.byOwner {
		return f
	}
	const enrol = "its owner runs `ambient enrol` and deploys the result"
	switch kind := f.Ingredient; {
	case kind == "service":
		f.Fix = "its owner makes it; " + w.parameter(d) + " says what to set"
	case kind == "task-definition", kind == "ztunnel-container", kind == "health-check", kind == "depends-on", strings.HasPrefix(kind, "token"):
		f.Fix = enrol
	case kind == "deployment-rolled-back":
		f.Fix = "its owner reads why its tasks stopped (aws ecs describe-tasks), and deploys again"
	case kind == "task-role":
		f.Fix = "its owner names " + d.want.role + " as taskRoleArn, and then runs `ambient enrol` and deploys the result"
	case kind == "application-port":
		f.Fix = "its owner declares the port that the application serves, or the stack file says it"
	case kind == "service-tags":
		f.Fix = "its owner sets on the service " + strings.Join(w.tagsLeft(d), ", ") + ", and deploys again"
	case kind == "task-tags", kind == "propagate-tags":
		f.Fix = "its owner sets propagateTags to SERVICE, and deploys again"
	case kind == "task-subnets":
		f.Fix = "its owner puts the tasks into the subnets " + strings.Join(w.stack.PrivateSubnets[d.want.account], ", ") + ", without a public address"
	case kind == "task-security-group":
		f.Fix = "its owner gives the tasks the security groups that " + w.parameter(d) + " names, " + strings.Join(w.wantedGroups(d), " and ") + " among them, and deploys again"
	case kind == "exec-disabled":
		f.Fix = "its owner switches ECS Exec on, or the stack file says exec: false"
	case kind == "exec-tasks":
		f.Fix = "its owner deploys again"
	}
	return f
}

// parameter is where the owner of a service reads what to set.
func (w *walk) parameter(d deployed) string {
	return "the SSM parameter " + w.stack.Clusters[d.cluster].Services[d.member.service].Parameter
}

// tagsLeft are the tags of discovery that the owner of a service has not set, as key=value.
func (w *walk) tagsLeft(d deployed) (left []string) {
	for _, tag := range tagsWanted(d) {
		if d.service.Tags[tag[0]] != tag[1] {
			left = append(left, tag[0]+"="+tag[1])
		}
	}
	if !d.want.clientOnly && !servesPort(d.service.Tags[tagPorts], d.want.port) {
		left = append(left, tagPorts+"="+portsTag(w.stack.Clusters[d.cluster].Services[d.member.service].Ports))
	}
	return left
}

// portsTag is the value of the tag with the ports of a service.
func portsTag(ports []stack.Port) string {
	var all []string
	for _, p := range ports {
		all = append(all, p.Protocol+":"+strconv.Itoa(p.Port))
	}
	return strings.Join(all, "/")
}

// joining are all findings about what the owner of a service has yet to set. Others stop at the first one, because an `up` mends all of
// them at once; an owner does each by hand.
func (w *walk) joining(d deployed) (all []*Finding) {
	if !d.want.byOwner || d.service == nil {
		return nil
	}
	for _, f := range []*Finding{w.taskDefinition(d), serviceTags(d), w.placing(d), w.propagating(d)} {
		if f != nil {
			all = append(all, w.forOwner(d, f))
		}
	}
	return all
}

package doctor

import (
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/iam/evaluation"
)

// latent finds faults that stop no call now but will later: pieces that the next task needs to start, pieces that
// people need to open a shell in a task, and identities that are not separate.
func (w *walk) latent(members []member) {
	w.leaks()
	w.lost()
	w.lasting()
	w.given()
	w.standalone()
	w.traffic()
	w.locality()
	for _, a := range w.kubernetes.Associations {
		if f := w.latecomer(a); f != nil {
			w.late(f, "AWS's answers to "+a.Namespace+"/"+a.ServiceAccount)
		}
	}
	if f := w.webhook(); f != nil {
		w.late(f, "changes of Istio's objects")
	}
	if f := w.gatewayLabels(); f != nil {
		w.late(f, "ways from other networks")
	}
	if lb := w.network.Balancer(w.stack.GatewayAddress); lb != nil {
		if f := w.balancerController(); f != nil && len(lb.Groups) > 0 {
			w.late(f, "the gateway")
		}
		if f := obstacle(w.network.Unadmitted(lb, w.stack.Admitted()), "tasks in other subnets"); f != nil {
			w.late(f, "the gateway")
		}
		if f := obstacle(w.network.Foreign(lb, w.stack.Admitted(), "the mesh"), "istiod and the mesh are open to others"); f != nil {
			w.late(f, "the gateway")
		}
	}
	w.addons()
	for _, m := range members {
		namespace := testEKS
		if m.ecs() {
			namespace = w.declared(m).namespace
		}
		if f := w.ambient(namespace); f != nil && w.namespace(namespace) != nil {
			w.late(f, m.String())
		}
		if m.port != 0 {
			if f := w.waypointMissing(m); f != nil {
				w.late(f, m.String())
			}
		}
		if !m.ecs() {
			continue
		}
		d := w.deployed(m)
		if d.service == nil || d.definition == nil {
			continue
		}
		for _, f := range slices.Concat(w.joining(d), w.openings(d), w.starting(d), w.entering(d)) {
			w.late(w.forOwner(d, f), m.String())
		}
		if f := w.execTasks(d); f != nil {
			w.found.add(w.forOwner(d, f), m.String())
		}
		if f := w.stamped(d); f != nil {
			w.late(f, m.String())
		}
		if f := w.notReached(d); f != nil {
			w.late(w.forOwner(d, f), m.String())
		}
		if w.member(m)() != nil {
			continue
		}
		if f := w.rotation(d); f != nil {
			w.late(f, m.String())
		}
		if f := w.discovered(d); f != nil {
			w.late(f, m.String())
		} else if f := w.written(d); f != nil {
			w.late(f, m.String())
		}
	}
}

// addons checks the add-ons that the program installs. An owner may run the same programs without an add-on of EKS, and the stack
// changes nothing about them.
func (w *walk) addons() {
	if w.stack.ExistingEKS != nil {
		return
	}
	for _, name := range []string{"vpc-cni", "coredns", "kube-proxy"} {
		if !slices.Contains(w.kubernetes.AddOns, name) {
			w.late(missing("add-on", name, remade, "EKS cluster %s has no add-on %s, so new pods do not get far", w.stack.EKSName, name), "eks")
		}
	}
}

// late reports a latent finding, unless the same finding already stops calls.
func (w *walk) late(f *Finding, affected string) {
	if known := w.found.known(f); known != nil && !known.Latent {
		return
	}
	f.Latent = true
	w.found.add(f, affected)
}

// leaks finds roles that more than one service account names. The bearer of such a role can take the identity of
// each of them.
func (w *walk) leaks() {
	owners := map[string][]string{}
	for _, a := range w.kubernetes.ServiceAccounts {
		if a.Role != "" {
			role := withoutPath(a.Role)
			owners[role] = append(owners[role], a.Namespace+"/"+a.Name)
		}
	}
	for _, role := range sortedKeys(owners) {
		accounts := owners[role]
		slices.Sort(accounts)
		if accounts = slices.Compact(accounts); len(accounts) < 2 {
			continue
		}
		for _, account := range accounts {
			w.late(missing("identity-leak", role, "give each service account a role of its own", "a task with role %s may take the identity of each of %v: policies cannot tell them apart", role, accounts), account)
		}
	}
}

// istiodOut checks istiod's network path to the APIs of STS and ECS.
func (w *walk) istiodOut() *Finding {
	istiod := w.kubernetes.Istiod
	if istiod == nil {
		return nil
	}
	pod := find(w.kubernetes.Pods, func(p Pod) bool { return p.Namespace == system && p.Name == istiod.Name })
	if pod == nil {
		return nil
	}
	host := w.network.HostAt(pod.Address)
	if host == nil {
		return nil
	}
	return obstacle(w.network.Out(host), "istiod cannot reach AWS's APIs")
}

// starting checks everything that the next task of a service needs to start.
func (w *walk) starting(d deployed) []*Finding {
	var all []*Finding
	add := func(f *Finding) {
		if f != nil {
			all = append(all, f)
		}
	}
	if f := w.placing(d); f != nil {
		add(f)
	} else if host := w.place(d); host != nil {
		add(obstacle(w.network.Out(host), d.String()+" cannot pull its images"))
	}
	if f := w.ecsTrust("execution-role", d.definition.ExecutionRole, d); f != nil {
		add(f)
	} else {
		add(w.logging(d))
		add(w.secrets(d))
		add(w.pulling(d))
	}
	for _, older := range w.alsoRunning(d) {
		if w.roles[older.definition.ExecutionRole] != nil {
			add(w.logging(older))
			add(w.secrets(older))
			add(w.pulling(older))
		}
	}
	add(w.propagating(d))
	if !d.standalone && !d.want.byOwner {
		add(w.capacity(d))
		add(w.scaled(d))
	}
	proxy := d.definition.container(ztunnel)
	if proxy == nil {
		return all
	}
	if !proxy.HealthCheck {
		add(missing("health-check", last(d.definition.ARN), remade, "container ztunnel of %s has no health check, so applications start before the mesh is there", last(d.definition.ARN)))
	}
	for _, c := range d.definition.Containers {
		if c.Name != ztunnel && c.DependsOn[ztunnel] != "HEALTHY" {
			add(missing("depends-on", last(d.definition.ARN), "let the container depend on ztunnel, HEALTHY", "container %s of %s does not wait for ztunnel, so its first calls fail", c.Name, last(d.definition.ARN)))
		}
	}
	return all
}

// propagating checks that a service hands its tags to its tasks.
func (w *walk) propagating(d deployed) *Finding {
	if d.standalone || d.service.PropagateTags == "SERVICE" {
		return nil
	}
	return missing("propagate-tags", d.String(), remade, "propagateTags of service %s is %s, so new tasks get no tags", d.member, quote(d.service.PropagateTags))
}

// placing checks the subnets and security groups of a service's next tasks.
func (w *walk) placing(d deployed) *Finding {
	private := w.stack.PrivateSubnets[d.want.account]
	for _, id := range d.service.Subnets {
		if len(private) > 0 && !slices.Contains(private, id) {
			return missing("task-subnets", d.String(), remade, "%s %s puts its tasks into subnet %s, which is none of the stack's private subnets", d.what(), d.member, id)
		}
	}
	for _, id := range w.wantedGroups(d) {
		if !slices.Contains(d.service.Groups, id) {
			return missing("task-security-group", d.String(), remade, "%s %s does not give its tasks security group %s", d.what(), d.member, id)
		}
	}
	return nil
}

// logging checks the log groups of a task's containers. A container that cannot write logs does not start.
func (w *walk) logging(d deployed) *Finding {
	cluster := w.stack.Clusters[d.cluster]
	role := w.roles[d.definition.ExecutionRole]
	for _, c := range d.definition.Containers {
		if c.LogGroup == "" {
			continue
		}
		if !slices.Contains(w.ecs.LogGroups[d.want.accountID], c.LogGroup) {
			return missing("log-group", c.LogGroup, remade, "log group %s of container %s in %s does not exist, so no new task of %s starts", c.LogGroup, c.Name, last(d.definition.ARN), d.member)
		}
		stream := fmt.Sprintf("arn:%s:logs:%s:%s:log-group:%s:log-stream:%s/%s/0123456789abcdef0123456789abcdef", w.stack.Partition, cluster.Region, d.want.accountID, c.LogGroup, c.LogPrefix, c.Name)
		for _, action := range []string{"logs:CreateLogStream", "logs:PutLogEvents"} {
			if v := evaluation.Allows(role, evaluation.Caller{RoleARN: role.ARN}, action, stream, nil); !v.OK() {
				return missing("execution-permission", role.ARN, "allow "+action+" on the streams of "+c.LogGroup, "execution role %s may not do %s on %s, so no new task of %s starts", role.ARN, action, c.LogGroup, d.member)
			}
		}
	}
	return nil
}

// secrets checks that the execution role may read what ECS reads for a task's containers.
func (w *walk) secrets(d deployed) *Finding {
	role := w.roles[d.definition.ExecutionRole]
	may := func(c Container, action, resource string) *Finding {
		if v := evaluation.Allows(role, evaluation.Caller{RoleARN: role.ARN}, action, resource, nil); !v.OK() {
			return missing("execution-permission", role.ARN, "allow "+action+" on "+resource+" in "+where(v)+" of the role",
				"execution role %s may not do %s on %s, which container %s takes a value from, so no new task of %s starts", role.ARN, action, resource, c.Name, d.member)
		}
		return nil
	}
	for _, c := range d.definition.Containers {
		for _, source := range c.Sources {
			action, resource := "ssm:GetParameters", source
			switch parts := strings.Split(source, ":"); {
			case len(parts) >= 7 && parts[2] == "secretsmanager":
				// A key, a stage and a version of the secret may follow its ARN.
				action, resource = "secretsmanager:GetSecretValue", strings.Join(parts[:7], ":")
			case len(parts) < 6:
				resource = fmt.Sprintf("arn:%s:ssm:%s:%s:parameter/%s", w.stack.Partition, w.stack.Clusters[d.cluster].Region, d.want.accountID, strings.TrimPrefix(source, "/"))
			}
			if f := may(c, action, resource); f != nil {
				return f
			}
		}
		for _, file := range c.Files {
			if f := may(c, "s3:GetObject", file); f != nil {
				return f
			}
		}
	}
	return nil
}

// entering checks what people need to open a shell in a service's tasks.
func (w *walk) entering(d deployed) []*Finding {
	if !w.stack.Clusters[d.member.cluster].Services[d.member.service].HasExec() {
		return nil // it is declared to take no commands
	}
	if !d.service.Exec {
		return []*Finding{missing("exec-disabled", d.String(), remade, "ECS Exec is off for service %s, so nothing can be tried from its tasks", d.member)}
	}
	role := w.roles[d.definition.TaskRole]
	if role == nil {
		return nil
	}
	for _, action := range []string{"CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"} {
		if v := evaluation.Allows(role, evaluation.Caller{RoleARN: role.ARN}, "ssmmessages:"+action, "*", nil); !v.OK() {
			return []*Finding{missing("exec-permission", role.ARN, "allow ssmmessages:"+action+" in "+where(v)+" of the role", "task role %s may not do ssmmessages:%s, so ECS Exec does not work in %s", role.ARN, action, d.member)}
		}
	}
	if f := w.sessionLogs(d, role); f != nil {
		return []*Finding{f}
	}
	return nil
}

// execTasks checks that the tasks which run take commands. A service gives ECS Exec to the tasks that it starts from then on.
func (w *walk) execTasks(d deployed) *Finding {
	if !d.service.Exec || !w.stack.Clusters[d.member.cluster].Services[d.member.service].HasExec() {
		return nil // see entering
	}
	running := w.running(d)
	before := slices.DeleteFunc(slices.Clone(running), func(t Task) bool { return t.Exec })
	if len(before) == 0 {
		return nil
	}
	return missing("exec-tasks", d.String(), fmt.Sprintf("run `aws ecs update-service --cluster %s --service %s --force-new-deployment`, or wait for its next deployment", w.stack.Clusters[d.cluster].Name, last(d.service.ARN)),
		"%d of %d tasks of service %s started before ECS Exec was on, so nothing can be tried from them", len(before), len(running), d.member)
}

// sessionLogs checks that the sessions of ECS Exec are written to their log group. A session that cannot be logged does not begin.
func (w *walk) sessionLogs(d deployed, role *evaluation.Role) *Finding {
	declared := w.stack.Clusters[d.cluster]
	group := declared.ExecLogGroup
	if group == "" {
		return nil
	}
	if cluster := find(w.ecs.Clusters, func(c Cluster) bool { return c.ARN == declared.ARN }); cluster != nil && cluster.ExecLogGroup != group {
		return missing("exec-logs", declared.Name, remade, "ECS cluster %s writes the sessions of ECS Exec to %s instead of log group %s", declared.Name, quote(cluster.ExecLogGroup), group)
	}
	if !slices.Contains(w.ecs.LogGroups[d.want.accountID], group) {
		return missing("exec-logs", declared.Name, remade, "log group %s of ECS Exec does not exist, so no session begins in cluster %s", group, declared.Name)
	}
	streams := fmt.Sprintf("arn:%s:logs:%s:%s:log-group:%s:log-stream:ecs-execute-command-0123456789abcdef0", w.stack.Partition, declared.Region, d.want.accountID, group)
	for _, action := range []string{"logs:CreateLogStream", "logs:PutLogEvents"} {
		if v := evaluation.Allows(role, evaluation.Caller{RoleARN: role.ARN}, action, streams, nil); !v.OK() {
			return missing("exec-logs", role.ARN, "allow "+action+" on "+group+" in "+where(v)+" of the role", "task role %s may not do %s on %s, so no session of ECS Exec begins in %s", role.ARN, action, group, d.member)
		}
	}
	return nil
}

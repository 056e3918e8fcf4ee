package aws

import (
	"fmt"
	"hash/crc32"
	"maps"
	"time"

	"ambient-ecs/quota"
	"ambient-ecs/sandbox/world"
)

// TaskKind is an ECS task, which the scheduler makes. Its properties are those of DescribeTasks, as far as they
// are modelled: lastStatus, desiredStatus, healthStatus, taskDefinitionArn, clusterArn, serviceArn, serviceName,
// group, availabilityZone, subnetId, networkInterfaceId, privateIp, tags, containers, stoppedReason.
const TaskKind = "ecs:task"

// Readiness says whether the programs in a task pass its health check, and if not, why. It is called for every
// task with a health check until the task is healthy.
type Readiness func(tx *world.Tx, task *world.Resource) (ready bool, reason string)

// Durations in the life of a task.
const (
	taskProvisions = 12 * time.Second
	taskPulls      = 20 * time.Second
	taskStops      = 20 * time.Second
	taskForgotten  = time.Hour
)

// startTask places one task of a deployment; it reports false when nothing could be placed.
func startTask(tx *world.Tx, service *world.Resource, deployment map[string]any) bool {
	definition := tx.Get(service.Account, TaskDefinitionKind, text(deployment, "taskDefinition"))
	if definition == nil || service.String("launchType") == "EC2" {
		event(tx, service, "was unable to place a task because no container instance met all of its requirements.")
		return false
	}
	subnet := placement(tx, service)
	if subnet == nil {
		event(tx, service, "was unable to place a task. Reason: none of its subnets exists.")
		return false
	}
	cluster := tx.Get(service.Account, ecsClusterKind, service.String("_cluster"))
	if cluster == nil {
		return false
	}
	props := map[string]any{}
	public := flag(service.Props, "networkConfiguration", "assignPublicIp")
	if public && attached(tx, service.Account, subnet.String("vpcId")) {
		n := tx.NextSerial()
		props["publicIp"] = fmt.Sprintf("18.201.%d.%d", n/256%256, n%256)
	}
	task, err := placeTask(tx, cluster, definition, subnet, texts(service.Props, "networkConfiguration", "securityGroups"), props, map[string]any{
		"serviceArn": service.ID, "serviceName": service.String("name"), "group": "service:" + service.String("name"), "deploymentId": text(deployment, "id"),
		"tags": taskTags(service, definition, cluster), "enableExecuteCommand": flag(service.Props, "enableExecuteCommand"),
	})
	if err != nil {
		event(tx, service, "was unable to place a task. Reason: %s", err)
		return false
	}
	event(tx, service, "has started 1 tasks: (task %s).", NameOf(task.ID))
	return true
}

// placeTask makes a task in a subnet, with its interface. Inter are further properties of the interface, more those of the task.
func placeTask(tx *world.Tx, cluster, definition, subnet *world.Resource, groups []string, inter, more map[string]any) (*world.Resource, error) {
	id := fmt.Sprintf("arn:%s:ecs:%s:%s:task/%s/%s", quota.Partition(cluster.Region), cluster.Region, cluster.Account, cluster.String("name"), digest(tx, "task")[:32])
	props := map[string]any{"taskArn": id}
	maps.Copy(props, inter)
	eni, err := placeInterface(tx, subnet, "ecs", "arn:"+NameOf(id), groups, props)
	if err != nil {
		return nil, err
	}
	task := &world.Resource{Account: cluster.Account, Region: cluster.Region, Kind: TaskKind, ID: id, Owner: "ecs", Created: tx.Now, Props: map[string]any{
		"clusterArn": cluster.ID, "taskDefinitionArn": definition.ID, "family": definition.String("family"), "revision": definition.Props["revision"],
		"taskRoleArn": definition.String("taskRoleArn"), "executionRoleArn": definition.String("executionRoleArn"), "launchType": "FARGATE",
		"lastStatus": "PROVISIONING", "desiredStatus": "RUNNING", "healthStatus": "UNKNOWN", "_since": tx.Now.Format(time.RFC3339Nano),
		"subnetId": subnet.ID, "availabilityZone": subnet.String("availabilityZone"), "networkInterfaceId": eni.ID, "privateIp": eni.String("privateIp"),
		"containers": containerSummaries(definition),
	}}
	maps.Copy(task.Props, more)
	tx.Put(task)
	return task, nil
}

// placement spreads tasks over the zones of a service's subnets. Services start at different ones, so that those
// of one task are not all in the first.
func placement(tx *world.Tx, service *world.Resource) *world.Resource {
	count := map[string]int{}
	for _, task := range tasksOf(tx, service) {
		if !stopped(task) && !stopping(task) {
			count[task.String("subnetId")]++
		}
	}
	var best *world.Resource
	subnets := texts(service.Props, "networkConfiguration", "subnets")
	start := int(crc32.ChecksumIEEE([]byte(service.ID)))
	for i := range subnets {
		id := subnets[(start+i)%len(subnets)]
		if subnet := tx.Get(service.Account, subnetKind, id); subnet != nil && (best == nil || count[id] < count[best.ID]) {
			best = subnet
		}
	}
	return best
}

// taskTags are the tags that ECS puts on a task.
func taskTags(service, definition, cluster *world.Resource) map[string]any {
	tags := map[string]any{}
	switch service.String("propagateTags") {
	case "SERVICE":
		maps.Copy(tags, cloneMap(object(service.Props, "tags")))
	case "TASK_DEFINITION":
		maps.Copy(tags, cloneMap(object(definition.Props, "tags")))
	}
	if flag(service.Props, "enableEcsManagedTags") {
		tags["aws:ecs:clusterName"], tags["aws:ecs:serviceName"] = cluster.String("name"), service.String("name")
	}
	return tags
}

func containersOf(definition *world.Resource) []container {
	// What was registered has been parsed before.
	all, _ := parseContainers(definition.String("containerDefinitions"))
	return all
}

func containerSummaries(definition *world.Resource) []any {
	var out []any
	for _, c := range containersOf(definition) {
		out = append(out, map[string]any{"name": c.Name, "image": c.Image})
	}
	return out
}

// Healthy reports whether the scheduler counts a task as healthy: it runs, and its health checks, if it has any, pass.
func Healthy(task *world.Resource) bool {
	return task.String("lastStatus") == "RUNNING" && !stopping(task) && (task.String("healthStatus") == "HEALTHY" || !flag(task.Props, "_checked"))
}

// Addressed reports whether a task has its address and is not to stop. ListTasks lists it, and its interface is attached: that
// happens in PROVISIONING (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html,
// 2026-11-29). Its containers need not run yet.
func Addressed(task *world.Resource) bool {
	return !stopping(task) && !stopped(task) && task.String("lastStatus") != "PROVISIONING"
}

func setStatus(tx *world.Tx, task *world.Resource, status string) {
	task.Props["lastStatus"], task.Props["_since"] = status, tx.Now.Format(time.RFC3339Nano)
	tx.Changed(task)
}

// advance moves a task along its life.
func advance(tx *world.Tx, task *world.Resource, ready []Readiness) {
	since, _ := time.Parse(time.RFC3339Nano, task.String("_since"))
	age := tx.Now.Sub(since)
	status := task.String("lastStatus")
	switch {
	case status == "STOPPED":
	case stopping(task):
		if age >= lasts(taskStops) {
			endTask(tx, task)
		}
	case status == "PROVISIONING" && age >= lasts(taskProvisions):
		setStatus(tx, task, "PENDING")
	case status == "PENDING" && age >= lasts(taskPulls):
		if issue := StartIssue(tx, task); issue != "" {
			failTask(tx, task, "TaskFailedToStart", issue)
			return
		}
		definition := tx.Get(task.Account, TaskDefinitionKind, task.String("taskDefinitionArn"))
		task.Props["_checked"] = healthBudget(containersOf(definition)).checks > 0
		setStatus(tx, task, "RUNNING")
	case status == "RUNNING" && flag(task.Props, "_checked") && task.String("healthStatus") != "HEALTHY":
		checkHealth(tx, task, age, ready)
	}
}

// budget is how often health checks may fail before a task counts as failed, and how far they are apart.
type budget struct {
	checks int
	every  time.Duration
}

// healthBudget adds up the longest start period and the retries of a task's health checks.
func healthBudget(all []container) budget {
	var b budget
	for _, c := range all {
		if c.HealthCheck == nil || len(c.HealthCheck.Command) == 0 || c.HealthCheck.Command[0] == "NONE" {
			continue
		}
		interval := or(c.HealthCheck.Interval, 30)
		checks := or(c.HealthCheck.StartPeriod, 0)/interval + or(c.HealthCheck.Retries, 3)
		if time.Duration(checks*interval) > time.Duration(b.checks)*b.every {
			b = budget{checks: checks, every: time.Duration(interval) * time.Second}
		}
	}
	return b
}

// checkHealth asks once for every interval. Checks are counted, not timed: a sandbox that was stopped, or had no
// time to look, has not failed them.
func checkHealth(tx *world.Tx, task *world.Resource, age time.Duration, ready []Readiness) {
	reason := ""
	for _, ask := range ready {
		if ok, why := ask(tx, task); !ok {
			reason = why
			break
		}
	}
	if reason == "" {
		task.Props["healthStatus"] = "HEALTHY"
		tx.Changed(task)
		return
	}
	allowed := healthBudget(containersOf(tx.Get(task.Account, TaskDefinitionKind, task.String("taskDefinitionArn"))))
	failed := number(task.Props, "_failedChecks")
	if age < time.Duration(failed+1)*lasts(allowed.every) {
		return
	}
	last, _ := time.Parse(time.RFC3339Nano, task.String("_lastCheck"))
	if tx.Now.Sub(last) < lasts(allowed.every) {
		return
	}
	task.Props["_failedChecks"], task.Props["_lastCheck"] = float64(failed+1), tx.Now.Format(time.RFC3339Nano)
	tx.Changed(task)
	if failed+1 >= allowed.checks {
		failTask(tx, task, "TaskFailedHealthChecks", "Task failed container health checks: "+reason)
	}
}

// stopTask asks a task to stop; it takes a while.
func stopTask(tx *world.Tx, task *world.Resource, reason string) {
	if stopping(task) {
		return
	}
	task.Props["desiredStatus"], task.Props["stopCode"], task.Props["stoppedReason"] = "STOPPED", "ServiceSchedulerInitiated", reason
	setStatus(tx, task, "DEACTIVATING")
}

// failTask stops a task for a reason of its own.
func failTask(tx *world.Tx, task *world.Resource, code, reason string) {
	task.Props["desiredStatus"], task.Props["stopCode"], task.Props["stoppedReason"] = "STOPPED", code, reason
	endTask(tx, task)
}

// endTask gives a task's interface back. ECS still shows a stopped task for an hour.
func endTask(tx *world.Tx, task *world.Resource) {
	if eni := InterfaceOf(tx, task); eni != nil {
		tx.Drop(eni)
	}
	setStatus(tx, task, "STOPPED")
	setTimer(tx, task, taskForgotten, nil)
}

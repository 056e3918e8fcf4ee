package aws

import (
	"fmt"
	"time"

	"ambient-ecs/sandbox/world"
)

// scheduler is the controller that plays ECS. It brings the tasks of every service to the state that its newest
// deployment wants, a few at a time. It gives up on deployments whose tasks fail, and drains deleted services.
func scheduler(ready []Readiness) world.Controller {
	return func(tx *world.Tx) {
		for _, task := range tx.Find("", TaskKind, nil) {
			advance(tx, task, ready)
			work(tx, task)
		}
		for _, service := range tx.Find("", ServiceKind, nil) {
			if service.String("_status") == "DRAINING" {
				drain(tx, service)
				continue
			}
			schedule(tx, service)
		}
	}
}

// deploymentsOf are a service's deployments, the newest (primary) first.
func deploymentsOf(service *world.Resource) []map[string]any {
	var out []map[string]any
	for _, d := range list(service.Props, "_deployments") {
		if m, ok := d.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// startDeployment puts a new primary deployment before the others.
func startDeployment(tx *world.Tx, service *world.Resource, definition string) {
	d := map[string]any{
		"id": fmt.Sprintf("ecs-svc/%019d", 1000000000000000000+tx.NextSerial()), "taskDefinition": definition, "rolloutState": "IN_PROGRESS", "failed": 0.0,
	}
	service.Props["_deployments"] = append([]any{d}, list(service.Props, "_deployments")...)
	tx.Changed(service)
}

func event(tx *world.Tx, service *world.Resource, format string, args ...any) {
	text := fmt.Sprintf("(service %s) ", service.String("name")) + fmt.Sprintf(format, args...)
	events := list(service.Props, "_events")
	if len(events) > 0 && events[len(events)-1] == text {
		return
	}
	events = append(events, text)
	service.Props["_events"] = events[max(0, len(events)-20):]
	tx.Changed(service)
}

// tasksOf are the tasks of a service, stopped ones included.
func tasksOf(tx *world.Tx, service *world.Resource) []*world.Resource {
	return tx.Find(service.Account, TaskKind, Has("serviceArn", service.ID))
}

func stopped(task *world.Resource) bool { return task.String("lastStatus") == "STOPPED" }

func stopping(task *world.Resource) bool { return task.String("desiredStatus") == "STOPPED" }

func schedule(tx *world.Tx, service *world.Resource) {
	deployments := deploymentsOf(service)
	if len(deployments) == 0 {
		return
	}
	primary := deployments[0]
	want := number(service.Props, "desiredCount")
	var mine, others []*world.Resource
	healthy, alive := 0, 0
	for _, task := range tasksOf(tx, service) {
		if stopped(task) {
			countFailure(tx, service, task, primary)
			continue
		}
		alive++
		if stopping(task) {
			continue
		}
		if Healthy(task) {
			healthy++
		}
		if task.String("deploymentId") == text(primary, "id") {
			mine = append(mine, task)
		} else {
			others = append(others, task)
		}
	}
	if text(primary, "rolloutState") == "IN_PROGRESS" && giveUp(tx, service, primary, want) {
		return
	}
	least := (want*number(service.Props, "deploymentMinimumHealthyPercent") + 99) / 100
	most := max(want, want*number(service.Props, "deploymentMaximumPercent")/100)
	for n := len(mine); n < want && alive < most && text(primary, "rolloutState") != "FAILED" && !throttled(tx, service, primary); n++ {
		if !startTask(tx, service, primary) {
			break
		}
		alive++
	}
	for _, task := range mine[min(want, len(mine)):] {
		stopTask(tx, task, "Scaling activity initiated by (deployment "+text(primary, "id")+")")
	}
	// Tasks of older deployments go as far as enough healthy ones remain.
	for _, task := range others {
		if !Healthy(task) || healthy > least || want == 0 {
			if Healthy(task) {
				healthy--
			}
			stopTask(tx, task, "Scaling activity initiated by (deployment "+text(primary, "id")+")")
		}
	}
	complete(tx, service, deployments, mine, alive, want)
}

// complete ends a deployment that runs alone, in full and healthy.
func complete(tx *world.Tx, service *world.Resource, deployments []map[string]any, mine []*world.Resource, alive, want int) {
	primary := deployments[0]
	if len(mine) != want || alive != want || text(primary, "rolloutState") == "FAILED" {
		return
	}
	for _, task := range mine {
		if !Healthy(task) {
			return
		}
	}
	if text(primary, "rolloutState") == "COMPLETED" && len(deployments) == 1 {
		return
	}
	primary["rolloutState"] = "COMPLETED"
	service.Props["_deployments"] = []any{primary}
	service.Props["_lastGood"] = text(primary, "id")
	event(tx, service, "(deployment %s) deployment completed.", text(primary, "id"))
	event(tx, service, "has reached a steady state.")
	tx.Changed(service)
}

// countFailure notes a task of a deployment that stopped by itself.
func countFailure(tx *world.Tx, service, task *world.Resource, primary map[string]any) {
	if flag(task.Props, "_counted") || task.String("deploymentId") != text(primary, "id") {
		return
	}
	task.Props["_counted"] = true
	tx.Changed(task)
	if task.String("stopCode") == "ServiceSchedulerInitiated" {
		return
	}
	primary["failed"] = float64(number(primary, "failed") + 1)
	tx.Changed(service)
	if task.String("stopCode") == "TaskFailedHealthChecks" {
		event(tx, service, "(task %s) failed container health checks.", NameOf(task.ID))
	} else {
		event(tx, service, "was unable to start a task: %s", task.String("stoppedReason"))
	}
}

// giveUp is the circuit breaker: after enough failures a deployment ends, and rolls back where it can.
func giveUp(tx *world.Tx, service *world.Resource, primary map[string]any, want int) bool {
	// ECS counts up to half the wanted tasks, but no fewer than 3 and no more than 200.
	threshold := min(max((want+1)/2, 3), 200)
	if !flag(service.Props, "deploymentCircuitBreaker", "enable") || number(primary, "failed") < threshold {
		return false
	}
	primary["rolloutState"] = "FAILED"
	primary["reason"] = "ECS deployment circuit breaker: tasks failed to start."
	event(tx, service, "(deployment %s) deployment failed: tasks failed to start.", text(primary, "id"))
	if flag(service.Props, "deploymentCircuitBreaker", "rollback") {
		rollBack(tx, service)
	}
	tx.Changed(service)
	return true
}

// rollBack makes the last deployment that completed the primary one again. Its tasks still run.
func rollBack(tx *world.Tx, service *world.Resource) {
	deployments := deploymentsOf(service)
	for i, d := range deployments {
		if text(d, "id") != service.String("_lastGood") {
			continue
		}
		if i == 0 {
			return
		}
		event(tx, service, "rolling back to deployment %s (%s).", text(d, "id"), NameOf(text(d, "taskDefinition")))
		d["rolloutState"], d["failed"] = "IN_PROGRESS", 0.0
		others := []any{d}
		for _, other := range deployments {
			if text(other, "id") != text(d, "id") {
				others = append(others, other)
			}
		}
		service.Props["_deployments"] = others
		// From here on ECS describes the service with the old definition.
		service.Props["taskDefinition"] = text(d, "taskDefinition")
		return
	}
}

// throttled reports whether ECS waits before it tries another task of a deployment that keeps failing.
func throttled(tx *world.Tx, service *world.Resource, primary map[string]any) bool {
	if number(primary, "failed") < 5 {
		return false
	}
	event(tx, service, "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.")
	for _, task := range tasksOf(tx, service) {
		if tx.Now.Sub(task.Created) < lasts(5*time.Minute) {
			return true
		}
	}
	return false
}

// drain stops the tasks of a deleted service, and drops the service after the last of them.
func drain(tx *world.Tx, service *world.Resource) {
	tasks := tasksOf(tx, service)
	for _, task := range tasks {
		if !stopped(task) {
			stopTask(tx, task, "Scaling activity initiated by (service "+service.String("name")+")")
		}
	}
	for _, task := range tasks {
		if !stopped(task) {
			return
		}
	}
	for _, task := range tasks {
		tx.Drop(task)
	}
	deregister(tx, service)
	tx.Drop(service)
}

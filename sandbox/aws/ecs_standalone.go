package aws

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"ambient-ecs/quota"
	"ambient-ecs/sandbox/world"
)

// applicationWorks is how long the application of a standalone task works until it ends by itself.
const applicationWorks = 30 * time.Second

// Fire plays the time of a schedule: EventBridge Scheduler starts its task as the schedule's role. It returns the task, or why
// there is none. The sandbox's clock fires no schedule.
func Fire(tx *world.Tx, schedule *world.Resource) (*world.Resource, error) {
	if schedule.String("state") != "ENABLED" {
		return nil, fmt.Errorf("schedule %s is disabled", schedule.ID)
	}
	target, ecs := object(schedule.Props, "target"), object(schedule.Props, "target", "ecsParameters")
	role := text(target, "roleArn")
	group := fmt.Sprintf("arn:%s:scheduler:%s:%s:schedule-group/%s", quota.Partition(schedule.Region), schedule.Region, schedule.Account, schedule.String("groupName"))
	if err := MayAssume(tx, Principal{Service: schedulerService}, role, schedulerContext(schedule.Account, group)); err != nil {
		return nil, err
	}
	cluster := text(target, "arn")
	tagged := text(ecs, "propagateTags") != "" || flag(ecs, "enableEcsManagedTags")
	network := object(ecs, "networkConfiguration")
	if err := mayRun(tx, Principal{RoleARN: role}, schedule.Account, cluster, text(ecs, "taskDefinitionArn"), tagged); err != nil {
		return nil, err
	}
	return RunTask(tx, schedule.Account, map[string]any{
		"cluster": cluster, "taskDefinition": ecs["taskDefinitionArn"], "group": ecs["group"],
		"propagateTags": ecs["propagateTags"], "enableECSManagedTags": ecs["enableEcsManagedTags"],
		"networkConfiguration": map[string]any{"awsvpcConfiguration": map[string]any{"subnets": network["subnets"], "securityGroups": network["securityGroups"]}},
	})
}

// mayRun refuses what a role may not start.
func mayRun(tx *world.Tx, who Principal, account, cluster, definition string, tagged bool) error {
	found := tx.Get(account, TaskDefinitionKind, definition)
	if found == nil {
		return fmt.Errorf("ClientException: TaskDefinition not found: %s", definition)
	}
	errs := []error{Allowed(tx, who, "ecs:RunTask", definition, map[string]string{"ecs:cluster": cluster})}
	if tagged {
		errs = append(errs, Allowed(tx, who, "ecs:TagResource", fmt.Sprintf("arn:%s:ecs:%s:%s:task/%s/1", quota.Partition(found.Region), found.Region, account, NameOf(cluster)), map[string]string{"ecs:CreateAction": "RunTask"}))
	}
	for _, property := range []string{"taskRoleArn", "executionRoleArn"} {
		if role := found.String(property); role != "" {
			errs = append(errs, Allowed(tx, who, "iam:PassRole", role, map[string]string{"iam:PassedToService": tasksService}))
		}
	}
	return errors.Join(errs...)
}

// RunTask starts one task in an account. The request is that of ECS's RunTask, in the names of its JSON.
func RunTask(tx *world.Tx, account string, request map[string]any) (*world.Resource, error) {
	cluster := tx.Get(account, ecsClusterKind, text(request, "cluster"))
	if cluster == nil || cluster.String("_status") != "ACTIVE" {
		return nil, errors.New("ClusterNotFoundException: Cluster not found.")
	}
	definition := tx.Get(account, TaskDefinitionKind, text(request, "taskDefinition"))
	if definition == nil || definition.String("_status") != "ACTIVE" {
		return nil, errors.New("ClientException: TaskDefinition is inactive")
	}
	vpc := object(request, "networkConfiguration", "awsvpcConfiguration")
	var subnet *world.Resource
	for _, id := range texts(vpc, "subnets") {
		if subnet = tx.Get(account, subnetKind, id); subnet != nil {
			break
		}
	}
	if subnet == nil {
		return nil, errors.New("InvalidParameterException: No subnet of the request exists.")
	}
	group := text(request, "group")
	if group == "" {
		group = "family:" + definition.String("family")
	}
	tags := map[string]any{}
	if text(request, "propagateTags") == "TASK_DEFINITION" {
		maps.Copy(tags, cloneMap(object(definition.Props, "tags")))
	}
	if flag(request, "enableECSManagedTags") {
		tags["aws:ecs:clusterName"] = cluster.String("name")
	}
	return placeTask(tx, cluster, definition, subnet, texts(vpc, "securityGroups"), nil, map[string]any{"group": group, "tags": tags, "_standalone": true})
}

// work ends a standalone task when its application has worked long enough. Its container is essential, and starts when ztunnel
// is healthy.
func work(tx *world.Tx, task *world.Resource) {
	if !flag(task.Props, "_standalone") || stopping(task) || !isHealthy(task) {
		return
	}
	if task.Props["_works"] == nil {
		task.Props["_works"] = tx.Now.Format(time.RFC3339Nano)
		tx.Changed(task)
		return
	}
	began, err := time.Parse(time.RFC3339Nano, task.String("_works"))
	if err == nil && tx.Now.Sub(began) >= lasts(applicationWorks) {
		task.Props["desiredStatus"], task.Props["stopCode"], task.Props["stoppedReason"] = "STOPPED", "EssentialContainerExited", "Essential container in task exited"
		setStatus(tx, task, "DEACTIVATING")
	}
}

package aws

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"ambient-ecs/iam/evaluation"
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
	network := object(ecs, "networkConfiguration")
	return RunTaskAs(tx, role, schedule.Account, map[string]any{
		"cluster": text(target, "arn"), "taskDefinition": ecs["taskDefinitionArn"], "group": ecs["group"],
		"propagateTags": ecs["propagateTags"], "enableECSManagedTags": ecs["enableEcsManagedTags"],
		"networkConfiguration": map[string]any{"awsvpcConfiguration": map[string]any{"subnets": network["subnets"], "securityGroups": network["securityGroups"]}},
	})
}

// RunTaskAs is RunTask by a role, which needs the rights to the task, to its tags and to pass its roles.
func RunTaskAs(tx *world.Tx, role, account string, request map[string]any) (*world.Resource, error) {
	cluster, definition := text(request, "cluster"), text(request, "taskDefinition")
	found := tx.Get(account, TaskDefinitionKind, definition)
	if found == nil {
		return nil, fmt.Errorf("ClientException: TaskDefinition not found: %s", definition)
	}
	tags := requestTags(request)
	asked := []evaluation.Request{tagged(evaluation.Request{Action: "ecs:RunTask", Resource: definition, Keys: map[string]string{"ecs:cluster": cluster}}, tags)}
	if len(tags) > 0 || text(request, "propagateTags") != "" || flag(request, "enableECSManagedTags") {
		task := fmt.Sprintf("arn:%s:ecs:%s:%s:task/%s/1", quota.Partition(found.Region), found.Region, account, NameOf(cluster))
		asked = append(asked, tagged(evaluation.Request{Action: "ecs:TagResource", Resource: task, Keys: map[string]string{"ecs:CreateAction": "RunTask"}}, tags))
	}
	for _, property := range []string{"taskRoleArn", "executionRoleArn"} {
		if passed := found.String(property); passed != "" {
			asked = append(asked, evaluation.Request{Action: "iam:PassRole", Resource: passed, Keys: map[string]string{"iam:PassedToService": tasksService}})
		}
	}
	who, caller := Principal{RoleARN: role}, roleByARN(tx, role)
	var errs []error
	for _, r := range asked {
		if caller == nil || evaluation.Permits(RoleOf(tx, caller), evaluation.Caller(who), r).Cause != evaluation.None {
			errs = append(errs, denied(who, r.Action, r.Resource))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return RunTask(tx, account, request)
}

// requestTags are the tags of a request of RunTask.
func requestTags(request map[string]any) map[string]any {
	tags := map[string]any{}
	for _, t := range list(request, "tags") {
		tag, _ := t.(map[string]any)
		tags[text(tag, "key")] = tag["value"]
	}
	return tags
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
	maps.Copy(tags, requestTags(request))
	if flag(request, "enableECSManagedTags") {
		tags["aws:ecs:clusterName"] = cluster.String("name")
	}
	return placeTask(tx, cluster, definition, subnet, texts(vpc, "securityGroups"), nil, map[string]any{"group": group, "tags": tags, "_standalone": true})
}

// work ends a standalone task when its application has worked long enough. Its container is essential, and starts when ztunnel
// is healthy.
func work(tx *world.Tx, task *world.Resource) {
	if !flag(task.Props, "_standalone") || stopping(task) || !Healthy(task) {
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

package sandboxed

import (
	"encoding/json"
	"fmt"
	"strings"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/stack"
)

func (b *Backend) ecs(tx *world.Tx) *doctor.ECS {
	facts, youngest := &doctor.ECS{LogGroups: map[string][]string{}, Latest: map[string]string{}}, map[string]int{}
	for _, r := range b.find(tx, ecsClusterKind) {
		facts.Clusters = append(facts.Clusters, doctor.Cluster{
			ARN: r.String("arn"), Tags: tags(r), Providers: aws.CapacityProviders(tx, r),
			ExecLogGroup: api.String(r.Props, "configuration", "executeCommandConfiguration", "logConfiguration", "cloudWatchLogGroupName"),
		})
	}
	for _, r := range b.find(tx, aws.ServiceKind) {
		if r.String("_status") == "ACTIVE" {
			facts.Services = append(facts.Services, service(r))
		}
	}
	for _, r := range b.find(tx, aws.TaskDefinitionKind) {
		facts.Definitions = append(facts.Definitions, definition(r))
		if family := doctor.FamilyOf(r.ID); r.String("_status") == "ACTIVE" && number(r.Props, "revision") > youngest[family] {
			youngest[family], facts.Latest[family] = number(r.Props, "revision"), r.ID
		}
	}
	for _, r := range b.find(tx, aws.TaskKind) {
		facts.Tasks = append(facts.Tasks, doctor.Task{
			ARN: r.ID, Service: r.String("serviceArn"), Definition: r.String("taskDefinitionArn"), Status: r.String("lastStatus"),
			Health: r.String("healthStatus"), Stopped: r.String("stoppedReason"), Address: r.String("privateIp"), Tags: tags(r),
			Exec:      api.Bool(r.Props, "enableExecuteCommand"),
			Authority: authority(mesh.CredentialsOfTask(r)),
		})
	}
	for _, r := range b.find(tx, aws.ScheduleKind) {
		facts.Schedules = append(facts.Schedules, schedule(r))
	}
	for _, r := range b.find(tx, scalableTargetKind) {
		facts.Scalers = append(facts.Scalers, b.scaler(tx, r))
	}
	for _, r := range b.find(tx, logGroupKind) {
		facts.LogGroups[r.Account] = append(facts.LogGroups[r.Account], r.String("name"))
	}
	return facts
}

func schedule(r *world.Resource) doctor.Schedule {
	target, network := api.Map(r.Props, "target"), []string{"target", "ecsParameters", "networkConfiguration"}
	return doctor.Schedule{
		ARN: r.String("arn"), State: r.String("state"), Cluster: api.String(target, "arn"), Role: api.String(target, "roleArn"),
		Definition: api.String(target, "ecsParameters", "taskDefinitionArn"), PropagateTags: api.String(target, "ecsParameters", "propagateTags"),
		Subnets: texts(r.Props, append(network, "subnets")...), Groups: texts(r.Props, append(network, "securityGroups")...),
	}
}

// The kinds of what Application Auto Scaling has.
const (
	scalableTargetKind  = "aws:appautoscaling/target:Target"
	scalingPolicyKind   = "aws:appautoscaling/policy:Policy"
	scheduledActionKind = "aws:appautoscaling/scheduledAction:ScheduledAction"
)

func (b *Backend) scaler(tx *world.Tx, target *world.Resource) doctor.Scaler {
	id := target.String("resourceId")
	s := doctor.Scaler{
		Service: fmt.Sprintf("arn:%s:ecs:%s:%s:%s", b.stack.Partition, target.Region, target.Account, id), Min: number(target.Props, "minCapacity"), Max: number(target.Props, "maxCapacity"),
		Targets: map[string]float64{}, Schedules: map[string]string{},
	}
	of := func(r *world.Resource) bool { return r.Region == target.Region && r.String("resourceId") == id }
	for _, r := range tx.Find(target.Account, scalingPolicyKind, of) {
		value, _ := api.Map(r.Props, "targetTrackingScalingPolicyConfiguration")["targetValue"].(float64)
		s.Targets[r.String("name")] = value
	}
	for _, r := range tx.Find(target.Account, scheduledActionKind, of) {
		s.Schedules[r.String("name")] = r.String("schedule")
	}
	return s
}

func tags(r *world.Resource) map[string]string { return api.Strings(r.Props, "tags") }

func service(r *world.Resource) doctor.Service {
	s := doctor.Service{
		ARN: r.ID, Cluster: r.String("_cluster"), Tags: tags(r), PropagateTags: r.String("propagateTags"),
		Definition: r.String("taskDefinition"), Desired: number(r.Props, "desiredCount"), Exec: api.Bool(r.Props, "enableExecuteCommand"),
		Subnets: texts(r.Props, "networkConfiguration", "subnets"), Groups: texts(r.Props, "networkConfiguration", "securityGroups"),
	}
	if !strings.HasPrefix(s.Definition, "arn:") {
		s.Definition = r.String("_definition")
	}
	for _, b := range api.Maps(r.Props, "loadBalancers") {
		s.Balancers = append(s.Balancers, number(b, "containerPort"))
	}
	for _, item := range api.Maps(r.Props, "capacityProviderStrategies") {
		s.Strategy = append(s.Strategy, stack.CapacityProvider{Provider: api.String(item, "capacityProvider"), Base: number(item, "base"), Weight: number(item, "weight")})
	}
	s.Connect = api.Bool(r.Props, "serviceConnectConfiguration", "enabled")
	for _, d := range api.Maps(r.Props, "_deployments") {
		s.Deployments = append(s.Deployments, doctor.Deployment{
			Definition: api.String(d, "taskDefinition"), State: api.String(d, "rolloutState"), Reason: api.String(d, "reason"),
		})
	}
	return s
}

func definition(r *world.Resource) doctor.Definition {
	d := doctor.Definition{ARN: r.ID, TaskRole: r.String("taskRoleArn"), ExecutionRole: r.String("executionRoleArn"), Tags: tags(r)}
	var containers []map[string]any
	// ECS accepted the task definition, so this is JSON.
	_ = json.Unmarshal([]byte(r.String("containerDefinitions")), &containers)
	for _, c := range containers {
		one := doctor.Container{
			Name: api.String(c, "name"), Image: api.String(c, "image"), Environment: map[string]string{}, DependsOn: map[string]string{}, Labels: map[string]string{},
			HealthCheck: len(api.List(c, "healthCheck", "command")) > 0, RoutesLogs: api.Map(c, "firelensConfiguration") != nil,
		}
		for key := range api.Map(c, "dockerLabels") {
			one.Labels[key] = api.String(c, "dockerLabels", key)
		}
		for _, v := range api.Maps(c, "environment") {
			one.Environment[api.String(v, "name")] = api.String(v, "value")
		}
		for _, p := range api.Maps(c, "portMappings") {
			if api.String(p, "protocol") != "udp" {
				one.Ports = append(one.Ports, number(p, "containerPort"))
			}
		}
		for _, on := range api.Maps(c, "dependsOn") {
			one.DependsOn[api.String(on, "containerName")] = api.String(on, "condition")
		}
		if api.String(c, "logConfiguration", "logDriver") == "awslogs" {
			one.LogGroup = api.String(c, "logConfiguration", "options", "awslogs-group")
			one.LogPrefix = api.String(c, "logConfiguration", "options", "awslogs-stream-prefix")
		}
		for _, secret := range append(api.Maps(c, "secrets"), api.Maps(c, "logConfiguration", "secretOptions")...) {
			one.Sources = append(one.Sources, api.String(secret, "valueFrom"))
		}
		if from := api.String(c, "repositoryCredentials", "credentialsParameter"); from != "" {
			one.Sources = append(one.Sources, from)
		}
		for _, file := range api.Maps(c, "environmentFiles") {
			one.Files = append(one.Files, api.String(file, "value"))
		}
		d.Containers = append(d.Containers, one)
	}
	return d
}

func (b *Backend) roles(tx *world.Tx) []evaluation.Role {
	var all []evaluation.Role
	for _, r := range b.find(tx, roleKind) {
		all = append(all, *aws.RoleOf(tx, r))
	}
	return all
}

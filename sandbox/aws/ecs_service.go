package aws

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"ambient-ecs/sandbox/world"
)

// ServiceKind is the type of ECS services.
const ServiceKind = "aws:ecs/service:Service"

func ecsServiceType() *resourceType {
	return &resourceType{
		token: ServiceKind, service: "ECS", noun: "ECS Service", creates: "CreateService", updates: "UpdateService",
		inputs: map[string]input{
			"availabilityZoneRebalancing":     {chosen: "DISABLED", check: oneOf("ENABLED", "DISABLED")},
			"capacityProviderStrategies":      {same: sameSet},
			"cluster":                         {replace: true, computed: true},
			"deploymentCircuitBreaker":        {},
			"deploymentController":            {replace: true},
			"deploymentMaximumPercent":        {preset: 200.0},
			"deploymentMinimumHealthyPercent": {preset: 100.0},
			"desiredCount":                    {},
			"enableEcsManagedTags":            {preset: false},
			"enableExecuteCommand":            {preset: false},
			"forceDelete":                     {},
			"forceNewDeployment":              {},
			"launchType":                      {replace: true, computed: true, check: oneOf("FARGATE")},
			"name":                            {replace: true, auto: 255, check: ecsNameCheck},
			"networkConfiguration":            {same: sameNetwork},
			"platformVersion":                 {chosen: "LATEST"},
			"propagateTags":                   {chosen: "NONE", check: oneOf("SERVICE", "TASK_DEFINITION", "NONE", "")},
			"schedulingStrategy":              {replace: true, preset: "REPLICA", check: oneOf("REPLICA")},
			"tags":                            tags,
			"taskDefinition":                  {},
			"triggers":                        {chosen: map[string]any{}},
			"waitForSteadyState":              {},
		},
		outputs:  values{"iamRole": "/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"},
		replaces: strategyReplaces,
		create:   createService,
		update:   updateService,
		remove:   removeService,
		waits:    func(in map[string]any) bool { return flag(in, "waitForSteadyState") },
		ready:    serviceReady,
		overdue: func(c *call, res *world.Resource) string {
			return " to become 'tfSTABLE' (last state: 'tfPENDING')" + lastWords(c.Tx, res)
		},
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			if !strings.HasPrefix(id, "arn:") {
				// An import names cluster and service: cluster/service.
				id = c.arn("ecs", "service/"+id)
			}
			return c.get(ServiceKind, id)
		},
	}
}

// sameNetwork compares network configurations, whose lists are sets.
func sameNetwork(a, b any) bool {
	x, y := map[string]any{"n": a}, map[string]any{"n": b}
	return flag(x, "n", "assignPublicIp") == flag(y, "n", "assignPublicIp") &&
		sameSet(at(x, "n", "subnets"), at(y, "n", "subnets")) && sameSet(at(x, "n", "securityGroups"), at(y, "n", "securityGroups"))
}

func createService(c *call, res *world.Resource) error {
	cluster := c.activeCluster(text(c.in, "cluster"))
	if id := text(c.in, "cluster"); strings.HasPrefix(id, "arn:") && AccountOf(id) != c.account {
		return c.invalid("Identifier is for %s. Your accountId is %s", AccountOf(id), c.account)
	}
	if cluster == nil {
		return c.refuse("ClusterNotFoundException", "Cluster not found.")
	}
	res.ID = c.arn("ecs", "service/"+cluster.String("name")+"/"+text(c.in, "name"))
	if old := c.get(ServiceKind, res.ID); old != nil {
		if old.String("_status") == "DRAINING" {
			return c.invalid("Unable to Start a service that is still Draining.")
		}
		return c.invalid("Creation of service was not idempotent.")
	}
	definition, err := c.checkService()
	if err != nil {
		return err
	}
	res.Props["cluster"], res.Props["_cluster"], res.Props["_status"] = cmp.Or(text(c.in, "cluster"), cluster.ID), cluster.ID, "ACTIVE"
	res.Props["_definition"], res.Props["_events"] = definition.ID, []any{}
	// ECS shows the launch type or the strategy.
	if launch, set := c.in["launchType"]; set {
		res.Props["launchType"] = launch
	} else if res.Props["launchType"] = "EC2"; len(list(c.in, "capacityProviderStrategies")) > 0 {
		res.Props["launchType"] = ""
	}
	startDeployment(c.Tx, res, definition.ID)
	return nil
}

// checkService refuses what ECS refuses of a service, and returns its task definition.
func (c *call) checkService() (*world.Resource, error) {
	definition, err := c.taskDefinition(text(c.in, "taskDefinition"))
	if err != nil {
		return nil, err
	}
	if err := c.checkStrategy(); err != nil {
		return nil, err
	}
	if launch := text(c.in, "launchType"); launch == "FARGATE" && !slices.Contains(texts(definition.Props, "requiresCompatibilities"), "FARGATE") {
		return nil, c.invalid("Task definition does not support launch_type FARGATE.")
	}
	if version := text(c.in, "platformVersion"); version == "1.3.0" && needsPlatform(definition) {
		return nil, c.refuse("PlatformTaskDefinitionIncompatibilityException", "The specified platform does not satisfy the task definition's required capabilities.")
	}
	if definition.String("networkMode") == "awsvpc" {
		if err := c.checkServiceNetwork(); err != nil {
			return nil, err
		}
	} else if at(c.in, "networkConfiguration") != nil {
		return nil, c.invalid("Network Configuration is not valid for the given networkMode of this task definition.")
	}
	if flag(c.in, "enableExecuteCommand") && definition.String("taskRoleArn") == "" {
		return nil, c.invalid("The service couldn't be created because a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try again.")
	}
	low, high := number(c.in, "deploymentMinimumHealthyPercent"), number(c.in, "deploymentMaximumPercent")
	if high < 100 || low > high || low == 100 && high == 100 {
		return nil, c.invalid("MinimumHealthyPercent %d and maximumPercent %d leave no room for a deployment", low, high)
	}
	if text(c.in, "availabilityZoneRebalancing") == "ENABLED" && high == 100 {
		return nil, c.invalid("availabilityZoneRebalancing needs a maximumPercent greater than 100")
	}
	if number(c.in, "desiredCount") < 0 {
		return nil, c.invalid("desiredCount must not be negative")
	}
	return definition, nil
}

// needsPlatform reports whether a definition has what only platform version 1.4.0 of Fargate has.
func needsPlatform(definition *world.Resource) bool {
	containers, err := parseContainers(definition.String("containerDefinitions"))
	return err == nil && slices.ContainsFunc(containers, func(c container) bool { return c.LinuxParameters != nil && len(c.LinuxParameters.Tmpfs) > 0 }) ||
		at(definition.Props, "ephemeralStorage") != nil
}

// taskDefinition finds an active task definition by ARN, family:revision or family.
func (c *call) taskDefinition(id string) (*world.Resource, error) {
	if id == "" {
		return nil, c.invalid("TaskDefinition can not be blank.")
	}
	if strings.HasPrefix(id, "arn:") {
		if AccountOf(id) != c.account {
			return nil, c.invalid("Identifier is for %s. Your accountId is %s", AccountOf(id), c.account)
		}
	} else {
		if !strings.Contains(id, ":") {
			id += ":" + c.Note("aws/ecs/revision/"+c.arn("ecs", "task-definition/"+id))
		}
		id = c.arn("ecs", "task-definition/"+id)
	}
	res := c.get(TaskDefinitionKind, id)
	switch {
	case res == nil:
		return nil, c.refuse("ClientException", "Unable to describe task definition.")
	case res.String("_status") != "ACTIVE":
		return nil, c.refuse("ClientException", "TaskDefinition is inactive")
	}
	return res, nil
}

func (c *call) checkServiceNetwork() error {
	subnets := texts(c.in, "networkConfiguration", "subnets")
	if len(subnets) == 0 {
		return c.invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
	}
	vpc := ""
	for _, id := range subnets {
		subnet := c.get(subnetKind, id)
		if subnet == nil {
			return c.invalid("Error retrieving subnet information for [%s]: The subnet ID '%s' does not exist (ErrorCode: InvalidSubnetID.NotFound)", strings.Join(subnets, ", "), id)
		}
		if vpc != "" && vpc != subnet.String("vpcId") {
			return c.invalid("subnets must belong to the same VPC: %s", strings.Join(subnets, ", "))
		}
		vpc = subnet.String("vpcId")
	}
	groups := texts(c.in, "networkConfiguration", "securityGroups")
	if len(groups) > 5 {
		return c.invalid("At most 5 security groups can be given to a service, got %d", len(groups))
	}
	for _, id := range groups {
		group := c.get(securityGroupKind, id)
		if group == nil {
			return c.invalid("Error retrieving security group information for [%s]: The security group '%s' does not exist (ErrorCode: InvalidGroup.NotFound)", strings.Join(groups, ", "), id)
		}
		if group.String("vpcId") != vpc {
			return c.invalid("Security group %s does not appear to belong to the same VPC as the input subnets.", id)
		}
	}
	return nil
}

func updateService(c *call, res *world.Resource) error {
	if res.String("_status") != "ACTIVE" {
		return c.refuse("ServiceNotActiveException", "Service was not ACTIVE.")
	}
	// The provider sends the task definition and the number of tasks only where they differ from its own state
	// (terraform-provider-aws 5.100, internal/service/ecs/service.go). So what another deployer or a person put there stays.
	for _, key := range []string{"taskDefinition", "desiredCount"} {
		if now, lives := res.Props[key]; lives && reflect.DeepEqual(c.in[key], c.state[key]) {
			c.in = cloneMap(c.in)
			c.in[key] = now
		}
	}
	definition, err := c.checkService()
	if err != nil {
		return err
	}
	primary := deploymentsOf(res)[0]
	changed := definition.ID != text(primary, "taskDefinition") || text(primary, "rolloutState") == "FAILED" || !sameNetwork(c.in["networkConfiguration"], res.Props["networkConfiguration"]) ||
		flag(c.in, "forceNewDeployment") || text(c.in, "platformVersion") != "" && text(c.in, "platformVersion") != res.String("platformVersion")
	res.Props["_definition"] = definition.ID
	if changed {
		startDeployment(c.Tx, res, definition.ID)
	}
	return nil
}

// removeService scales the service to nothing, lets its tasks drain, and waits for it.
func removeService(c *call, res *world.Resource) error {
	if res.String("_status") == "ACTIVE" {
		res.Props["_status"] = "DRAINING"
		res.Props["desiredCount"] = 0.0
		c.Put(res)
	}
	// The scheduler drops a service whose last task has stopped.
	return errStillGoing
}

// serviceReady waits until the newest deployment runs alone and in full.
//
// The provider of this version does not look at deployments: it reports success for a service that rolled back,
// and waits out its time for one that cannot. The sandbox ends both with an error that says why.
func serviceReady(c *call, res *world.Resource) (bool, error) {
	deployments := deploymentsOf(res)
	if len(deployments) == 0 {
		return false, nil
	}
	primary := deployments[0]
	if res.String("_definition") != text(primary, "taskDefinition") && text(primary, "rolloutState") == "COMPLETED" {
		return false, errors.New("deployment failed and was rolled back to " + NameOf(text(primary, "taskDefinition")) + lastWords(c.Tx, res))
	}
	if text(primary, "rolloutState") == "FAILED" {
		return false, errors.New("timeout while waiting for state to become 'tfSTABLE' (last state: 'tfPENDING')" + lastWords(c.Tx, res))
	}
	if text(primary, "rolloutState") != "COMPLETED" || len(deployments) != 1 {
		return false, nil
	}
	running := 0
	for _, task := range tasksOf(c.Tx, res) {
		if stopping(task) && !stopped(task) {
			return false, nil
		}
		if Healthy(task) {
			running++
		}
	}
	return running == number(res.Props, "desiredCount"), nil
}

// lastWords are a service's latest events and the reasons why its tasks stopped.
func lastWords(tx *world.Tx, service *world.Resource) string {
	var out strings.Builder
	events := list(service.Props, "_events")
	for _, e := range events[max(0, len(events)-4):] {
		fmt.Fprintf(&out, "\n  event: %v", e)
	}
	told := map[string]bool{}
	for _, task := range tasksOf(tx, service) {
		if reason := task.String("stoppedReason"); reason != "" && !told[reason] && task.String("lastStatus") == "STOPPED" {
			told[reason] = true
			fmt.Fprintf(&out, "\n  task %s stopped: %s", NameOf(task.ID), reason)
		}
	}
	return out.String()
}

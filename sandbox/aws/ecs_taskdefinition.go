package aws

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"ambient-ecs/sandbox/world"
)

// TaskDefinitionKind is the type of task definitions. Every revision is a resource of its own, by ARN.
const TaskDefinitionKind = "aws:ecs/taskDefinition:TaskDefinition"

// fargateSizes are the memory sizes in MiB that Fargate offers for each CPU size: from, to, step.
var fargateSizes = map[string][3]int{
	"256":   {512, 2048, 0},
	"512":   {1024, 4096, 1024},
	"1024":  {2048, 8192, 1024},
	"2048":  {4096, 16384, 1024},
	"4096":  {8192, 30720, 1024},
	"8192":  {16384, 61440, 4096},
	"16384": {32768, 122880, 8192},
	"32768": {61440, 249856, 0},
}

func fargateSize(cpu, memory string) bool {
	size, ok := fargateSizes[cpu]
	m, err := strconv.Atoi(memory)
	if !ok || err != nil || m < size[0] || m > size[1] {
		return false
	}
	if size[2] == 0 {
		return slices.Contains([]int{512, 1024, 2048, 61440, 122880, 249856}, m)
	}
	return (m-size[0])%size[2] == 0
}

func taskDefinitionType() *resourceType {
	return &resourceType{
		token: TaskDefinitionKind, service: "ECS", noun: "ECS Task Definition", creates: "RegisterTaskDefinition",
		inputs: map[string]input{
			"containerDefinitions": {required: true, replace: true, same: sameContainers, check: func(v any) string {
				if s, _ := v.(string); !json.Valid([]byte(s)) {
					return "ECS Task Definition container_definitions is invalid: Error decoding JSON"
				}
				return ""
			}},
			"cpu":                     {replace: true},
			"ephemeralStorage":        {replace: true},
			"executionRoleArn":        {replace: true},
			"family":                  {required: true, replace: true, check: ecsNameCheck},
			"memory":                  {replace: true},
			"networkMode":             {replace: true, chosen: "bridge", check: oneOf("bridge", "host", "awsvpc", "none")},
			"requiresCompatibilities": {replace: true, same: sameSet, check: eachOneOf("EC2", "FARGATE", "EXTERNAL")},
			"runtimePlatform":         {replace: true},
			"skipDestroy":             {preset: false},
			"tags":                    tags,
			"taskRoleArn":             {replace: true},
			"trackLatest":             {preset: false},
			"volumes":                 {replace: true, same: sameSet},
		},
		outputs: values{"arn": "${id}", "arnWithoutRevision": arn("ecs", "task-definition/${family}"), "enableFaultInjection": false, "revision": nil},
		known:   "${family}",
		create:  registerTaskDefinition,
		remove: func(_ *call, res *world.Resource) error {
			if !flag(res.Props, "skipDestroy") {
				res.Props["_status"] = "INACTIVE"
			}
			return nil
		},
		keep: func(*world.Resource) bool { return true },
		find: func(c *call, id string, state map[string]any) *world.Resource {
			arn := text(state, "arn")
			if strings.HasPrefix(id, "arn:") {
				arn = id
			}
			if res := c.get(TaskDefinitionKind, arn); res != nil && res.String("_status") == "ACTIVE" {
				return res
			}
			return nil
		},
	}
}

func registerTaskDefinition(c *call, res *world.Resource) error {
	containers, err := parseContainers(text(c.in, "containerDefinitions"))
	if err != nil {
		return c.refuse("ClientException", "%s", err)
	}
	for _, check := range []func([]container) string{c.checkSize, c.checkRoles, checkContainers} {
		if reason := check(containers); reason != "" {
			return c.refuse("ClientException", "%s", reason)
		}
	}
	family := text(c.in, "family")
	note := "aws/ecs/revision/" + c.arn("ecs", "task-definition/"+family)
	revision, _ := strconv.Atoi(c.Note(note))
	revision++
	c.SetNote(note, strconv.Itoa(revision))
	res.ID = c.arn("ecs", fmt.Sprintf("task-definition/%s:%d", family, revision))
	res.Props["revision"], res.Props["_status"] = float64(revision), "ACTIVE"
	return nil
}

func (c *call) fargate() bool {
	return slices.Contains(texts(c.in, "requiresCompatibilities"), "FARGATE")
}

func (c *call) checkSize(containers []container) string {
	cpu, memory := text(c.in, "cpu"), text(c.in, "memory")
	if !c.fargate() {
		return ""
	}
	if mode := text(c.in, "networkMode"); mode != "awsvpc" {
		return "Fargate only supports network mode ‘awsvpc’."
	}
	if cpu == "" || memory == "" {
		return "Fargate requires that 'cpu' and 'memory' be defined at the task level."
	}
	if !fargateSize(cpu, memory) {
		return fmt.Sprintf("No Fargate configuration exists for given values: %s CPU, %s memory. See the Amazon ECS documentation for the valid values.", cpu, memory)
	}
	taskCPU, _ := strconv.Atoi(cpu)
	taskMemory, _ := strconv.Atoi(memory)
	for _, container := range containers {
		if container.Memory > taskMemory {
			return fmt.Sprintf("The 'memory' setting for container '%s' is greater than for the task.", container.Name)
		}
	}
	for _, container := range containers {
		taskCPU -= container.CPU
		taskMemory -= max(container.Memory, container.MemoryReservation)
	}
	switch {
	case taskCPU < 0:
		return "The 'cpu' of the containers is greater than the task's 'cpu'."
	case taskMemory < 0:
		return "Invalid 'memory' setting for container: the containers' memory is greater than the task's."
	}
	return ""
}

// checkRoles refuses roles that cannot be passed to ECS. A role of another account cannot.
func (c *call) checkRoles(containers []container) string {
	for _, property := range []string{"taskRoleArn", "executionRoleArn"} {
		arn := text(c.in, property)
		if arn == "" {
			continue
		}
		if AccountOf(arn) != c.account {
			return "Cross-account pass role is not allowed."
		}
		if roleByARN(c.Tx, arn) == nil {
			return "Role is not valid: " + arn
		}
	}
	if !c.fargate() || text(c.in, "executionRoleArn") != "" {
		return ""
	}
	for _, container := range containers {
		switch {
		case container.LogConfiguration != nil && container.LogConfiguration.LogDriver == "awslogs":
			return "Fargate requires task definition to have execution role ARN to support log driver awslogs."
		case ecrPattern.MatchString(container.Image):
			return "Fargate requires task definition to have execution role ARN to support ECR images."
		case container.RepositoryCredentials != nil:
			return "When you are specifying container repository credentials, you must also specify a value for 'executionRoleArn'."
		case len(container.EnvironmentFiles) > 0:
			return "When you are specifying environment files, you must also specify a value for 'executionRoleArn'."
		case len(container.Secrets) > 0:
			return "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
		}
	}
	return ""
}

// sameContainers compares container definitions in the form in which ECS stores them. A null list is read back as no
// list, and a variable without a value is not read back at all, so a program that says one of them sees a change at
// every update (hashicorp/terraform-provider-aws#39533, 2024-09-30).
func sameContainers(a, b any) bool {
	x, xok := canonicalContainers(a)
	y, yok := canonicalContainers(b)
	return xok && yok && reflect.DeepEqual(x, y)
}

func canonicalContainers(v any) (any, bool) {
	s, _ := v.(string)
	var all []map[string]any
	if json.Unmarshal([]byte(s), &all) != nil {
		return nil, false
	}
	for _, c := range all {
		for _, key := range []string{"environment", "mountPoints", "volumesFrom", "portMappings"} {
			if value, said := c[key]; said && value == nil {
				return nil, false
			}
		}
		if _, said := c["essential"]; !said {
			c["essential"] = true
		}
		for _, p := range list(c, "portMappings") {
			if port, ok := p.(map[string]any); ok {
				if _, said := port["protocol"]; !said {
					port["protocol"] = "tcp"
				}
				if _, said := port["hostPort"]; !said {
					port["hostPort"] = port["containerPort"]
				}
			}
		}
		for _, v := range list(c, "environment") {
			if variable, ok := v.(map[string]any); ok && text(variable, "value") == "" {
				return nil, false
			}
		}
		slices.SortFunc(list(c, "environment"), func(a, b any) int {
			x, _ := a.(map[string]any)
			y, _ := b.(map[string]any)
			return strings.Compare(text(x, "name"), text(y, "name"))
		})
	}
	out := make([]any, len(all))
	for i, c := range all {
		out[i] = prune(c)
	}
	return out, true
}

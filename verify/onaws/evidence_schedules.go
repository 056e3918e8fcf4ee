package onaws

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/stack"
)

// readSchedules reads the schedules of a cluster's standalone tasks, through the AWS CLI, which saves a library. One that does not
// exist is left out, and the doctor reports it.
func (b *AWS) readSchedules(ctx context.Context, c stack.Cluster) (all []doctor.Schedule, err error) {
	for _, name := range c.TaskKeys() {
		declared := c.Tasks[name].Schedule
		if declared == nil {
			continue
		}
		environment, err := b.accounts.Environment(ctx, c.Account, c.Region)
		if err != nil {
			return nil, err
		}
		out, err := b.evidence.cli(ctx, environment, "scheduler", "get-schedule", "--group-name", declared.Group, "--name", name, "--output", "json")
		if err != nil && strings.Contains(err.Error(), "ResourceNotFoundException") {
			continue
		}
		if err != nil {
			return nil, err
		}
		var got struct {
			Arn, State string
			Target     struct {
				Arn, RoleArn  string
				EcsParameters struct {
					TaskDefinitionArn, PropagateTags string
					NetworkConfiguration             struct {
						AWSVPC struct{ Subnets, SecurityGroups []string } `json:"awsvpcConfiguration"`
					}
				}
			}
		}
		if err := json.Unmarshal(out, &got); err != nil {
			return nil, fmt.Errorf("aws scheduler get-schedule: %w", err)
		}
		task := got.Target.EcsParameters
		all = append(all, doctor.Schedule{
			ARN: got.Arn, State: got.State, Cluster: got.Target.Arn, Role: got.Target.RoleArn, Definition: task.TaskDefinitionArn, PropagateTags: task.PropagateTags,
			Subnets: task.NetworkConfiguration.AWSVPC.Subnets, Groups: task.NetworkConfiguration.AWSVPC.SecurityGroups,
		})
	}
	return all, nil
}

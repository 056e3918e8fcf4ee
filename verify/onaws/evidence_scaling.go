package onaws

import (
	"context"
	"encoding/json"
	"fmt"

	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/stack"
)

// readScalers reads what Application Auto Scaling has for the services of a cluster that are declared to scale, through the AWS CLI, which
// saves a library. A service without a scalable target is left out, and the doctor reports it.
//
// https://docs.aws.amazon.com/cli/latest/reference/application-autoscaling/, 2026-11-30.
func (b *AWS) readScalers(ctx context.Context, c stack.Cluster) (all []doctor.Scaler, err error) {
	for _, name := range c.ServiceKeys() {
		service := c.Services[name]
		if service.Scaling == nil {
			continue
		}
		environment, err := b.accounts.Environment(ctx, c.Account, c.Region)
		if err != nil {
			return nil, err
		}
		id := "service/" + c.Name + "/" + service.Name(name)
		ask := func(into any, command, flag string) error {
			out, err := b.evidence.cli(ctx, environment, "application-autoscaling", command, "--service-namespace", "ecs", flag, id, "--output", "json")
			if err != nil {
				return err
			}
			if err := json.Unmarshal(out, into); err != nil {
				return fmt.Errorf("aws application-autoscaling %s: %w", command, err)
			}
			return nil
		}
		var targets struct {
			ScalableTargets []struct {
				MinCapacity, MaxCapacity int
				SuspendedState           map[string]bool
			}
		}
		var policies struct {
			ScalingPolicies []struct {
				PolicyName                               string
				TargetTrackingScalingPolicyConfiguration struct{ TargetValue float64 }
			}
		}
		var actions struct {
			ScheduledActions []struct{ ScheduledActionName, Schedule string }
		}
		if err := ask(&targets, "describe-scalable-targets", "--resource-ids"); err != nil {
			return nil, err
		}
		if len(targets.ScalableTargets) == 0 {
			continue
		}
		if err := ask(&policies, "describe-scaling-policies", "--resource-id"); err != nil {
			return nil, err
		}
		if err := ask(&actions, "describe-scheduled-actions", "--resource-id"); err != nil {
			return nil, err
		}
		target := targets.ScalableTargets[0]
		one := doctor.Scaler{Service: service.ARN, Min: target.MinCapacity, Max: target.MaxCapacity, Targets: map[string]float64{}, Schedules: map[string]string{}}
		for _, suspended := range [][2]string{{"DynamicScalingInSuspended", "scaling in"}, {"DynamicScalingOutSuspended", "scaling out"}, {"ScheduledScalingSuspended", "scheduled scaling"}} {
			if target.SuspendedState[suspended[0]] {
				one.Suspended = append(one.Suspended, suspended[1])
			}
		}
		for _, p := range policies.ScalingPolicies {
			one.Targets[p.PolicyName] = p.TargetTrackingScalingPolicyConfiguration.TargetValue
		}
		for _, a := range actions.ScheduledActions {
			one.Schedules[a.ScheduledActionName] = a.Schedule
		}
		all = append(all, one)
	}
	return all, nil
}

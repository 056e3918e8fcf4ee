package onaws

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"ambient-ecs/verify/backend"
)

var _ backend.Redeployer = (*AWS)(nil)

// Redeploy forces a new deployment of the revision that an ECS service runs.
func (b *AWS) Redeploy(ctx context.Context, key, service string) (string, error) {
	c, client, err := b.clusterOf(key)
	if err != nil {
		return "", err
	}
	b.say("Starting a new deployment of %s/%s", key, service)
	updated, err := client.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: aws.String(c.Name), Service: aws.String(c.Services[service].Name(service)), ForceNewDeployment: true})
	if err != nil {
		return "", fmt.Errorf("update service %s of ECS cluster %s in account %s: %w", service, c.Name, c.Account, err)
	}
	all := deployments(updated.Service)
	if len(all) == 0 {
		return "", fmt.Errorf("update service %s of ECS cluster %s in account %s: the answer has no deployment", service, c.Name, c.Account)
	}
	return all[0].ID, nil
}

// Deployments are those of an ECS service, the primary one first.
func (b *AWS) Deployments(ctx context.Context, key, service string) ([]backend.Deployment, error) {
	c, client, err := b.clusterOf(key)
	if err != nil {
		return nil, err
	}
	described, err := client.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: aws.String(c.Name), Services: []string{c.Services[service].Name(service)}})
	if err != nil {
		return nil, fmt.Errorf("describe service %s of ECS cluster %s in account %s: %w", service, c.Name, c.Account, err)
	}
	if len(described.Services) == 0 {
		return nil, fmt.Errorf("ECS cluster %s in account %s has no service %s", c.Name, c.Account, service)
	}
	return deployments(&described.Services[0]), nil
}

// deployments puts the primary deployment first: ECS promises no order.
func deployments(s *types.Service) (all []backend.Deployment) {
	if s == nil {
		return nil
	}
	for _, d := range s.Deployments {
		one := backend.Deployment{ID: aws.ToString(d.Id), Rollout: string(d.RolloutState), Reason: aws.ToString(d.RolloutStateReason)}
		if aws.ToString(d.Status) == "PRIMARY" {
			all = slices.Insert(all, 0, one)
		} else {
			all = append(all, one)
		}
	}
	return all
}

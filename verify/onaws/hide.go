package onaws

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/onaws/proxy"
	"ambient-ecs/verify/stack"
)

// tagDiscovery is the tag that makes istiod discover an ECS cluster.
const tagDiscovery = "ecs.solo.io/discovery-enabled"

var _ backend.Disturber = (*AWS)(nil)

// clusterOf finds an ECS cluster of the stack, and the ECS client of its account.
func (b *AWS) clusterOf(key string) (stack.Cluster, *ecs.Client, error) {
	c, ok := b.stack.Clusters[key]
	if !ok {
		return c, nil, fmt.Errorf("the stack has no ECS cluster %q", key)
	}
	client, err := b.ecs(c)
	return c, client, err
}

// Hide removes an ECS cluster's discovery tag and waits until no ztunnel of the nodes knows any of its services.
func (b *AWS) Hide(ctx context.Context, key string) error {
	c, client, err := b.clusterOf(key)
	if err != nil {
		return err
	}
	b.say("Taking the tag %s from ECS cluster %s", tagDiscovery, c.Name)
	if _, err := client.UntagResource(ctx, &ecs.UntagResourceInput{ResourceArn: aws.String(c.ARN), TagKeys: []string{tagDiscovery}}); err != nil {
		return fmt.Errorf("untag ECS cluster %s in account %s: %w", c.Name, c.Account, err)
	}
	return b.known(ctx, key, false)
}

// Show restores the tag and waits until every service is known again, with its tasks.
func (b *AWS) Show(ctx context.Context, key string) error {
	c, client, err := b.clusterOf(key)
	if err != nil {
		return err
	}
	b.say("Giving ECS cluster %s its tag %s back", c.Name, tagDiscovery)
	if _, err := client.TagResource(ctx, &ecs.TagResourceInput{
		ResourceArn: aws.String(c.ARN), Tags: []types.Tag{{Key: aws.String(tagDiscovery), Value: aws.String("true")}},
	}); err != nil {
		return fmt.Errorf("tag ECS cluster %s in account %s: %w", c.Name, c.Account, err)
	}
	return b.known(ctx, key, true)
}

// known waits until every ztunnel of the nodes knows the services of an ECS cluster with their tasks, or none of them.
func (b *AWS) known(ctx context.Context, key string, there bool) error {
	done, err := b.await(ctx, b.options.Wait, func() (bool, error) {
		dumps, err := b.dump(ctx)
		if err != nil {
			return false, err
		}
		for _, dump := range dumps {
			for _, service := range b.stack.Clusters[key].ServiceKeys() {
				if b.knows(dump, key, service, there) != there {
					return false, nil
				}
			}
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	if !done {
		return fmt.Errorf("within %s istiod did not notice that the tag %s of ECS cluster %s has changed", b.options.Wait, tagDiscovery, key)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(b.options.Settle):
		return nil
	}
}

// knows reports whether a ztunnel knows a cluster's service and, if tasks run and the caller asks for them, its tasks. Other
// clusters share the name of a shared service. There the identity of the tasks decides, and a service without a task always
// passes.
func (b *AWS) knows(dump proxy.Dump, key, service string, tasks bool) bool {
	s := b.stack.Clusters[key].Services[service]
	if s.Shared != "" {
		identity := b.stack.IdentityOf(key, service)
		known := slices.ContainsFunc(dump.BackendWorkloads(), func(w backend.Workload) bool { return w.Identity == identity })
		return known || tasks && s.DesiredCount == 0
	}
	return slices.ContainsFunc(dump.Services, func(known proxy.Service) bool {
		return known.Hostname == s.Hostname && (len(known.Endpoints) > 0 || !tasks || s.DesiredCount == 0)
	})
}

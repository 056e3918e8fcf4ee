package sandboxed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/backend"
)

const (
	// manager owns the fields that verify applies.
	manager = "ambient-verify"
	// discoveryTag makes istiod look into an ECS cluster.
	discoveryTag = "ecs.solo.io/discovery-enabled"
	// gatewayLabel is on the pods and the Service of a gateway.
	gatewayLabel = "gateway.networking.k8s.io/gateway-name"
	// patience is how long a gateway may take.
	patience = time.Minute
)

// Apply creates or replaces objects, as the API server and its webhooks let it. Policies hold at once; gateways need
// pods, which are waited for.
func (b *Backend) Apply(ctx context.Context, objects []backend.Object) error {
	err := b.world.Do(func(tx *world.Tx) error {
		c := api.At(tx, b.stack.EKSArn)
		var problems []error
		for _, o := range objects {
			if _, err := c.Apply(o, api.Options{Manager: manager, Force: true, Webhooks: mesh.Admit}); err != nil {
				problems = append(problems, fmt.Errorf("apply %s %s: %w", api.KindOf(o).Kind, api.ID(o), err))
			}
		}
		return errors.Join(problems...)
	})
	for _, o := range objects {
		if err == nil && api.KindOf(o).Kind == mesh.GatewayKind.Kind {
			err = b.awaitGateway(ctx, api.Namespace(o), api.Name(o))
		}
	}
	return err
}

// awaitGateway waits until a gateway is programmed and one of its pods is ready.
func (b *Backend) awaitGateway(ctx context.Context, namespace, name string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	why := ""
	err := b.world.Wait(ctx, func(tx *world.Tx) (bool, error) {
		c := api.At(tx, b.stack.EKSArn)
		var programmed string
		programmed, _, why = api.Condition(c.Get(mesh.GatewayKind, namespace, name), "Programmed")
		if programmed != "True" {
			return false, nil
		}
		why = "none of its pods is ready"
		for _, pod := range c.List(api.PodKind, namespace) {
			if ready(pod) && api.Labels(pod)[gatewayLabel] == name {
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil {
		return fmt.Errorf("wait for gateway %s/%s: %w: %s", namespace, name, err, why)
	}
	return nil
}

// Remove deletes objects. One that does not exist is removed already.
func (b *Backend) Remove(_ context.Context, objects []backend.Object) error {
	return b.world.Do(func(tx *world.Tx) error {
		c := api.At(tx, b.stack.EKSArn)
		var problems []error
		for _, o := range objects {
			if err := c.Delete(api.KindOf(o), api.Namespace(o), api.Name(o)); err != nil && !apierrors.IsNotFound(err) {
				problems = append(problems, fmt.Errorf("delete %s %s: %w", api.KindOf(o).Kind, api.ID(o), err))
			}
		}
		return errors.Join(problems...)
	})
}

// Hide takes an ECS cluster's discovery tag away. Istiod's loop runs with the change.
func (b *Backend) Hide(_ context.Context, cluster string) error {
	return b.tag(cluster, func(tags map[string]any) { delete(tags, discoveryTag) })
}

// Show gives the tag back.
func (b *Backend) Show(_ context.Context, cluster string) error {
	return b.tag(cluster, func(tags map[string]any) { tags[discoveryTag] = "true" })
}

// Redeploy plays UpdateService with forceNewDeployment.
func (b *Backend) Redeploy(_ context.Context, cluster, service string) (id string, err error) {
	err = b.world.Do(func(tx *world.Tx) error {
		r, err := b.service(tx, cluster, service)
		if err == nil {
			id = aws.ForceDeployment(tx, r)
		}
		return err
	})
	return id, err
}

// Deployments are those of an ECS service, the primary one first. Reading them moves no controller, so that no state of a task
// passes between two calls.
func (b *Backend) Deployments(_ context.Context, cluster, service string) (all []backend.Deployment, err error) {
	err = b.world.Request(func(tx *world.Tx) error {
		r, err := b.service(tx, cluster, service)
		if err != nil {
			return err
		}
		for _, d := range api.Maps(r.Props, "_deployments") {
			all = append(all, backend.Deployment{ID: api.String(d, "id"), Rollout: api.String(d, "rolloutState"), Reason: api.String(d, "reason")})
		}
		return nil
	})
	return all, err
}

func (b *Backend) service(tx *world.Tx, cluster, name string) (*world.Resource, error) {
	known := b.stack.Clusters[cluster]
	arn := known.Services[name].ARN
	if r := tx.Get(b.stack.Accounts[known.Account].ID, aws.ServiceKind, arn); r != nil {
		return r, nil
	}
	return nil, fmt.Errorf("the sandbox has no ECS service %s/%s", cluster, name)
}

func (b *Backend) tag(cluster string, change func(tags map[string]any)) error {
	known, ok := b.stack.Clusters[cluster]
	if !ok {
		return fmt.Errorf("the stack has no ECS cluster %s", cluster)
	}
	return b.world.Do(func(tx *world.Tx) error {
		r := tx.Find(b.stack.Accounts[known.Account].ID, ecsClusterKind, func(r *world.Resource) bool { return r.String("arn") == known.ARN })
		if len(r) == 0 {
			return fmt.Errorf("the sandbox has no ECS cluster %s", known.ARN)
		}
		for _, property := range []string{"tags", "tagsAll"} {
			tags, _ := r[0].Props[property].(map[string]any)
			if tags = maps.Clone(tags); tags == nil {
				tags = map[string]any{}
			}
			change(tags)
			r[0].Props[property] = tags
		}
		tx.Changed(r[0])
		return nil
	})
}

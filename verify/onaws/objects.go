package onaws

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/onaws/connect"
)

const (
	kindPolicy  = "AuthorizationPolicy"
	kindGateway = "Gateway"
)

// List returns the objects of a kind in every namespace.
func (b *AWS) List(ctx context.Context, apiVersion, kind string) ([]backend.Object, error) {
	return b.cluster.List(ctx, apiVersion, kind)
}

// changeWait is how long to wait for a change of a replaced policy at ztunnel. A change of fields that only waypoints read, such
// as methods, does not show at ztunnel.
const changeWait = 15 * time.Second

// Apply creates or replaces objects, and waits until they are enforced.
func (b *AWS) Apply(ctx context.Context, objects []backend.Object) error {
	before, err := b.replaced(ctx, objects)
	if err != nil {
		return err
	}
	for _, object := range objects {
		if err := b.cluster.Apply(ctx, object); err != nil {
			return err
		}
	}
	return b.enforced(ctx, objects, true, before)
}

// Remove deletes objects, and waits until they are no longer enforced.
func (b *AWS) Remove(ctx context.Context, objects []backend.Object) error {
	for _, object := range objects {
		if err := b.cluster.Delete(ctx, object); err != nil {
			return err
		}
	}
	return b.enforced(ctx, objects, false, nil)
}

// contents are contents of policies, by pod of a ztunnel and "namespace/name".
type contents map[string]map[string]string

// replaced are the present contents, at every ztunnel, of the policies that exist and are about to change.
func (b *AWS) replaced(ctx context.Context, objects []backend.Object) (contents, error) {
	var changing []backend.Object
	for _, object := range objects {
		if !forZtunnel(object) {
			continue
		}
		known, err := b.cluster.Get(ctx, backend.Text(object, "apiVersion"), kindPolicy, backend.NamespaceOf(object), backend.NameOf(object))
		if err != nil {
			return nil, err
		}
		if known != nil && !connect.Same(backend.Map(known, "spec"), backend.Map(object, "spec")) {
			changing = append(changing, object)
		}
	}
	if len(changing) == 0 {
		return nil, nil
	}
	dumps, err := b.dump(ctx)
	if err != nil {
		return nil, err
	}
	before := contents{}
	for pod, dump := range dumps {
		before[pod] = map[string]string{}
		for _, object := range changing {
			if content, ok := dump.Policy(backend.NamespaceOf(object), backend.NameOf(object)); ok {
				before[pod][backend.ID(object)] = content
			}
		}
	}
	return before, nil
}

// enforced waits until every ztunnel of the nodes has the policies, or has them no more, until gateways are programmed, and
// then for Options.Settle. If a policy existed before, its content at a ztunnel must have changed.
func (b *AWS) enforced(ctx context.Context, objects []backend.Object, there bool, before contents) error {
	if len(objects) == 0 {
		return nil
	}
	for _, object := range objects {
		if object["kind"] != kindGateway || !there {
			continue
		}
		done, err := b.await(ctx, b.options.Wait, func() (bool, error) { return b.programmed(ctx, object) })
		if err != nil {
			return err
		}
		if !done {
			return fmt.Errorf("gateway %s was not programmed within %s", backend.ID(object), b.options.Wait)
		}
	}
	var missing string
	start := time.Now()
	done, err := b.await(ctx, b.options.Wait, func() (bool, error) {
		if before != nil && time.Since(start) > b.changeWait {
			before = nil
		}
		var err error
		missing, err = b.behind(ctx, objects, there, before)
		return missing == "" && err == nil, err
	})
	if err != nil {
		return fmt.Errorf("wait until the policies are enforced: %w", err)
	}
	if !done {
		return fmt.Errorf("not enforced within %s: %s", b.options.Wait, missing)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(b.options.Settle):
		return nil
	}
}

// behind names a ztunnel that does not have the expected policies yet, "" for none.
func (b *AWS) behind(ctx context.Context, objects []backend.Object, there bool, before contents) (string, error) {
	policies := slices.DeleteFunc(slices.Clone(objects), func(o backend.Object) bool { return !forZtunnel(o) })
	if len(policies) == 0 {
		return "", nil
	}
	dumps, err := b.dump(ctx)
	if err != nil {
		return "", err
	}
	for _, pod := range slices.Sorted(maps.Keys(dumps)) {
		for _, policy := range policies {
			content, has := dumps[pod].Policy(backend.NamespaceOf(policy), backend.NameOf(policy))
			was, known := before[pod][backend.ID(policy)]
			if has != there || known && content == was {
				return fmt.Sprintf("policy %s, at ztunnel pod %s", backend.ID(policy), pod), nil
			}
		}
	}
	return "", nil
}

// forZtunnel reports whether ztunnel enforces a policy. A waypoint enforces a policy with a target.
func forZtunnel(object backend.Object) bool {
	spec := backend.Map(object, "spec")
	_, many := spec["targetRefs"]
	_, one := spec["targetRef"]
	return object["kind"] == kindPolicy && !many && !one
}

func (b *AWS) programmed(ctx context.Context, object backend.Object) (bool, error) {
	found, err := b.cluster.Get(ctx, backend.Text(object, "apiVersion"), kindGateway, backend.NamespaceOf(object), backend.NameOf(object))
	status, _ := backend.ConditionOf(found, "Programmed")
	return status == "True", err
}

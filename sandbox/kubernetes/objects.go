package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

// ifClusterGone is the provider's advice about a cluster that it cannot reach.
const ifClusterGone = "If the cluster was deleted, you can remove this resource from Pulumi state by rerunning the operation with the " +
	"PULUMI_K8S_DELETE_UNREACHABLE environment variable set to \"true\""

// look runs f on the cluster. Nothing f does to the world is undone when it fails.
func (s *session) look(f func(c *api.Cluster) error) error {
	return s.world.Request(func(tx *world.Tx) error {
		c, err := s.reach(tx)
		if err != nil {
			return err
		}
		return f(c)
	})
}

// Create applies the object and waits until it is ready.
func (s *session) Create(ctx context.Context, r provider.Resource) (string, map[string]any, error) {
	if r.Token == releaseToken {
		return s.createRelease(ctx, r)
	}
	subject, err := parseToken(r.Token)
	if err != nil {
		return "", nil, err
	}
	if r.Preview {
		state, err := s.preview(r, subject)
		return "", state, err
	}
	manager := managerOf(r)
	created, err := s.apply(r, subject, manager)
	switch {
	case meta.IsNoMatchError(err):
		return "", nil, fmt.Errorf("creation of resource %q with kind %s/%s failed because the Kubernetes API server "+
			"reported that the apiVersion for this resource does not exist. Verify that any required CRDs have been created: %w",
			r.URN, subject.kind.GroupVersion(), subject.kind.Kind, err)
	case isUnreachable(err):
		return "", nil, err
	case err != nil:
		return "", nil, fmt.Errorf("resource %q was not successfully created by the Kubernetes API server: %w", r.URN, err)
	}
	state, err := s.settle(ctx, created, manager, r.Inputs, subject)
	if err != nil {
		return "", nil, &provider.PartialError{ID: api.ID(created), State: state, Inputs: r.Inputs, Reason: fmt.Errorf(
			"resource %q was successfully created, but the Kubernetes API server reported that it failed to fully "+
				"initialize or become live: %w", r.URN, err)}
	}
	return api.ID(created), state, nil
}

// Update applies the new inputs to the object and waits until it is ready again.
func (s *session) Update(ctx context.Context, r provider.Resource) (map[string]any, error) {
	if r.Token == releaseToken {
		return s.updateRelease(ctx, r)
	}
	subject, err := parseToken(r.Token)
	if err != nil {
		return nil, err
	}
	if r.Preview {
		return s.preview(r, subject)
	}
	manager := managerOf(r)
	updated, err := s.apply(r, subject, manager)
	if err != nil {
		if isUnreachable(err) {
			return nil, err
		}
		return nil, fmt.Errorf("update of resource %q failed: %w", r.URN, err)
	}
	state, err := s.settle(ctx, updated, manager, r.Inputs, subject)
	if err != nil {
		return nil, &provider.PartialError{ID: r.ID, State: state, Inputs: r.Inputs, Reason: fmt.Errorf(
			"the Kubernetes API server reported that %q failed to fully initialize or become live: %w", r.ID, err)}
	}
	return state, nil
}

// send applies an object as a client does: the validating webhooks see it before it is kept.
func (s *session) send(c *api.Cluster, o api.Object, opt api.Options) (api.Object, error) {
	opt.Webhooks = mesh.Admit
	return c.Apply(o, opt)
}

// apply sends the object to the API server, webhooks included. Update and Patch need it to exist.
func (s *session) apply(r provider.Resource, subject subject, manager string) (api.Object, error) {
	o := objectOf(r.Inputs)
	if subject.kind == api.CRDKind {
		if err := api.CheckDefinition(o); err != nil { // slow, so not under the world's lock
			return nil, err
		}
	}
	var applied api.Object
	err := s.look(func(c *api.Cluster) (err error) {
		applied, err = s.send(c, o, api.Options{
			Manager: manager, DryRun: r.Preview, Existing: subject.patch || r.ID != "",
			Force: api.Annotations(o)[patchForce] == "true",
		})
		return err
	})
	return applied, err
}

// preview asks the API server for a dry run in the cases in which the real provider does. Otherwise it knows
// only the inputs.
func (s *session) preview(r provider.Resource, subject subject) (map[string]any, error) {
	if subject.patch || provider.HasUnknown(r.Inputs) {
		return r.Inputs, nil
	}
	r.Preview = true
	o, err := s.apply(r, subject, managerOf(r))
	switch {
	case err == nil:
	case isUnreachable(err), meta.IsNoMatchError(err), isNamespaceMissing(err):
		return r.Inputs, nil
	default:
		return nil, fmt.Errorf("resource %q was not successfully created by the Kubernetes API server: %w", r.URN, err)
	}
	// Fields that the server assigns differ between requests, and the status will still change.
	delete(o, "status")
	if r.ID == "" {
		for _, field := range []string{"uid", "resourceVersion", "creationTimestamp", "managedFields", "generation"} {
			api.Unset(o, "metadata", field)
		}
		if subject.kind == api.ServiceKind {
			api.Unset(o, "spec", "clusterIP")
			api.Unset(o, "spec", "clusterIPs")
		}
	}
	return stateOf(o, managerOf(r)), nil
}

// settle waits until the object is ready and returns its state, also when that fails.
func (s *session) settle(ctx context.Context, o api.Object, manager string, inputs map[string]any, subject subject) (map[string]any, error) {
	var waited error
	if !subject.patch {
		waited = s.await(ctx, o, objectOf(inputs))
	}
	live := o
	err := s.look(func(c *api.Cluster) error {
		current, err := c.Read(api.KindOf(o), api.Namespace(o), api.Name(o))
		if err == nil {
			live = current
		}
		return err
	})
	if waited == nil {
		waited = err
	}
	return stateOf(live, manager), waited
}

// Read returns the live object, and the inputs that would make it.
func (s *session) Read(_ context.Context, r provider.Resource) (string, map[string]any, map[string]any, error) {
	if r.Token == releaseToken {
		return s.readRelease(r)
	}
	subject, err := parseToken(r.Token)
	if err != nil {
		return "", nil, nil, err
	}
	namespace, name := parseID(r.ID)
	var live api.Object
	err = s.look(func(c *api.Cluster) error {
		kind, err := c.Resolve(subject.kind)
		if err != nil {
			return err
		}
		if kind.Namespaced && namespace == "" {
			namespace = DefaultNamespace
		}
		live, err = c.Read(subject.kind, namespace, name)
		return err
	})
	switch {
	case meta.IsNoMatchError(err), apierrors.IsNotFound(err):
		return r.ID, nil, nil, nil
	case isUnreachable(err) && s.deleteUnreachable:
		return r.ID, nil, nil, nil
	case isUnreachable(err):
		return "", nil, nil, fmt.Errorf("failed to read resource state due to unreachable cluster. %s: %w", ifClusterGone, err)
	case err != nil:
		return "", nil, nil, err
	}
	manager, known := r.State[managerKey].(string)
	if !known {
		manager = newManager()
	}
	return r.ID, inputsOf(live, r.Inputs), stateOf(live, manager), nil
}

// Delete removes the object and waits until it is gone; a Patch gives its fields back.
func (s *session) Delete(ctx context.Context, r provider.Resource) error {
	if r.Token == releaseToken {
		return s.deleteRelease(ctx, r)
	}
	subject, err := parseToken(r.Token)
	if err != nil {
		return err
	}
	namespace, name := parseID(r.ID)
	var uid string
	err = s.look(func(c *api.Cluster) error {
		if subject.patch {
			return relinquish(c, subject, namespace, name, managerOf(r))
		}
		uid = api.UID(c.Get(subject.kind, namespace, name))
		return c.Delete(subject.kind, namespace, name)
	})
	switch {
	case meta.IsNoMatchError(err), apierrors.IsNotFound(err):
		return nil
	case isUnreachable(err) && s.deleteUnreachable:
		return nil
	case isUnreachable(err):
		return fmt.Errorf("configured Kubernetes cluster is unreachable. %s: %w", ifClusterGone, err)
	case err != nil || subject.patch:
		return err
	}
	return s.awaitGone(ctx, subject, namespace, name, uid)
}

// relinquish applies nothing in the manager's name, which takes back the fields that only it owned.
func relinquish(c *api.Cluster, subject subject, namespace, name, manager string) error {
	o := api.Object{
		"apiVersion": subject.kind.GroupVersion().String(), "kind": subject.kind.Kind,
		"metadata": api.Object{"name": name},
	}
	if namespace != "" {
		api.Set(o, namespace, "metadata", "namespace")
	}
	_, err := c.Apply(o, api.Options{Manager: manager, Existing: true})
	return err
}

// parseID splits "namespace/name".
func parseID(id string) (namespace, name string) {
	namespace, name, ok := strings.Cut(id, "/")
	if !ok {
		return "", id
	}
	return namespace, name
}

func isUnreachable(err error) bool {
	var u *unreachableError
	return errors.As(err, &u)
}

func isNamespaceMissing(err error) bool {
	var status *apierrors.StatusError
	return errors.As(err, &status) && apierrors.IsNotFound(err) && status.ErrStatus.Details != nil && status.ErrStatus.Details.Kind == "namespaces"
}

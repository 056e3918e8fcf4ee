package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"ambient-ecs/sandbox/kubernetes/api"
)

// What Helm writes into every object of a release.
const (
	helmManager    = "helm"
	releaseName    = "meta.helm.sh/release-name"
	releaseSpace   = "meta.helm.sh/release-namespace"
	managedBy      = "app.kubernetes.io/managed-by"
	resourcePolicy = "helm.sh/resource-policy"
)

// install is `helm install --wait`. Without an error the release is deployed. With an error and a release, the
// release has failed but exists. Without a release nothing was kept.
func (s *session) install(ctx context.Context, p *planned) (*release, error) {
	if err := checkDefinitions(p.objects); err != nil {
		return nil, err
	}
	rel := newRelease(p, 1)
	var failed error
	err := s.look(func(c *api.Cluster) error {
		switch _, err := lastRelease(c, p.namespace, p.name); {
		case err == nil:
			return errors.New("cannot re-use a name that is still in use")
		case !errors.Is(err, errNoRelease):
			return err
		}
		if c.Get(api.NamespaceKind, "", p.namespace) == nil {
			if !api.Bool(p.inputs, "createNamespace") {
				return fmt.Errorf("create: failed to create: %w", apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, p.namespace))
			}
			if _, err := c.Apply(api.Object{"apiVersion": "v1", "kind": "Namespace", "metadata": api.Object{
				"name": p.namespace, "labels": api.Object{"name": p.namespace}}}, api.Options{Manager: helmManager}); err != nil {
				return err
			}
		}
		if err := importable(c, p); err != nil {
			return fmt.Errorf("Unable to continue with install: %w", err)
		}
		failed = s.applyAll(c, p)
		return rel.save(c)
	})
	if err != nil {
		return nil, err
	}
	return s.finish(ctx, p, rel, nil, failed)
}

// upgrade is `helm upgrade --wait`.
func (s *session) upgrade(ctx context.Context, p *planned) (*release, error) {
	if err := checkDefinitions(p.objects); err != nil {
		return nil, err
	}
	var last *release
	if err := s.look(func(c *api.Cluster) (err error) {
		last, err = lastRelease(c, p.namespace, p.name)
		return err
	}); err != nil {
		if errors.Is(err, errNoRelease) {
			return nil, fmt.Errorf("%q has no deployed releases", p.name)
		}
		return nil, err
	}
	before, err := last.objects()
	if err != nil {
		return nil, err
	}
	rel := newRelease(p, last.Revision+1)
	var failed error
	err = s.look(func(c *api.Cluster) error {
		if err := importable(c, p); err != nil {
			return fmt.Errorf("Unable to continue with update: %w", err)
		}
		if failed = s.applyAll(c, p); failed == nil {
			failed = removeAll(c, obsolete(before, p.objects))
		}
		if last.Status == statusDeployed {
			last.Status = statusSuperseded
			if err := last.save(c); err != nil {
				return err
			}
		}
		return rel.save(c)
	})
	if err != nil {
		return nil, err
	}
	return s.finish(ctx, p, rel, obsolete(p.objects, before), failed)
}

// finish waits for the release's objects and keeps the outcome. added are the objects that only this revision
// has.
func (s *session) finish(ctx context.Context, p *planned, rel *release, added []api.Object, failed error) (*release, error) {
	if failed == nil && !api.Bool(p.inputs, "skipAwait") {
		failed = s.poll(ctx, timeoutOf(p.inputs), func(c *api.Cluster) (*pending, error) {
			for _, o := range p.objects {
				live := c.Get(api.KindOf(o), api.Namespace(o), api.Name(o))
				if live == nil {
					return &pending{fmt.Sprintf("%s %s is gone", api.KindOf(o).Kind, api.ID(o))}, nil
				}
				if ready := readiness(live); ready != nil {
					if why := ready(c, live); why != nil {
						return why, nil
					}
				}
			}
			return nil, nil
		})
	}
	rel.Status = statusDeployed
	if failed != nil {
		rel.Status = statusFailed
	}
	err := s.look(func(c *api.Cluster) error {
		if failed != nil && api.Bool(p.inputs, "cleanupOnFail") {
			if err := removeAll(c, added); err != nil {
				return err
			}
		}
		if err := rel.save(c); err != nil {
			return err
		}
		return forgetRevisions(c, rel, int(api.Int(p.inputs, "maxHistory")))
	})
	if err != nil {
		return rel, errors.Join(failed, err)
	}
	if failed != nil && api.Bool(p.inputs, "atomic") && rel.Revision == 1 {
		if err := s.uninstall(ctx, p.namespace, p.name, timeoutOf(p.inputs)); err != nil {
			return nil, fmt.Errorf("release %s failed, and has been uninstalled due to atomic being set: %w", p.name, errors.Join(failed, err))
		}
		return nil, fmt.Errorf("release %s failed, and has been uninstalled due to atomic being set: %w", p.name, failed)
	}
	return rel, failed
}

// uninstall is `helm uninstall --wait`. Objects with the keep policy stay.
func (s *session) uninstall(ctx context.Context, namespace, name string, timeout time.Duration) error {
	var last *release
	err := s.look(func(c *api.Cluster) (err error) {
		last, err = lastRelease(c, namespace, name)
		return err
	})
	if errors.Is(err, errNoRelease) {
		return nil
	}
	if err != nil {
		return err
	}
	objects, err := last.objects()
	if err != nil {
		return err
	}
	objects = obsolete(objects, nil)
	if err := s.look(func(c *api.Cluster) error { return removeAll(c, objects) }); err != nil {
		return err
	}
	if err := s.poll(ctx, timeout, func(c *api.Cluster) (*pending, error) {
		for _, o := range objects {
			if c.Get(api.KindOf(o), api.Namespace(o), api.Name(o)) != nil {
				return &pending{fmt.Sprintf("%s %s still exists", api.KindOf(o).Kind, api.ID(o))}, nil
			}
		}
		return nil, nil
	}); err != nil {
		return err
	}
	return s.look(func(c *api.Cluster) error { return forgetRelease(c, namespace, name) })
}

// checkDefinitions checks a chart's custom resource definitions, outside of any transaction.
func checkDefinitions(objects []api.Object) error {
	for _, o := range objects {
		if api.KindOf(o) == api.CRDKind {
			if err := api.CheckDefinition(o); err != nil {
				return fmt.Errorf("failed to install CRD %s: %w", api.Name(o), err)
			}
		}
	}
	return nil
}

// importable refuses objects that exist and belong to somebody else.
func importable(c *api.Cluster, p *planned) error {
	for _, o := range p.objects {
		live := c.Get(api.KindOf(o), api.Namespace(o), api.Name(o))
		if live == nil {
			continue
		}
		notes := api.Annotations(live)
		if api.Labels(live)[managedBy] == "Helm" && notes[releaseName] == p.name && notes[releaseSpace] == p.namespace {
			continue
		}
		return fmt.Errorf("%s %q in namespace %q exists and cannot be imported into the current release: invalid ownership metadata; "+
			"annotation validation error: key %q must equal %q: current value is %q",
			api.KindOf(o).Kind, api.Name(o), api.Namespace(o), releaseName, p.name, notes[releaseName])
	}
	return nil
}

// applyAll applies the objects in order and stops at the first that is refused.
func (s *session) applyAll(c *api.Cluster, p *planned) error {
	for _, o := range p.objects {
		o = api.Copy(o)
		api.Set(o, "Helm", "metadata", "labels", managedBy)
		api.Set(o, p.name, "metadata", "annotations", releaseName)
		api.Set(o, p.namespace, "metadata", "annotations", releaseSpace)
		if _, err := s.send(c, o, api.Options{Manager: helmManager, Force: true, Whole: true}); err != nil {
			return fmt.Errorf("failed to create resource: %w", err)
		}
	}
	return nil
}

// obsolete returns what is in before, not in after, and not to be kept; last installed first.
func obsolete(before, after []api.Object) []api.Object {
	wanted := map[string]bool{}
	for _, o := range after {
		wanted[api.KindOf(o).GroupKind().String()+"/"+api.ID(o)] = true
	}
	var gone []api.Object
	for i := len(before) - 1; i >= 0; i-- {
		o := before[i]
		if !wanted[api.KindOf(o).GroupKind().String()+"/"+api.ID(o)] && api.Annotations(o)[resourcePolicy] != "keep" {
			gone = append(gone, o)
		}
	}
	return gone
}

func removeAll(c *api.Cluster, objects []api.Object) error {
	for _, o := range objects {
		if err := c.Delete(api.KindOf(o), api.Namespace(o), api.Name(o)); err != nil && !apierrors.IsNotFound(err) && !meta.IsNoMatchError(err) {
			return fmt.Errorf("failed to delete %s %s: %w", api.KindOf(o).Kind, api.ID(o), err)
		}
	}
	return nil
}

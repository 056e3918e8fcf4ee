package sandboxed

import (
	"context"
	"errors"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/observability"
)

// Get returns a copy of an object, nil if there is none.
func (b *Backend) Get(_ context.Context, apiVersion, kind, namespace, name string) (backend.Object, error) {
	return read(b, func(tx *world.Tx) backend.Object {
		if o := b.objects(tx).Get(schema.FromAPIVersionAndKind(apiVersion, kind), namespace, name); o != nil {
			return api.Copy(o)
		}
		return nil
	})
}

// Kubernetes implements doctor.Evidence. It adds facts that are not visible from outside of a real cluster: the certificates of
// the proxies, and the AWS identity with which istiod started.
func (b *Backend) Kubernetes(ctx context.Context) (*doctor.Kubernetes, error) {
	k, err := doctor.ReadKubernetes(ctx, b, b.stack)
	if err != nil {
		return nil, err
	}
	return read(b, func(tx *world.Tx) *doctor.Kubernetes {
		c := b.objects(tx)
		k.Root = mesh.Root(c)
		for i, pod := range k.Pods {
			o := c.Get(api.PodKind, pod.Namespace, pod.Name)
			if pod.Ready {
				k.Pods[i].Authority = authority(mesh.CredentialsOfPod(c, o))
			}
			if fields := strings.Fields(mesh.InjectedIdentity(o)); k.Istiod != nil && k.Istiod.Name == pod.Name && len(fields) == 3 {
				k.Istiod.Identity = fields[0] + "/" + fields[2]
			}
		}
		here := func(r *world.Resource) bool { return r.String("clusterName") == b.stack.EKSName }
		for _, r := range b.find(tx, addOnKind) {
			if here(r) {
				k.AddOns = append(k.AddOns, r.String("addonName"))
			}
		}
		for _, r := range b.find(tx, podIdentityKind) {
			if here(r) {
				k.Associations = append(k.Associations, doctor.Association{
					ID: r.ID, Namespace: r.String("namespace"), ServiceAccount: r.String("serviceAccount"), Role: r.String("roleArn"), Changed: r.Created,
				})
			}
		}
		return k
	})
}

// authority is the authority that a proxy got with its certificate, nil if it has no certificate.
func authority(a mesh.Authority, has bool) *doctor.Authority {
	if !has {
		return nil
	}
	return &doctor.Authority{Certificate: a.Certificate, Chain: a.Chain, Roots: a.Root}
}

// Watch implements doctor.Watcher.
func (b *Backend) Watch(ctx context.Context) (*doctor.Watch, error) {
	seen := &doctor.Watch{}
	var unread, unlisted, unknown error
	seen.CloudWatch, unread = b.CloudWatch(ctx)
	seen.Providers, seen.Traces, unlisted = doctor.ReadTracing(ctx, b)
	// The sandbox installs an outline of Prometheus's chart, with its values as they were given.
	values, missing := b.Get(ctx, "v1", "ConfigMap", b.stack.ObservabilityNamespace, "prometheus-values")
	seen.Jobs, unknown = observability.Jobs(backend.Text(values, "data", "values.yaml"))
	return seen, errors.Join(unread, unlisted, missing, unknown)
}

package mesh_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
)

// another starts an istiod of a revision beside the one that is there.
func (f *fixture) another(revision string) {
	f.Helper()
	f.do(func(tx *world.Tx) {
		c := api.At(tx, clusterARN)
		name := "istiod-" + revision
		f.istiod(c, "mesh-domain.example,"+awayRole, func(pod api.Object) {
			api.Set(pod, name, "metadata", "name")
			api.Set(pod, revision, "metadata", "labels", "istio.io/rev")
			api.Set(pod, name, "spec", "serviceAccountName")
			api.Set(pod, mesh.StartIdentity(c, mesh.System, name), "metadata", "annotations", mesh.IdentityAnnotation)
		})
	})
}

func TestAnIstiodOfARevisionNeedsAnAssociationOfItsOwnAndWithoutOneTakesNothingAway(t *testing.T) {
	f := newFixture(t)
	before := slices.Sorted(maps.Keys(f.entries()))
	f.another("1-29-1")
	if after := slices.Sorted(maps.Keys(f.entries())); !slices.Equal(before, after) || len(after) == 0 {
		t.Errorf("entries were %v and are %v", before, after)
	}
	f.do(func(tx *world.Tx) {
		c := api.At(tx, clusterARN)
		if why := c.Complaints(c.Get(api.PodKind, mesh.System, "istiod-1-29-1")); !strings.Contains(why, "before its Pod Identity association") {
			t.Errorf("the new istiod says %q", why)
		}
		if why := c.Complaints(c.Get(api.PodKind, mesh.System, "istiod")); why != "" {
			t.Errorf("the old istiod says %q", why)
		}
	})
}

func TestATaskReachesTheIstiodThatItsGatewayBelongsTo(t *testing.T) {
	f := exposed(t, token(goodToken()))
	f.do(func(tx *world.Tx) {
		f.write(api.At(tx, clusterARN), object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "gateways.gateway.networking.k8s.io", api.Object{"spec": api.Object{
			"group": "gateway.networking.k8s.io", "scope": "Namespaced", "names": api.Object{"kind": "Gateway", "plural": "gateways", "singular": "gateway"},
			"versions": []any{api.Object{"name": "v1", "served": true, "storage": true,
				"schema": api.Object{"openAPIV3Schema": api.Object{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}},
		}}))
	})
	name := func(revision string) {
		f.do(func(tx *world.Tx) {
			c := api.At(tx, clusterARN)
			f.write(c, object("gateway.networking.k8s.io/v1", "Gateway", mesh.System, "eastwest", api.Object{
				"metadata": api.Object{"labels": api.Object{"istio.io/rev": revision}}, "spec": api.Object{"gatewayClassName": "istio-eastwest"}}))
			service := api.Copy(c.Get(api.ServiceKind, mesh.System, "eastwest"))
			api.Set(service, "eastwest", "metadata", "labels", "gateway.networking.k8s.io/gateway-name")
			f.write(c, service)
		})
	}
	name("default")
	if ready, why := f.ready(); !ready {
		t.Fatal(why)
	}
	name("1-29-1")
	if ready, why := f.ready(); ready || !strings.Contains(why, "istiod does not run") {
		t.Errorf("without the revision: %v %s", ready, why)
	}
	f.another("1-29-1")
	if ready, why := f.ready(); !ready {
		t.Errorf("with the revision: %s", why)
	}
}

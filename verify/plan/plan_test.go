package plan

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

// cluster answers List from a list of objects. It has no other method.
type cluster struct {
	backend.Backend
	objects []backend.Object
	stack   *stack.Stack
}

func (c cluster) List(_ context.Context, apiVersion, kind string) ([]backend.Object, error) {
	var found []backend.Object
	for _, o := range c.objects {
		if o["apiVersion"] == apiVersion && o["kind"] == kind {
			found = append(found, o)
		}
	}
	return found, nil
}

// mesh is two ECS services, a and b, each in its own namespace.
func mesh(more ...backend.Object) cluster {
	c := cluster{stack: &stack.Stack{}, objects: []backend.Object{
		{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "istio-system", "labels": map[string]any{"topology.istio.io/network": "eks"}}},
	}}
	for number, name := range []string{"a", "b"} {
		host := name + ".mesh.example"
		labels := map[string]any{"ecs.solo.io/hostname": host}
		c.objects = append(c.objects,
			backend.Object{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name, "labels": map[string]any{"istio.io/dataplane-mode": "ambient"}}},
			backend.Object{"apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry",
				"metadata": map[string]any{"name": name, "namespace": name, "annotations": map[string]any{annotationARN: "arn:" + name}},
				"spec": map[string]any{"hosts": []any{host}, "resolution": "STATIC", "workloadSelector": map[string]any{"labels": labels},
					"ports": []any{map[string]any{"name": "port-0", "number": int64(8080), "protocol": "HTTP"}}}},
			backend.Object{"apiVersion": "networking.istio.io/v1", "kind": "WorkloadEntry",
				"metadata": map[string]any{"name": name + "-1", "namespace": name, "labels": labels, "annotations": map[string]any{"ambient.istio.io/redirection": "enabled"}},
				"spec":     map[string]any{"address": "10.0.0." + string(rune('1'+number)), "labels": labels, "serviceAccount": "ecs", "network": "eks"}},
		)
	}
	c.objects = append(c.objects, more...)
	return c
}

// preview is the engine's output for steps of a kind "op" with the objects after the steps.
func preview(t *testing.T, op string, objects ...backend.Object) []byte {
	t.Helper()
	var steps []step
	for _, o := range objects {
		r := &record{Type: "kubernetes:" + o["apiVersion"].(string) + ":" + o["kind"].(string), Inputs: o}
		steps = append(steps, step{Op: op, URN: "urn:pulumi:dev::mesh::type::" + backend.NameOf(o), OldState: r, NewState: r})
	}
	data, err := json.Marshal(map[string]any{"steps": steps})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func policyIn(namespace, name string, spec map[string]any) backend.Object {
	return backend.Object{"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
		"metadata": map[string]any{"namespace": namespace, "name": name}, "spec": spec}
}

func from(namespace string, more map[string]any) map[string]any {
	rule := map[string]any{"from": []any{map[string]any{"source": map[string]any{"namespaces": []any{namespace}}}}}
	if more != nil {
		rule["to"] = []any{map[string]any{"operation": more}}
	}
	return map[string]any{"action": "ALLOW", "rules": []any{rule}}
}

// compareAll is Compare, as lines of "who → whom request: now → then".
func compareAll(t *testing.T, c cluster, printed []byte) []string {
	t.Helper()
	change, err := Read(printed)
	if err != nil {
		t.Fatal(err)
	}
	flows, err := Compare(t.Context(), c, c.stack, change)
	if err != nil {
		t.Fatal(err)
	}
	word := map[bool]string{true: "works", false: "refused"}
	var lines []string
	for _, f := range flows {
		lines = append(lines, strings.TrimPrefix(f.From, "spiffe://cluster.local/ns/")+" → "+f.To+" "+f.Request+": "+word[f.Now]+" → "+word[f.Then])
	}
	return lines
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("changed calls:\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestAPolicyThatIsAddedStopsTheCallersThatItDoesNotName(t *testing.T) {
	expect(t, compareAll(t, mesh(), preview(t, "create", policyIn("b", "only-b", from("b", nil)))),
		"a/sa/ecs → b.mesh.example GET /: works → refused")
}

func TestAPolicyThatGoesLetsItsVictimsCallAgain(t *testing.T) {
	only := policyIn("b", "only-b", from("b", nil))
	expect(t, compareAll(t, mesh(only), preview(t, "delete", only)),
		"a/sa/ecs → b.mesh.example GET /: refused → works")
}

func TestAPolicyThatChangesNothingForAnybodyIsNotListed(t *testing.T) {
	only := policyIn("b", "only-b", from("b", nil))
	expect(t, compareAll(t, mesh(only), preview(t, "update", policyIn("b", "only-b", from("b", map[string]any{"ports": []any{"8080"}})))))
}

func TestAPlannedWaypointIsTriedBeforeItExists(t *testing.T) {
	gateway := backend.Object{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
		"metadata": map[string]any{"name": "waypoint", "namespace": "b", "labels": map[string]any{"istio.io/waypoint-for": "service"}},
		"spec": map[string]any{"gatewayClassName": "istio-waypoint",
			"listeners": []any{map[string]any{"name": "mesh", "port": int64(15008), "protocol": "HBONE"}}}}
	namespace := backend.Object{"apiVersion": "v1", "kind": "Namespace",
		"metadata": map[string]any{"name": "b", "labels": map[string]any{"istio.io/dataplane-mode": "ambient", "istio.io/use-waypoint": "waypoint"}}}
	spec := from("a", map[string]any{"methods": []any{"GET"}, "paths": []any{"/orders/*"}})
	spec["targetRefs"] = []any{map[string]any{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "waypoint"}}
	steps := slices.Concat([]backend.Object{gateway, namespace}, []backend.Object{policyIn("b", "read-orders", spec)})
	expect(t, compareAll(t, mesh(), preview(t, "create", steps...)),
		"a/sa/ecs → b.mesh.example GET /: works → refused",
		"b/sa/ecs → b.mesh.example GET /: works → refused",
	)
}

func TestWhatOnlyCallsOthersIsNotACalledService(t *testing.T) {
	c := mesh()
	c.stack.Clusters = map[string]stack.Cluster{"one": {Services: map[string]stack.Service{"b": {Hostname: "b.mesh.example", ClientOnly: true}}}}
	expect(t, compareAll(t, c, preview(t, "create", policyIn("b", "deny-all", map[string]any{}))))
}

func TestAServiceThatGoesIsAStopForEverybodyUnlessSomebodyElseAnswers(t *testing.T) {
	removed := func(op string, count float64) []byte {
		r := &record{Type: serviceType, ID: "arn:b", Inputs: map[string]any{"desiredCount": 1.0, "tags": map[string]any{tagHostname: "b.mesh.example"}}}
		after := &record{Type: serviceType, ID: "arn:b", Inputs: map[string]any{"desiredCount": count, "tags": r.Inputs["tags"]}}
		data, err := json.Marshal(map[string]any{"steps": []step{{Op: op, URN: "urn:pulumi:dev::mesh::type::b", OldState: r, NewState: after}}})
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for name, c := range map[string]struct {
		printed []byte
		members int
		stops   bool
	}{
		"removed":                       {removed("delete", 1), 1, true},
		"scaled to none":                {removed("update", 0), 1, true},
		"scaled":                        {removed("update", 3), 1, false},
		"one of two under a name":       {removed("delete", 1), 2, false},
		"one of two, scaled to nothing": {removed("update", 0), 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := mesh()
			m.stack.Clusters = map[string]stack.Cluster{}
			for number := range c.members {
				m.stack.Clusters[string(rune('a'+number))] = stack.Cluster{Services: map[string]stack.Service{"b": {Hostname: "b.mesh.example", DesiredCount: 1}}}
			}
			var want []string
			if c.stops {
				want = []string{"everybody → b.mesh.example any: works → refused"}
			}
			expect(t, compareAll(t, m, c.printed), want...)
		})
	}
}

func TestAPreviewThatFailedIsNoPlan(t *testing.T) {
	for name, printed := range map[string]string{
		"no JSON":         "Previewing update (dev)",
		"no steps":        `{"config":{}}`,
		"failed":          `{"steps":[{"op":"same","urn":"urn:pulumi:d::p::t::n"}],"diagnostics":[{"severity":"error","message":"no such region"}]}`,
		"another program": `[]`,
	} {
		if _, err := Read([]byte(printed)); err == nil {
			t.Errorf("%s: it was taken for a plan", name)
		}
	}
}

// With --show-sames a preview lists the unchanged resources too. They are no change.
func TestUnchangedResourcesChangeNothing(t *testing.T) {
	change, err := Read(preview(t, "same", policyIn("b", "only-a", from("a", nil)), backend.Object{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "a"},
	}))
	if err != nil || !change.Empty() || len(change.Restarts) != 0 {
		t.Errorf("%+v, %v", change, err)
	}
}

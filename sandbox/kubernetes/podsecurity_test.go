package kubernetes_test

import (
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
)

// safe is what the standard "restricted" asks of a container.
func safe(o api.Object) {
	container(o)["securityContext"] = api.Object{
		"allowPrivilegeEscalation": false, "runAsNonRoot": true, "capabilities": api.Object{"drop": []any{"ALL"}},
		"seccompProfile": api.Object{"type": "RuntimeDefault"},
	}
}

func TestANamespaceRefusesPodsThatAskForTooMuch(t *testing.T) {
	t.Parallel()
	const enforce = "pod-security.kubernetes.io/enforce"
	host := func(o api.Object) { api.Set(o, true, "spec", "template", "spec", "hostNetwork") }
	for name, c := range map[string]struct {
		level   string
		edit    func(api.Object)
		refused string
	}{
		"no standard":                       {"", host, ""},
		"privileged, the node's network":    {"privileged", host, ""},
		"baseline, the node's network":      {"baseline", host, `violates PodSecurity "baseline:latest": host namespaces`},
		"baseline, a plain pod":             {"baseline", nil, ""},
		"restricted, a plain pod":           {"restricted", nil, `violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false`},
		"restricted, a pod that meets this": {"restricted", safe, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.addNodes()
			labels := map[string]any{}
			if c.level != "" {
				labels[enforce] = c.level
			}
			f.mustCreate(namespaceToken, "shop", namespace("shop", labels))
			_, err := f.create(deploymentToken, "echo", deployment(func(o api.Object) {
				api.Set(o, "shop", "metadata", "namespace")
				if c.refused == "" {
					api.Set(o, "300", "metadata", "annotations", "pulumi.com/timeoutSeconds") // the pods have to start
				}
				if c.edit != nil {
					c.edit(o)
				}
			}))
			switch {
			case c.refused != "":
				wantError(t, err, c.refused)
			case err != nil:
				t.Error(err)
			}
		})
	}
}

// Istio's template of a waypoint meets "restricted" but for the seccomp profile, which the class's defaults add.
func TestAWaypointMeetsRestrictedWithASeccompProfile(t *testing.T) {
	t.Parallel()
	for overlay, ok := range map[string]bool{
		`{"spec":{"replicas":1}}`: false,
		`{"spec":{"replicas":1,"template":{"spec":{"securityContext":{"seccompProfile":{"type":"RuntimeDefault"}}}}}}`: true,
	} {
		f := installed(t)
		f.mustCreate(namespaceToken, "shop", namespace("shop", map[string]any{"pod-security.kubernetes.io/enforce": "restricted"}))
		f.mustCreate(configMapToken, "defaults", map[string]any{
			"metadata": map[string]any{"name": "defaults", "namespace": "istio-system", "labels": map[string]any{"gateway.istio.io/defaults-for-class": "istio-waypoint"}},
			"data":     map[string]any{"deployment": overlay},
		})
		inputs := waypointInputs()
		if !ok {
			api.Set(inputs, "15", "metadata", "annotations", "pulumi.com/timeoutSeconds")
		}
		if _, err := f.create(gatewayToken, "waypoint", inputs); (err == nil) != ok {
			t.Errorf("with %s: %v", overlay, err)
		}
	}
}

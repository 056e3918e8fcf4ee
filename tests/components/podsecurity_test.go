package components

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/mesh"
	"ambient-ecs/mesh/podsecurity"
	"ambient-ecs/observability"
)

// Every namespace that the program makes has a standard where there is one, and no label of it where there is none.
func TestEveryNamespaceHasItsPodSecurityStandard(t *testing.T) {
	const enforce = "pod-security.kubernetes.io/enforce"
	for _, level := range []podsecurity.Level{"", podsecurity.Baseline, podsecurity.Restricted} {
		r := made(t, func(ctx *pulumi.Context, f *fixture) error {
			plane, door, namespace, users, workloads, addons := validControlPlane(f), validDoor(f), validNamespace(f), validIngress(f), validWorkloads(f), validAddons(f)
			plane.PodSecurity, door.PodSecurity, namespace.PodSecurity, users.PodSecurity, workloads.PodSecurity, addons.PodSecurity = level, level, level, level, level, level
			for _, make := range []func() error{
				func() error { _, err := mesh.NewControlPlane(ctx, "mesh", plane); return err },
				func() error { _, err := mesh.NewEastWestGateway(ctx, "door", door); return err },
				func() error { _, err := mesh.NewNamespace(ctx, "shop", namespace); return err },
				func() error { _, err := mesh.NewIngress(ctx, "ingress", users); return err },
				func() error { _, err := mesh.NewTestWorkloads(ctx, "test", workloads); return err },
				func() error { _, err := observability.NewAddons(ctx, "addons", addons); return err },
			} {
				if err := make(); err != nil {
					return err
				}
			}
			return nil
		})
		namespaces := r.OfType("kubernetes:core/v1:Namespace")
		if len(namespaces) != 5 {
			t.Errorf("%d namespaces", len(namespaces))
		}
		for _, one := range append(namespaces, r.OfType("kubernetes:core/v1:NamespacePatch")...) {
			var want any
			switch name := at(t, one, "metadata", "name"); {
			case level == "":
			case name == "istio-system":
				want = "privileged"
			default:
				want = string(level)
			}
			labels, _ := at(t, one, "metadata").(map[string]any)["labels"].(map[string]any)
			if got := labels[enforce]; got != want {
				t.Errorf("%q: namespace %s has %v, want %v", level, one.Name, got, want)
			}
		}
		for _, defaults := range r.OfType(configMap) {
			data, _ := defaults.Inputs["data"].(map[string]any) // a ConfigMap that is read has none
			if text, has := data["deployment"].(string); has && strings.Contains(text, "seccompProfile") != (level == podsecurity.Restricted) {
				t.Errorf("%q: pods of %s are %s", level, defaults.Name, text)
			}
		}
	}
}

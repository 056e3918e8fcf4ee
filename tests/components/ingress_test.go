package components

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/mesh"
	"ambient-ecs/tests/recorder"
)

const httpRoute = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"

func entered(t *testing.T, change func(*mesh.IngressArgs)) *recorder.Recording {
	t.Helper()
	return made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validIngress(f)
		if change != nil {
			change(args)
		}
		_, err := mesh.NewIngress(ctx, "ingress", args)
		return err
	})
}

func TestAnIngressHasANamespaceOfItsOwnAndWaitsForItsLoadBalancer(t *testing.T) {
	r := entered(t, nil)
	children(t, r, mesh.IngressTypeToken, kubernetesProvider)
	gateway, parameters := only(t, r, gatewayObject), r.Get(t, configMap, "ingress-parameters")
	says(t, r.Get(t, coreNamespace, "ingress"), "mesh-ingress", "metadata", "name")
	says(t, r.Get(t, coreNamespace, "ingress"), "eks", "metadata", "labels", "topology.istio.io/network")
	says(t, r.Get(t, coreNamespace, "ingress"), "enabled", "metadata", "labels", "elbv2.k8s.aws/pod-readiness-gate-inject")
	says(t, gateway, "istio", "spec", "gatewayClassName")
	says(t, gateway, "condition=Programmed", "metadata", "annotations", "pulumi.com/waitFor")
	says(t, gateway, "ingress-parameters", "spec", "infrastructure", "parametersRef", "name")
	needs(t, r, gateway, parameters)
	for _, name := range []string{"ingress-redirect", "ingress-host.shop.example.com"} {
		needs(t, r, r.Get(t, httpRoute, name), gateway)
	}
	for _, res := range r.Resources {
		if res.Type == coreSecret {
			t.Errorf("there is the Secret %s, and TLS ends at the load balancer", res.Name)
		}
	}
}

func TestTheKeyOfAnIngressIsASecretOfItsNamespace(t *testing.T) {
	r := entered(t, func(a *mesh.IngressArgs) { a.Gateway.CertificateARN, a.Certificate, a.Key = "", "certificate", "key" })
	secret := only(t, r, coreSecret)
	says(t, secret, "mesh-ingress", "metadata", "namespace")
	says(t, secret, "kubernetes.io/tls", "type")
	needs(t, r, only(t, r, gatewayObject), secret)
}

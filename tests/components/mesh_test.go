package components

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/mesh"
	"ambient-ecs/mesh/values"
	"ambient-ecs/tests/recorder"
)

func TestDefinitionsComeOneByOneAndBeforeTheClass(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		api, err := mesh.NewGatewayAPI(ctx, "api", validGatewayAPI(f))
		if err != nil {
			return err
		}
		return probe(ctx, api.Ready)
	})
	children(t, r, mesh.GatewayAPITypeToken, kubernetesProvider)
	class := only(t, r, gatewayClass)
	says(t, class, "istio-eastwest", "metadata", "name")
	says(t, class, "istio.io/eastwest-controller", "spec", "controllerName")
	if n := len(r.OfType(definition)); n != 2 {
		t.Errorf("%d definitions", n)
	}
	for _, crd := range r.OfType(definition) {
		needs(t, r, class, crd)
		says(t, crd, crd.Name, "metadata", "name")
		says(t, crd, "gateway.networking.k8s.io", "spec", "group")
		// A file without labels or annotations gives an object without them: an empty map would be a difference.
		says(t, crd, nil, "metadata", "labels")
	}
	says(t, r.Get(t, definition, "gatewayclasses.gateway.networking.k8s.io"), "v1.4.0", "metadata", "annotations", "gateway.networking.k8s.io/bundle-version")
	says(t, r.Get(t, definition, "gateways.gateway.networking.k8s.io"), nil, "metadata", "annotations")
	needs(t, r, only(t, r, probeType), class)
}

// oneGateway records a gateway, and resources that take its address and its certificate.
func oneGateway(t *testing.T, options ...func(*recorder.Options)) *recorder.Recording {
	t.Helper()
	return play(t, func(ctx *pulumi.Context, f *fixture) error {
		made, err := mesh.NewEastWestGateway(ctx, "eastwest", validGateway(f))
		if err != nil {
			return err
		}
		if err := probe(ctx, made.Ready); err != nil {
			return err
		}
		return taker(ctx, pulumi.Sprintf("%s|%s", made.Address, made.RootCertificate))
	}, options...)
}

func TestTheGatewayIsInternalAndOpenToTheMeshOnly(t *testing.T) {
	r := oneGateway(t)
	children(t, r, mesh.EastWestGatewayTypeToken, kubernetesProvider)
	gateway := only(t, r, gatewayObject)
	for key, want := range map[string]string{
		"service.beta.kubernetes.io/aws-load-balancer-internal":  "true",
		"service.beta.kubernetes.io/aws-load-balancer-type":      "nlb",
		"service.beta.kubernetes.io/load-balancer-source-ranges": "10.0.0.0/16,10.1.0.0/16",
	} {
		says(t, gateway, want, "spec", "infrastructure", "annotations", key)
	}
	// Tasks find istiod by these labels. The objects that Istio makes for the gateway carry them too.
	for _, labels := range [][]any{{"metadata", "labels"}, {"spec", "infrastructure", "labels"}} {
		says(t, gateway, map[string]any{"istio.io/expose-istiod": "15012", "topology.istio.io/network": "eks"}, labels...)
	}
}

func TestTheGatewayGivesItsAddressAndTheRootCertificate(t *testing.T) {
	for _, c := range []struct {
		name    string
		ingress map[string]any
		want    string
	}{
		{"a name", map[string]any{"hostname": "gateway.example"}, "gateway.example|root"},
		{"an address", map[string]any{"ip": "10.0.3.4"}, "10.0.3.4|root"},
		{"both", map[string]any{"hostname": "gateway.example", "ip": "10.0.3.4"}, "10.0.3.4|root"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := oneGateway(t, answering(coreService, balancer(c.ingress)))
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			says(t, only(t, r, takerType), c.want, "value")
		})
	}
}

func balancer(ingress ...any) map[string]any {
	return map[string]any{"status": map[string]any{"loadBalancer": map[string]any{"ingress": ingress}}}
}

func TestAGatewayWithoutAnAddressIsAnError(t *testing.T) {
	for name, ingress := range map[string][]any{"no entry": {}, "an empty entry": {map[string]any{"ip": "", "hostname": ""}}} {
		r := oneGateway(t, answering(coreService, balancer(ingress...)))
		if r.Err == nil || !strings.Contains(r.Err.Error(), "has no load balancer address") {
			t.Errorf("%s: %v", name, r.Err)
		}
	}
}

func TestAMissingRootCertificateIsAnError(t *testing.T) {
	r := oneGateway(t, answering(configMap, map[string]any{"data": map[string]any{"other": "x"}}))
	if r.Err == nil || !strings.Contains(r.Err.Error(), "has no root-cert.pem") {
		t.Errorf("%v", r.Err)
	}
}

// A preview must not read what does not exist yet.
func TestAFirstPreviewReadsNothing(t *testing.T) {
	r := oneGateway(t, preview)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	for _, res := range own(r) {
		if res.Read {
			t.Errorf("%s %s is read", res.Type, res.Name)
		}
	}
	says(t, only(t, r, takerType), recorder.Unknown, "value")
}

func TestTheCertificateIsReadOnceAfterTheAddress(t *testing.T) {
	r := oneGateway(t)
	service, certificate := only(t, r, coreService), only(t, r, configMap)
	if !service.Read || !certificate.Read {
		t.Error("istiod's own objects are registered and not read")
	}
	says(t, service, "istio-system/eastwest-istio-eastwest", "id")
	says(t, certificate, "istio-system/istio-ca-root-cert", "id")
	needs(t, r, only(t, r, probeType), only(t, r, gatewayObject))
}

func TestAKnownRootCertificateIsNotRead(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validGateway(f)
		args.RootCertificate = "the root"
		args.Gateway.Revision, args.Gateway.Restart = "1-29-1", map[string]string{values.AnnotationCA: "abc"}
		gateway, err := mesh.NewEastWestGateway(ctx, "eastwest", args)
		if err != nil {
			return err
		}
		return taker(ctx, gateway.RootCertificate)
	})
	if read := r.OfType(configMap); len(read) > 0 {
		t.Errorf("%d ConfigMaps are read", len(read))
	}
	says(t, only(t, r, takerType), "the root", "value")
	gateway := only(t, r, gatewayObject)
	// The revision belongs to the gateway alone. Only the pods that istiod makes for it restart.
	says(t, gateway, "1-29-1", "metadata", "labels", "istio.io/rev")
	says(t, gateway, nil, "spec", "infrastructure", "labels", "istio.io/rev")
	says(t, gateway, "abc", "spec", "infrastructure", "annotations", values.AnnotationCA)
}

func TestTheGatewaysOrderIsHeldByEdges(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		plane, err := mesh.NewControlPlane(ctx, "istio", validControlPlane(f))
		if err != nil {
			return err
		}
		args := validGateway(f)
		args.Istiod = plane.Istiod
		gateway, err := mesh.NewEastWestGateway(ctx, "eastwest", args)
		if err != nil {
			return err
		}
		return taker(ctx, gateway.RootCertificate)
	})
	gateway := only(t, r, gatewayObject)
	needs(t, r, gateway, r.Get(t, helmRelease, "istiod"))
	says(t, gateway, "condition=Programmed", "metadata", "annotations", "pulumi.com/waitFor")
	if gateway.CreateTimeout == "" {
		t.Error("the gateway gets the default time, which a slow load balancer outlasts")
	}
	needs(t, r, only(t, r, takerType), gateway)
}

// oneNamespace records a namespace behind a control plane, and a probe behind it.
func oneNamespace(t *testing.T, change func(*mesh.NamespaceArgs)) *recorder.Recording {
	t.Helper()
	return made(t, func(ctx *pulumi.Context, f *fixture) error {
		plane, err := mesh.NewControlPlane(ctx, "istio", validControlPlane(f))
		if err != nil {
			return err
		}
		args := validNamespace(f)
		args.Istiod = plane.Istiod
		if change != nil {
			change(args)
		}
		made, err := mesh.NewNamespace(ctx, "shop", args)
		if err != nil {
			return err
		}
		return probe(ctx, made.Ready)
	})
}

func TestANamespaceHoldsTheIdentitiesOfItsCluster(t *testing.T) {
	r := oneNamespace(t, nil)
	namespace := r.Get(t, coreNamespace, "shop")
	says(t, namespace, "mesh-shop", "metadata", "name")
	says(t, namespace, "ambient", "metadata", "labels", "istio.io/dataplane-mode")
	component := only(t, r, mesh.NamespaceTypeToken)
	accounts := r.OfType(serviceAccount)
	if len(accounts) != 2 {
		t.Fatalf("%d service accounts", len(accounts))
	}
	for _, account := range accounts {
		name, _ := at(t, account, "metadata", "name").(string)
		says(t, account, "arn:aws:iam::444455556666:role/mesh-shop-"+name, "metadata", "annotations", "ecs.solo.io/role-arn")
		says(t, account, "mesh-shop", "metadata", "namespace")
		needs(t, r, account, namespace)
		if account.Parent != component.URN || account.Provider != kubernetesProvider {
			t.Errorf("%s is under %s, made with %q", account.Name, account.Parent, account.Provider)
		}
	}
}

func TestPoliciesWaitForTheWebhookThatReadsThemAndIdentitiesDoNot(t *testing.T) {
	r := oneNamespace(t, nil)
	istiod, denyAll := r.Get(t, helmRelease, "istiod"), only(t, r, authorization)
	needs(t, r, denyAll, istiod)
	needs(t, r, denyAll, r.Get(t, coreNamespace, "shop"))
	// An empty spec denies everything. A missing spec would be another policy.
	says(t, denyAll, map[string]any{}, "spec")
	for _, account := range r.OfType(serviceAccount) {
		if r.Waits(account, istiod) {
			t.Errorf("service account %s waits for istiod, which it does not need", account.Name)
		}
	}
}

func TestServicesFindTheirIdentityAndTheirPolicies(t *testing.T) {
	r := oneNamespace(t, nil)
	waiting := only(t, r, probeType)
	for _, res := range slices.Concat(r.OfType(serviceAccount), r.OfType(authorization), []*recorder.Resource{r.Get(t, coreNamespace, "shop")}) {
		needs(t, r, waiting, res)
	}
}

func TestTheTestWorkloadsJoinTheMeshAndLeaveItBeforeItGoes(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		plane, err := mesh.NewControlPlane(ctx, "istio", validControlPlane(f))
		if err != nil {
			return err
		}
		args := validWorkloads(f)
		args.ControlPlane = plane.Ready
		_, err = mesh.NewTestWorkloads(ctx, "workloads", args)
		return err
	})
	label := only(t, r, namespacePatch)
	says(t, label, "default", "metadata", "name")
	says(t, label, "ambient", "metadata", "labels", "istio.io/dataplane-mode")
	for _, release := range r.OfType(helmRelease) {
		needs(t, r, label, release)
	}
	deployments := r.OfType(deployment)
	if len(deployments) != 2 {
		t.Errorf("%d deployments", len(deployments))
	}
	for _, res := range deployments {
		needs(t, r, res, label)
		security := []any{"spec", "template", "spec", "containers", 0, "securityContext"}
		says(t, res, true, append(slices.Clone(security), "runAsNonRoot")...)
		says(t, res, false, append(slices.Clone(security), "allowPrivilegeEscalation")...)
		says(t, res, []any{"ALL"}, append(slices.Clone(security), "capabilities", "drop")...)
		says(t, res, "default", "metadata", "namespace")
	}
	needs(t, r, only(t, r, coreService), label)
}

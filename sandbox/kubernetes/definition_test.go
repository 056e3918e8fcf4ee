package kubernetes_test

import (
	"context"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
)

const gatewayToken = "kubernetes:gateway.networking.k8s.io/v1:Gateway"

func gateway(edit func(o api.Object)) map[string]any {
	o := api.Object{
		"metadata": api.Object{"name": "eastwest", "namespace": "istio-system",
			"labels": api.Object{"istio.io/expose-istiod": "15012", "topology.istio.io/network": "eks"},
			"annotations": api.Object{"service.beta.kubernetes.io/aws-load-balancer-type": "nlb",
				"service.beta.kubernetes.io/aws-load-balancer-internal": "true", "pulumi.com/waitFor": "condition=Programmed"}},
		"spec": api.Object{"gatewayClassName": "istio-eastwest", "listeners": []any{
			api.Object{"name": "cross-network", "port": 15008.0, "protocol": "HBONE", "tls": api.Object{"mode": "Passthrough"}},
			api.Object{"name": "xds-tls", "port": 15012.0, "protocol": "TLS", "tls": api.Object{"mode": "Passthrough"}},
		}},
	}
	if edit != nil {
		edit(o)
	}
	return o
}

func TestRealDefinitionsAreEstablishedAndStable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.mustCreate(definitionToken, "gateways", gatewayDefinition(t, "gateways"))
	if status, _, _ := api.Condition(r.State, "Established"); status != "True" {
		t.Errorf("state is %v", r.State["status"])
	}
	f.unchanged(r)
}

func TestBrokenDefinitionIsRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	definition := gatewayDefinition(t, "gateways")
	api.Set(definition, "Everywhere", "spec", "scope")
	_, err := f.create(definitionToken, "gateways", definition)
	wantError(t, err, `"gateways.gateway.networking.k8s.io" is invalid`, "spec.scope")
}

func TestCustomResourcesAreCheckedAgainstTheirSchema(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.gatewayDefinitions()
	f.mustCreate(namespaceToken, "ns", namespace("istio-system", nil))
	for name, c := range map[string]struct {
		edit  func(o api.Object)
		words string
	}{
		"required": {func(o api.Object) { api.Unset(o, "spec", "gatewayClassName") }, "spec.gatewayClassName: Required value"},
		"unknown":  {func(o api.Object) { api.Set(o, "x", "spec", "class") }, ".spec.class: field not declared in schema"},
		"type":     {func(o api.Object) { api.Maps(o, "spec", "listeners")[0]["port"] = "http" }, "spec.listeners[0].port"},
		"range":    {func(o api.Object) { api.Maps(o, "spec", "listeners")[0]["port"] = 70000.0 }, "should be less than or equal to 65535"},
		"rule": {func(o api.Object) {
			api.Maps(o, "spec", "listeners")[1]["protocol"] = "HTTP"
		}, "tls must not be specified for protocols"},
		"key": {func(o api.Object) { api.Maps(o, "spec", "listeners")[1]["name"] = "cross-network" }, "Duplicate value"},
	} {
		_, err := f.create(gatewayToken, name, gateway(c.edit))
		wantError(t, err, c.words)
	}
}

func TestObjectsGoWithTheirDefinition(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	definition := f.mustCreate(definitionToken, "classes", gatewayDefinition(t, "gatewayclasses"))
	f.mustCreate("kubernetes:gateway.networking.k8s.io/v1:GatewayClass", "class", map[string]any{
		"metadata": map[string]any{"name": "c"}, "spec": map[string]any{"controllerName": "example.com/c"}})
	if err := f.session.Delete(context.Background(), definition); err != nil {
		t.Fatal(err)
	}
	if f.live("gateway.networking.k8s.io/v1", "GatewayClass", "", "c") != nil {
		t.Error("the class outlived its definition")
	}
}

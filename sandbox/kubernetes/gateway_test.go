package kubernetes_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

const classToken = "kubernetes:gateway.networking.k8s.io/v1:GatewayClass"

func gatewayClass() map[string]any {
	return map[string]any{"metadata": map[string]any{"name": "istio-eastwest"}, "spec": map[string]any{"controllerName": "istio.io/eastwest-controller"}}
}

// installed is a cluster with Istio and the gateway's class.
func installed(t *testing.T) *fixture {
	f := newFixture(t)
	f.prepare()
	f.mustCreate(releaseToken, "base", releaseInputs("base", "istio-base", nil))
	f.mustCreate(releaseToken, "istiod", releaseInputs("istiod", "istiod", licensed()))
	f.mustCreate(classToken, "class", gatewayClass())
	return f
}

func TestGatewayIsCreatedWhenItHasAnAddress(t *testing.T) {
	t.Parallel()
	f := installed(t)
	r := f.mustCreate(gatewayToken, "eastwest", gateway(nil))
	addresses := api.Maps(r.State, "status", "addresses")
	if len(addresses) != 1 || !strings.HasSuffix(api.String(addresses[0], "value"), ".elb.eu-central-1.amazonaws.com") || addresses[0]["type"] != "Hostname" {
		t.Errorf("addresses are %v", addresses)
	}
	f.unchanged(r)
	service := f.live("v1", "Service", "istio-system", "eastwest")
	if labels := api.Labels(service); labels["istio.io/expose-istiod"] != "15012" || labels["topology.istio.io/network"] != "eks" ||
		labels["gateway.networking.k8s.io/gateway-name"] != "eastwest" {
		t.Errorf("the Service's labels are %v", labels)
	}
	if api.Annotations(service)["service.beta.kubernetes.io/aws-load-balancer-type"] != "nlb" {
		t.Errorf("the Service's annotations are %v", api.Annotations(service))
	}
	ports := map[int64]string{}
	for _, p := range api.Maps(service, "spec", "ports") {
		ports[api.Int(p, "port")] = api.String(p, "name")
	}
	if len(ports) != 3 || ports[15021] != "status-port" || ports[15008] != "cross-network" || ports[15012] != "xds-tls" {
		t.Errorf("the Service's ports are %v", ports)
	}
	read := provider.Resource{Token: "kubernetes:core/v1:Service", ID: "istio-system/eastwest"}
	_, _, before, err := f.session.Read(context.Background(), read)
	if err != nil {
		t.Fatal(err)
	}
	const fieldManager = "__fieldManager"
	_, _, after, err := f.session.Read(context.Background(), read)
	if err != nil {
		t.Fatal(err)
	}
	if before[fieldManager] == after[fieldManager] {
		t.Error("the provider makes up one field manager for two reads")
	}
	delete(before, fieldManager)
	delete(after, fieldManager)
	if !api.Equal(before, after) {
		t.Error("the Service changes from one read to the next")
	}
	if err := f.session.Delete(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	// Nothing blocks the Gateway's deletion, so its Service and load balancer go after it.
	if service := f.live("v1", "Service", "istio-system", "eastwest"); service == nil || !api.Deleting(service) {
		t.Error("the Service went before its load balancer")
	}
	if err := f.session.Delete(context.Background(), f.system); err != nil {
		t.Fatal(err)
	}
	f.do(func(tx *world.Tx) {
		if left := tx.Find("", aws.LoadBalancerKind, nil); len(left) > 0 {
			t.Error("the namespace went before the load balancer in it")
		}
	})
}

func TestServiceSaysWhatItsLoadBalancerIsLike(t *testing.T) {
	t.Parallel()
	f := installed(t)
	f.mustCreate(gatewayToken, "eastwest", gateway(func(o api.Object) {
		for key, value := range map[string]string{
			"aws-load-balancer-internal": "true", "aws-load-balancer-cross-zone-load-balancing-enabled": "true",
			"load-balancer-source-ranges": "10.0.0.0/16,10.1.0.0/16", "aws-load-balancer-additional-resource-tags": "owner=me",
		} {
			api.Set(o, value, "metadata", "annotations", "service.beta.kubernetes.io/"+key)
		}
	}))
	f.do(func(tx *world.Tx) {
		balancers := aws.LoadBalancers(tx, arn)
		if len(balancers) != 1 {
			t.Fatalf("there are %d load balancers", len(balancers))
		}
		lb := balancers[0]
		if lb.String("type") != "network" || lb.Props["internal"] != true || lb.Props["crossZone"] != true || api.String(lb.Props, "tags", "owner") != "me" {
			t.Errorf("the load balancer is %v", lb.Props)
		}
		ranges := map[string]bool{}
		for _, rule := range tx.Find("", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", nil) {
			if strings.Contains(rule.String("description"), "client") {
				ranges[rule.String("cidrIpv4")] = true
			}
		}
		if len(ranges) != 2 || !ranges["10.0.0.0/16"] || !ranges["10.1.0.0/16"] {
			t.Errorf("the nodes admit %v", ranges)
		}
	})
}

func TestGatewayWithoutAnAddressSaysWhy(t *testing.T) {
	t.Parallel()
	f := installed(t)
	f.do(func(tx *world.Tx) {
		for _, subnet := range tx.Find(account, "aws:ec2/subnet:Subnet", nil) {
			delete(subnet.Props, "tags")
			tx.Changed(subnet)
		}
	})
	_, err := f.create(gatewayToken, "eastwest", gateway(func(o api.Object) {
		api.Set(o, "true", "metadata", "annotations", "service.beta.kubernetes.io/aws-load-balancer-internal")
		api.Set(o, "15", "metadata", "annotations", "pulumi.com/timeoutSeconds")
	}))
	wantError(t, err, "waiting for condition Programmed=True", "AddressNotAssigned", "could not find any suitable subnets")
}

func TestGatewayNeedsAServedClass(t *testing.T) {
	t.Parallel()
	f := installed(t)
	_, err := f.create(gatewayToken, "eastwest", gateway(func(o api.Object) {
		api.Set(o, "istio-east-west", "spec", "gatewayClassName")
		api.Set(o, "15", "metadata", "annotations", "pulumi.com/timeoutSeconds")
	}))
	wantError(t, err, "Waiting for controller")
}

func TestIstiodWritesTheRootCertificateIntoEveryNamespace(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.prepare()
	if f.live("v1", "ConfigMap", "istio-system", mesh.RootCertificate) != nil {
		t.Fatal("the certificate is there before istiod")
	}
	f.mustCreate(releaseToken, "istiod", releaseInputs("istiod", "istiod", licensed()))
	f.mustCreate(namespaceToken, "ns", namespace("team", nil))
	var root string
	err := f.world.Wait(context.Background(), func(tx *world.Tx) (bool, error) {
		c := api.At(tx, arn)
		root = api.String(c.Get(api.ConfigMapKind, "istio-system", mesh.RootCertificate), "data", mesh.RootKey)
		return root != "" && api.String(c.Get(api.ConfigMapKind, "team", mesh.RootCertificate), "data", mesh.RootKey) == root, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(root))
	if block == nil {
		t.Fatalf("not PEM: %q", root)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil || !certificate.IsCA || certificate.CheckSignatureFrom(certificate) != nil {
		t.Errorf("not a self-signed authority: %v", err)
	}
}

func TestIstioRefusesBrokenPoliciesAtAdmission(t *testing.T) {
	t.Parallel()
	const token = "kubernetes:security.istio.io/v1:AuthorizationPolicy"
	policy := func(spec map[string]any) map[string]any {
		return map[string]any{"metadata": map[string]any{"name": "p", "namespace": "default"}, "spec": spec}
	}
	f := installed(t)
	// The object satisfies its schema and is still invalid: its rule names impossible ports.
	broken := policy(map[string]any{"action": "ALLOW", "rules": []any{map[string]any{"to": []any{map[string]any{
		"operation": map[string]any{"ports": []any{"99999"}}}}}}})
	_, err := f.create(token, "p", broken)
	wantError(t, err, `admission webhook "validation.istio.io" denied the request: configuration is invalid`, "99999")
	_, err = f.create(token, "p", policy(map[string]any{"acton": "ALLOW"}))
	wantError(t, err, ".spec.acton: field not declared in schema")
	r := f.mustCreate(token, "p", policy(map[string]any{"action": "ALLOW", "rules": []any{map[string]any{"from": []any{map[string]any{
		"source": map[string]any{"namespaces": []any{"default"}}}}}}}))
	f.unchanged(r)
	// Without istiod the webhook does not answer, so every object is refused.
	f.do(func(tx *world.Tx) {
		c := api.At(tx, arn)
		if err := c.Delete(api.DeploymentKind, "istio-system", "istiod"); err != nil {
			t.Error(err)
		}
	})
	other := policy(map[string]any{"action": "DENY"})
	api.Set(other, "q", "metadata", "name")
	_, err = f.create(token, "q", other)
	wantError(t, err, `failed calling webhook "validation.istio.io"`, `no endpoints available for service "istiod"`)
}

func TestClusterOutlivesThePlayer(t *testing.T) {
	t.Parallel()
	f := installed(t)
	r := f.mustCreate(gatewayToken, "eastwest", gateway(nil))
	// The world comes to rest: nothing has changed for a while.
	var serial uint64
	var since time.Time
	err := f.world.Wait(context.Background(), func(tx *world.Tx) (bool, error) {
		if tx.Serial() != serial {
			serial, since = tx.Serial(), tx.Now
		}
		return tx.Now.Sub(since) > time.Second && api.At(tx, arn).Get(api.ConfigMapKind, "istio-system", mesh.RootCertificate) != nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.world.Close(); err != nil {
		t.Fatal(err)
	}
	again := f.reopened()
	again.unchanged(r)
	again.do(func(tx *world.Tx) {
		if tx.Serial() != serial {
			t.Errorf("opening the world again changed %d things", tx.Serial()-serial)
		}
	})
}

package proxy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"
)

const lists = `{
 "workloads":[
  {"uid":"Kubernetes/networking.istio.io/WorkloadEntry/demo-1/ecs-task-1","name":"ecs-task-1","namespace":"demo-1","serviceAccount":"demo","trustDomain":"mesh.example","workloadIps":["10.1.1.8"],"protocol":"HBONE","network":"eks","status":"Healthy"},
  {"uid":"Kubernetes//Pod/default/eks-echo-1","name":"eks-echo-1","namespace":"default","serviceAccount":"default","workloadIps":["192.168.1.4"],"protocol":"HBONE","node":"node-1","status":"Unhealthy"}],
 "services":[
  {"name":"echo","namespace":"demo-1","hostname":"echo.demo-1.ecs.local","vips":["eks/240.240.0.1","/2001:2::1"],"ports":{"8080":8080,"80":80},"waypoint":{"destination":"demo-1/waypoint"},
   "endpoints":{"a":{"workloadUid":"Kubernetes/networking.istio.io/WorkloadEntry/demo-1/ecs-task-1"},"b":{"workloadUid":"gone"}}}],
 "policies":[{"name":"deny-all","namespace":"demo-1","action":"Allow","rules":[],"scope":"Namespace"}],
 "certificates":[{"identity":"spiffe://mesh.example/ns/demo-1/sa/demo","state":"Available","certChain":[{"pem":"","expirationTime":"2033-03-22T13:04:57Z"}],"rootCerts":[{"pem":"","expirationTime":"2036-03-22T13:04:57Z"}]},
  {"identity":"spiffe://mesh.example/ns/x/sa/y","state":"Initializing"}],
 "workloadState":{}}`

const objects = `{"workloads":{"eks/10.1.1.8":{"uid":"u","name":"n"}},"services":{"eks/240.240.0.1":{"name":"s"}},"policies":{"p":{"name":"deny-all","namespace":"demo-1"}}}`

func TestADumpIsReadInBothForms(t *testing.T) {
	for text, workloads := range map[string]int{lists: 2, objects: 1, "{}": 0} {
		dump, err := ParseDump([]byte(text))
		if err != nil || len(dump.Workloads) != workloads {
			t.Errorf("got %+v, %v", dump, err)
		}
		_, here := dump.Policy("demo-1", "deny-all")
		_, elsewhere := dump.Policy("demo-2", "deny-all")
		if here != (workloads > 0) || elsewhere {
			t.Errorf("policies: %+v", dump.Policies)
		}
	}
	for _, text := range []string{"", "[]", `{"policies":[1]}`, `{"workloads":[1]}`, `{"services":{"a":1}}`} {
		if _, err := ParseDump([]byte(text)); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}

func TestAPolicysContentIsComparedWithoutTheOrderOfItsKeys(t *testing.T) {
	content := func(policy string) string {
		dump, err := ParseDump([]byte(`{"policies":[` + policy + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := dump.Policy("demo-1", "p")
		return text
	}
	const one = `{"name":"p","namespace":"demo-1","scope":"Namespace","action":"Allow","rules":[[[{"namespaces":[{"Exact":"demo-2"}]}]]],"dryRun":false}`
	if content(one) != content(`{"rules":[[[{"namespaces":[{"Exact":"demo-2"}]}]]],"action":"Allow","scope":"Namespace","dryRun":false,"namespace":"demo-1","name":"p"}`) {
		t.Error("the same policy is another")
	}
	for _, change := range [][2]string{{"Allow", "Deny"}, {"demo-2", "demo-3"}, {"Exact", "Prefix"}, {"false", "true"}} {
		if content(one) == content(strings.Replace(one, change[0], change[1], 1)) {
			t.Errorf("%s for %s is no change", change[1], change[0])
		}
	}
}

func TestACertificateNamesItsIssuer(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	until := time.Date(2040, 1, 2, 3, 4, 5, 0, time.UTC)
	sign := func(subject, issuer string) string {
		root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{Organization: []string{issuer}}}
		leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{Organization: []string{subject}}, NotAfter: until}
		der, err := x509.CreateCertificate(rand.Reader, leaf, root, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	link := func(text string) Link { return Link{PEM: text, Expires: "2030-01-01T00:00:00Z"} }
	dump := Dump{Certificates: []Certificate{
		{Identity: "spiffe://x/ns/a/sa/b", Chain: []Link{link(sign("workload", "istiod")), link(sign("istiod", "root"))}, Roots: []Link{link(sign("root", "root"))}},
		// The form of older versions: the root is at the end of the chain.
		{Identity: "spiffe://x/ns/a/sa/c", Chain: []Link{link(sign("workload", "istiod")), link(sign("istiod", "old root"))}},
		{Identity: "spiffe://x/ns/a/sa/d", Chain: []Link{{PEM: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", Expires: "2030-01-01T00:00:00Z"}}},
	}}
	leaves, roots := dump.BackendCertificates()
	if len(leaves) != 3 || leaves[0].Issuer != "O=istiod" || !leaves[0].NotAfter.Equal(until) || roots[0].Issuer != "O=root" || roots[1].Issuer != "O=old root" {
		t.Errorf("got %+v and %+v", leaves, roots)
	}
	if leaves[2].Issuer != "" || leaves[2].NotAfter.Year() != 2030 {
		t.Errorf("what is no certificate has an issuer: %+v", leaves[2])
	}
}

func TestADumpSaysWhatIsKnownOfTheMesh(t *testing.T) {
	dump, err := ParseDump([]byte(lists))
	if err != nil {
		t.Fatal(err)
	}
	workloads := dump.BackendWorkloads()
	if w := workloads[0]; !w.ECS || w.Identity != "spiffe://mesh.example/ns/demo-1/sa/demo" || w.Service != "echo.demo-1.ecs.local" || w.Address != "10.1.1.8" || w.Network != "eks" {
		t.Errorf("got %+v", w)
	}
	if w := workloads[1]; w.ECS || w.Identity != "spiffe://cluster.local/ns/default/sa/default" || w.Service != "" {
		t.Errorf("got %+v", w)
	}
	s := dump.BackendServices()[0]
	if s.Endpoints != 2 || s.Healthy != 1 || len(s.Ports) != 2 || s.Ports[0] != 80 || s.Waypoint != "demo-1/waypoint" || s.Addresses[0] != "240.240.0.1" || s.Addresses[1] != "2001:2::1" {
		t.Errorf("got %+v", s)
	}
	leaves, roots := dump.BackendCertificates()
	if len(leaves) != 1 || len(roots) != 1 || leaves[0].NotAfter.Year() != 2033 || roots[0].Identity != "root" || leaves[0].Identity != "spiffe://mesh.example/ns/demo-1/sa/demo" {
		t.Errorf("got %+v and %+v", leaves, roots)
	}
}

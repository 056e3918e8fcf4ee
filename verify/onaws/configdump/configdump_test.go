package configdump

import (
	"testing"
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
		dump, err := Parse([]byte(text))
		if err != nil || len(dump.Workloads) != workloads {
			t.Errorf("got %+v, %v", dump, err)
		}
		if dump.Has("demo-1", "deny-all") != (workloads > 0) || dump.Has("demo-2", "deny-all") {
			t.Errorf("policies: %+v", dump.Policies)
		}
	}
	for _, text := range []string{"", "[]", `{"workloads":[1]}`, `{"services":{"a":1}}`} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}

func TestADumpSaysWhatIsKnownOfTheMesh(t *testing.T) {
	dump, err := Parse([]byte(lists))
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

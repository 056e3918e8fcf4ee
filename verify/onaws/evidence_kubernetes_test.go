package onaws

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/onaws/awstest"
)

var eksPrinted = map[string]string{
	"list-addons":                       `{"addons":["vpc-cni","eks-pod-identity-agent"]}`,
	"list-pod-identity-associations":    `{"associations":[{"associationId":"a-1"}]}`,
	"describe-pod-identity-association": `{"association":{"namespace":"istio-system","serviceAccount":"istiod","roleArn":"arn:aws:iam::111122223333:role/mesh-istiod","modifiedAt":1767323045.5}}`,
}

func istiodPod(t *testing.T, name, when, ready string) map[string]any {
	return awstest.Object(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"`+name+`","namespace":"istio-system","creationTimestamp":"`+when+`","labels":{"app":"istiod","pod-template-hash":"abc"},"ownerReferences":[{"kind":"ReplicaSet","name":"istiod-abc"}]},`+
		`"spec":{"serviceAccountName":"istiod","containers":[{"name":"discovery","image":"pilot:1","env":[{"name":"ECS_ACCOUNTS","value":"ecs.home,arn:role/a,ecs.away,arn:role/b"},{"name":"SOLO_LICENSE_SECRET","value":"istio-system/istio-license"}]}]},`+
		`"status":{"podIP":"192.168.1.1","conditions":[{"type":"Ready","status":"`+ready+`"}]}}`)
}

func TestTheClusterIsReadWhole(t *testing.T) {
	e, _ := newEvidence(t, eksPrinted,
		istiodPod(t, "istiod-old", "2026-01-01T00:00:00Z", "True"), istiodPod(t, "istiod-new", "2026-01-02T00:00:00Z", "True"), istiodPod(t, "istiod-broken", "2026-01-03T00:00:00Z", "False"),
		awstest.Object(t, `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"istio-license","namespace":"istio-system"},"data":{"license-key":"eA=="}}`),
		awstest.Object(t, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"istio-cni-config","namespace":"istio-system"},"data":{"AMBIENT_DNS_CAPTURE":"true"}}`),
		awstest.Object(t, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"istio-ca-root-cert","namespace":"istio-system"},"data":{"root-cert.pem":"PEM"}}`),
		awstest.Object(t, `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"mesh-1","labels":{"istio.io/dataplane-mode":"ambient"}}}`),
		awstest.Object(t, `{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"ecs","namespace":"mesh-1","annotations":{"ecs.solo.io/role-arn":"arn:role","eks.amazonaws.com/role-arn":"other"}}}`),
		awstest.Object(t, `{"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway","metadata":{"name":"eastwest","namespace":"istio-system"},"spec":{"gatewayClassName":"istio-eastwest","listeners":[{"name":"xds-tls","port":15012}]},"status":{"addresses":[{"value":"lb"}],"conditions":[{"type":"Programmed","status":"False","message":"no address"}]}}`),
		awstest.Object(t, `{"apiVersion":"networking.istio.io/v1","kind":"ServiceEntry","metadata":{"name":"s","namespace":"mesh-1","annotations":{"ecs.solo.io/arn":"arn:service"}},"spec":{"hosts":["h"],"ports":[{"number":8080}]}}`),
		awstest.Object(t, `{"apiVersion":"networking.istio.io/v1","kind":"WorkloadEntry","metadata":{"name":"w","namespace":"mesh-1","labels":{"a":"b"}},"spec":{"address":"10.0.1.20","network":"eks","serviceAccount":"ecs","labels":{"c":"d"}}}`),
		awstest.Object(t, `{"apiVersion":"security.istio.io/v1","kind":"AuthorizationPolicy","metadata":{"name":"deny","namespace":"mesh-1"},"spec":{"action":"DENY"}}`),
		awstest.Object(t, `{"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":"v","namespace":"mesh-1"},"spec":{"hosts":["h"]}}`),
	)
	k, err := e.Kubernetes(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	i := k.Istiod
	if i == nil || i.Name != "istiod-new" || !i.Licensed || !i.AutoAllocate || i.Accounts["arn:role/b"] != "ecs.away" || i.Image != "pilot:1" || i.Identity != "" {
		t.Errorf("istiod: %+v", i)
	}
	if a := k.Associations[0]; a.ID != "a-1" || !strings.HasSuffix(a.Role, "mesh-istiod") || a.Changed.UnixMilli() != 1767323045500 || len(k.AddOns) != 2 {
		t.Errorf("EKS: %+v %v", a, k.AddOns)
	}
	if k.Pods[0].Owner != "istiod" || !k.DNSCapture || k.Root != "PEM" || k.Namespaces[0].Labels["istio.io/dataplane-mode"] != "ambient" || k.ServiceAccounts[0].Role != "arn:role" {
		t.Errorf("got %+v", k)
	}
	if g := k.Gateways[0]; g.Programmed || g.Message != "no address" || g.Listeners["xds-tls"] != 15012 || g.Address != "lb" {
		t.Errorf("gateway: %+v", g)
	}
	if len(k.Entries) != 2 || !k.Entries[0].Service || k.Entries[0].Ports[0] != 8080 || k.Entries[1].Labels["a"]+k.Entries[1].Labels["c"] != "bd" || k.Entries[1].Account != "ecs" {
		t.Errorf("entries: %+v", k.Entries)
	}
	if r := k.Routings[0]; r.String() != "VirtualService mesh-1/v" || r.Spec["hosts"] == nil {
		t.Errorf("routings: %+v", r)
	}
	if k.Policies[0].Spec["action"] != "DENY" {
		t.Errorf("policies: %+v", k.Policies)
	}
}

func TestWhatOnlyALaterDayNeedsIsReadAndWhatMayNotBeReadIsUnseen(t *testing.T) {
	e, _ := newEvidence(t, eksPrinted, istiodPod(t, "istiod-new", "2026-01-02T00:00:00Z", "True"),
		awstest.Object(t, `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"cacerts","namespace":"istio-system"}}`),
		awstest.Object(t, `{"apiVersion":"v1","kind":"Service","metadata":{"name":"istiod","namespace":"istio-system"}}`),
		awstest.Object(t, `{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"istiod","namespace":"istio-system"},"spec":{"selector":{"matchLabels":{"app":"istiod"}}}}`))
	k, err := e.Kubernetes(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var gone []string
	for _, p := range k.Gone {
		gone = append(gone, p.String())
	}
	if want := []string{"ConfigMap istio-system/istio-sidecar-injector", "ConfigMap istio-system/eastwest-defaults"}; !slices.Equal(gone, want) {
		t.Errorf("gone are %v, want %v", gone, want)
	}
	if len(k.Budgets) != 1 || k.Budgets[0].Namespace != "istio-system" || k.Budgets[0].Labels["app"] != "istiod" || k.Budgets[0].Vague {
		t.Errorf("budgets: %+v", k.Budgets)
	}
	// The stand-in refuses the webhooks and the rights of Kubernetes.
	for i, kind := range []string{"ValidatingWebhookConfiguration", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"} {
		if len(k.Unseen) != 5 || !strings.Contains(k.Unseen[i], "every "+kind+" ") {
			t.Errorf("%s is not among what is unseen: %q", kind, k.Unseen)
		}
	}
}

func TestAServiceAccountIsThereOnceForEachRoleThatItNames(t *testing.T) {
	account := func(name, annotations string) map[string]any {
		return awstest.Object(t, `{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"`+name+`","namespace":"mesh-1","annotations":{`+annotations+`}}}`)
	}
	e, _ := newEvidence(t, eksPrinted, account("both", `"eks.amazonaws.com/role-arn":"other","ecs.solo.io/role-arn":"ours"`), account("none", ``), account("other", `"eks.amazonaws.com/role-arn":"other"`))
	k, err := e.Kubernetes(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := []doctor.ServiceAccount{{Namespace: "mesh-1", Name: "both", Role: "ours"}, {Namespace: "mesh-1", Name: "both", Role: "other"}, {Namespace: "mesh-1", Name: "none"}, {Namespace: "mesh-1", Name: "other", Role: "other"}}
	if !slices.Equal(k.ServiceAccounts, want) {
		t.Errorf("got %+v", k.ServiceAccounts)
	}
}

func TestNoReadyIstiodIsNone(t *testing.T) {
	e, _ := newEvidence(t, eksPrinted, istiodPod(t, "istiod-broken", "2026-01-03T00:00:00Z", "False"))
	k, err := e.Kubernetes(context.Background())
	if err != nil || k.Istiod != nil {
		t.Errorf("got %+v, %v", k.Istiod, err)
	}
}

func TestBothVersionsOfTheCLITellTime(t *testing.T) {
	for _, text := range []string{"1767323045", `"2026-01-02T03:04:05+00:00"`} {
		var m moment
		if err := m.UnmarshalJSON([]byte(text)); err != nil || !time.Time(m).Equal(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)) {
			t.Errorf("%s: got %v, %v", text, time.Time(m), err)
		}
	}
	var m moment
	if err := m.UnmarshalJSON([]byte(`"soon"`)); err == nil {
		t.Error("soon is a time")
	}
}

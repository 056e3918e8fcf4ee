package proxy

import (
	"strings"
	"testing"
)

const (
	sentOn = `[2026-04-01T14:01:02.954Z] "GET /orders?a=1 HTTP/1.1" 200 - via_upstream - "-" 0 429 4 2 "-" "curl/8.11.1" "a14f191d-9d63-41ac-bb83-315c4435fd46" "orders.mesh.ecs.local:8080" "envoy://connect_originate/10.1.1.8:8080" inbound-vip|8080|http|orders.mesh.ecs.local envoy://internal_client_address/ 240.240.0.7:8080 10.1.2.9:59462 - default`
	denied = `[2026-04-01T14:01:03.028Z] "POST /orders HTTP/1.1" 403 - rbac_access_denied_matched_policy[ns[mesh]-policy[orders-deny]-rule[0]] - "-" 0 19 0 - "-" "curl/8.11.1" "1227bbf1-aa5a-4818-aaac-f9ea2d7fdc3c" "orders.mesh.ecs.local:8080" "-" inbound-vip|8080|http|orders.mesh.ecs.local - 240.240.0.7:8080 10.1.2.9:59462 - default`
)

func TestAWaypointsLineLeadsFromTheCallerToTheEndpoint(t *testing.T) {
	r, ok := ParseRequest(sentOn)
	if !ok || r.Method != "GET" || r.Path != "/orders?a=1" || r.Status != 200 || r.Details != "via_upstream" || r.Authority != "orders.mesh.ecs.local:8080" ||
		r.Client.Addr().String() != "10.1.2.9" || r.Endpoint.String() != "10.1.1.8:8080" || r.Time.Nanosecond() != 954000000 {
		t.Errorf("got %+v", r)
	}
}

func TestAWaypointsRefusalNamesThePolicyAndNoEndpoint(t *testing.T) {
	r, ok := ParseRequest(denied)
	if !ok || r.Status != 403 || r.Endpoint.IsValid() || !strings.Contains(r.Details, "orders-deny") {
		t.Errorf("got %+v", r)
	}
}

func TestOtherLinesAreNoRequests(t *testing.T) {
	for _, text := range []string{
		"", `"`, "[2026-04-01T14:01:02.954Z]", inbound,
		"2026-04-01T14:01:02.476412Z\tinfo\tReadiness succeeded in 1.2s",
		strings.Replace(sentOn, "2026-04-01T", "yesterday ", 1),
		strings.Replace(sentOn, "GET /orders?a=1 HTTP/1.1", "- - -", 1),
		strings.Replace(sentOn, " 200 ", " none ", 1),
		strings.Replace(sentOn, "10.1.2.9:59462", "envoy://internal_client_address/", 1),
	} {
		if r, ok := ParseRequest(text); ok {
			t.Errorf("%q: got %+v", text, r)
		}
	}
}

func FuzzParseRequestNeverPanics(f *testing.F) {
	for _, text := range []string{sentOn, denied, `"`} {
		f.Add(text)
	}
	f.Fuzz(func(_ *testing.T, text string) { ParseRequest(text) })
}

package proxy

import (
	"strings"
	"testing"
)

const (
	inbound = "2026-04-01T14:01:02.476412Z\tinfo\taccess\tconnection complete\tsrc.addr=10.1.2.9:52462 src.workload=\"ecs-task-1\" src.namespace=\"demo-1\" src.identity=\"spiffe://cluster.local/ns/demo-1/sa/demo\" dst.addr=10.1.1.8:15008 dst.hbone_addr=10.1.1.8:8080 dst.service=\"echo.demo-2.ecs.local\" dst.workload=\"ecs-task-2\" dst.namespace=\"demo-2\" dst.identity=\"spiffe://cluster.local/ns/demo-2/sa/demo\" direction=\"inbound\" bytes_sent=564 bytes_recv=156 duration=\"13ms\""
	refused = "2026-04-01T14:01:03.000001Z\terror\taccess\tconnection complete\tsrc.addr=10.1.2.9:52463 src.identity=\"spiffe://cluster.local/ns/demo-3/sa/demo\" dst.addr=10.1.1.8:15008 dst.hbone_addr=10.1.1.8:8080 direction=\"inbound\" bytes_sent=0 bytes_recv=0 duration=\"0ms\" error=\"connection closed due to policy rejection: explicitly denied by: demo-2/deny \\\"x\\\"\""
	object  = `{"level":"info","time":"2026-04-01T14:01:02.476412Z","scope":"access","message":"connection complete","src.addr":"10.1.2.9:52462","src.identity":"spiffe://a/ns/b/sa/c","dst.addr":"[fd00::8]:15008","dst.hbone_addr":"[fd00::8]:8080","dst.identity":"spiffe://a/ns/d/sa/e","direction":"inbound","bytes_sent":564}`
)

func TestALineNamesBothIdentities(t *testing.T) {
	line, ok := ParseConnection(inbound)
	if !ok || !line.Inbound || line.SourceIdentity != "spiffe://cluster.local/ns/demo-1/sa/demo" || line.DestinationIdentity != "spiffe://cluster.local/ns/demo-2/sa/demo" ||
		line.Source.Addr().String() != "10.1.2.9" || line.Port() != 8080 || line.Service != "echo.demo-2.ecs.local" || line.Time.Nanosecond() != 476412000 || line.Error != "" {
		t.Errorf("got %+v", line)
	}
}

func TestARefusalNamesThePolicy(t *testing.T) {
	line, ok := ParseConnection(refused)
	if !ok || line.Error != `connection closed due to policy rejection: explicitly denied by: demo-2/deny "x"` {
		t.Errorf("got %+v", line)
	}
}

func TestJSONLinesAreReadAsWell(t *testing.T) {
	line, ok := ParseConnection(object)
	if !ok || line.SourceIdentity != "spiffe://a/ns/b/sa/c" || line.Port() != 8080 {
		t.Errorf("got %+v", line)
	}
}

func TestPlainTextHasNoIdentity(t *testing.T) {
	line, ok := ParseConnection("2026-04-01T14:01:02Z\tinfo\taccess\tconnection complete\tsrc.addr=10.0.0.1:1 dst.addr=10.0.0.2:8080 direction=\"inbound\"")
	if !ok || line.SourceIdentity != "" || line.Port() != 8080 {
		t.Errorf("got %+v", line)
	}
}

func TestOtherLinesAreNoConnections(t *testing.T) {
	for _, text := range []string{
		"", "{", "{}", "null",
		strings.Replace(inbound, "connection complete", "connection opened", 1),
		strings.Replace(inbound, "\taccess\t", "\txds::client\t", 1),
		strings.Replace(inbound, "2026-04-01T", "yesterday ", 1),
		strings.Replace(object, "access", "xds", 1),
	} {
		if line, ok := ParseConnection(text); ok {
			t.Errorf("%q: got %+v", text, line)
		}
	}
}

func FuzzParseNeverPanics(f *testing.F) {
	for _, text := range []string{inbound, refused, object} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if line, ok := ParseConnection(text); ok {
			_ = line.Port()
		}
	})
}

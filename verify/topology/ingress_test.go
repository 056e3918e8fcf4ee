package topology

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

// entered is the sample with an ingress: "/" leads to the service of ecs-1, which refuses the ingress if it is to, and "/two" to
// that of ecs-2 and to nobody that the stack has.
func entered(t *testing.T, refuses bool) *Mesh {
	t.Helper()
	w, s := sample()
	s.IngressAddress = "in.elb"
	s.Ingress = stack.Ingress{Scheme: "public", Sources: []string{"0.0.0.0/0"}, Namespace: "m-ingress", ServiceAccount: "ingress-istio", Hosts: map[string]stack.IngressHost{
		"shop.example.com": {Routes: []stack.Route{{To: map[string]int{"echo.m-ecs-1.ecs.local": 1}}}}, "lost.example.com": {Routes: []stack.Route{{}}}}}
	parent := []any{object{"kind": "Gateway", "name": "ingress"}}
	rule := func(path string, weights ...any) any {
		var to []any
		for i := 0; i < len(weights); i += 2 {
			to = append(to, object{"name": weights[i], "weight": int64(weights[i+1].(int))})
		}
		return object{"matches": []any{object{"path": object{"value": path}}}, "backendRefs": to}
	}
	w.objects["HTTPRoute"] = []backend.Object{
		{"metadata": object{"namespace": "m-ingress", "name": "host"}, "spec": object{"parentRefs": parent, "hostnames": []any{"shop.example.com"}, "rules": []any{
			rule("/two", "echo.m-ecs-2.ecs.external", 3, "nobody.ecs.local", 1), rule("/", "echo.m-ecs-1.ecs.local", 1)}}},
		{"metadata": object{"namespace": "other", "name": "host"}, "spec": object{"parentRefs": parent, "hostnames": []any{"other.example.com"}, "rules": []any{rule("/", "x", 1)}}},
	}
	w.objects["Gateway"] = append(w.objects["Gateway"], backend.Object{"metadata": object{"namespace": "m-ingress", "name": "ingress"}, "spec": object{"gatewayClassName": "istio"},
		"status": object{"conditions": []any{object{"type": "Programmed", "status": "True"}}}})
	if refuses {
		w.objects["AuthorizationPolicy"] = append(w.objects["AuthorizationPolicy"], object{"metadata": object{"namespace": "m-ecs-1", "name": "no-users"}, "spec": object{
			"action": "DENY", "rules": []any{object{"from": []any{object{"source": object{"namespaces": []any{"m-ingress"}}}}}}}})
	}
	m, err := Read(context.Background(), w, s, false)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestEveryDrawingShowsWhomUsersReach(t *testing.T) {
	m := entered(t, true)
	var table, page, document bytes.Buffer
	if err := m.Table(&table); err != nil {
		t.Fatal(err)
	}
	if err := m.HTML(&page, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	if err := m.JSON(&document); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"table": table.String(), "page": page.String(), "svg": m.SVG()} {
		for _, want := range []string{"https://shop.example.com/two", "ecs-2/echo", "m-ecs-1/no-users"} {
			if !strings.Contains(text, want) {
				t.Errorf("the %s does not say %q:\n%s", name, want, text)
			}
		}
		if strings.Contains(text, "other.example.com") {
			t.Errorf("the %s shows a route of another gateway", name)
		}
	}
	for _, want := range []string{"users --> gw", `"shop.example.com/two" --> n`, `-. "m-ecs-1/no-users"`} {
		if !strings.Contains(m.Mermaid(), want) {
			t.Errorf("the flowchart does not say %s:\n%s", want, m.Mermaid())
		}
	}
	var read struct{ Ingress []map[string]string }
	if err := json.Unmarshal(document.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	byPath := map[string]map[string]string{}
	for _, row := range read.Ingress {
		byPath[row["Users ask for"]+" "+row["Service"]] = row
	}
	for key, want := range map[string][2]string{
		"https://shop.example.com/ ecs-1/echo":          {"no: m-ecs-1/no-users", "refused by m-ecs-1/no-users"},
		"https://shop.example.com/two ecs-2/echo":       {"yes", ""},
		"https://shop.example.com/two nobody.ecs.local": {"yes", "leads to a name that the stack does not have"},
		"https://lost.example.com -":                    {"-", "no route"},
	} {
		if row := byPath[key]; row["Admitted"] != want[0] || row["Problem"] != want[1] {
			t.Errorf("%s: %v, want %v", key, row, want)
		}
	}
	if share := byPath["https://shop.example.com/two ecs-2/echo"]["Share"]; share != "75 %" {
		t.Errorf("the share is %s", share)
	}
}

func TestAMeshWithoutAnIngressShowsNone(t *testing.T) {
	w, s := sample()
	m, err := Read(context.Background(), w, s, false)
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if err := m.Table(&table); err != nil || strings.Contains(table.String(), "INGRESS") {
		t.Errorf("%v\n%s", err, table.String())
	}
}

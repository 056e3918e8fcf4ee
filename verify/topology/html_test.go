package topology

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"ambient-ecs/verify/stack"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// document is a page as a browser reads it.
type document struct {
	*html.Node
	text string
}

func open(t *testing.T, m *Mesh) document {
	t.Helper()
	var b bytes.Buffer
	if err := m.HTML(&b, noon); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	return document{root, text(root)}
}

// all are the elements of some names below a node, in the order of the page.
func all(n *html.Node, names ...string) []*html.Node {
	var found []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && (len(names) == 0 || slices.Contains(names, d.Data)) {
			found = append(found, d)
		}
	}
	return found
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

func (d document) section(t *testing.T, id string) *html.Node {
	t.Helper()
	for _, s := range all(d.Node, "section") {
		if attribute(s, "id") == id {
			return s
		}
	}
	t.Fatalf("the page has no section %s", id)
	return nil
}

// rows are the texts of the rows in a section's table, cell by cell.
func (d document) rows(t *testing.T, id string) [][]string {
	var rows [][]string
	for _, tr := range all(d.section(t, id), "tr") {
		var cells []string
		for _, c := range all(tr, "th", "td") {
			cells = append(cells, text(c))
		}
		rows = append(rows, cells)
	}
	return rows
}

func TestPageShowsEverything(t *testing.T) {
	for name, m := range map[string]*Mesh{"six": read(t, true), "two hundred": large(t, 200, 16)} {
		page := open(t, m)
		for id, l := range map[string]listing{
			"services": m.services(), "identities": m.identities(), "policies": m.policies(), "gateways": m.gateways(), "workloads": m.workloads(),
		} {
			rows := page.rows(t, id)
			if len(rows) != len(l.Rows)+1 {
				t.Errorf("%s: section %s has %d rows for %d", name, id, len(rows)-1, len(l.Rows))
			}
			for _, want := range l.Rows {
				if !slices.ContainsFunc(rows, func(got []string) bool {
					return strings.Contains(got[0], want.Cells[0]) && slices.Equal(got[1:], want.Cells[1:])
				}) {
					t.Errorf("%s: section %s does not show %q", name, id, want.Cells)
				}
			}
		}
		for i, row := range page.rows(t, "policies")[1:] {
			if want := fmt.Sprintf("P%d %s/%s", i+1, m.Policies[i].Namespace, m.Policies[i].Name); row[0] != want {
				t.Errorf("%s: policy %d is called %q, want %q", name, i+1, row[0], want)
			}
		}
		for _, a := range m.Accounts {
			if !strings.Contains(text(page.section(t, "accounts")), a.ID) {
				t.Errorf("%s: account %s is not shown", name, a.Key)
			}
		}
		if !strings.Contains(page.text, "read 2026-11-29 12:00:00 UTC") {
			t.Errorf("%s: the page does not say when it was read", name)
		}
	}
	if !strings.Contains(text(open(t, read(t, true)).section(t, "certificates")), "2036-01-02") {
		t.Error("certificates that were asked for are not shown")
	}
}

func TestPageSaysFirstWhatIsNotWell(t *testing.T) {
	m := *large(t, 200, 16)
	m.Gateways = []Gateway{{Namespace: system, Name: "eastwest"}}
	page := open(t, &m)
	if first := all(page.Node, "section")[0]; attribute(first, "id") != "problems" || attribute(first, "class") != "bad" {
		t.Errorf("the first section is %q", attribute(first, "id"))
	}
	lines := all(page.section(t, "problems"), "li")
	if got := text(lines[0]); got != "istio-system/eastwest: not programmed" || len(lines) != 1+28 {
		t.Errorf("%d problems, the first is %q", len(lines), got)
	}
	for i, row := range page.rows(t, "services")[1:] {
		if sick := strings.HasSuffix(row[0], " 1 of 2 healthy"); sick != (row[5] == "1/2") || sick != (i < 28) {
			t.Errorf("row %d: %q", i+1, row)
		}
	}
	well := large(t, 6, 2)
	if s := open(t, well).section(t, "problems"); attribute(s, "class") != "good" || len(all(s, "li")) != 0 {
		t.Errorf("nothing is wrong, and the page says %q", text(s))
	}
}

func TestPageMatrixAgreesWithTheModel(t *testing.T) {
	b, s := sample()
	b.services[3].Waypoint = "default/waypoint"
	behind, err := Read(context.Background(), b, s, false)
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]*Mesh{"six": read(t, false), "waypoint": behind, "two hundred": large(t, 200, 16)} {
		policies := map[string]string{}
		for i, p := range m.Policies {
			policies[p.Namespace+"/"+p.Name] = fmt.Sprintf("P%d", i+1)
		}
		want, seen := map[string]string{}, 0
		for _, f := range m.Flows {
			key := f.From.Key + " → " + f.To.String()
			switch {
			case f.Allowed == f.Callers && f.To.Waypoint != "":
				want[key] = "waypoint"
			case f.Allowed == f.Callers:
				want[key] = "yes"
			case f.Allowed == 0:
				want[key] = "no " + policies[f.By]
			default:
				want[key] = fmt.Sprintf("%d of %d", f.Allowed, f.Callers) + "not " + f.Refused[0].Name + ": " + policies[f.By]
			}
		}
		rows := open(t, m).rows(t, "matrix")
		for _, row := range rows[1:] {
			for i, cell := range row[1:] {
				key := rows[0][i+1] + " → " + row[0]
				if w, ok := want[key]; ok && cell == w {
					seen++
				} else if ok || cell != "–" {
					t.Errorf("%s: %s: %q, want %q", name, key, cell, w)
				}
			}
		}
		if seen != len(m.Flows) {
			t.Errorf("%s: the matrix shows %d of %d flows", name, seen, len(m.Flows))
		}
	}
}

func TestPageNeedsNothingElse(t *testing.T) {
	page := open(t, large(t, 40, 4))
	ids := map[string]bool{}
	for _, n := range all(page.Node) {
		if id := attribute(n, "id"); id != "" && ids[id] {
			t.Errorf("two elements have the id %s", id)
		} else if id != "" {
			ids[id] = true
		}
	}
	for _, n := range all(page.Node) {
		if slices.Contains([]string{"link", "img", "iframe", "object", "embed", "base", "form", "svg", "video", "audio"}, n.Data) {
			t.Errorf("the page has a <%s>", n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case slices.Contains([]string{"src", "srcset", "style", "action", "ping"}, a.Key), strings.HasPrefix(a.Key, "on"):
				t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
			case a.Key != "href":
			case strings.HasPrefix(a.Val, "#filter="):
			case !strings.HasPrefix(a.Val, "#") || !ids[a.Val[1:]]:
				t.Errorf("<%s> leads to %q, which is not on the page", n.Data, a.Val)
			}
		}
	}
	var security string
	for _, n := range all(page.Node, "meta") {
		if attribute(n, "http-equiv") == "Content-Security-Policy" {
			security = attribute(n, "content")
		}
	}
	styles, scripts := all(page.Node, "style"), all(page.Node, "script")
	if len(styles) != 1 || len(scripts) != 1 {
		t.Fatalf("the page has %d styles and %d scripts", len(styles), len(scripts))
	}
	want := fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", digest(styles[0].FirstChild.Data), digest(scripts[0].FirstChild.Data))
	if security != want {
		t.Errorf("the browser is told %s, and would need %s", security, want)
	}
	for _, outside := range []string{"url(", "@import", "fetch(", "XMLHttpRequest", "innerHTML", "eval("} {
		if strings.Contains(styles[0].FirstChild.Data+scripts[0].FirstChild.Data, outside) {
			t.Errorf("style or script has %s", outside)
		}
	}
}

// hostile are names that a page or a drawing must show as text and not interpret.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</style></script></title>`, `{{.Security}}`, `javascript:alert(1)`, `<!--`, "`${alert(1)}`",
}

// poison replaces every name in the mesh.
func poison(t *testing.T, name string) *Mesh {
	t.Helper()
	b, s := sample()
	local := s.Clusters["ecs-1"]
	one := local.Services["echo"]
	local.Account, local.Services = name, map[string]stack.Service{name: one}
	s.Clusters = map[string]stack.Cluster{name: local}
	s.Accounts[name] = stack.Account{ID: name, VPCCIDR: name, Reach: name}
	s.InstallName, s.TrustDomain, s.MeshNetwork, s.PolicyStage = name, name, name, name
	s.Shared = map[string]stack.Shared{name: {Hostname: name, Waypoint: name, PolicyStage: name, Members: []string{name + "/" + name}}}
	b.services[0].Waypoint, b.services[0].Addresses, b.services[0].Healthy = name, []string{name}, 0
	for i := range b.workloads {
		b.workloads[i].Name, b.workloads[i].Identity, b.workloads[i].Network = name, "spiffe://"+name, name
	}
	for _, kind := range []string{"Gateway", "AuthorizationPolicy"} {
		b.objects[kind][0]["metadata"] = object{"namespace": "m-ecs-1", "name": name}
	}
	b.objects["AuthorizationPolicy"][0]["spec"] = object{"action": "ALLOW", "rules": []any{object{"to": []any{object{"operation": object{"paths": []any{name}}}}}}}
	m, err := Read(context.Background(), b, s, false)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestHostileNamesAreShownAndNotObeyed(t *testing.T) {
	elements := func(d document) (names []string) {
		for _, n := range all(d.Node) {
			names = append(names, n.Data)
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || strings.Contains(a.Val, "alert") && (a.Key == "href" && !strings.HasPrefix(a.Val, "#") || a.Key == "id") {
					t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
				}
			}
		}
		slices.Sort(names)
		return names
	}
	harmless := elements(open(t, poison(t, "harmless")))
	for _, name := range hostile {
		page := open(t, poison(t, name))
		if got := elements(page); !slices.Equal(got, harmless) {
			t.Errorf("%s makes other elements: %d, want %d", name, len(got), len(harmless))
		}
		if got := strings.Count(page.text, name); got < 20 {
			t.Errorf("%s is shown %d times", name, got)
		}
	}
}

func TestPageOfTwoHundredServicesIsSmall(t *testing.T) {
	var b bytes.Buffer
	if err := large(t, 200, 16).HTML(&b, noon); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 600_000 {
		t.Errorf("the page has %d bytes", b.Len())
	}
}

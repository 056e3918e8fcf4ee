package topology

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"account": Account.title, "group": (*Group).title, "join": strings.Join,
	"id": func(title string) string { return strings.ReplaceAll(strings.ToLower(title), " ", "-") },
}).Parse(pageHTML))

// page is the data of the template.
type page struct {
	*Mesh
	At       time.Time
	Security string
	Style    template.CSS
	Script   template.JS
	Callers  []*Group
	Servers  []*Node
	Problems []row
	Listings []listing
	rows     map[string]map[string]row // by the listing's title and the first cell
	flows    map[*Group]map[*Node]*Flow
}

// HTML writes the mesh, as it was read at the given time, as one self-contained page: it needs no network and no
// server. The page shows everything without its script. The script only filters.
func (m *Mesh) HTML(w io.Writer, at time.Time) error {
	p := &page{
		Mesh: m, At: at.UTC(), Style: template.CSS(pageCSS), Script: template.JS(pageJS), Callers: m.groups(), Servers: m.servers(), Problems: m.problems(),
		Security: fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", digest(pageCSS), digest(pageJS)),
		rows:     map[string]map[string]row{}, flows: map[*Group]map[*Node]*Flow{},
	}
	for _, l := range []listing{m.services(), m.sharedServices(), m.identities(), m.policies(), m.gateways(), m.entrance(), m.workloads(), m.certificates()} {
		if len(l.Rows) == 0 && l.Empty == "" {
			continue
		}
		p.rows[l.Title] = map[string]row{}
		for _, r := range l.Rows {
			p.rows[l.Title][r.Cells[0]] = r
		}
		l.Rows = problemsFirst(l.Rows, func(r row) string { return r.Problem })
		p.Listings = append(p.Listings, l)
	}
	for i, f := range m.Flows {
		if p.flows[f.From] == nil {
			p.flows[f.From] = map[*Node]*Flow{}
		}
		p.flows[f.From][f.To] = &m.Flows[i]
	}
	if err := pageTemplate.Execute(w, p); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// digest is the source by which a Content-Security-Policy admits one style or script
// (https://www.w3.org/TR/CSP3/#grammardef-hash-source, read 2026-11-29).
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Row is the row of a service.
func (p *page) Row(n *Node) row { return p.rows["Services"][n.String()] }

// Flow is the matrix's cell for a group's calls to a service, nil where the group has no caller.
func (p *page) Flow(from *Group, to *Node) *Flow { return p.flows[from][to] }

// Refusing are the ids of the policies that refuse a flow.
func (p *page) Refusing(f *Flow) []string {
	var all []string
	for _, name := range strings.Split(f.By, ", ") {
		all = append(all, p.rows["Policies"][name].ID)
	}
	return all
}

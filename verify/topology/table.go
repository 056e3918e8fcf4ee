package topology

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Table writes the mesh as text.
func (m *Mesh) Table(w io.Writer) error {
	t := &table{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	fmt.Fprintf(t, "Mesh %s (%s): trust domain %s, network %s, policies %s\n", m.Name, m.Place, m.TrustDomain, m.Network, m.PolicyStage)
	for _, l := range []listing{m.services(), m.sharedServices(), m.workloads(), m.gateways(), m.entrance(), m.policies()} {
		t.listing(l)
	}
	t.flows(m)
	t.listing(m.certificates())
	return t.Flush()
}

// flows is a matrix of callers and services.
func (t *table) flows(m *Mesh) {
	servers := m.servers()
	head := []string{"FROM"}
	for _, n := range servers {
		head = append(head, n.String())
	}
	t.title("WHO MAY CALL WHOM", head...)
	for _, g := range m.groups() {
		row := []string{g.Key}
		for _, n := range servers {
			cell := "-"
			for _, f := range m.Flows {
				switch {
				case f.From != g || f.To != n:
				case f.Open() && n.Waypoint != "":
					cell = "waypoint decides"
				case f.Open():
					cell = "yes"
				case f.Closed():
					cell = "no: " + f.By
				default:
					cell = fmt.Sprintf("%d of %d: %s", f.Allowed, f.Callers, f.By)
				}
			}
			row = append(row, cell)
		}
		t.cells(row...)
	}
}

type table struct{ *tabwriter.Writer }

func (t *table) listing(l listing) {
	if len(l.Rows) == 0 && l.Empty == "" {
		return
	}
	t.title(strings.ToUpper(l.Title), strings.ToUpper(strings.Join(l.Head, "\t")))
	for _, r := range l.Rows {
		t.cells(r.Cells...)
	}
	if len(l.Rows) == 0 {
		t.cells(l.Empty)
	}
}

func (t *table) title(name string, head ...string) {
	fmt.Fprintf(t, "\n%s\n", name)
	t.cells(head...)
}

func (t *table) cells(cells ...string) { fmt.Fprintln(t, strings.Join(cells, "\t")) }

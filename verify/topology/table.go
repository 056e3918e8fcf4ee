package topology

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"ambient-ecs/verify/doctor/authz"
)

// Table writes the mesh as text.
func (m *Mesh) Table(w io.Writer) error {
	t := &table{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	t.row("Mesh %s (%s): trust domain %s, network %s, policies %s", m.Name, m.Place, m.TrustDomain, m.Network, m.PolicyStage)
	t.title("SERVICES", "SERVICE", "ACCOUNT", "NAME AND PORT", "ADDRESS", "PROTOCOL", "HEALTHY", "IDENTITY", "WAYPOINT")
	for _, a := range m.Accounts {
		for _, g := range a.Groups {
			for _, n := range g.Nodes {
				t.cells(n.String(), a.Key, n.where(), firstOf(n.Addresses), n.protocol(), fmt.Sprintf("%d/%d", n.Healthy, n.Endpoints), short(strings.Join(n.Identities, " ")), cmp.Or(n.Waypoint, "-"))
			}
		}
	}
	if len(m.Shared) > 0 {
		t.title("SHARED SERVICES", "SHARED SERVICE", "NAME AND PORT", "ANSWERED BY", "WAYPOINT", "POLICIES")
		for _, s := range m.Shared {
			var members []string
			for _, n := range s.Members {
				members = append(members, fmt.Sprintf("%s (%d)", n, n.Healthy))
			}
			t.cells(s.Name, fmt.Sprintf("%s:%d", s.Host, s.Port), cmp.Or(strings.Join(members, ", "), "nobody"), cmp.Or(s.Waypoint, "-"), s.PolicyStage)
		}
	}
	t.title("WORKLOADS", "WORKLOAD", "ADDRESS", "PROTOCOL", "NETWORK", "IDENTITY")
	for _, w := range m.Workloads {
		t.cells(w.Namespace+"/"+w.Name, w.Address, w.Protocol, w.Network, short(w.Identity))
	}
	t.title("GATEWAYS", "GATEWAY", "CLASS", "PROGRAMMED", "LISTENERS", "ADDRESS")
	for _, g := range m.Gateways {
		t.cells(g.Namespace+"/"+g.Name, g.Class, yes(g.Programmed), strings.Join(g.Listeners, " "), cmp.Or(g.Address, "-"))
	}
	t.title("POLICIES", "POLICY", "ACTION", "RULES")
	for _, p := range m.Policies {
		t.cells(p.Namespace+"/"+p.Name, action(p), rules(p))
	}
	if len(m.Policies) == 0 {
		t.row("none: every workload of the mesh may call every other")
	}
	t.flows(m)
	if len(m.Certificates) > 0 {
		t.title("CERTIFICATES", "IDENTITY", "ISSUER", "EXPIRES")
		for _, c := range m.Certificates {
			t.cells(c.Identity, c.Issuer, expiry(c.NotAfter))
		}
	}
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

func (t *table) row(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

func (t *table) cells(cells ...string) { fmt.Fprintln(t, strings.Join(cells, "\t")) }

func (t *table) title(name string, head ...string) {
	fmt.Fprintf(t, "\n%s\n", name)
	t.cells(head...)
}

func (n *Node) where() string {
	switch {
	case n.Host == "":
		return "-"
	case n.Port == 0:
		return n.Host
	}
	return fmt.Sprintf("%s:%d", n.Host, n.Port)
}

// protocol is how a node is called, and says where it should not be so.
func (n *Node) protocol() string {
	if !n.Found {
		return "unknown to istiod"
	}
	return cmp.Or(n.Protocol, "-")
}

func firstOf(all []string) string {
	if len(all) == 0 {
		return "-"
	}
	return all[0]
}

// short leaves out what all identities begin with.
func short(identities string) string {
	return cmp.Or(strings.ReplaceAll(identities, "spiffe://", ""), "-")
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func action(p authz.Policy) string {
	s, _ := p.Spec["action"].(string)
	return cmp.Or(s, "ALLOW")
}

// rules is a policy's rules as JSON, which is as short as it gets without losing any.
func rules(p authz.Policy) string {
	all, ok := p.Spec["rules"]
	if !ok {
		return "none"
	}
	// Decoded JSON always encodes.
	data, _ := json.Marshal(all)
	return string(data)
}

func expiry(t time.Time) string {
	if t.IsZero() {
		return "not known"
	}
	return t.UTC().Format(time.DateTime)
}

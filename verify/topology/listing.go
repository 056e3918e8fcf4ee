package topology

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"ambient-ecs/verify/doctor/authz"
)

// listing is a list of one kind of things in the mesh, for the table and for the page.
type listing struct {
	Title string
	Head  []string
	Rows  []row
	// Empty is the text for a listing without rows. A listing without rows and without Empty is not shown.
	Empty string
}

// row is one thing. ID is the anchor for links, "" where nothing links to it. Problem says what is wrong, "" for nothing.
type row struct {
	ID, Problem string
	Cells       []string
}

func (l *listing) add(id, problem string, cells ...string) {
	l.Rows = append(l.Rows, row{id, problem, cells})
}

func (m *Mesh) services() listing {
	l := listing{Title: "Services", Head: []string{"Service", "Account", "Name and port", "Address", "Protocol", "Healthy", "Identity", "Waypoint"}, Empty: "none"}
	for _, a := range m.Accounts {
		for _, g := range a.Groups {
			for _, n := range g.Nodes {
				l.add(fmt.Sprintf("S%d", len(l.Rows)+1), n.problem(), n.String(), a.Key, n.where(), firstOf(n.Addresses), n.protocol(),
					fmt.Sprintf("%d/%d", n.Healthy, n.Endpoints), short(strings.Join(n.Identities, " ")), cmp.Or(n.Waypoint, "-"))
			}
		}
	}
	return l
}

func (m *Mesh) sharedServices() listing {
	l := listing{Title: "Shared services", Head: []string{"Shared service", "Name and port", "Answered by", "Waypoint", "Policies"}}
	for _, s := range m.Shared {
		var members []string
		for _, n := range s.Members {
			members = append(members, fmt.Sprintf("%s (%d)", n, n.Healthy))
		}
		l.add("", s.problem(), s.Name, fmt.Sprintf("%s:%d", s.Host, s.Port), cmp.Or(strings.Join(members, ", "), "nobody"), cmp.Or(s.Waypoint, "-"), s.PolicyStage)
	}
	return l
}

// identities are the SPIFFE ids with the services and workloads that have them.
func (m *Mesh) identities() listing {
	l := listing{Title: "Identities", Head: []string{"Identity", "Services and workloads"}, Empty: "none"}
	at := map[string]int{}
	for _, g := range m.groups() {
		for _, n := range g.Nodes {
			for _, id := range n.Identities {
				if i, ok := at[id]; ok {
					l.Rows[i].Cells[1] += ", " + n.String()
				} else {
					at[id] = len(l.Rows)
					l.add("", "", short(id), n.String())
				}
			}
		}
	}
	return l
}

func (m *Mesh) workloads() listing {
	l := listing{Title: "Workloads", Head: []string{"Workload", "Address", "Protocol", "Network", "Identity"}, Empty: "none"}
	for _, w := range m.Workloads {
		l.add("", "", w.Namespace+"/"+w.Name, w.Address, w.Protocol, w.Network, short(w.Identity))
	}
	return l
}

func (m *Mesh) gateways() listing {
	l := listing{Title: "Gateways", Head: []string{"Gateway", "Class", "Programmed", "Listeners", "Address"}, Empty: "none"}
	for _, g := range m.Gateways {
		l.add("", g.problem(), g.Namespace+"/"+g.Name, g.Class, yes(g.Programmed), strings.Join(g.Listeners, " "), cmp.Or(g.Address, "-"))
	}
	return l
}

func (m *Mesh) policies() listing {
	l := listing{Title: "Policies", Head: []string{"Policy", "Action", "Rules"}, Empty: "none: every workload of the mesh may call every other"}
	for i, p := range m.Policies {
		l.add(fmt.Sprintf("P%d", i+1), "", p.Namespace+"/"+p.Name, action(p), rules(p))
	}
	return l
}

func (m *Mesh) certificates() listing {
	l := listing{Title: "Certificates", Head: []string{"Identity", "Issuer", "Expires"}}
	for _, c := range m.Certificates {
		l.add("", "", c.Identity, c.Issuer, expiry(c.NotAfter))
	}
	return l
}

func (n *Node) where() string {
	switch {
	case n.Standalone:
		return n.starts()
	case n.Host == "":
		return "-"
	case n.Port == 0:
		return n.Host
	}
	return fmt.Sprintf("%s:%d", n.Host, n.Port)
}

// starts says what starts a standalone task.
func (n *Node) starts() string {
	if n.Schedule == "" {
		return "starts by hand"
	}
	return "starts by " + n.Schedule
}

// protocol is the protocol by which ztunnel calls a node, with a remark where it should be another.
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

// short removes the common prefix of all identities.
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

// rules are a policy's rules as JSON, the shortest form that loses nothing.
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

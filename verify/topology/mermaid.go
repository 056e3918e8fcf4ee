package topology

import (
	"fmt"
	"slices"
	"strings"
)

// Mermaid is the mesh as a flowchart: accounts and clusters as boxes, solid arrows for what is allowed, dotted ones
// for what a policy refuses.
func (m *Mesh) Mermaid() string {
	var b strings.Builder
	line := func(depth int, format string, args ...any) {
		fmt.Fprintf(&b, strings.Repeat("  ", depth)+format+"\n", args...)
	}
	groups, nodes := map[*Group]string{}, map[*Node]string{}
	line(0, "flowchart LR")
	for i, a := range m.Accounts {
		line(1, "subgraph a%d[%q]", i+1, a.title())
		if a.Home {
			for j, g := range m.Gateways {
				line(2, "gw%d{{%q}}", j+1, g.Name+"<br/>"+strings.Join(g.Listeners, " "))
			}
		}
		for _, g := range a.Groups {
			groups[g] = fmt.Sprintf("g%d", len(groups)+1)
			line(2, "subgraph %s[%q]", groups[g], g.title())
			for _, n := range g.Nodes {
				nodes[n] = fmt.Sprintf("n%d", len(nodes)+1)
				line(3, "%s[%q]", nodes[n], strings.Join(n.lines(), "<br/>"))
			}
			line(2, "end")
		}
		line(1, "end")
	}
	if m.Ingress != nil {
		line(1, "users((%q))", "users")
		for j, g := range m.Gateways {
			if g.Namespace+"/"+g.Name == m.Ingress.Gateway {
				line(1, "users --> gw%d", j+1)
				m.entriesFrom(fmt.Sprintf("gw%d", j+1), nodes, line)
			}
		}
	}
	for _, f := range m.Flows {
		switch {
		case f.Open():
			line(1, "%s --> %s", groups[f.From], nodes[f.To])
		case f.Closed():
			line(1, "%s -. %q .-x %s", groups[f.From], f.By, nodes[f.To])
		default:
			line(1, "%s -- %q --> %s", groups[f.From], fmt.Sprintf("%d of %d", f.Allowed, f.Callers), nodes[f.To])
		}
	}
	return b.String()
}

// entriesFrom draws the ways from the ingress to services.
func (m *Mesh) entriesFrom(gateway string, nodes map[*Node]string, line func(int, string, ...any)) {
	for _, e := range m.Ingress.Entries {
		for _, n := range e.To {
			if e.Allowed {
				line(1, "%s -- %q --> %s", gateway, e.Host+e.Path, nodes[n])
			} else {
				line(1, "%s -. %q .-x %s", gateway, e.By, nodes[n])
			}
		}
	}
}

func (a Account) title() string {
	title := fmt.Sprintf("account %s · %s · %s", a.Key, a.ID, a.CIDR)
	if a.Reach != "" {
		title += " · reach " + a.Reach
	}
	return title
}

func (g *Group) title() string {
	if !g.ECS {
		return "EKS · namespace " + g.Namespace
	}
	return "ECS cluster " + g.Key + " · namespace " + g.Namespace
}

// lines are the lines of text on a node.
func (n *Node) lines() []string {
	name := n.Name
	if n.Port != 0 {
		name += fmt.Sprintf(" :%d", n.Port)
	}
	state := fmt.Sprintf("%s · %d/%d healthy", n.protocol(), n.Healthy, n.Endpoints)
	lines := []string{name, state}
	if n.Waypoint != "" {
		lines = append(lines, "waypoint "+n.Waypoint)
	}
	return lines
}

// identities are the SPIFFE ids of a group's workloads.
func (g *Group) identities() []string {
	var all []string
	for _, n := range g.Nodes {
		for _, id := range n.Identities {
			if !slices.Contains(all, id) {
				all = append(all, id)
			}
		}
	}
	return all
}

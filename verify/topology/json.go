package topology

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// JSON writes the lists of the table: for each list its rows, as objects with the column's title as key. A row that has a
// problem says so under "Problem".
func (m *Mesh) JSON(w io.Writer) error {
	document := map[string]any{"Mesh": m.Name, "Place": m.Place, "Trust domain": m.TrustDomain, "Network": m.Network, "Policies in force": m.PolicyStage}
	for _, l := range []listing{m.services(), m.sharedServices(), m.workloads(), m.gateways(), m.entrance(), m.policies(), m.calls(), m.certificates()} {
		rows := []map[string]string{}
		for _, r := range l.Rows {
			one := map[string]string{}
			for i, cell := range r.Cells {
				one[l.Head[i]] = cell
			}
			if r.Problem != "" {
				one["Problem"] = r.Problem
			}
			rows = append(rows, one)
		}
		document[l.Title] = rows
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(document); err != nil {
		return fmt.Errorf("write the mesh as JSON: %w", err)
	}
	return nil
}

// calls are the flows as a list.
func (m *Mesh) calls() listing {
	l := listing{Title: "Calls", Head: []string{"From", "To", "Allowed", "Refused", "By"}}
	for _, f := range m.Flows {
		var refused []string
		for _, n := range f.Refused {
			refused = append(refused, n.Name)
		}
		l.add("", "", f.From.Key, f.To.String(), fmt.Sprintf("%d of %d", f.Allowed, f.Callers), strings.Join(refused, ", "), f.By)
	}
	return l
}

package topology

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
)

// Measures of the drawing, in pixels. The font is monospaced, so the width of a text is known. A cell is a little
// wider than one character of 12 px in the usual fonts (7.23 in DejaVu Sans Mono).
const (
	margin    = 24
	nodeWide  = 300
	nodeHigh  = 52
	gap       = 16
	titleHigh = 30
	lineHigh  = 18
	textSize  = 12
	cell      = 7.5
	// laneStep is the distance between the lanes beside the boxes. stubStep is the distance between the lines that
	// leave a box.
	laneStep = 16
	stubStep = 12
)

// Everything inside a box is in two columns. The lanes are to its right.
const (
	boxLeft  = margin + gap
	boxWide  = 2*nodeWide + 3*gap
	boxRight = boxLeft + boxWide
	paneWide = boxWide + 2*gap
	lanes    = boxRight + gap + 32
)

// mostNodes and mostNotes are the largest numbers of nodes in a box and of notes below. The drawing says how many it
// leaves out.
const mostNodes, mostNotes = 8, 8

// colours are those of the lanes. The drawing has room for as many groups as there are colours.
var colours = []string{"#1f6feb", "#2da44e", "#bf3989", "#d4a72c", "#8250df", "#0a7ea4", "#cf5c00", "#57606a"}

const (
	black, grey, red = "#24292f", "#57606a", "#cf222e"
	controlColour    = "#8c959f"
)

// SVG draws the mesh, as far as it fits. Each group has a lane beside the boxes, in its colour: a dot on the
// lane marks each group that may call it, and the lane's arrow leads to the group.
func (m *Mesh) SVG() string {
	groups := m.groups()
	d := &drawing{mesh: m, groups: fits(groups, len(colours)), top: map[*Group]int{}, stubs: map[*Group]int{}}
	d.wide = lanes + laneStep*(len(d.groups)+1) + margin
	write(&d.boxes, margin, margin+14, d.wide-2*margin, "bold", black, fmt.Sprintf("Mesh %s (%s): trust domain %s, policies %s", m.Name, m.Place, m.TrustDomain, m.PolicyStage))
	y, room := margin+36, len(d.groups)
	for _, a := range m.Accounts {
		shown := fits(a.Groups, room)
		room -= len(shown)
		if len(shown) > 0 || len(a.Groups) == 0 {
			y = d.account(a, shown, y) + gap
		}
	}
	y = d.more(margin, y, d.wide, len(groups)-len(d.groups), "cluster or namespace", "clusters or namespaces")
	d.flows()
	return d.finish(d.legend(y+8) + margin)
}

// drawing collects the lower and the upper layer of the drawing.
type drawing struct {
	mesh                        *Mesh
	wide                        int
	groups                      []*Group
	panes, frames, boxes, wires strings.Builder
	// top is the position where the arrow to a group ends. stubs is the position where the lines of a group start.
	top, stubs map[*Group]int
	// gateway is the middle of the east-west gateway's left edge, 0 without one.
	gateway int
}

func (d *drawing) account(a Account, groups []*Group, top int) int {
	y := top + titleHigh
	if a.Home {
		y = d.gateways(y)
	}
	for _, g := range groups {
		y = d.group(g, y) + gap
	}
	if len(groups) == 0 {
		y += gap
	}
	rect(&d.panes, margin, top, paneWide, y-top, 10, "#f6f8fa", "#d0d7de")
	write(&d.boxes, boxLeft, top+20, boxWide, "bold", black, a.title())
	return y
}

// gateways are drawn after istiod, first the one that leads to istiod.
func (d *drawing) gateways(y int) int {
	all := []box{{"#ffffff", "#d4a72c", "istiod", "trust domain " + d.mesh.TrustDomain}}
	var others []box
	for _, g := range d.mesh.Gateways {
		b := box{"#fff8c5", "#d4a72c", "gateway " + g.Namespace + "/" + g.Name, strings.Join(g.Listeners, "  ")}
		if !g.Programmed {
			b.fill, b.state = "#ffebe9", "not programmed"
		}
		if g.Namespace == system && d.gateway == 0 {
			all, d.gateway = append(all, b), y+nodeHigh/2
		} else {
			others = append(others, b)
		}
	}
	if d.gateway != 0 {
		right := boxLeft + 2*gap + nodeWide
		arrow(&d.wires, right, right-gap, d.gateway, controlColour, "4 3")
	}
	return d.grid(append(all, others...), y, "gateway", "gateways")
}

func (d *drawing) group(g *Group, top int) int {
	var all []box
	for _, n := range problemsFirst(g.Nodes, (*Node).problem) {
		lines := n.lines()
		b := box{"#dafbe1", "#2da44e", lines[0], strings.Join(lines[1:], " · ")}
		if n.problem() != "" {
			b.fill, b.line = "#ffebe9", red
		}
		all = append(all, b)
	}
	y := d.grid(all, top+titleHigh, "service", "services")
	if ids := g.identities(); len(ids) > 0 {
		write(&d.boxes, boxLeft+gap, y+4, boxWide-2*gap, "", grey, "as "+strings.Join(ids, ", "))
		y += lineHigh
	}
	d.top[g], d.stubs[g] = top+titleHigh/2, top+titleHigh
	y = max(y, d.stubs[g]+stubStep*(len(d.groups)+1))
	line := "#54aeff"
	if g.ECS {
		line = "#ff9900"
	}
	rect(&d.frames, boxLeft, top, boxWide, y-top, 8, "#ffffff", line)
	write(&d.boxes, boxLeft+gap, top+20, boxWide-2*gap, "", black, g.title())
	return y
}

// box is the drawing of a node or a gateway.
type box struct{ fill, line, name, state string }

// grid draws boxes in two columns.
func (d *drawing) grid(all []box, y int, one, many string) int {
	for i, b := range fits(all, mostNodes) {
		x, y := boxLeft+gap+i%2*(nodeWide+gap), y+i/2*(nodeHigh+gap)
		rect(&d.boxes, x, y, nodeWide, nodeHigh, 6, b.fill, b.line)
		write(&d.boxes, x+12, y+21, nodeWide-24, "bold", black, b.name)
		write(&d.boxes, x+12, y+40, nodeWide-24, "", grey, b.state)
	}
	return d.more(boxLeft+gap, y+(min(len(all), mostNodes)+1)/2*(nodeHigh+gap), boxWide-2*gap, len(all)-mostNodes, one, many)
}

// more says how many are left out, if any.
func (d *drawing) more(x, y, room, left int, one, many string) int {
	if left <= 0 {
		return y
	}
	if left > 1 {
		one = many
	}
	write(&d.boxes, x, y+4, room, "bold", black, fmt.Sprintf("and %d more %s: see -o html", left, one))
	return y + lineHigh
}

// flows draws the lanes: one from the tasks to istiod, and one for each group. A line is dashed if some of the
// calls are refused.
func (d *drawing) flows() {
	control := lane{x: lanes, to: d.gateway, end: boxRight - gap, colour: controlColour}
	for i, to := range d.groups {
		if to.ECS && d.gateway != 0 {
			control.join(&d.wires, d.stubs[to], "4 3")
		}
		calls := lane{x: lanes + laneStep*(i+1), to: d.top[to], end: boxRight, colour: colours[i]}
		for _, from := range d.groups {
			if some, all := d.mesh.between(from, to); all && some {
				calls.join(&d.wires, d.stubs[from]+stubStep*(i+1), "")
			} else if some {
				calls.join(&d.wires, d.stubs[from]+stubStep*(i+1), "6 4")
			}
		}
		calls.close(&d.wires, "")
	}
	control.close(&d.wires, "4 3")
}

// lane is a line beside the boxes, at x. It leads to the point (end, to); joined is where lines join it.
type lane struct {
	x, to, end int
	colour     string
	joined     []int
}

func (l *lane) join(b *strings.Builder, y int, dash string) {
	wire(b, fmt.Sprintf("M%d %d H%d", boxRight, y, l.x), l.colour, dash)
	fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="3" fill="%s"/>`+"\n", l.x, y, l.colour)
	l.joined = append(l.joined, y)
}

func (l *lane) close(b *strings.Builder, dash string) {
	if len(l.joined) > 0 {
		all := append(l.joined, l.to)
		wire(b, fmt.Sprintf("M%d %d V%d", l.x, slices.Min(all), slices.Max(all)), l.colour, dash)
		arrow(b, l.x, l.end, l.to, l.colour, dash)
	}
}

// between reports whether some and whether all calls from one group to another are allowed.
func (m *Mesh) between(from, to *Group) (some, all bool) {
	all = true
	for _, f := range m.Flows {
		if f.From == from && f.To.group == to {
			some, all = some || !f.Closed(), all && f.Open()
		}
	}
	return some, all
}

// legend explains the lanes, and lists problems and refused calls.
func (d *drawing) legend(y int) int {
	wide := d.wide - 2*margin
	entry := func(colour, dash, label string) {
		wire(&d.boxes, fmt.Sprintf("M%d %d H%d", margin, y, margin+28), colour, dash)
		write(&d.boxes, margin+38, y+4, wide-38, "", black, label)
		y += lineHigh
	}
	entry(controlColour, "4 3", "to istiod, through the gateway")
	for i, g := range d.groups {
		entry(colours[i], "", "calls to "+g.Key+"; dashed where policies refuse some of them")
	}
	note := func(format string, args ...any) {
		write(&d.boxes, margin, y+4, wide, "", red, fmt.Sprintf(format, args...))
		y += lineHigh
	}
	if in := d.mesh.Ingress; in != nil {
		for _, e := range fits(in.Entries, mostNotes) {
			write(&d.boxes, margin, y+4, wide, "", black, fmt.Sprintf("users: https://%s%s → gateway %s → %s (%s)", e.Host, e.Path, in.Gateway, e.service(), e.admitted()))
			y += lineHigh
		}
		y = d.more(margin, y, wide, len(in.Entries)-mostNotes, "way of users", "ways of users")
	}
	problems, refused := d.mesh.problems(), d.mesh.refused()
	for _, p := range fits(problems, mostNotes) {
		note("problem: %s: %s", p.Cells[0], p.Problem)
	}
	y = d.more(margin, y, wide, len(problems)-mostNotes, "problem", "problems")
	for _, f := range fits(refused, mostNotes) {
		note("refused: %s (%d of %d) → %s by %s", f.From.Key, len(f.Refused), f.Callers, f.To, f.By)
	}
	return d.more(margin, y, wide, len(refused)-mostNotes, "refusal", "refusals")
}

func (d *drawing) finish(high int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="ui-monospace, Menlo, 'DejaVu Sans Mono', monospace" font-size="%d">`+"\n", d.wide, high, d.wide, high, textSize)
	rect(&b, 0, 0, d.wide, high, 0, "#ffffff", "none")
	return b.String() + d.panes.String() + d.frames.String() + d.boxes.String() + d.wires.String() + "</svg>\n"
}

// fits are the first elements of a list, as many as there is room for.
func fits[T any](all []T, room int) []T { return all[:min(len(all), room)] }

// monospace counts cells, the same in every locale.
var monospace runewidth.Condition

func rect(b *strings.Builder, x, y, w, h, r int, fill, line string) {
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" rx="%d" fill="%s" stroke="%s"/>`+"\n", x, y, w, h, r, fill, line)
}

// write writes a text. It cuts a text that is too long and adds an ellipsis.
func write(b *strings.Builder, x, y, room int, weight, colour, text string) {
	if weight != "" {
		weight = fmt.Sprintf(` font-weight="%s"`, weight)
	}
	fmt.Fprintf(b, `<text x="%d" y="%d"%s fill="%s">`, x, y, weight, colour)
	_ = xml.EscapeText(b, []byte(monospace.Truncate(text, int(float64(room)/cell), "…"))) // a Builder returns no error
	b.WriteString("</text>\n")
}

func wire(b *strings.Builder, path, colour, dash string) {
	if dash != "" {
		dash = fmt.Sprintf(` stroke-dasharray="%s"`, dash)
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="1.6"%s/>`+"\n", path, colour, dash)
}

// arrow is a wire to the left, from x to end.
func arrow(b *strings.Builder, x, end, y int, colour, dash string) {
	wire(b, fmt.Sprintf("M%d %d H%d", x, y, end), colour, dash)
	fmt.Fprintf(b, `<path d="M%d %d l9 -4.5 v9 z" fill="%s"/>`+"\n", end, y, colour)
}

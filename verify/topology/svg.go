package topology

import (
	"fmt"
	"html"
	"strings"
)

// Measures of the drawing, in pixels.
const (
	margin    = 24
	nodeWide  = 250
	nodeHigh  = 52
	gap       = 16
	titleHigh = 30
	// laneStep is between the lanes beside the boxes, and between the lines that leave a box.
	laneStep = 16
	stubStep = 12
	textSize = 13
)

// Everything inside a box has these two columns: who only calls on the left, who is called on the right.
const (
	boxLeft  = margin + 16
	boxWide  = 2*nodeWide + 3*gap
	boxRight = boxLeft + boxWide
	paneWide = boxWide + 32
)

// colours are those of the lanes, one for each service that can be called; they come round again after the last.
var colours = []string{"#1f6feb", "#2da44e", "#bf3989", "#d4a72c", "#8250df", "#0a7ea4", "#cf5c00", "#57606a"}

const controlColour = "#8c959f"

// SVG is the mesh as a drawing. Each service that can be called has a lane beside the boxes, in its colour: groups
// that may call it join the lane with a dot, and the lane's arrow leads to the service.
func (m *Mesh) SVG() string {
	d := &drawing{mesh: m, stubs: map[*Group]int{}, middle: map[*Node]int{}}
	d.servers = m.servers()
	for i := range d.servers {
		d.lanes = append(d.lanes, boxRight+48+laneStep*(i+1))
	}
	y := margin + 36
	for _, a := range m.Accounts {
		y = d.account(a, y) + gap
	}
	d.control()
	d.flows()
	y = d.legend(y + 8)
	return d.finish(y + margin)
}

// drawing collects what lies below and what lies above.
type drawing struct {
	mesh         *Mesh
	servers      []*Node
	lanes        []int
	boxes, wires strings.Builder
	// stubs is where the lines of a group start, middle the middle of a node's right edge.
	stubs  map[*Group]int
	middle map[*Node]int
	// gateway is the middle of the east-west gateway's right edge, 0 without one.
	gateway int
}

func (d *drawing) account(a Account, top int) int {
	y := top + titleHigh
	var inside strings.Builder
	inside, d.boxes = d.boxes, inside
	if a.Home {
		y = d.gateways(y)
	}
	for _, g := range a.Groups {
		y = d.group(g, y) + gap
	}
	if len(a.Groups) == 0 {
		y += gap
	}
	inside, d.boxes = d.boxes, inside
	rect(&d.boxes, margin, top, paneWide, y-top, 10, "#f6f8fa", "#d0d7de")
	write(&d.boxes, margin+16, top+20, "bold", "#24292f", a.title())
	d.boxes.WriteString(inside.String())
	return y
}

// gateways are drawn one below the other, with istiod before the one that leads to it.
func (d *drawing) gateways(y int) int {
	for _, g := range d.mesh.Gateways {
		fill := "#fff8c5"
		state := strings.Join(g.Listeners, "  ")
		if !g.Programmed {
			fill, state = "#ffebe9", "not programmed"
		}
		x := boxRight - gap - nodeWide
		rect(&d.boxes, x, y, nodeWide, nodeHigh, 6, fill, "#d4a72c")
		write(&d.boxes, x+12, y+21, "bold", "#24292f", clip("gateway "+g.Namespace+"/"+g.Name))
		write(&d.boxes, x+12, y+40, "", "#57606a", clip(state))
		if g.Namespace == system && d.gateway == 0 {
			d.gateway = y + nodeHigh/2
			rect(&d.boxes, boxLeft+gap, y, nodeWide, nodeHigh, 6, "#ffffff", "#d4a72c")
			write(&d.boxes, boxLeft+gap+12, y+21, "bold", "#24292f", "istiod")
			write(&d.boxes, boxLeft+gap+12, y+40, "", "#57606a", "trust domain "+d.mesh.TrustDomain)
			arrow(&d.boxes, fmt.Sprintf("M%d %d", x, d.gateway), boxLeft+gap+nodeWide, d.gateway, controlColour, "4 3")
		}
		y += nodeHigh + gap
	}
	return y
}

func (d *drawing) group(g *Group, top int) int {
	left, right := top+titleHigh, top+titleHigh
	var inside strings.Builder
	for _, n := range g.Nodes {
		x, y := boxLeft+gap, &left
		if n.Port != 0 {
			x, y = boxRight-gap-nodeWide, &right
		}
		d.node(&inside, n, x, *y)
		*y += nodeHigh + gap
	}
	bottom := max(left, right, top+titleHigh+gap)
	d.stubs[g] = bottom
	bottom += stubStep*(len(d.servers)+1) + 4
	fill, line := "#ffffff", "#54aeff"
	if g.ECS {
		line = "#ff9900"
	}
	rect(&d.boxes, boxLeft, top, boxWide, bottom-top, 8, fill, line)
	write(&d.boxes, boxLeft+gap, top+20, "", "#24292f", g.title())
	d.boxes.WriteString(inside.String())
	for i, id := range g.identities() {
		// There is room for as many as there are lines beside them, which is one at least.
		if y := d.stubs[g] + stubStep + 16*i; y < bottom {
			write(&d.boxes, boxLeft+gap, y, "", "#57606a", "as "+id)
		}
	}
	return bottom
}

func (d *drawing) node(b *strings.Builder, n *Node, x, y int) {
	fill, line := "#dafbe1", "#2da44e"
	if !n.Found || n.Healthy < n.Endpoints || n.Endpoints == 0 || n.Protocol != "HBONE" {
		fill, line = "#ffebe9", "#cf222e"
	}
	rect(b, x, y, nodeWide, nodeHigh, 6, fill, line)
	lines := n.lines()
	write(b, x+12, y+21, "bold", "#24292f", clip(lines[0]))
	write(b, x+12, y+40, "", "#57606a", clip(strings.Join(lines[1:], " · ")))
	d.middle[n] = y + nodeHigh/2
}

// control is the lane by which tasks get to istiod.
func (d *drawing) control() {
	if d.gateway == 0 {
		return
	}
	lane := boxRight + 48
	bottom := d.gateway
	for _, g := range d.mesh.groups() {
		if g.ECS {
			bottom = d.stubs[g]
			wire(&d.wires, fmt.Sprintf("M%d %d H%d", boxRight, bottom, lane), controlColour, "4 3")
			dot(&d.wires, lane, bottom, controlColour)
		}
	}
	arrow(&d.wires, fmt.Sprintf("M%d %d V%d", lane, bottom, d.gateway), boxRight-gap, d.gateway, controlColour, "4 3")
}

// flows draws a lane for each service.
func (d *drawing) flows() {
	for i, n := range d.servers {
		colour, lane, to := colours[i%len(colours)], d.lanes[i], d.middle[n]
		low, high := to, to
		joined := false
		for _, f := range d.mesh.Flows {
			if f.To != n || f.Closed() {
				continue
			}
			dash := ""
			if !f.Open() {
				dash = "6 4"
			}
			y := d.stubs[f.From] + stubStep*(i+1)
			wire(&d.wires, fmt.Sprintf("M%d %d H%d", boxRight, y, lane), colour, dash)
			dot(&d.wires, lane, y, colour)
			low, high, joined = min(low, y), max(high, y), true
		}
		if joined {
			wire(&d.wires, fmt.Sprintf("M%d %d V%d", lane, low, high), colour, "")
			arrow(&d.wires, fmt.Sprintf("M%d %d", lane, to), boxRight-gap, to, colour, "")
		}
	}
}

// legend says what the lanes are, and what is refused.
func (d *drawing) legend(y int) int {
	entry := func(colour, dash, label string) {
		wire(&d.boxes, fmt.Sprintf("M%d %d H%d", margin, y, margin+28), colour, dash)
		write(&d.boxes, margin+38, y+4, "", "#24292f", label)
		y += 20
	}
	entry(controlColour, "4 3", "to istiod, through the gateway")
	for i, n := range d.servers {
		entry(colours[i%len(colours)], "", "calls to "+n.String())
	}
	for _, f := range d.mesh.refused() {
		write(&d.boxes, margin, y+4, "", "#cf222e", fmt.Sprintf("refused: %s → %s by %s", f.From.Key, f.To, f.By))
		y += 20
	}
	return y
}

func (d *drawing) finish(high int) string {
	wide := boxRight + 48 + laneStep*(len(d.servers)+1) + margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="Helvetica, Arial, sans-serif" font-size="%d">`+"\n", wide, high, wide, high, textSize)
	rect(&b, 0, 0, wide, high, 0, "#ffffff", "none")
	write(&b, margin, margin+14, "bold", "#24292f", fmt.Sprintf("Mesh %s (%s): trust domain %s, policies %s", d.mesh.Name, d.mesh.Place, d.mesh.TrustDomain, d.mesh.PolicyStage))
	b.WriteString(d.boxes.String())
	b.WriteString(d.wires.String())
	b.WriteString("</svg>\n")
	return b.String()
}

// clip shortens what does not fit on a node.
func clip(text string) string {
	const most = 38
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

func rect(b *strings.Builder, x, y, w, h, r int, fill, line string) {
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" rx="%d" fill="%s" stroke="%s"/>`+"\n", x, y, w, h, r, fill, line)
}

func write(b *strings.Builder, x, y int, weight, colour, text string) {
	if weight != "" {
		weight = fmt.Sprintf(` font-weight="%s"`, weight)
	}
	fmt.Fprintf(b, `<text x="%d" y="%d"%s fill="%s">%s</text>`+"\n", x, y, weight, colour, html.EscapeString(text))
}

func wire(b *strings.Builder, path, colour, dash string) {
	if dash != "" {
		dash = fmt.Sprintf(` stroke-dasharray="%s"`, dash)
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="1.6"%s/>`+"\n", path, colour, dash)
}

// arrow is a wire that ends at a point, which it comes to from the right.
func arrow(b *strings.Builder, path string, x, y int, colour, dash string) {
	wire(b, fmt.Sprintf("%s H%d", path, x), colour, dash)
	fmt.Fprintf(b, `<path d="M%d %d l9 -4.5 v9 z" fill="%s"/>`+"\n", x, y, colour)
}

func dot(b *strings.Builder, x, y int, colour string) {
	fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="3" fill="%s"/>`+"\n", x, y, colour)
}

package topology

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
)

// texts reads a drawing. It fails if the drawing is not XML, or if a text runs out of the smallest box around its
// start.
func texts(t *testing.T, svg string) []string {
	t.Helper()
	type rectangle struct{ left, top, right, bottom float64 }
	var boxes []rectangle
	var found []string
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		at := map[string]float64{}
		for _, a := range start.Attr {
			at[a.Name.Local], _ = strconv.ParseFloat(a.Value, 64)
		}
		switch start.Name.Local {
		case "rect":
			boxes = append(boxes, rectangle{at["x"], at["y"], at["x"] + at["width"], at["y"] + at["height"]})
		case "text":
			var text string
			if err := decoder.DecodeElement(&text, &start); err != nil {
				t.Fatal(err)
			}
			found = append(found, text)
			var around *rectangle
			for i, b := range boxes {
				if at["x"] >= b.left && at["x"] < b.right && at["y"] >= b.top && at["y"] <= b.bottom && (around == nil || b.right-b.left < around.right-around.left) {
					around = &boxes[i]
				}
			}
			// A character of a monospaced font is 0.6 em wide. A Chinese character is 1 em wide, less than two cells.
			if end := at["x"] + float64(monospace.StringWidth(text))*cell; around == nil || end > around.right {
				t.Errorf("%q starts at %g, %g and ends at %g, in %+v", text, at["x"], at["y"], end, around)
			}
		}
	}
}

func TestTextStaysInItsBox(t *testing.T) {
	texts(t, read(t, false).SVG())
	texts(t, large(t, 200, 16).SVG())
	for _, name := range append(hostile, strings.Repeat("long", 60), strings.Repeat("长", 90), "control \x00\x1b") {
		shown := texts(t, poison(t, name).SVG())
		if len(shown) == 0 || !strings.Contains(strings.Join(shown, " "), "…") && len(name) > 100 {
			t.Errorf("%s is cut off without an ellipsis: %q", name, shown)
		}
	}
}

func TestDrawingSaysWhatItLeavesOut(t *testing.T) {
	for _, c := range []struct {
		services, clusters int
		want               []string
	}{
		{42, 1, []string{"and 34 more services: see -o html"}},
		{9, 1, []string{"and 1 more service: see -o html"}},
		{200, 16, []string{"and 5 more services: see -o html", "and 8 more clusters or namespaces: see -o html", "and 20 more problems: see -o html"}},
		{8, 1, nil},
	} {
		shown := texts(t, large(t, c.services, c.clusters).SVG())
		all := strings.Join(shown, "\n")
		for _, want := range c.want {
			if !strings.Contains(all, want+"\n") && !strings.HasSuffix(all, want) {
				t.Errorf("%d services: the drawing does not say %q:\n%s", c.services, want, all)
			}
		}
		if c.want == nil && strings.Contains(all, "more") {
			t.Errorf("everything fits, and the drawing says:\n%s", all)
		}
	}
}

func TestDrawingShowsProblemsFirst(t *testing.T) {
	shown := texts(t, large(t, 42, 1).SVG())
	if all := strings.Join(shown, "\n"); strings.Count(all, "HBONE · 1/2 healthy") != 6 {
		t.Errorf("six of 42 services are not well, and the drawing shows:\n%s", all)
	}
}

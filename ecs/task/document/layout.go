package document

import (
	"bytes"
	"strings"

	"github.com/tailscale/hujson"
)

// layout is how an object is written.
type layout struct {
	// lines: each member has a line of its own.
	lines bool
	// first is the white space before the first member, comma what is after a comma in one line, colon what is after a
	// colon, last what is before the closing brace.
	first, comma, colon, last string
	// unit is one step of indentation.
	unit string
}

// layoutOf reads the layout of an object from its members. Any other value, and an object of none, has that of one line.
func layoutOf(value *hujson.Value) layout {
	object, ok := value.Value.(*hujson.Object)
	if !ok || len(object.Members) == 0 {
		return layout{}
	}
	l := layout{
		first: string(object.Members[0].Name.BeforeExtra),
		colon: string(object.Members[0].Value.BeforeExtra),
		last:  string(object.AfterExtra),
	}
	l.comma = l.colon
	if len(object.Members) > 1 {
		l.comma = string(object.Members[1].Name.BeforeExtra)
	}
	l.lines = strings.Contains(l.first, "\n")
	if !l.lines {
		return l
	}
	l.unit = "  "
	if unit, deeper := strings.CutPrefix(indent(l.first), indent(l.last)); deeper && unit != "" && strings.Contains(l.last, "\n") {
		l.unit = unit
	}
	return l
}

// indent is what follows the last line break.
func indent(space string) string { return space[strings.LastIndexByte(space, '\n')+1:] }

// apply lays a tree out, as many levels below the layout's own as depth says.
func (l layout) apply(value *hujson.Value, depth int) {
	first, comma, last := l.first, l.comma, l.last
	if l.lines {
		deeper := strings.Repeat(l.unit, depth)
		first += deeper
		comma, last = first, strings.TrimSuffix(first, l.unit)
	}
	switch v := value.Value.(type) {
	case *hujson.Object:
		for i := range v.Members {
			v.Members[i].Name.BeforeExtra = space(first, comma, i)
			v.Members[i].Value.BeforeExtra = hujson.Extra(l.colon)
			l.apply(&v.Members[i].Value, depth+1)
		}
		if len(v.Members) > 0 {
			v.AfterExtra = hujson.Extra(last)
		}
	case *hujson.Array:
		if !l.lines {
			first, last = "", ""
		}
		for i := range v.Elements {
			v.Elements[i].BeforeExtra = space(first, comma, i)
			l.apply(&v.Elements[i], depth+1)
		}
		if len(v.Elements) > 0 {
			v.AfterExtra = hujson.Extra(last)
		}
	}
}

// space is what stands before the i-th part.
func space(first, comma string, i int) hujson.Extra {
	if i == 0 {
		return bytes.Clone([]byte(first))
	}
	return bytes.Clone([]byte(comma))
}

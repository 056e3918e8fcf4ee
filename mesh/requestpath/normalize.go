// Package requestpath makes of a request's path what a waypoint makes of it before rules and routes look at it.
package requestpath

import (
	"fmt"
	"strings"
)

// Normalization is what a waypoint does to the path of every request. The steps are taken in the order of the fields. The zero
// value leaves a path as it is.
type Normalization struct {
	// DecodeSlashes decodes %2F to a slash and %5C to a backslash, once. It is Envoy's path_with_escaped_slashes_action with
	// the value UNESCAPE_AND_FORWARD.
	DecodeSlashes bool
	// Canonical takes a backslash for a slash, resolves "." and "..", decodes escaped letters, digits and "-._~", and escapes
	// what a path may not contain. It is Envoy's normalize_path.
	Canonical bool
	// MergeSlashes makes one slash of adjacent ones. It is Envoy's merge_slashes.
	MergeSlashes bool
}

// Named is the Normalization that Istio calls NONE, BASE, MERGE_SLASHES or DECODE_AND_MERGE_SLASHES. Any other name is not known.
//
// From pilot/pkg/networking/core/listener_builder.go of istio/istio 1.29, read on 2026-11-29.
func Named(name string) (n Normalization, known bool) {
	switch name {
	case "NONE":
		return Normalization{}, true
	case "BASE":
		return Normalization{Canonical: true}, true
	case "MERGE_SLASHES":
		return Normalization{Canonical: true, MergeSlashes: true}, true
	case "DECODE_AND_MERGE_SLASHES":
		return Normalization{DecodeSlashes: true, Canonical: true, MergeSlashes: true}, true
	}
	return Normalization{}, false
}

// escapedSlashes are replaced in one pass, so that %252F stays an escaped percent sign.
var escapedSlashes = strings.NewReplacer("%2F", "/", "%2f", "/", "%5C", `\`, "%5c", `\`)

// Apply returns the path as rules, routes and the application see it. What follows a "?" stays as it is. A waypoint answers
// status 400 to a path that is not ok: one with a "#", or, where paths are made canonical, with a NUL character.
//
// The behaviour is that of ConnectionManagerUtility::maybeNormalizePath in envoyproxy/envoy, source/common/http/conn_manager_utility.cc
// and path_utility.cc, and of url_canon_path.cc in the googleurl library that Envoy builds with, read on 2026-11-29.
func (n Normalization) Apply(path string) (normal string, ok bool) {
	if strings.Contains(path, "#") {
		return "", false
	}
	path, query, hasQuery := strings.Cut(path, "?")
	if n.DecodeSlashes {
		path = escapedSlashes.Replace(path)
	}
	if n.Canonical {
		if path, ok = escaped(strings.ReplaceAll(path, `\`, "/")); !ok {
			return "", false
		}
		path = withoutDots(path)
	}
	if n.MergeSlashes {
		path = merged(path)
	}
	if hasQuery {
		path += "?" + query
	}
	return path, true
}

// escaped decodes what needs no escape and escapes what needs one. A path with NUL is not ok.
func escaped(path string) (result string, ok bool) {
	out := make([]byte, 0, len(path))
	loose := -1 // the last percent sign in out that begins no escape
	for i := 0; i < len(path); i++ {
		value, isEscape := decoded(path[i:])
		switch c := path[i]; {
		case c == 0 || isEscape && value == 0:
			return "", false
		case isEscape && unreserved(value):
			out = append(out, value)
			i += 2
			// A loose percent sign must not become an escape by what was decoded behind it: %%300 is %2500, not %00.
			if loose >= 0 && loose >= len(out)-3 {
				if _, begins := decoded(string(out[loose:]) + path[i+1:]); begins {
					out = append(out[:loose], "%25"+string(out[loose+1:])...)
					loose = -1
				}
			}
		case isEscape:
			out = append(out, path[i:i+3]...)
			i += 2
		case c == '%':
			loose = len(out)
			out = append(out, c)
		case c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>^`{|}", c) >= 0:
			out = fmt.Appendf(out, "%%%02X", c)
		default:
			out = append(out, c)
		}
	}
	return string(out), true
}

// decoded is the value of the escape that a text begins with.
func decoded(text string) (value byte, isEscape bool) {
	if len(text) < 3 || text[0] != '%' {
		return 0, false
	}
	for _, c := range []byte(text[1:3]) {
		switch {
		case '0' <= c && c <= '9':
			value = value<<4 | (c - '0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			value = value<<4 | (c | 0x20 - 'a' + 10)
		default:
			return 0, false
		}
	}
	return value, true
}

// unreserved tells the characters that mean the same with and without an escape (RFC 3986, section 2.3).
func unreserved(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// withoutDots resolves "." and ".." and begins with a slash. A ".." takes away one segment, also an empty one.
func withoutDots(path string) string {
	var kept []string
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, segment := range segments {
		switch segment {
		case ".", "..":
			if segment == ".." && len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
			if i == len(segments)-1 {
				kept = append(kept, "") // a folder
			}
		default:
			kept = append(kept, segment)
		}
	}
	return "/" + strings.Join(kept, "/")
}

// merged leaves one slash of several. A path of nothing but slashes keeps two, as in Envoy.
func merged(path string) string {
	if !strings.Contains(path, "//") {
		return path
	}
	result := strings.Join(strings.FieldsFunc(path, func(r rune) bool { return r == '/' }), "/")
	if strings.HasPrefix(path, "/") {
		result = "/" + result
	}
	if strings.HasSuffix(path, "/") {
		result += "/"
	}
	return result
}

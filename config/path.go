package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// encodedSlash is a slash or a backslash that DECODE_AND_MERGE_SLASHES decodes.
var encodedSlash = regexp.MustCompile(`%(?:2[Ff]|5[Cc])`)

// unreserved is an encoded character that is the same without its encoding (RFC 3986, 2.3): a letter, a digit or - . _ ~.
var unreserved = regexp.MustCompile(`%(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|2[DdEe]|5[Ff]|7[Ee])`)

// slashes are several in a row.
var slashes = regexp.MustCompile(`//+`)

// normalized is what a waypoint makes of a path before rules and routes look at it: Envoy decodes slashes, then resolves "." and
// ".." and decodes what needs no encoding (RFC 3986), then merges slashes (istio.io, "Authorization policy normalization",
// 2026-11-29). A * at an end stands for whatever is there; the segment beside it is only a part of one.
func (n PathNormalization) normalized(path string) string {
	inner, before := strings.CutPrefix(path, "*")
	inner, after := strings.CutSuffix(inner, "*")
	var escaped strings.Builder
	for _, b := range []byte(inner) {
		if b <= ' ' || b >= 0x7f || strings.IndexByte("\"<>`", b) >= 0 {
			fmt.Fprintf(&escaped, "%%%02X", b)
		} else {
			escaped.WriteByte(b)
		}
	}
	inner = strings.ReplaceAll(escaped.String(), `\`, "/")
	if n == PathDecodeAndMergeSlashes {
		inner = encodedSlash.ReplaceAllString(inner, "/")
	}
	inner = unreserved.ReplaceAllStringFunc(inner, func(triplet string) string {
		var b byte
		if _, err := fmt.Sscanf(triplet, "%%%02x", &b); err != nil {
			return triplet
		}
		return string(rune(b))
	})
	inner = withoutDots(inner, before, after)
	if n != PathBase {
		inner = slashes.ReplaceAllString(inner, "/")
	}
	if before {
		inner = "*" + inner
	}
	if after {
		inner += "*"
	}
	return inner
}

// withoutDots resolves the segments "." and "..". The first or the last is left alone where it is a part of one.
func withoutDots(path string, before, after bool) string {
	segments := strings.Split(path, "/")
	var kept []string
	for i, segment := range segments {
		last := i == len(segments)-1
		switch {
		case i == 0, last && after, segment != "." && segment != "..":
			kept = append(kept, segment)
			continue
		case segment == ".." && (len(kept) > 1 || before && len(kept) == 1 && kept[0] != ""):
			kept = kept[:max(len(kept)-1, 1)]
		}
		if last {
			kept = append(kept, "") // "/a/." is "/a/"
		}
	}
	return strings.Join(kept, "/")
}

// checkRulePath says why a rule cannot have a path, or returns "".
func (n PathNormalization) checkRulePath(path string) string {
	switch inner := strings.TrimSuffix(strings.TrimPrefix(path, "*"), "*"); {
	case path == "*":
		return ""
	case strings.Contains(inner, "*"), strings.HasPrefix(path, "*") && strings.HasSuffix(path, "*"):
		return "a * stands at one end of a path, for whatever is there"
	case strings.ContainsAny(path, "?#{}"):
		return "a rule compares the path alone, without what follows ? or #"
	case !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "*") && !strings.HasPrefix(path, `\`):
		return "a path begins with / or *"
	}
	return n.matchesNothing(path)
}

// matchesNothing says that no request has a path, and which one it has instead, or returns "".
func (n PathNormalization) matchesNothing(path string) string {
	if !slices.Contains(pathNormalizations, n) {
		return "" // told already
	}
	if form := n.normalized(path); form != path {
		return fmt.Sprintf("no request has this path when a waypoint looks at it (pathNormalization %s), so it would match nothing: write %s", n, form)
	}
	return ""
}

const maxPathPrefix = 1024

// pathCharacter is what the Gateway API admits in a path (v1.4.0, HTTPPathMatch).
var pathCharacter = regexp.MustCompile(`^(?:[-A-Za-z0-9/._~!$&'()+,;=:@]|%[0-9a-fA-F]{2})`)

// checkPathPrefix says why a route cannot have a prefix, or returns "". The rules of the Gateway API hold whichever object is
// made of the route.
func (n PathNormalization) checkPathPrefix(path string) string {
	switch {
	case strings.Contains(path, "*"):
		return "a prefix ends by itself with whole segments: write it without *"
	case strings.ContainsAny(path, "?#"):
		return "a route compares the path alone, without what follows ? or #"
	case !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, `\`):
		return "it begins with /"
	case len(path) > maxPathPrefix:
		return fmt.Sprintf("the Gateway API admits %d characters", maxPathPrefix)
	}
	if reason := n.matchesNothing(path); reason != "" {
		return reason
	}
	switch {
	case strings.Contains(path, "//"):
		return "the Gateway API has no route for two slashes in a row"
	case strings.Contains(strings.ToLower(path), "%2f"):
		return "the Gateway API has no route for an encoded slash"
	}
	for rest := path; rest != ""; {
		found := pathCharacter.FindString(rest)
		if found == "" {
			return fmt.Sprintf("the Gateway API admits no %q in a path, which it compares as it is: a prefix is no pattern", []rune(rest)[0])
		}
		rest = rest[len(found):]
	}
	return ""
}

package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/mesh/requestpath"
)

// star is what a * at an end of a path stands for: a part of a segment that every waypoint leaves as it is.
const star = "any-thing"

// normalized is what a waypoint makes of a path, with a * at an end as a rule may have it. No request has a path that is not ok.
func (n PathNormalization) normalized(path string) (form string, ok bool) {
	waypoint, _ := requestpath.Named(string(n))
	inner, before := strings.CutPrefix(path, "*")
	inner, after := strings.CutSuffix(inner, "*")
	if before {
		inner = star + inner
	}
	if after {
		inner += star
	}
	if form, ok = waypoint.Apply(inner); !ok {
		return "", false
	}
	if before {
		form = "*" + strings.TrimPrefix(form, "/"+star)
	}
	if after {
		form = strings.TrimSuffix(form, star) + "*"
	}
	return form, true
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

// matchesNothing explains why a path never matches a request and suggests the normalized one, or returns "".
func (n PathNormalization) matchesNothing(path string) string {
	if !slices.Contains(pathNormalizations, n) {
		return "" // told already
	}
	form, ok := n.normalized(path)
	if !ok {
		return "a waypoint refuses every request with such a path, whatever the rules say"
	}
	if form != path {
		return fmt.Sprintf("no request has this path when a waypoint looks at it (pathNormalization %s), so it would match nothing: write %s", n, form)
	}
	return ""
}

const maxPathPrefix = 1024

// pathCharacter is what the Gateway API admits in a path (v1.4.0, HTTPPathMatch).
var pathCharacter = regexp.MustCompile(`^(?:[-A-Za-z0-9/._~!$&'()+,;=:@]|%[0-9a-fA-F]{2})`)

// CheckPathPrefix says why a route cannot have a prefix, or returns "". The rules of the Gateway API hold whichever object is
// made of the route.
func (n PathNormalization) CheckPathPrefix(path string) string {
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

package policy

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var (
	method    = regexp.MustCompile(`^[A-Z]+$`)
	condition = regexp.MustCompile(`^request\.headers\[[!#$%&'*+.^_|~0-9a-zA-Z-]+\]$`)
)

// conditions checks the values that a waypoint compares with request headers.
func conditions(at string, list any) []error {
	if list == nil {
		return nil
	}
	entries, _ := list.([]any)
	if len(entries) == 0 {
		return []error{fmt.Errorf("%s is empty", at)}
	}
	var problems []error
	for i, e := range entries {
		where := fmt.Sprintf("%s[%d]", at, i)
		entry, _ := e.(map[string]any)
		problems = append(problems, onlyKeys(where, entry, "key", "values")...)
		if key, _ := entry["key"].(string); !condition.MatchString(key) {
			problems = append(problems, fmt.Errorf("%s.key is %v: want request.headers[NAME]", where, entry["key"]))
		}
		problems = append(problems, texts(where+".values", entry["values"], func(string) error { return nil })...)
	}
	return problems
}

func checkMethod(value string) error {
	if !method.MatchString(value) {
		return fmt.Errorf("%q is no HTTP method in capitals", value)
	}
	return nil
}

// checkPath allows a star at one end. Istio takes any other star for a character of the path, and no request has such
// a path.
func checkPath(value string) error {
	inner := strings.TrimSuffix(strings.TrimPrefix(value, "*"), "*")
	switch {
	case value == "*":
		return nil
	case strings.HasPrefix(value, "*") && strings.HasSuffix(value, "*"), strings.Contains(inner, "*"):
		return fmt.Errorf("path %q has a * that is not its first or its last character", value)
	case !strings.HasPrefix(value, "*") && !strings.HasPrefix(value, "/"):
		return fmt.Errorf("path %q does not begin with / or *", value)
	case strings.ContainsAny(value, "?#{}"):
		return errors.New("a path has no query, no fragment and no template")
	}
	return nil
}

package policy

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
)

// request is one call as IAM sees it.
type request struct {
	// service or account is the caller of a role's trust policy: a service principal, or a principal of an account.
	service, account string
	action           string
	resource         string
	context          map[string]string
}

// allows evaluates a document the way IAM does, as far as this package's documents go: some statement
// must fit in principal, action, resource and every condition.
func allows(t *testing.T, d Document, r request) bool {
	t.Helper()
	for _, s := range d.Statements {
		if s.fits(t, r) {
			return true
		}
	}
	return false
}

func (s Statement) fits(t *testing.T, r request) bool {
	t.Helper()
	if !slices.Contains(s.Actions, r.action) {
		return false
	}
	if s.Principal != nil {
		root := slices.ContainsFunc(s.Principal.AWS, func(arn string) bool { return strings.HasSuffix(arn, ":iam::"+r.account+":root") })
		if !slices.Contains(s.Principal.Service, r.service) && !root {
			return false
		}
	} else if !slices.ContainsFunc(s.Resources, func(pattern string) bool { return like(pattern, r.resource) }) {
		return false
	}
	for operator, keys := range s.Condition {
		for key, accepted := range keys {
			value, present := r.context[key]
			if !present {
				if strings.HasSuffix(operator, "IfExists") {
					continue
				}
				return false
			}
			if !slices.ContainsFunc(accepted, func(want string) bool { return compare(t, operator, want, value) }) {
				return false
			}
		}
	}
	return true
}

func compare(t *testing.T, operator, want, value string) bool {
	t.Helper()
	switch strings.TrimSuffix(operator, "IfExists") {
	case "StringEquals":
		return want == value
	case "ArnEquals", "ArnLike":
		return like(want, value)
	}
	t.Fatalf("a document uses the operator %s, which these tests cannot evaluate", operator)
	return false
}

// like matches IAM's wildcards. Unlike a file pattern, its * crosses slashes.
func like(pattern, value string) bool {
	flat := strings.NewReplacer("/", "\x00", "[", "\x01", `\`, "\x02")
	matched, err := path.Match(flat.Replace(pattern), flat.Replace(value))
	if err != nil {
		panic(fmt.Sprintf("pattern %q: %v", pattern, err))
	}
	return matched
}

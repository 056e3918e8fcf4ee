package config

import (
	"regexp"
	"strings"
)

// principalPath is the path and the name of an IAM role or user, after "role/" or "user/": no empty step, and a name of at
// most 64 characters.
var principalPath = regexp.MustCompile(`^(?:[\w+=,.@-]+/)*[\w+=,.@-]{1,64}$`)

const (
	serviceLinkedPath = "aws-service-role/"
	// maxPrincipalPath is IAM's limit of a path, with the slash at its beginning.
	maxPrincipalPath = 512
)

// checkPrincipalPath says why IAM has no role or user with a path and name, or why nobody can be one, or returns "".
func checkPrincipalPath(kind, path string) string {
	name := path[strings.LastIndex(path, "/")+1:]
	switch {
	case kind == "role" && strings.HasPrefix(path, serviceLinkedPath):
		return "only its AWS service can assume a service-linked role"
	case !principalPath.MatchString(path), len(path)-len(name) >= maxPrincipalPath:
		return "IAM has no such path and name: no empty step, a name of 1 to 64 characters, a path of at most 512"
	}
	return ""
}

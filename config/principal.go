package config

import (
	"regexp"
	"strings"
)

var (
	// principalPath is the path and the name of an IAM role or user, after "role/" or "user/": no empty step, and a name of at
	// most 64 characters.
	principalPath = regexp.MustCompile(`^(?:[\w+=,.@-]+/)*[\w+=,.@-]{1,64}$`)
	// ssoRole is a role of IAM Identity Center with its path, which has the region unless that is us-east-1.
	ssoRole = regexp.MustCompile(`^aws-reserved/sso\.amazonaws\.com/(?:[a-z]{2}(?:-[a-z]+)+-[0-9]/)?AWSReservedSSO_[\w+=,.@-]+_[0-9a-f]{16}$`)
)

const (
	ssoPrefix         = "AWSReservedSSO_"
	ssoReserved       = "aws-reserved/"
	serviceLinkedPath = "aws-service-role/"
	// maxPrincipalPath is IAM's limit of a path, with the slash at its beginning.
	maxPrincipalPath = 512
)

// checkPrincipalPath says why IAM has no role or user with a path and name, or why nobody can be one, or returns "". The ARN
// that EKS compares is the whole one: `aws iam get-role` has it.
func checkPrincipalPath(kind, path string) string {
	name := path[strings.LastIndex(path, "/")+1:]
	sso := kind == "role" && (strings.HasPrefix(name, ssoPrefix) || strings.HasPrefix(path, ssoReserved))
	switch {
	case sso && !ssoRole.MatchString(path):
		return "this is not the whole ARN of a role of IAM Identity Center, which ends in role/aws-reserved/sso.amazonaws.com/[REGION/]AWSReservedSSO_NAME_16DIGITS: " +
			"aws iam get-role --role-name " + name + " --query Role.Arn"
	case kind == "role" && strings.HasPrefix(path, serviceLinkedPath):
		return "only its AWS service can assume a service-linked role"
	case !principalPath.MatchString(path), len(path)-len(name) >= maxPrincipalPath:
		return "IAM has no such path and name: no empty step, a name of 1 to 64 characters, a path of at most 512"
	}
	return ""
}

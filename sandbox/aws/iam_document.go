package aws

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/sandbox/world"
)

// checkPermissions refuses a policy that IAM would not attach to a role.
func (c *call) checkPermissions(text string) error {
	if err := evaluation.CheckPermission(text); err != nil {
		return c.refuse("MalformedPolicyDocument", "%s", err)
	}
	return nil
}

// setTrust refuses a trust policy, or stores the unique ids of the roles that it names. IAM stores the ids and
// not the ARNs, so a role that is made again under the same name is not trusted.
func (c *call) setTrust(role *world.Resource) error {
	d, err := evaluation.CheckTrust(text(c.in, "assumeRolePolicy"))
	if err != nil {
		return c.refuse("MalformedPolicyDocument", "%s", err)
	}
	named := map[string]any{}
	for _, s := range d.Statement {
		if s.Principal != nil && !slices.ContainsFunc(slices.Collect(maps.Values(s.Principal)), func(names evaluation.Texts) bool { return len(names) > 0 }) {
			return c.refuse("MalformedPolicyDocument", "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy has a statement with no principals!")
		}
		for _, kind := range sortedKeys(s.Principal) {
			for _, p := range s.Principal[kind] {
				id, ok := c.principalID(kind, p)
				if !ok {
					return c.refuse("MalformedPolicyDocument", "Invalid principal in policy: %q:%q", strings.ToUpper(kind), p)
				}
				if id != "" {
					named[p] = id
				}
			}
		}
	}
	role.Props["_principals"] = named
	return nil
}

// servicePrincipals are the services that may assume a role in the sandbox.
var servicePrincipals = []string{
	"ec2", "eks", "eks-nodegroup", "eks-fargate-pods", "pods.eks", "ecs", "ecs-tasks", "autoscaling", "elasticloadbalancing", "lambda",
	"vpc-flow-logs", "logs", "ssm", "events", "scheduler", "monitoring.rds", "codebuild", "cloudformation",
}

// principalID reports whether a principal exists. For a role it returns the id that IAM stores instead of the ARN.
func (c *call) principalID(kind, principal string) (id string, ok bool) {
	switch kind {
	case "Service":
		for _, s := range servicePrincipals {
			if principal == s+".amazonaws.com" || principal == s+"."+dnsSuffix(c.region) {
				return "", true
			}
		}
		return "", false
	case "Federated":
		return "", principal == "cognito-identity.amazonaws.com" || strings.HasPrefix(principal, "arn:")
	case "AWS":
		if principal == "*" || accountPattern.MatchString(principal) || rootPattern.MatchString(principal) || principal == c.principal {
			return "", true
		}
		if role := roleByARN(c.Tx, principal); role != nil {
			return role.String("uniqueId"), true
		}
	}
	return "", false
}

var rootPattern = regexp.MustCompile(`^arn:aws[\w-]*:iam::\d{12}:root$`)

// storedTrust is the trust policy as IAM returns it: a role that is gone, or that was made again, shows as the
// unique id that was stored.
func storedTrust(tx *world.Tx, role *world.Resource) string {
	text := role.String("assumeRolePolicy")
	for _, arn := range sortedKeys(object(role.Props, "_principals")) {
		id := object(role.Props, "_principals")[arn]
		if now := roleByARN(tx, arn); now == nil || now.Props["uniqueId"] != id {
			text = strings.ReplaceAll(text, `"`+arn+`"`, `"`+id.(string)+`"`)
		}
	}
	return text
}

// isJSON is a check for JSON text.
func isJSON(v any) string {
	s, ok := v.(string)
	if ok && !json.Valid([]byte(s)) {
		return "contains an invalid JSON policy: not a JSON document"
	}
	return ""
}

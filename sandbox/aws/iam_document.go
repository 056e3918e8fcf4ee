package aws

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"ambient-ecs/sandbox/world"
)

// document is an IAM policy document.
type document struct {
	Version   string     `json:"Version"`
	ID        string     `json:"Id"`
	Statement statements `json:"Statement"`
}

type statement struct {
	Sid          string                       `json:"Sid"`
	Effect       string                       `json:"Effect"`
	Principal    principals                   `json:"Principal"`
	NotPrincipal principals                   `json:"NotPrincipal"`
	Action       oneOrMany                    `json:"Action"`
	NotAction    oneOrMany                    `json:"NotAction"`
	Resource     oneOrMany                    `json:"Resource"`
	NotResource  oneOrMany                    `json:"NotResource"`
	Condition    map[string]map[string]values `json:"Condition"`
}

// oneOrMany is a string or a list of strings.
type oneOrMany []string

func (l *oneOrMany) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*l = oneOrMany{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(l))
}

// values are what a condition compares with: strings, booleans or numbers, one or many.
type values []string

func (l *values) UnmarshalJSON(data []byte) error {
	var many []any
	if json.Unmarshal(data, &many) != nil {
		many = make([]any, 1)
		if err := json.Unmarshal(data, &many[0]); err != nil {
			return err
		}
	}
	for _, v := range many {
		*l = append(*l, fmt.Sprint(v))
	}
	return nil
}

// principals are lists by kind ("AWS", "Service", "Federated"); "*" is everybody.
type principals map[string]oneOrMany

func (p *principals) UnmarshalJSON(data []byte) error {
	var all string
	if json.Unmarshal(data, &all) == nil {
		if all != "*" {
			return fmt.Errorf("principal %q", all)
		}
		*p = principals{"AWS": {"*"}}
		return nil
	}
	return json.Unmarshal(data, (*map[string]oneOrMany)(p))
}

type statements []statement

func (l *statements) UnmarshalJSON(data []byte) error {
	strict := func(data []byte, into any) error {
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		return d.Decode(into)
	}
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] == '{' {
		*l = make(statements, 1)
		return strict(data, &(*l)[0])
	}
	return strict(data, (*[]statement)(l))
}

var errSyntax = errors.New("Syntax errors in policy.")

// parseDocument refuses what IAM refuses in every kind of policy.
func parseDocument(text string) (document, error) {
	var d document
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return d, errSyntax
	}
	if d.Version != "" && d.Version != "2012-10-17" && d.Version != "2008-10-17" {
		return d, errSyntax
	}
	if len(d.Statement) == 0 {
		return d, errSyntax
	}
	sids := map[string]bool{}
	for _, s := range d.Statement {
		switch {
		case s.Effect != "Allow" && s.Effect != "Deny":
			return d, errSyntax
		case len(s.Action) == 0 && len(s.NotAction) == 0:
			return d, errors.New("Policy statement must contain actions.")
		case s.Sid != "" && sids[s.Sid]:
			return d, errors.New("Statement IDs (SID) in a single policy must be unique.")
		case s.Sid != "" && !sidPattern.MatchString(s.Sid):
			return d, errors.New("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*")
		}
		sids[s.Sid] = true
		for _, a := range append(s.Action[:len(s.Action):len(s.Action)], s.NotAction...) {
			if a != "*" && !actionPattern.MatchString(a) {
				return d, errors.New("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
			}
		}
		for operator := range s.Condition {
			if !operatorPattern.MatchString(operator) {
				return d, fmt.Errorf("Invalid Condition type : %s.", operator)
			}
		}
	}
	return d, nil
}

var (
	sidPattern      = regexp.MustCompile(`^[0-9A-Za-z]*$`)
	actionPattern   = regexp.MustCompile(`^[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+$`)
	operatorPattern = regexp.MustCompile(`^(ForAnyValue:|ForAllValues:)?(String(Not)?(Equals|Like)(IgnoreCase)?|Arn(Not)?(Equals|Like)|Bool|Null|Numeric(Not)?(Equals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals)|Date(Not)?(Equals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals)|(Not)?IpAddress|BinaryEquals)(IfExists)?$`)
	resourcePattern = regexp.MustCompile(`^arn:[a-z*-]+:[a-zA-Z0-9*-]*:[a-z0-9*-]*:[0-9a-z*]*:.+$`)
)

// checkPermissions refuses a policy that IAM would not put on a role.
func (c *call) checkPermissions(operation, text string) error {
	malformed := func(format string, args ...any) error {
		return c.refuse(operation, "MalformedPolicyDocument", format, args...)
	}
	d, err := parseDocument(text)
	if err != nil {
		return malformed("%s", err)
	}
	for _, s := range d.Statement {
		if s.Principal != nil || s.NotPrincipal != nil {
			return malformed("Policy document should not specify a principal.")
		}
		if len(s.Resource) == 0 && len(s.NotResource) == 0 {
			return malformed("Policy statement must contain resources.")
		}
		for _, r := range append(s.Resource[:len(s.Resource):len(s.Resource)], s.NotResource...) {
			if r != "*" && !resourcePattern.MatchString(r) {
				return malformed("Resource %s must be in ARN format or \"*\".", r)
			}
		}
	}
	return nil
}

// checkTrust refuses a trust policy, and returns the unique ids of the roles that it names: IAM stores
// those, not the ARNs, so that a role made again under the same name is a stranger.
func (c *call) checkTrust(operation, text string) (map[string]any, error) {
	malformed := func(format string, args ...any) error {
		return c.refuse(operation, "MalformedPolicyDocument", format, args...)
	}
	d, err := parseDocument(text)
	if err != nil {
		return nil, malformed("%s", err)
	}
	named := map[string]any{}
	for _, s := range d.Statement {
		if s.Principal == nil && s.NotPrincipal == nil {
			return nil, malformed("Missing required field Principal")
		}
		if len(s.Resource) > 0 || len(s.NotResource) > 0 {
			return nil, malformed("Has prohibited field Resource")
		}
		for _, a := range s.Action {
			if a != "*" && !strings.HasPrefix(strings.ToLower(a), "sts:") {
				return nil, malformed("AssumeRole policy may only specify STS AssumeRole actions.")
			}
		}
		for _, kind := range sortedKeys(s.Principal) {
			for _, p := range s.Principal[kind] {
				id, ok := c.principalID(kind, p)
				if !ok {
					return nil, malformed("Invalid principal in policy: %q:%q", strings.ToUpper(kind), p)
				}
				if id != "" {
					named[p] = id
				}
			}
		}
	}
	return named, nil
}

// servicePrincipals are the services that may take a role here.
var servicePrincipals = []string{
	"ec2", "eks", "eks-nodegroup", "eks-fargate-pods", "pods.eks", "ecs", "ecs-tasks", "autoscaling", "elasticloadbalancing", "lambda",
	"vpc-flow-logs", "logs", "ssm", "events", "monitoring.rds", "codebuild", "cloudformation",
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

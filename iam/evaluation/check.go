package evaluation

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var (
	sidPattern      = regexp.MustCompile(`^[0-9A-Za-z]*$`)
	actionPattern   = regexp.MustCompile(`^[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+$`)
	operatorPattern = regexp.MustCompile(`^(ForAnyValue:|ForAllValues:)?(String(Not)?(Equals|Like)(IgnoreCase)?|Arn(Not)?(Equals|Like)|Bool|Null|Numeric(Not)?(Equals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals)|Date(Not)?(Equals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals)|(Not)?IpAddress|BinaryEquals)(IfExists)?$`)
	resourcePattern = regexp.MustCompile(`^arn:[a-z*-]+:[a-zA-Z0-9*-]*:[a-z0-9*-]*:[0-9a-z*]*:.+$`)
)

// errSyntax and the other refusals use IAM's words.
var errSyntax = errors.New("Syntax errors in policy.")

// CheckPermission refuses a policy that IAM would not attach to a role.
func CheckPermission(text string) error {
	d, err := check(text)
	if err != nil {
		return err
	}
	for _, s := range d.Statement {
		if s.Principal != nil || s.NotPrincipal != nil {
			return errors.New("Policy document should not specify a principal.")
		}
		if len(s.Resource) == 0 && len(s.NotResource) == 0 {
			return errors.New("Policy statement must contain resources.")
		}
		for _, resources := range []Texts{s.Resource, s.NotResource} {
			for _, r := range resources {
				if r != "*" && !resourcePattern.MatchString(r) {
					return fmt.Errorf("Resource %s must be in ARN format or \"*\".", r)
				}
			}
		}
	}
	return nil
}

// CheckTrust refuses a document that IAM would not accept as a trust policy. Only IAM can say whether the principals
// exist.
func CheckTrust(text string) (Document, error) {
	d, err := check(text)
	if err != nil {
		return d, err
	}
	for _, s := range d.Statement {
		if s.Principal == nil && s.NotPrincipal == nil {
			return d, errors.New("Missing required field Principal")
		}
		if len(s.Resource) > 0 || len(s.NotResource) > 0 {
			return d, errors.New("Has prohibited field Resource")
		}
		for _, a := range s.Action {
			if a != "*" && !strings.HasPrefix(strings.ToLower(a), "sts:") {
				return d, errors.New("AssumeRole policy may only specify STS AssumeRole actions.")
			}
		}
	}
	return d, nil
}

// check refuses what IAM refuses in policies of every kind.
func check(text string) (Document, error) {
	d, err := Parse(text)
	if err != nil || d.Version != "" && d.Version != "2012-10-17" && d.Version != "2008-10-17" || len(d.Statement) == 0 {
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
		case !sidPattern.MatchString(s.Sid):
			return d, errors.New("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*")
		}
		sids[s.Sid] = true
		for _, actions := range []Texts{s.Action, s.NotAction} {
			for _, a := range actions {
				if a != "*" && !actionPattern.MatchString(a) {
					return d, errors.New("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
				}
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

package policy

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"ambient-ecs/quota"
)

// Version is the version of the policy language.
const Version = "2012-10-17"

// The sizes that IAM allows. It counts characters without white space.
const (
	// MaxTrust is the default quota of a role's trust policy.
	MaxTrust = 2048
	// MaxManaged is the limit of one customer managed policy.
	MaxManaged = quota.ManagedPolicySize
)

// Document is an IAM policy document.
type Document struct {
	Statements []Statement
}

// Statement is one statement of a document.
type Statement struct {
	// Sid names the statement. Letters and digits only.
	Sid string
	// Deny makes the statement deny instead of allow.
	Deny bool
	// Principal is set in trust policies only.
	Principal *Principal
	// Actions are what is allowed, or denied.
	Actions []string
	// Resources are what it is allowed on. Empty in trust policies.
	Resources []string
	// Condition narrows the statement further.
	Condition Condition
}

// Principal says who a trust policy trusts: a service, AWS principals, or identity providers.
type Principal struct {
	Service   Values `json:",omitempty"`
	AWS       Values `json:",omitempty"`
	Federated Values `json:",omitempty"`
}

// Condition is operator → key → accepted values. All must hold.
type Condition map[string]map[string]Values

// Values is a set of strings. IAM writes a set of one as a plain string, and so does this package. So a document
// reads back as it was written, and a preview shows no difference.
type Values []string

// MarshalJSON implements json.Marshaler.
func (v Values) MarshalJSON() ([]byte, error) {
	set := slices.Clone([]string(v))
	slices.Sort(set)
	set = slices.Compact(set)
	if len(set) == 1 {
		return json.Marshal(set[0])
	}
	return json.Marshal(set)
}

// MarshalJSON implements json.Marshaler. The order of the elements is IAM's own.
func (s Statement) MarshalJSON() ([]byte, error) {
	effect := "Allow"
	if s.Deny {
		effect = "Deny"
	}
	return json.Marshal(struct {
		Sid       string `json:",omitempty"`
		Effect    string
		Principal *Principal `json:",omitempty"`
		Action    Values
		Resource  Values    `json:",omitempty"`
		Condition Condition `json:",omitempty"`
	}{s.Sid, effect, s.Principal, s.Actions, s.Resources, s.Condition})
}

// MarshalJSON implements json.Marshaler.
func (d Document) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Version   string
		Statement []Statement
	}{Version, d.Statements})
}

// JSON returns the document in one canonical form. Equal documents have equal texts, so a preview shows a difference
// only where there is one.
func (d Document) JSON() string {
	text, err := json.Marshal(d)
	if err != nil {
		// A document holds nothing but strings, which always marshal.
		panic("policy: " + err.Error())
	}
	return string(text)
}

// Indented is the same document for people to read.
func (d Document) Indented() string {
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(d.JSON()), "", "  "); err != nil {
		panic("policy: " + err.Error())
	}
	return out.String() + "\n"
}

// Size is the number of characters that IAM counts against its limits.
func (d Document) Size() int { return Size(d.JSON()) }

// Size is the number of characters of a document that IAM counts: all but white space.
func Size(text string) int {
	return len([]rune(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)))
}

// Package iam judges IAM documents as AWS does, and says what refused: a trust, a permission, a condition, or a
// principal that no longer exists. It calls nobody; the documents are facts.
package iam

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Role is a role with its documents.
type Role struct {
	// ARN and Name are the role's; UniqueID is the id that trust documents are bound to ("AROA…").
	ARN, Name, UniqueID string
	Created             time.Time
	// Trust is its trust document: JSON, or JSON in URL encoding as GetRole returns it. AWS shows a principal
	// that was deleted by its unique id.
	Trust string
	// Policies are its permissions by name, attached managed ones included.
	Policies map[string]string
}

// Account is the account of an ARN.
func Account(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}

type document struct {
	Statement statements
}

type statement struct {
	Sid, Effect                              string
	Principal                                principals
	Action, NotAction, Resource, NotResource texts
	Condition                                map[string]map[string]texts
}

// statements are one or many.
type statements []statement

// UnmarshalJSON accepts a single statement too.
func (s *statements) UnmarshalJSON(data []byte) error {
	type plain []statement
	if err := json.Unmarshal(data, (*plain)(s)); err == nil {
		return nil
	}
	var one statement
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	*s = statements{one}
	return nil
}

// texts are one or many strings; booleans and numbers count as their text.
type texts []string

// UnmarshalJSON accepts a single value too.
func (t *texts) UnmarshalJSON(data []byte) error {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	many, ok := v.([]any)
	if !ok {
		many = []any{v}
	}
	for _, e := range many {
		*t = append(*t, fmt.Sprint(e))
	}
	return nil
}

// principals are names by kind ("AWS", "Service"). "*" stands for everybody.
type principals map[string]texts

// UnmarshalJSON accepts "*" too.
func (p *principals) UnmarshalJSON(data []byte) error {
	var all string
	if json.Unmarshal(data, &all) == nil {
		*p = principals{"AWS": {all}}
		return nil
	}
	type plain map[string]texts
	return json.Unmarshal(data, (*plain)(p))
}

// parse reads a document as IAM's API returns it.
func parse(text string) (document, error) {
	var d document
	if strings.HasPrefix(text, "%7B") {
		plain, err := url.PathUnescape(text)
		if err != nil {
			return d, fmt.Errorf("read an IAM document: %w", err)
		}
		text = plain
	}
	if text == "" {
		return d, nil
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return d, fmt.Errorf("read an IAM document: %w", err)
	}
	return d, nil
}

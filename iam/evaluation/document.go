// Package evaluation judges IAM documents as AWS does, and says what refused a request: a trust, a permission, a
// condition, or a principal that no longer exists. It makes no calls: its inputs are documents.
package evaluation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Role is a role with its documents.
type Role struct {
	// ARN and Name are the role's; UniqueID is the id that trust documents are bound to ("AROA…").
	ARN, Name, UniqueID string
	Created             time.Time
	// Trust is its trust document: JSON, or URL-encoded JSON as GetRole returns it. AWS shows a deleted principal by
	// its unique id.
	Trust string
	// Policies are its permissions by name, attached managed ones included.
	Policies map[string]string
	// Attached are the ARNs of its managed policies.
	Attached []string
	// BoundaryARN names its permissions boundary, and Boundary is the document of that. Empty: it has none.
	BoundaryARN, Boundary string
}

// Account is the account of an ARN.
func Account(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}

// Document is a trust or a permission.
type Document struct {
	Version   string     `json:"Version"`
	ID        string     `json:"Id"`
	Statement Statements `json:"Statement"`
}

// Statement is one statement of a document.
type Statement struct {
	Sid          string                      `json:"Sid"`
	Effect       string                      `json:"Effect"`
	Principal    Principals                  `json:"Principal"`
	NotPrincipal Principals                  `json:"NotPrincipal"`
	Action       Texts                       `json:"Action"`
	NotAction    Texts                       `json:"NotAction"`
	Resource     Texts                       `json:"Resource"`
	NotResource  Texts                       `json:"NotResource"`
	Condition    map[string]map[string]Texts `json:"Condition"`
}

// Statements are the statements of a document, one or more.
type Statements []Statement

// UnmarshalJSON accepts a single statement too. Fields that IAM does not have are refused.
func (s *Statements) UnmarshalJSON(data []byte) error {
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] == '{' {
		*s = make(Statements, 1)
		return strict(data, &(*s)[0])
	}
	return strict(data, (*[]Statement)(s))
}

func strict(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// Texts are one or more strings. Booleans and numbers count as their text.
type Texts []string

// UnmarshalJSON accepts a single value too.
func (t *Texts) UnmarshalJSON(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	// As a float, an account's number would become 1.11122223333e+11.
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	many, ok := value.([]any)
	if !ok {
		many = []any{value}
	}
	*t = make(Texts, 0, len(many))
	for _, v := range many {
		switch v.(type) {
		case string, bool, json.Number:
			*t = append(*t, fmt.Sprint(v))
		default:
			return fmt.Errorf("%v is not a text", v)
		}
	}
	return nil
}

// Principals are names by kind ("AWS", "Service", "Federated"). "*" stands for every principal.
type Principals map[string]Texts

// UnmarshalJSON accepts "*" too.
func (p *Principals) UnmarshalJSON(data []byte) error {
	var all string
	if json.Unmarshal(data, &all) == nil {
		if all != "*" {
			return fmt.Errorf("principal %q", all)
		}
		*p = Principals{"AWS": {"*"}}
		return nil
	}
	return json.Unmarshal(data, (*map[string]Texts)(p))
}

// parsed caches documents by their text, because every evaluation reads the same few documents.
var parsed sync.Map

// Parse reads a document as a person wrote it, or as IAM's API returns it. An empty text is a document without
// statements. Callers share the document, and must not change it.
func Parse(text string) (Document, error) {
	once, _ := parsed.LoadOrStore(text, sync.OnceValues(func() (Document, error) { return parse(text) }))
	return once.(func() (Document, error))()
}

func parse(text string) (Document, error) {
	var d Document
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
	if err := strict([]byte(text), &d); err != nil {
		return d, fmt.Errorf("read an IAM document: %w", err)
	}
	return d, nil
}

// Package problem collects everything that is wrong with an input, so that one error reports all of it.
//
// A problem reads "field = value: reason", "field is not set: reason", or "field: reason". A field is the path of a
// key in the stack file ("clusters.a.services.b.port"), or of an argument of a component ("Subnets.Private[0]").
package problem

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The states that a message gives instead of a value.
const (
	NotSet  = "is not set"
	IsSet   = "is set"
	Unknown = "is unknown"
	Unread  = "cannot be read"
)

// Problem is one thing that is wrong.
type Problem struct {
	// Field is the path of the field. Empty: the reason says all.
	Field string
	// Value is the value as Show prints it. Empty: the message does not show the value.
	Value string
	// State stands instead of a value: NotSet, for example. Empty with a Value.
	State string
	// Reason says why the input does not work, and what does.
	Reason string
}

// Error is the problem in one line.
func (p Problem) Error() string {
	subject := p.Field
	if p.Value != "" {
		subject += " = " + p.Value
	}
	if p.State != "" {
		subject += " " + p.State
	}
	if subject == "" {
		return p.Reason
	}
	return subject + ": " + p.Reason
}

// List is the problems that were found so far, in the order in which they were found.
type List []Problem

// Refuse records that the value of a field cannot be used.
func (l *List) Refuse(field string, value any, reason string, args ...any) {
	*l = append(*l, Problem{Field: field, Value: Show(value), Reason: fmt.Sprintf(reason, args...)})
}

// Missing records that a field must be set.
func (l *List) Missing(field, reason string, args ...any) { l.Add(field, NotSet, reason, args...) }

// Add records a problem with a state and without a value.
func (l *List) Add(field, state, reason string, args ...any) {
	*l = append(*l, Problem{Field: field, State: state, Reason: fmt.Sprintf(reason, args...)})
}

// Because records each of the errors that were joined in err as a reason to refuse the value. A nil err records
// nothing.
func (l *List) Because(field string, value any, err error) {
	for _, reason := range split(err) {
		l.Refuse(field, value, "%v", reason)
	}
}

// Under records the problems of a field's own validation. It puts the path of the field before the path of each
// problem of err, and records each other error as a reason. An empty field adds the problems as they are. A nil err
// records nothing.
func (l *List) Under(field string, err error) {
	for _, reason := range split(err) {
		// Not errors.As: a wrapper has words of its own, and may hold several problems.
		p, itself := reason.(Problem)
		if !itself {
			p = Problem{Reason: reason.Error()}
		}
		p.Field = strings.Trim(field+"."+p.Field, ".")
		*l = append(*l, p)
	}
}

// Between refuses a number outside a range, both ends of which are allowed.
func (l *List) Between(field string, value, least, most int, reason string) {
	if value < least || value > most {
		l.Refuse(field, value, "must be between %d and %d: %s", least, most, reason)
	}
}

// OneOf refuses a text that is not among the allowed ones. It records an empty text as missing.
func OneOf[T ~string](l *List, field string, value T, allowed ...T) {
	if slices.Contains(allowed, value) {
		return
	}
	names := make([]string, 0, len(allowed))
	for _, a := range allowed {
		names = append(names, string(a))
	}
	choice := "choose one of " + strings.Join(names, ", ")
	if value == "" {
		l.Missing(field, "%s", choice)
		return
	}
	l.Refuse(field, string(value), "%s%s", choice, DidYouMean(string(value), names))
}

// Hide removes the values of secret fields from the problems. It leaves the reasons as they are.
func (l List) Hide(secret func(field string) bool) {
	for i := range l {
		if l[i].Value != "" && secret(l[i].Field) {
			l[i].Value = Hidden
		}
	}
}

// Sort orders the problems by field. Problems of the same field keep their order.
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b Problem) int { return cmp.Compare(a.Field, b.Field) })
}

// Err is all problems as one error, a line for each, or nil.
func (l List) Err() error {
	all := make([]error, 0, len(l))
	for _, p := range l {
		all = append(all, p)
	}
	return errors.Join(all...)
}

// split undoes errors.Join.
func split(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, split(one)...)
	}
	return all
}

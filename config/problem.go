package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// problem is one thing that is wrong with the configuration.
type problem struct {
	// field is the path of the value, for example "clusters.ecs-1.services.echo.port".
	field string
	// state is the value, or what else there is to say of the field: "is not set".
	state  string
	reason string
}

const (
	notSet  = "is not set"
	unknown = "is unknown"
	unread  = "cannot be read"
)

func (p problem) Error() string { return p.field + " " + p.state + ": " + p.reason }

// problems collects what is wrong, so that all of it is told at once.
type problems struct{ list []problem }

// refuse records that the value of a field cannot be used.
func (p *problems) refuse(field string, value any, reason string, args ...any) {
	p.list = append(p.list, problem{field: field, state: "= " + show(value), reason: fmt.Sprintf(reason, args...)})
}

// missing records that a field must be set.
func (p *problems) missing(field, reason string, args ...any) {
	p.list = append(p.list, problem{field: field, state: notSet, reason: fmt.Sprintf(reason, args...)})
}

// because records each of the errors that were joined in err as a reason to refuse the value.
func (p *problems) because(field string, value any, err error) {
	for _, reason := range split(err) {
		p.refuse(field, value, "%s", reason.Error())
	}
}

// err is the problems as one error, or nil.
func (p *problems) err() error {
	all := make([]error, 0, len(p.list))
	for _, one := range p.list {
		all = append(all, one)
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

// show prints a value in a message. A secret stays hidden.
func show(value any) string {
	switch v := value.(type) {
	case Secret:
		return v.String()
	case []string:
		quoted := make([]string, 0, len(v))
		for _, s := range v {
			quoted = append(quoted, fmt.Sprintf("%q", s))
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case int, bool:
		return fmt.Sprint(v)
	default:
		return fmt.Sprintf("%q", v)
	}
}

// oneOf refuses a value that is not among the allowed ones.
func oneOf[T ~string](p *problems, field string, value T, allowed ...T) {
	if slices.Contains(allowed, value) {
		return
	}
	names := make([]string, 0, len(allowed))
	for _, a := range allowed {
		names = append(names, string(a))
	}
	if value == "" {
		p.missing(field, "choose one of %s", strings.Join(names, ", "))
		return
	}
	p.refuse(field, string(value), "choose one of %s%s", strings.Join(names, ", "), didYouMean(string(value), names))
}

// between refuses a number outside a range.
func (p *problems) between(field string, value, least, most int, reason string) {
	if value < least || value > most {
		p.refuse(field, value, "must be between %d and %d: %s", least, most, reason)
	}
}

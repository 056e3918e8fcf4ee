package network

import (
	"errors"
	"fmt"
)

// problems collects what is wrong with the arguments of a component, so that all of it is said at once.
type problems []error

// refuse adds a problem of a field.
func (p *problems) refuse(field, reason string, args ...any) {
	*p = append(*p, fmt.Errorf("%s %s", field, fmt.Sprintf(reason, args...)))
}

// under adds the problems of a field's value, each of several behind the field's name.
func (p *problems) under(field string, err error) {
	if err == nil {
		return
	}
	several, ok := err.(interface{ Unwrap() []error })
	if !ok {
		*p = append(*p, fmt.Errorf("%s: %w", field, err))
		return
	}
	for _, each := range several.Unwrap() {
		*p = append(*p, fmt.Errorf("%s: %w", field, each))
	}
}

// err returns all problems as one error, or nil.
func (p problems) err() error { return errors.Join(p...) }

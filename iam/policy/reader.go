package policy

import (
	"regexp"
	"slices"
)

// reading matches the actions of a deployer that change nothing.
var reading = regexp.MustCompile(`^[a-z0-9-]+:(Describe|Get|List|Search)[A-Z]`)

// ReaderPolicies are the deployer's policies without every action that changes anything: what a preview and a comparison with AWS need.
// They read task definitions, and in them the values of variables and the bootstrap token. They read no secret's value.
func (d Deployer) ReaderPolicies(kind AccountKind) map[PolicyName]Document {
	readers := map[PolicyName]Document{}
	for name, document := range d.Policies(kind) {
		var reader Document
		for _, statement := range document.Statements {
			statement.Actions = slices.DeleteFunc(slices.Clone(statement.Actions), func(action string) bool { return !reading.MatchString(action) })
			if !statement.Deny && len(statement.Actions) > 0 {
				reader.Statements = append(reader.Statements, statement)
			}
		}
		if len(reader.Statements) > 0 {
			readers[name] = reader
		}
	}
	return readers
}

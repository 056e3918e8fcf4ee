// Package component is what all components of the program have in common: how they refuse bad arguments, how they own
// their children, and how other components wait for them.
//
// A component takes what it waits for as fields of type After, one for each thing. It returns an After for the
// components that wait for it. New refuses arguments in which an After is missing. So a forgotten edge is an error
// before anything is registered, not a race in an update or a wrong order in a destroy.
package component

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/problem"
)

// New makes a component of the type token. It refuses args with every problem at once, including each missing After.
// Then it registers out, calls build to register the children, and sets the result of build as the component's
// outputs. If the result is nil, somebody else sets the outputs. It imports the children that a field Imports of args
// names. Every error names the component.
func New[C pulumi.ComponentResource, A any, P interface {
	*A
	Validate() error
}](ctx *pulumi.Context, token, name string, out C, args P, opts []pulumi.ResourceOption, build func() (pulumi.Map, error)) (C, error) {
	var none C
	_, kind, _ := strings.Cut(token, ":")
	kind = strings.TrimPrefix(kind, "index:")
	failed := func(err error) (C, error) { return none, fmt.Errorf("%s %s: %w", kind, name, err) }

	if args == nil {
		return failed(errors.New("args is nil"))
	}
	var problems problem.List
	problems.Under("", args.Validate())
	Forgotten(&problems, args)
	if err := problems.Err(); err != nil {
		return failed(err)
	}
	if err := ctx.RegisterComponentResource(token, name, out, importing(args, opts)...); err != nil {
		return failed(err)
	}
	outputs, err := build()
	if err != nil {
		return failed(err)
	}
	if outputs == nil {
		return out, nil
	}
	if err := ctx.RegisterResourceOutputs(out, outputs); err != nil {
		return failed(err)
	}
	return out, nil
}

// Inherited is a provider for children that take their parent's: the one that the parent's user gives to it, or the default
// provider. Components for other teams' stacks use it. In the program every component gets a provider of its own.
var Inherited pulumi.ProviderResource = &pulumi.ProviderResourceState{}

// Child returns the options of a component's child. Each call returns a fresh slice, because appending to a shared
// one would change the options of the siblings.
func Child(parent pulumi.Resource, provider pulumi.ProviderResource, more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	options := []pulumi.ResourceOption{pulumi.Parent(parent)}
	if provider != Inherited {
		options = append(options, pulumi.Provider(provider))
	}
	return append(options, more...)
}

// Optional is a text that is left out where it is empty.
func Optional(text string) pulumi.StringPtrInput {
	if text == "" {
		return nil
	}
	return pulumi.String(text)
}

// Package esc stands in for the command line of Pulumi's environments, which live in Pulumi Cloud alone.
package esc

import (
	"errors"

	"github.com/pulumi/esc"
)

// PrepareOptions are those of PrepareEnvironment.
type PrepareOptions struct{ Pretend, Redact bool }

// PrepareEnvironment always fails.
func PrepareEnvironment(*esc.Environment, *PrepareOptions) (files, environ, secrets []string, err error) {
	return nil, nil, nil, errors.New("this build of the Pulumi CLI is for the sandbox and has no environments: " +
		"install the official CLI (https://www.pulumi.com/docs/install/)")
}

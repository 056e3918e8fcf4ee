// Package provider is the interface of a Pulumi package in the sandbox: plain maps in, plain maps out, and AWS's
// or Kubernetes' own refusals as errors. Serve turns one into the engine's gRPC provider.
package provider

import "context"

// Package plays one Pulumi package, such as aws. One value serves every provider instance.
type Package interface {
	// Name is the package name ("aws"); Version is the plugin version that the program's SDK asks for.
	Name() string
	Version() string
	// ReplaceOn lists the configuration keys whose change replaces the provider and all that it made: changed to
	// another known value, and become unknown.
	ReplaceOn() (changed, unknown []string)
	// Open configures one provider instance. It is the place for refusals such as wrong account ids.
	Open(ctx context.Context, args map[string]any) (Session, error)
}

// Session is one configured provider instance. Every map may hold Unknown values while previewing.
type Session interface {
	// Check refuses bad inputs and fills in defaults.
	Check(ctx context.Context, r Resource) (inputs map[string]any, failures []Failure, err error)
	// Diff compares r.OldInputs and r.State with r.Inputs.
	Diff(ctx context.Context, r Resource) (Changes, error)
	// Create makes the resource from r.Inputs. With r.Preview it makes nothing. It then returns an empty id and the
	// state, with Unknown for values that are not known yet.
	Create(ctx context.Context, r Resource) (id string, state map[string]any, err error)
	// Update brings the resource from r.State to r.Inputs. With r.Preview as in Create.
	Update(ctx context.Context, r Resource) (state map[string]any, err error)
	// Read returns what exists now: a nil state means that it is gone. r.State and r.Inputs are what the
	// engine remembers, empty for a look-up by id.
	Read(ctx context.Context, r Resource) (id string, inputs, state map[string]any, err error)
	// Delete removes the resource; one that is gone already is no error.
	Delete(ctx context.Context, r Resource) error
	// Invoke answers a function call such as "aws:index/getAvailabilityZones:getAvailabilityZones".
	Invoke(ctx context.Context, token string, args map[string]any) (map[string]any, error)
}

// Resource is the subject of one call.
type Resource struct {
	// URN, Token ("aws:ec2/vpc:Vpc") and Name are the resource's address in the program.
	URN, Token, Name string
	// ID is the physical id, empty before creation.
	ID string
	// Inputs are the new inputs; OldInputs and State are what the engine remembers.
	Inputs, OldInputs, State map[string]any
	// Preview means that nothing may change.
	Preview bool
	// Seed makes generated names stable between preview and create.
	Seed []byte
}

// Failure is one refused property.
type Failure struct{ Property, Reason string }

// Changes is the outcome of a Diff.
type Changes struct {
	// Changed and Replace are property paths; a path in Replace forces a new resource.
	Changed, Replace []string
	// Computed are outputs that the provider's plan shows as changed beside the inputs.
	Computed []string
	// DeleteFirst means that the old resource must go before the new one comes.
	DeleteFirst bool
}

// PartialError says that the resource exists, with ID and State, but did not become ready.
type PartialError struct {
	ID     string
	State  map[string]any
	Inputs map[string]any
	Reason error
}

func (e *PartialError) Error() string { return e.Reason.Error() }

// Unwrap returns the reason.
func (e *PartialError) Unwrap() error { return e.Reason }

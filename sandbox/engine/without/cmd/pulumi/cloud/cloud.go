// Package cloud stands in for the command `pulumi api`, which the sandbox's CLI does not have.
package cloud

// APIError is the error of `pulumi api`. The CLI looks for it in every error.
type APIError struct {
	// ExitCode is the exit code of the command.
	ExitCode int
	// Silent errors have been printed already.
	Silent bool
}

func (*APIError) Error() string { return "pulumi api" }

// Package cloud stands in for the command `pulumi api`, which the sandbox's CLI does not have.
package cloud

// APIError is what `pulumi api` fails with. The CLI looks for it in every error.
type APIError struct {
	// ExitCode is the command's.
	ExitCode int
	// Silent errors have been printed.
	Silent bool
}

func (*APIError) Error() string { return "pulumi api" }

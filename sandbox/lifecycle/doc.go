// Package lifecycle runs stacks through their whole lives on the real engine: up, a second up without changes,
// edits, failures, destroy.
//
// Its tests carry the build tag "engine", because they need the built program, sandbox and CLI: `make test-engine`.
package lifecycle

// Package lifecycle plays whole lives of the stacks on the real engine: up, nothing to do, edits, failures, destroy.
//
// Its tests carry the build tag "engine", because they need the built program, sandbox and CLI: `make test-engine`.
package lifecycle

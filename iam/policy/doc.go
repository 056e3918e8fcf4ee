// Package policy writes the IAM documents of the program: who may assume its roles, what the roles may
// do, and what a deployer needs.
//
// It is pure code: it imports nothing of Pulumi or AWS, and every ARN in it is computed from names, so
// that no document waits for a resource. Each document has a golden file in testdata, and tests in
// words say what must never be in one.
//
// Three rules hold for every document. No statement allows the action "*", or all actions of a service.
// No AWS managed policy with full access is attached anywhere. The resource "*" stands only where AWS
// offers nothing narrower, and Wildcards gives the reason for each such action.
//
// To rewrite the golden files and docs/deployer-policy.json after a deliberate change:
//
//	go test ./iam/policy -update
package policy

// Package providers makes one explicit AWS provider for each account of the mesh.
//
// Default providers are switched off in Pulumi.yaml, so a resource that forgets its account is an
// error instead of a resource in the wrong account. Each provider is told the id of its account
// (allowedAccountIds): with credentials of another account it fails when it is configured, before the
// first resource is created. For that it must be able to ask AWS who it is, so neither the validation
// of credentials nor the request for the account id is ever skipped.
//
// The credentials themselves never enter the program: a provider gets the name of a profile, a role to
// assume, or nothing, which leaves the AWS SDK's own search (environment, SSO, instance profile).
package providers

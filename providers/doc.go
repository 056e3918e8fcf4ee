// Package providers makes one explicit AWS provider for each account of the mesh.
//
// Default providers are switched off in Pulumi.yaml. So a resource without an account is an error, not a resource in
// the wrong account. Each provider gets the id of its account (allowedAccountIds). With credentials of another
// account it fails when it is configured, before the first resource is created. For that check the provider must ask
// AWS for the account id. So the program never skips the validation of credentials or the request for the account id.
//
// The credentials themselves never enter the program. A provider gets the name of a profile, or a role to assume, or
// neither. With neither, the AWS SDK searches by itself (environment, SSO, instance profile).
package providers

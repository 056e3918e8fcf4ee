// Package publish writes the contracts of the ECS clusters to SSM parameters, where the teams' stacks read them.
//
// A cluster's contract is one parameter, and the bootstrap token of each of its identities is another. They lie in the
// cluster's account, under the path of package contract. All are plain texts, because nothing in them is a secret.
//
// A parameter is written when everything that it names can be used, and deleted before any of it goes. So a team's stack
// that finds a contract can deploy.
package publish

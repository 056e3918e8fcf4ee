// Package aws plays Amazon Web Services for the sandbox: several accounts, each a world of its own, behind
// the resource types of the Pulumi AWS provider that this project uses.
//
// It is a table of resource types. Each type says which properties a program may set, which ones force a
// new resource, which ones AWS computes, and what AWS refuses, in AWS's own error codes. A generic session
// does the rest: defaults and generated names, the difference between two sets of inputs, previews, reads.
// A type or a property that is not in the table is an error, never silently accepted.
//
// What AWS does by itself is a controller: NAT gateways become available, the ECS scheduler starts and
// replaces tasks, services write their log groups again when somebody deleted them too early. Controllers
// and the reachability model in reach.go decide from the state alone.
//
// Time runs faster than in AWS by the factor speed. Durations in this package are those of AWS.
//
// Not modelled: quotas except a few well known ones, throttling, eventual consistency, prices, and every
// service that the project does not use.
package aws

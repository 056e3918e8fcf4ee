// Package aws plays Amazon Web Services for the sandbox: several accounts, each a world of its own, behind
// the resource types of the Pulumi AWS provider that this project uses.
//
// It is a table of resource types (table.go). Each type says as data which properties a program may set, which ones
// force a new resource, which ones AWS computes and how, what a property refers to, and what AWS refuses, in AWS's own
// error codes. A session does the rest (session.go, check.go, diff.go, operations.go): defaults and generated names,
// the difference between two sets of inputs, ids, previews, waits, reads. A new type is one function in the file of
// its service and one name in resourceTypes; logs.go and sns.go are short examples. Hooks hold the rules that are not
// data. A type or a property that is not in the table is an error, never silently accepted.
//
// recorded_test.go holds answers of real accounts with their sources, and compares the sandbox with them. A refusal whose words
// somebody has seen gets a row there.
//
// A controller plays the work that AWS does by itself: NAT gateways become available, the ECS scheduler starts
// and replaces tasks, services write their log groups again when somebody deleted them too early. Controllers
// and the reachability model in reach.go decide from the state alone.
//
// Time runs faster than in AWS by the factor Speed. Durations in this package are those of AWS.
//
// Not modelled: quotas except a few well known ones, throttling, eventual consistency, prices, and every
// service that the project does not use.
package aws

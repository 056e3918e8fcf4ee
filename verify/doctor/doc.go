// Package doctor finds out why a mesh does not do what it should. For every service, and for every pair of a
// caller and a destination, it walks the way that a call takes and names the first piece that is missing, with
// what to do about it.
//
// The way is: istiod; the gateway; the ECS cluster; the service with its task definition, its identity and its tasks;
// then, for a pair, the caller's proxy, what istiod has written of the destination, the network and the policies. What
// comes later on a way is not looked at once something is missing: it would be a consequence.
//
// What the stack declares of a destination decides what is missing there: a refusal that it declares is none, and a call
// that gets through although it refuses it is one. Behind a waypoint the way goes on, to the tasks and to the backends
// that get a share of the requests.
//
// istiod keeps what it has written when it can no longer look. So its AWS identity, what that may read, and the tags by
// which it finds things are the reasons where something is not written, and otherwise latent: they stop no call now.
//
// The doctor reads facts (Evidence) and makes no call. onaws reads them from AWS, and sandboxed from the sandbox.
package doctor

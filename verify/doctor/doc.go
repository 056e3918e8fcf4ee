// Package doctor finds out why a mesh does not work as declared. For every service, and for every pair of a
// caller and a destination, it follows the path of a call. It names the first piece that is missing and says how
// to fix it.
//
// The path is: istiod; the gateway; the ECS cluster; the service with its task definition, its identity and its tasks;
// then, for a pair, the caller's proxy, istiod's entries for the destination, the network and the policies. Once a
// piece is missing, the doctor does not look further along the path: later faults would be consequences.
//
// The stack's declaration decides what counts as a fault at a destination. A declared refusal is not a fault. A call
// that gets through although the stack refuses it is one. Behind a waypoint the path goes on to the tasks and to the
// backends that get a share of the requests.
//
// istiod keeps its entries when it can no longer read ECS. So faults of its AWS identity, of that identity's
// permissions and of the discovery tags count as reasons where an entry is missing. Otherwise they are latent: they
// stop no call now.
//
// Where nothing is missing, an application may still call past its ztunnel. So the doctor also reads what was recorded of
// calls (Recorder), if it is told how far back to look.
//
// The doctor reads facts (Evidence) and makes no call. onaws reads them from AWS, and sandboxed from the sandbox.
package doctor

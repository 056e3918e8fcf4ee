// Package living looks up what lives already, before anything is registered, and compares it with the configuration.
//
// A preview compares a configuration with Pulumi's state. It does not show what AWS refuses later: a second region of
// the same install, another home, a version that is two steps away, a caller without access to the cluster. This
// package asks AWS through each account's own provider, in previews as well as in updates. Package compare judges the
// answers.
//
// A resource that does not exist gives no message. A first update has nothing to compare with, and a half-made stack
// has less. A deployer who may not look something up gets a warning and goes on. `pulumi destroy` does not run the
// program, so none of this applies to it.
package living

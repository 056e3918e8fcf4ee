// Package living looks at what lives already, before anything is registered, and compares it with the configuration.
//
// A preview compares a configuration with Pulumi's state. It does not see what AWS refuses later: a second region of the
// same install, another home, a version that is two steps away, a caller without access to the cluster. This package
// asks AWS with each account's own provider, in previews as well as in updates. Package compare judges the answers.
//
// What does not exist is silence: a first update has nothing to compare with, and a half-made stack has less. A
// deployer who may not look gets a warning and goes on. `pulumi destroy` does not run the program and so sees none of
// this.
package living

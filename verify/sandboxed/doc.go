// Package sandboxed asks the sandbox what a deployed mesh would answer. It is a model: names, proxies, identities,
// the network both ways, policies and listening ports are decided from the sandbox's world alone, never from what
// the program meant to deploy.
//
// Istiod's part is not modelled: package policy runs it. Where nobody outside of Solo knows what its proxies do, the
// answer follows the assumption that the program is built on, and says "unknown" as soon as another would end
// differently.
package sandboxed

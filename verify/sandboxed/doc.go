// Package sandboxed asks the sandbox what a deployed mesh would answer. It is a model: names, proxies, identities,
// the network both ways, policies and listening ports are decided from the sandbox's world alone, never from what
// the program meant to deploy.
//
// The model has no clock. A proxy that would get no certificate if it started now counts as one that has none: the one that it
// may still have ends within a day.
//
// Istiod's part is not modelled: package policy runs it. Where nobody outside of Solo knows which of two ways its proxies
// take, both must be open; where the program is built on an assumption about them, the answer says "unknown" besides.
package sandboxed

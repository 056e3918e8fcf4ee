// Package sandboxed is the back end for the sandbox: it computes what a deployed mesh would answer. It is a model.
// It decides names, proxies, identities, the network both ways, policies and listening ports from the sandbox's
// world alone, never from the program's configuration.
//
// The model has no clock. A proxy that would get no certificate at a start now counts as a proxy without one, because a
// certificate that it may still have expires within a day.
//
// Istiod's part is not modelled: package policy runs it. Solo does not document which of two paths its proxies take, so
// the model requires both. Where the program relies on an assumption about the proxies, the answer also says "unknown".
package sandboxed

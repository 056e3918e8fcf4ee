// Package gatewayapi reads the Gateway API's custom resource definitions out of a release file or a folder. Istio's
// gateways are objects of these definitions.
//
// The program trusts a release file by its checksum alone, reads it once, and keeps it in the user's cache. If the
// API server would refuse a definition, this package refuses it before anything is registered.
package gatewayapi

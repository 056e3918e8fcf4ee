// Package gatewayapi reads the Gateway API's custom resource definitions, from which Istio's gateways are
// made, out of a release file or a folder.
//
// A release file is trusted by its checksum alone, is read once and is kept in the user's cache. A
// definition is refused here, while nothing is registered, if the API server would refuse it later.
package gatewayapi

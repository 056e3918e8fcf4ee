// Package bootstrap makes the token with which ztunnel in an ECS task finds its mesh: the address of istiod, the
// certificate to trust, and the identity that the task asks for.
//
// The token holds no secret. A task proves its identity with its task role, so the token may stand in a task
// definition. When the gateway's address, the root certificate or the network changes, the token changes, and with it
// the task definition.
package bootstrap

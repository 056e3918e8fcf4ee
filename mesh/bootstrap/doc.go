// Package bootstrap makes the token with which ztunnel in an ECS task finds its mesh: where istiod
// answers, whose certificate to trust, and which identity the task is to ask for.
//
// The token holds no secret. A task proves who it is with its task role, so the token may stand in a
// task definition. It changes when the gateway's address, the root certificate or the network does, and
// with it the task definition.
package bootstrap

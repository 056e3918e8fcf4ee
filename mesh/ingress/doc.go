// Package ingress makes the manifests of the gateway through which users outside the mesh reach its services: a Gateway
// of Istio's class on a load balancer of its own, and a route for each host.
//
// The gateway has two listeners, each on a port of the load balancer. Port 80 redirects to HTTPS and does nothing
// else. On port 443 TLS ends at the gateway, or has ended at the load balancer. In the second case the gateway receives
// clear text on that port, so it could not tell the two kinds of requests apart if both came to one port.
//
// The gateway calls the services in its own name, by HBONE. It does not trust what a client says of itself in
// X-Forwarded-For: Istio takes no proxy in front of a gateway for trusted (numTrustedProxies is 0), so Envoy appends the
// address of the connection. (https://istio.io/latest/docs/ops/configuration/traffic-management/network-topologies/,
// 2026-11-29)
package ingress

// Package traffic makes the objects by which a waypoint shares out the requests to a service.
//
// A service has one object, never two, because Istio leaves open what several kinds for one host mean. It is an
// HTTPRoute of the Gateway API where that can say everything: a split, routes, a timeout. It is a VirtualService of
// Istio, whose support by waypoints is alpha, where it cannot:
//
//   - retries and faults, which the standard channel of the Gateway API does not have;
//   - a shared service. An HTTPRoute is bound to one ServiceEntry, of which a shared service has one for each member,
//     and would go with that member. A VirtualService is bound to the name;
//   - routes in an order that the Gateway API would change. It tries the longest path first, then those with a
//     method, then those with most headers, whatever the order in which they are written.
package traffic

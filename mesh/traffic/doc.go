// Package traffic makes the objects by which a waypoint distributes the requests to a service.
//
// A service has one object, never two, because Istio does not define how several kinds for one host combine. The
// object is an HTTPRoute of the Gateway API if that can express everything: a split, routes, a timeout. Otherwise it
// is a VirtualService of Istio, whose support by waypoints is alpha. An HTTPRoute cannot express:
//
//   - retries and faults, which the standard channel of the Gateway API does not have;
//   - a shared service. An HTTPRoute is bound to one ServiceEntry. A shared service has one ServiceEntry for each
//     member, and the route would end with that member. A VirtualService is bound to the name;
//   - routes in an order that the Gateway API would change. The Gateway API ignores the written order. It tries the
//     longest path first, then routes with a method, then routes with the most headers.
package traffic

package config

import (
	"strconv"
	"strings"
)

// DiscoveryTag on an ECS cluster lets istiod's discovery read the cluster. Without it istiod removes all of the cluster's services
// from the mesh.
const DiscoveryTag = "ecs.solo.io/discovery-enabled"

// The tags that istiod's discovery reads, on a service and on its tasks.
const (
	TagNamespace      = "ecs.solo.io/namespace"
	TagServiceAccount = "ecs.solo.io/service-account"
	TagHostname       = "ecs.solo.io/hostname"
	TagPorts          = "ecs.solo.io/ports"
	// TagWaypoint becomes a label of the service's ServiceEntry, by which Istio sends its callers through a waypoint.
	TagWaypoint = "istio.io/use-waypoint"
	// TagIngressWaypoint becomes a label too, by which gateways use the service's waypoint.
	TagIngressWaypoint = "istio.io/ingress-use-waypoint"
)

// DiscoveryTags are the tags by which istiod knows a service.
func (c Config) DiscoveryTags(cluster, service string) map[string]string {
	identity := c.IdentityOf(cluster, service)
	tags := map[string]string{TagNamespace: identity.Namespace, TagServiceAccount: identity.ServiceAccount, TagHostname: c.Hostname(cluster, service)}
	var ports []string
	for _, port := range c.PortsOf(cluster, service) {
		ports = append(ports, port.Protocol+":"+strconv.Itoa(port.Port))
	}
	if len(ports) > 0 {
		tags[TagPorts] = strings.Join(ports, "/")
	}
	if waypoint := c.OwnWaypoint(cluster, service); waypoint != "" {
		tags[TagWaypoint] = waypoint
	}
	if c.IngressUsesWaypoint(cluster, service) {
		tags[TagIngressWaypoint] = "true"
	}
	return tags
}

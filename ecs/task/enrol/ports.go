package enrol

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/problem"
)

// Port is a TCP port that a container has in its portMappings. The mesh carries no other.
type Port struct {
	// Container is the container's name.
	Container string
	// Number is the port.
	Number int
	// AppProtocol is http, http2 or grpc, "" where the mapping says nothing.
	AppProtocol string
	// essential: the task ends with the container, and it is not the log router.
	essential bool
}

// Calls reports whether a definition has a container of a name beside ztunnel: one that a preset can be for.
func Calls(d *definition.Definition, container string) bool {
	return container != ZtunnelName && slices.Contains(names(d), container)
}

// Ports are the TCP ports of a definition's containers beside ztunnel, in their order.
func Ports(d *definition.Definition) (all []Port) {
	for _, c := range d.ContainerDefinitions {
		name := definition.Text(c.Name)
		if name == ZtunnelName {
			continue
		}
		for _, m := range c.PortMappings {
			if m.Protocol != types.TransportProtocolUdp && m.ContainerPort != nil {
				all = append(all, Port{name, definition.Number(m.ContainerPort), string(m.AppProtocol), definition.Essential(c) && c.FirelensConfiguration == nil})
			}
		}
	}
	return all
}

// Main is the container whose ports are meant where a caller names none: the only one with ports, the one with the service's
// name, the only essential one, or the only one, of the essential ones if there are some, that says a protocol. "": the
// definition does not say it.
func Main(ports []Port, service string) string {
	if slices.ContainsFunc(ports, func(p Port) bool { return p.Container == service }) {
		return service
	}
	essential := func(p Port) bool { return p.essential }
	protocol := func(p Port) bool { return p.AppProtocol != "" }
	if slices.ContainsFunc(ports, essential) {
		ports = only(ports, essential)
	}
	for _, left := range [][]Port{ports, only(ports, protocol)} {
		if all := Containers(left); len(all) == 1 {
			return all[0]
		}
	}
	return ""
}

// First are the ports with those of a container first, each container's in their order.
func First(ports []Port, container string) []Port {
	own := func(p Port) bool { return p.Container == container }
	return append(only(ports, own), only(ports, func(p Port) bool { return !own(p) })...)
}

// Containers are the containers that have the ports, each once, in the order of the ports.
func Containers(ports []Port) (all []string) {
	for _, p := range ports {
		if !slices.Contains(all, p.Container) {
			all = append(all, p.Container)
		}
	}
	return all
}

func only(ports []Port, is func(Port) bool) (all []Port) {
	for _, p := range ports {
		if is(p) {
			all = append(all, p)
		}
	}
	return all
}

// datagrams are the udp ports of a container.
func datagrams(c types.ContainerDefinition) (all []string) {
	for _, m := range c.PortMappings {
		if m.Protocol == types.TransportProtocolUdp {
			all = append(all, fmt.Sprint(definition.Number(m.ContainerPort)))
		}
	}
	return all
}

// application reports whether callers mean the container, by what its definition and the service's name say.
func application(d *definition.Definition, c types.ContainerDefinition, service string) bool {
	name := definition.Text(c.Name)
	if ports := Ports(d); len(ports) > 0 {
		return name == service || name == Main(ports, service)
	}
	alone := true
	for _, other := range d.ContainerDefinitions {
		own := definition.Text(other.Name)
		alone = alone && (own == name || own == ZtunnelName || !definition.Essential(other))
	}
	return name == service || alone && definition.Essential(c)
}

// checkDatagrams refuses udp of the application, which nobody in the mesh could call.
func checkDatagrams(found *problem.List, d *definition.Definition, service string) {
	for i, c := range d.ContainerDefinitions {
		if udp := datagrams(c); len(udp) > 0 && application(d, c, service) {
			found.Refuse(fmt.Sprintf("containerDefinitions[%d].portMappings", i), "udp "+strings.Join(udp, ", "),
				"the mesh carries TCP, so no caller could reach it. If only containers of the task use it, remove the mapping: they reach it at 127.0.0.1. Otherwise serve it over TCP, or by a service outside the mesh")
		}
	}
}

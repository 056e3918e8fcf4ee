package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/problem"
)

// Port is a port of a service.
type Port struct {
	// Port is the TCP port that the application listens on. Required.
	Port int `config:"port"`
	// Protocol is what the mesh takes the traffic for: http, http2, grpc or tcp. Empty: http.
	Protocol string `config:"protocol"`
	// Private keeps a port of the taskDefinition, a sidecar's for example, from callers: no tag and no rule names it.
	Private bool `config:"private"`
}

// protocols are how the mesh can take what is sent to a port.
var protocols = []string{"http", "http2", protocolGRPC, ProtocolTCP}

// DefaultPortProtocol is the protocol of a port in the short form, ProtocolTCP that of a port in a task definition that says
// nothing of it.
const (
	DefaultPortProtocol = "http"
	ProtocolTCP         = "tcp"
	protocolGRPC        = "grpc"
)

// PortsOf lists the ports of a service that callers may use. The default port comes first. None: the service only calls others.
func (c Config) PortsOf(cluster, service string) []Port {
	s := c.asService(cluster, service)
	if s.ClientOnly {
		return nil
	}
	var all []Port
	if s.definition != nil {
		all = s.declared(service)
	}
	for _, p := range s.Ports {
		if p.Private {
			continue
		}
		p.Protocol = cmp.Or(p.Protocol, DefaultPortProtocol)
		if i := slices.IndexFunc(all, p.same); i >= 0 {
			all[i] = p
		} else {
			all = append(all, p)
		}
	}
	first := s.Port
	if first == 0 && s.Shared != "" {
		first = c.SharedServices[s.Shared].Port
	}
	if first == 0 {
		return all
	}
	main := Port{Port: first, Protocol: DefaultPortProtocol}
	if i := slices.IndexFunc(all, main.same); i >= 0 {
		main = all[i]
		all = slices.Delete(all, i, i+1)
	}
	return slices.Insert(all, 0, main)
}

func (p Port) same(other Port) bool { return p.Port == other.Port }

// declared are the ports of the service's task definition that callers may know, those of its main container first.
func (s Service) declared(service string) (all []Port) {
	offered := s.offered()
	for _, p := range enrol.First(offered, enrol.Main(offered, service)) {
		all = append(all, Port{Port: p.Number, Protocol: cmp.Or(p.AppProtocol, ProtocolTCP)})
	}
	return all
}

// offered are the TCP ports of the service's task definition but the private ones.
func (s Service) offered() []enrol.Port {
	return slices.DeleteFunc(enrol.Ports(s.definition), func(p enrol.Port) bool {
		return slices.ContainsFunc(s.Ports, func(own Port) bool { return own.Private && own.Port == p.Number })
	})
}

// protocolOf is the protocol of a destination's port, "" if it does not serve the port. The members of a shared service
// agree.
func (c Config) protocolOf(d Destination, port int) string {
	of := []Member{{d.Cluster, d.Service}}
	if d.Shared != "" {
		of = c.Members(d.Shared)
	}
	for _, member := range of {
		for _, p := range c.PortsOf(member.Cluster, member.Service) {
			if p.Port == port {
				return p.Protocol
			}
		}
	}
	return ""
}

// checkDeclaredPorts compares what the service says of its ports with the task definition.
func (c Config) checkDeclaredPorts(p *problem.List, field, name string, s Service) {
	declared := s.declared(name)
	all := enrol.Ports(s.definition)
	known := func(at string, port int) {
		switch {
		case port == 0 || slices.ContainsFunc(declared, Port{Port: port}.same):
		case slices.ContainsFunc(all, func(p enrol.Port) bool { return p.Number == port }):
			p.Refuse(at, port, "ports makes it private, and nobody calls a private port")
		default:
			p.Refuse(at, port, "no container of the task definition has the port in its portMappings")
		}
	}
	known(field+".port", s.Port)
	for i, port := range s.Ports {
		at := fmt.Sprintf("%s.ports[%d].port", field, i)
		if !port.Private {
			known(at, port.Port)
		} else if !slices.ContainsFunc(all, func(p enrol.Port) bool { return p.Number == port.Port }) {
			p.Refuse(at, port.Port, "no container of the task definition has the port in its portMappings, so it is private already")
		}
	}
	offered := s.offered()
	switch containers := enrol.Containers(offered); {
	case s.ClientOnly:
	case len(declared) == 0 && len(all) > 0:
		p.Add(field+".ports", problem.IsSet, "every port of the task definition is private, so nobody could call the service: set clientOnly")
	case len(containers) > 1 && enrol.Main(offered, name) == "" && s.Port == 0 && s.Shared == "":
		p.Missing(field+".port", "the containers %s have ports, and nobody knows which is meant where a caller names none: name it, or make the others private in ports", strings.Join(containers, ", "))
	case len(declared) == 0:
		p.Refuse(field+".taskDefinition", s.TaskDefinition, "no container has portMappings, so nobody could call the service: name a port, or set clientOnly")
	case s.Shared != "":
		known("sharedServices."+s.Shared+".port", c.SharedServices[s.Shared].Port)
	}
}

// checkPorts checks the protocols and numbers of the ports that a service sets.
func checkPorts(p *problem.List, field string, s Service) {
	for i, port := range s.Ports {
		at := fmt.Sprintf("%s.ports[%d]", field, i)
		switch {
		case !port.Private:
		case s.TaskDefinition == "":
			p.Add(at+".private", problem.IsSet, "only a taskDefinition has ports that the service does not name: leave the port out")
		case port.Protocol != "":
			p.Add(at+".protocol", problem.IsSet, "the port is private, and nobody calls it")
		}
	}
	seen := map[int]bool{}
	for i, port := range s.Ports {
		at := fmt.Sprintf("%s.ports[%d]", field, i)
		checkPort(p, at+".port", port.Port)
		problem.OneOf(p, at+".protocol", cmp.Or(port.Protocol, DefaultPortProtocol), protocols...)
		if seen[port.Port] {
			p.Refuse(at+".port", port.Port, "another entry has it")
		}
		seen[port.Port] = true
	}
}

// tcpPorts are ports of protocols that are not HTTP, with what speaks there by custom (IANA's registry, and the servers'
// defaults).
var tcpPorts = map[int]string{
	22: "SSH", 25: "SMTP", 53: "DNS", 389: "LDAP", 587: "SMTP", 636: "LDAP", 1433: "SQL Server", 1521: "Oracle", 1883: "MQTT", 2049: "NFS", 2181: "ZooKeeper",
	3306: "MySQL", 4222: "NATS", 5432: "PostgreSQL", 5671: "AMQP", 5672: "AMQP", 6379: "Redis", 6432: "PgBouncer", 8883: "MQTT", 9042: "Cassandra", 9092: "Kafka",
	11211: "memcached", 27017: "MongoDB", 33060: "MySQL",
}

// takenForHTTP warns of services behind a waypoint whose port is not one of HTTP by custom, and whose protocol nobody has said:
// a waypoint would break it.
func (c Config) takenForHTTP() []string {
	var all []string
	for _, d := range c.Destinations() {
		said := slices.ContainsFunc(c.Clusters[d.Cluster].Services[d.Service].Ports, func(p Port) bool { return p.Port == d.Port && p.Protocol != "" })
		if protocol := tcpPorts[d.Port]; protocol != "" && d.Waypoint != "" && !said && c.protocolOf(d, d.Port) != ProtocolTCP {
			all = append(all, fmt.Sprintf("%s: port %d is that of %s, and the waypoint %s takes it for HTTP and would break it: "+
				"give the port its protocol under ports, tcp or another (docs/task-definitions.md)", d.Field(), d.Port, protocol, d.Waypoint))
		}
	}
	return all
}

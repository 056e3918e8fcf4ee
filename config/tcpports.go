package config

import "fmt"

// tcpPorts are ports of protocols that are not HTTP, with what speaks there by custom (IANA's registry, and the servers'
// defaults).
var tcpPorts = map[int]string{
	22: "SSH", 25: "SMTP", 53: "DNS", 389: "LDAP", 587: "SMTP", 636: "LDAP", 1433: "SQL Server", 1521: "Oracle", 1883: "MQTT", 2049: "NFS", 2181: "ZooKeeper",
	3306: "MySQL", 4222: "NATS", 5432: "PostgreSQL", 5671: "AMQP", 5672: "AMQP", 6379: "Redis", 6432: "PgBouncer", 8883: "MQTT", 9042: "Cassandra", 9092: "Kafka",
	11211: "memcached", 27017: "MongoDB", 33060: "MySQL",
}

// takenForHTTP warns of services behind a waypoint whose port is not one of HTTP by custom, and is declared as HTTP all the same: a
// waypoint would break the protocol.
func (c Config) takenForHTTP() []string {
	var all []string
	for _, d := range c.Destinations() {
		if protocol := tcpPorts[d.Port]; protocol != "" && d.Waypoint != "" && c.protocolOf(d, d.Port) != ProtocolTCP {
			all = append(all, fmt.Sprintf("%s: port %d is that of %s, and the waypoint %s takes it for HTTP and would break it: "+
				"give the port the protocol tcp under ports (docs/task-definitions.md)", d.Field(), d.Port, protocol, d.Waypoint))
		}
	}
	return all
}

// Package queries holds the CloudWatch Logs Insights queries over ztunnel's access log.
//
// The task's ztunnel writes one line for each connection that it carried, as text with tabs and fields such as
// src.identity="…" and direction="inbound" (istio/ztunnel, src/proxy/metrics.rs). Its streams begin with the name of
// its container. The ztunnels of EKS write to the log group of the cluster's logs, and waypoints write to none. These
// queries do not read that group, because they would count the same connection at both ends.
package queries

import "strings"

// Query is one saved query.
type Query struct {
	// Name distinguishes it from the others. The console makes a folder of the part before a slash.
	Name string
	// About says what the query shows.
	About string
	// Text is the query.
	Text string
}

// stream begins the log streams of ztunnel's containers.
const stream = "ztunnel"

// All are the queries.
func All() []Query {
	return []Query{
		{
			Name:  "denied-connections",
			About: "who was refused by a policy, where, and by which policy",
			Text: query(
				`filter @message like /connection (complete|failed)/ and @message like /policy rejection|401 Unauthorized/`,
				field("src.identity", "client"), field("dst.service", "service"), field("dst.identity", "server"),
				field("direction", "direction"), field("error", "reason"),
				`stats count(*) as refused, max(@timestamp) as last by client, service, server, direction, reason`,
				`sort refused desc`,
			),
		},
		{
			Name:  "failed-connections",
			About: "connections that failed for another reason than a policy",
			Text: query(
				`filter @message like /connection (complete|failed)/ and @message like /error="/ and @message not like /policy rejection|401 Unauthorized/`,
				field("src.identity", "client"), field("dst.service", "service"), field("dst.addr", "address"), field("error", "reason"),
				`stats count(*) as failures, max(@timestamp) as last by client, service, address, reason`,
				`sort failures desc`,
			),
		},
		{
			Name:  "traffic-by-identity",
			About: "connections and bytes by client and server identity, as the servers' ztunnels saw them",
			Text: query(
				`filter @message like /connection complete/ and @message like /direction="inbound"/`,
				field("src.identity", "client"), field("dst.identity", "server"), field("dst.service", "service"),
				number("bytes_sent", "sent"), number("bytes_recv", "received"),
				`stats count(*) as connections, sum(sent) as bytes_sent, sum(received) as bytes_received by client, server, service`,
				`sort connections desc`,
			),
		},
		{
			Name:  "connection-duration",
			About: "how long connections lasted, in milliseconds, by service and client",
			Text: query(
				`filter @message like /connection complete/ and @message like /direction="outbound"/ and @message not like /error="/`,
				field("src.identity", "client"), field("dst.service", "service"),
				`parse @message /duration="(?<milliseconds>[0-9]+)ms"/`,
				`stats count(*) as connections, avg(milliseconds) as mean, pct(milliseconds, 50) as p50, pct(milliseconds, 95) as p95, pct(milliseconds, 99) as p99 by service, client`,
				`sort p95 desc`,
			),
		},
		{
			Name:  "plain-text",
			About: "connections that reached a task without an identity, so past the mesh",
			Text: query(
				`filter @message like /connection complete/ and @message like /direction="inbound"/ and @message not like /src\.identity="/`,
				field("src.addr", "from"), field("dst.service", "service"), field("dst.addr", "address"),
				`stats count(*) as connections, max(@timestamp) as last by service, address`,
				`sort connections desc`,
			),
		},
	}
}

// query joins the commands of a query on ztunnel's streams.
func query(commands ...string) string {
	first := "filter @logStream like /^" + stream + "\\//"
	return strings.Join(append([]string{first}, commands...), "\n| ")
}

// field reads a field of the access log as text. Addresses have no quotes around them.
func field(name, as string) string {
	pattern := strings.ReplaceAll(name, ".", `\.`)
	if strings.HasSuffix(name, ".addr") {
		return `parse @message /` + pattern + `=(?<` + as + `>[^\s]+)/`
	}
	return `parse @message /` + pattern + `="(?<` + as + `>[^"]*)"/`
}

// number reads a field of the access log as a number.
func number(name, as string) string { return `parse @message /` + name + `=(?<` + as + `>[0-9]+)/` }

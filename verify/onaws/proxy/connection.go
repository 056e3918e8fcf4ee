// Package proxy parses the output of the mesh's proxies: the config dump of a ztunnel, its access log, and the access log of a
// waypoint. ztunnel writes one line for each connection when it ends. A waypoint writes one line for each request.
//
// In the text form a line of ztunnel is the time, the level, "access", the message and key=value pairs, of which strings
// are quoted; with LOG_FORMAT=json it is an object. A line has identities only if the connection was mutual TLS, and the
// source's identity comes from its certificate. So identities prove more than the protocol with which a workload is
// listed.
package proxy

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Connection is a line of the access log of a ztunnel: one connection.
type Connection struct {
	Time time.Time
	// Inbound says that the destination's proxy wrote the line.
	Inbound bool
	// Source is the address that the proxy saw: the address of the caller or of a gateway.
	Source netip.AddrPort
	// Target is the address requested inside the tunnel. Destination is the address of the connection itself.
	Target, Destination string
	Service             string
	// The identities, empty when the connection was not mutual TLS.
	SourceIdentity, DestinationIdentity string
	// Error is why the connection failed, empty if it did not.
	Error string
}

// Port is the application's port: the port of the tunnel's target, or of the destination if there is no tunnel.
func (l Connection) Port() int {
	address := l.Target
	if address == "" {
		address = l.Destination
	}
	_, port, ok := cutLast(address, ":")
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return 0
	}
	return n
}

func cutLast(text, separator string) (before, after string, found bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(separator):], true
}

// ParseConnection reads a line. ok is false for every line that is not about the end of a connection.
func ParseConnection(text string) (line Connection, ok bool) {
	fields, moment, ok := parseJSON(text)
	if !ok {
		fields, moment, ok = parseText(text)
	}
	if !ok || fields["direction"] == "" {
		return Connection{}, false
	}
	line = Connection{
		Time: moment, Inbound: fields["direction"] == "inbound",
		Target: fields["dst.hbone_addr"], Destination: fields["dst.addr"], Service: fields["dst.service"],
		SourceIdentity: fields["src.identity"], DestinationIdentity: fields["dst.identity"],
		Error: fields["error"],
	}
	// An invalid address leaves the field empty: the line is still about a connection.
	line.Source, _ = netip.ParseAddrPort(fields["src.addr"])
	return line, true
}

// ended reports whether a message is about the end of a connection, with or without an error. "connection
// opened" is not.
func ended(message string) bool {
	return message == "connection complete" || message == "connection failed"
}

func parseJSON(text string) (map[string]string, time.Time, bool) {
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return nil, time.Time{}, false
	}
	var object map[string]any
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		return nil, time.Time{}, false
	}
	// Fields are at the top, or under "fields", by version.
	if inner, ok := object["fields"].(map[string]any); ok {
		for key, value := range inner {
			object[key] = value
		}
	}
	fields := map[string]string{}
	for key, value := range object {
		fields[key] = fmt.Sprint(value)
	}
	if !ended(fields["message"]) || !strings.Contains(fields["scope"]+fields["target"], "access") {
		return nil, time.Time{}, false
	}
	moment := fields["time"]
	if moment == "" {
		moment = fields["timestamp"]
	}
	at, err := time.Parse(time.RFC3339Nano, moment)
	return fields, at, err == nil
}

func parseText(text string) (map[string]string, time.Time, bool) {
	columns := strings.SplitN(strings.TrimSpace(text), "\t", 5)
	if len(columns) < 5 || strings.TrimSpace(columns[2]) != "access" || !ended(strings.TrimSpace(columns[3])) {
		return nil, time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, columns[0])
	if err != nil {
		return nil, time.Time{}, false
	}
	return pairs(columns[4]), at, true
}

// pairs reads key=value pairs. A quoted value may hold blanks and escaped quotes.
func pairs(text string) map[string]string {
	fields := map[string]string{}
	for {
		text = strings.TrimLeft(text, " \t")
		key, rest, ok := strings.Cut(text, "=")
		if !ok {
			return fields
		}
		if strings.ContainsAny(key, " \t") {
			// A word without a value: skip it.
			_, text, _ = strings.Cut(text, " ")
			continue
		}
		if quoted, err := strconv.QuotedPrefix(rest); err == nil {
			value, err := strconv.Unquote(quoted)
			if err != nil {
				value = strings.Trim(quoted, `"`)
			}
			fields[key], text = value, rest[len(quoted):]
			continue
		}
		value, after, _ := strings.Cut(rest, " ")
		fields[key], text = value, after
	}
}

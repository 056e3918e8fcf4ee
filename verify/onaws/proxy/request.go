package proxy

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Request is a line of a waypoint's access log, in Istio's default text form: one HTTP request. It names no identity. It
// has the caller's address and the chosen endpoint, which connect the lines of the two ztunnels.
type Request struct {
	Time            time.Time
	Method          string
	Authority, Path string
	Status          int
	// Flags and Details say why Envoy answered as it did: "via_upstream", "rbac_access_denied_matched_policy[none]".
	Flags, Details string
	// Client is the address of the caller. Endpoint is the address of the workload that got the request, invalid if none
	// got it.
	Client, Endpoint netip.AddrPort
}

// The columns of Istio's default access log.
const (
	columnTime = iota
	columnRequest
	columnStatus
	columnFlags
	columnDetails
	columnAuthority = 14
	columnUpstream  = 15
	columnClient    = 19
	columnsAtLeast  = 20
)

// ParseRequest reads a line. ok is false for every line that is not about an HTTP request.
func ParseRequest(text string) (request Request, ok bool) {
	c := columns(text)
	if len(c) < columnsAtLeast {
		return Request{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, strings.Trim(c[columnTime], "[]"))
	if err != nil {
		return Request{}, false
	}
	words := strings.Split(c[columnRequest], " ")
	status, err := strconv.Atoi(c[columnStatus])
	if err != nil || len(words) != 3 || words[0] == "-" {
		return Request{}, false
	}
	client, err := netip.ParseAddrPort(c[columnClient])
	if err != nil {
		return Request{}, false
	}
	request = Request{
		Time: at, Method: words[0], Path: words[1], Authority: c[columnAuthority], Status: status,
		Flags: c[columnFlags], Details: c[columnDetails], Client: client,
	}
	// "envoy://connect_originate/10.0.1.20:8080" is the tunnel with its destination. "-" means that there was none.
	upstream := c[columnUpstream]
	request.Endpoint, _ = netip.ParseAddrPort(upstream[strings.LastIndex(upstream, "/")+1:])
	return request, true
}

// columns splits a line at blanks, but not inside quotes.
func columns(text string) []string {
	var all []string
	text = strings.TrimSpace(text)
	for text != "" {
		var column string
		if rest, quoted := strings.CutPrefix(text, `"`); quoted {
			column, text, _ = strings.Cut(rest, `"`)
			text = strings.TrimPrefix(text, " ")
		} else {
			column, text, _ = strings.Cut(text, " ")
		}
		all = append(all, column)
	}
	return all
}

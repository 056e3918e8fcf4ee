package curl

import (
	"fmt"
	"strings"

	"ambient-ecs/verify/backend"
)

// The exit codes of curl that say how a connection failed.
const (
	exitResolveProxy = 5
	exitResolve      = 6
	exitConnect      = 7
	exitTimeout      = 28
	exitEmpty        = 52
	exitSend         = 55
	exitReceive      = 56
	exitProxy        = 97
)

// The exit codes of a shell that could not start a command.
const (
	exitNotExecutable = 126
	exitNotFound      = 127
)

// denied is the body that Envoy's RBAC filter answers with.
const denied = "RBAC: access denied"

// Answer is the result as the back ends report it.
func (r Result) Answer() backend.Answer {
	answer := backend.Answer{Exit: r.Exit, Status: r.Status, Body: r.Body}
	answer.Outcome, answer.Why = r.judge()
	return answer
}

func (r Result) judge() (backend.Outcome, string) {
	if !r.Found {
		return backend.Undecided, "no result came back: the marker of this call is not in the output"
	}
	switch r.Exit {
	case 0:
		return r.judgeStatus()
	case exitEmpty, exitReceive:
		return backend.Policy, r.why("the connection was accepted, then reset")
	case exitSend:
		// When curl sends data into a connection that was reset, it notices the reset while it sends, before it reads an
		// answer.
		if strings.Contains(strings.ToLower(r.Message), "reset") {
			return backend.Policy, r.why("the connection was reset while the request was sent")
		}
		return backend.Undecided, r.why("the request could not be sent")
	case exitTimeout:
		return backend.Network, r.why("nothing came back in time")
	case exitConnect:
		return backend.Network, r.why("the connection was refused")
	case exitResolve:
		return backend.Name, r.why("the name does not resolve")
	case exitProxy:
		// The only failure that ztunnel reports to a SOCKS client is that of the name. It resets the connection for
		// later failures.
		return backend.Name, r.why("ztunnel did not take the name")
	case exitResolveProxy:
		return backend.Undecided, r.why("the proxy of ALL_PROXY does not resolve")
	case exitNotFound, exitNotExecutable:
		return backend.Undecided, r.why("the container has no curl that can be run")
	}
	return backend.Undecided, r.why("curl failed in a way that says nothing of the mesh")
}

func (r Result) judgeStatus() (backend.Outcome, string) {
	switch {
	case r.Status == 0:
		return backend.Undecided, "curl ended well, without an HTTP status"
	case r.Status < 400:
		return backend.Answered, fmt.Sprintf("HTTP %d", r.Status)
	case r.Status == 403 && r.byProxy():
		return backend.L7, "HTTP 403 from a proxy: " + denied
	}
	return backend.Undecided, fmt.Sprintf("HTTP %d: something answered, and it is not known to be a policy", r.Status)
}

// byProxy reports whether Envoy refused, and not the application or something behind it. The header alone is not
// enough: Envoy sets it on the application's answers too.
func (r Result) byProxy() bool {
	return strings.HasPrefix(strings.TrimSpace(r.Body), denied)
}

func (r Result) why(what string) string {
	why := fmt.Sprintf("curl %d: %s", r.Exit, what)
	if r.Message != "" {
		why += " (" + r.Message + ")"
	}
	return why
}

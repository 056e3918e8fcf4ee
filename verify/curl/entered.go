package curl

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"

	"ambient-ecs/verify/backend"
)

// exitTLS is curl's exit code for a TLS handshake that failed.
const exitTLS = 35

// Failed is the result of a call that this program made itself and that failed, as curl would report it.
func Failed(err error) Result {
	result := Result{Found: true, Exit: 2, Message: err.Error()}
	var timeout net.Error
	var name *net.DNSError
	switch {
	case errors.As(err, &name):
		result.Exit = exitResolve
	case errors.Is(err, syscall.ECONNREFUSED):
		result.Exit = exitConnect
	case errors.Is(err, syscall.ECONNRESET):
		result.Exit = exitReceive
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		result.Exit = exitTimeout
	case strings.Contains(err.Error(), "tls:"):
		result.Exit = exitTLS
	}
	return result
}

// Entered is the result of a call of a user as the back ends report it. The gateway of the ingress is an Envoy. Its own answers lack the
// header with the time that a service took, which it adds to all others.
func (r Result) Entered() backend.Answer {
	answer := r.Answer()
	own := r.Header("x-envoy-upstream-service-time") == ""
	switch {
	case !r.Found || r.Exit != 0:
		if r.Exit == exitReceive || r.Exit == exitEmpty {
			answer.Outcome, answer.Why = backend.Undecided, r.why("the connection to the load balancer was reset")
		}
	case own && r.Status == http.StatusMovedPermanently && strings.HasPrefix(r.Header("location"), "https://"):
		answer.Outcome, answer.Why = backend.Redirect, "HTTP 301 to "+r.Header("location")
	case own && r.Status == http.StatusNotFound && strings.TrimSpace(r.Body) == "":
		answer.Outcome, answer.Why = backend.Unrouted, "HTTP 404 from the gateway itself"
	}
	return answer
}

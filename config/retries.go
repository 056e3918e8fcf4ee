package config

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"ambient-ecs/problem"
)

// Retries repeats a request.
type Retries struct {
	// Attempts is how often a request is repeated at most, 0 to 10. 0 switches off the two that waypoints make by themselves.
	// Required.
	Attempts *int `config:"attempts"`
	// PerTryTimeout is how long one attempt may take, for example 1s. Empty: as long as the request.
	PerTryTimeout string `config:"perTryTimeout"`
	// On are the reasons to repeat: Envoy's words (5xx, connect-failure, reset) and status codes (503). Empty: Istio's own.
	On []string `config:"on"`
}

// maxAttempts is the most that a request is repeated.
const maxAttempts = 10

// retryReasons are Envoy's words that Istio admits (istio 1.29.1, pkg/config/validation/validation.go,
// supportedRetryOnPolicies), without the two below.
var retryReasons = []string{
	"5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "envoy-ratelimited", "retriable-4xx", "refused-stream",
	"http3-post-connect-failure", "cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable",
}

const (
	// reasonCodes stands for the status codes in the list. Istio adds it to codes by itself.
	reasonCodes = "retriable-status-codes"
	// reasonHeaders stands for headers of the answer, which Istio has no place to name.
	reasonHeaders = "retriable-headers"
)

func checkRetries(p *problem.List, field string, r Retries, timeout string) {
	if r.Attempts == nil {
		p.Missing(field+".attempts", "say how often a request is repeated, 0 to %d; 0 switches off the two attempts that waypoints make by themselves", maxAttempts)
	} else {
		p.Between(field+".attempts", *r.Attempts, 0, maxAttempts, "that is how often a request is repeated, and every time is load on a service that fails")
		if *r.Attempts == 0 {
			const nothing = "attempts is 0 and nothing is repeated: remove one of the two"
			if r.PerTryTimeout != "" {
				p.Refuse(field+".perTryTimeout", r.PerTryTimeout, nothing)
			}
			if len(r.On) > 0 {
				p.Refuse(field+".on", r.On, nothing)
			}
			return
		}
	}
	checkDuration(p, field+".perTryTimeout", r.PerTryTimeout)
	whole, err := time.ParseDuration(timeout)
	try, tryErr := time.ParseDuration(r.PerTryTimeout)
	if err == nil && tryErr == nil && try > whole {
		p.Refuse(field+".perTryTimeout", r.PerTryTimeout, "the whole request may take %s, so no attempt can take longer", timeout)
	}
	checkReasons(p, field+".on", r.On)
}

// checkReasons checks the reasons to repeat. Istio takes a number among them for a status code.
func checkReasons(p *problem.List, field string, reasons []string) {
	codes := 0
	for _, reason := range reasons {
		if _, err := strconv.Atoi(reason); err == nil {
			codes++
		}
	}
	for i, reason := range reasons {
		at := fmt.Sprintf("%s[%d]", field, i)
		code, err := strconv.Atoi(reason)
		switch {
		case slices.Contains(reasons[:i], reason):
			p.Refuse(at, reason, "it is in the list twice")
		case err == nil && (len(reason) != 3 || code < http.StatusBadRequest || http.StatusText(code) == ""):
			p.Refuse(at, reason, "a status code of a failure is between 400 and 511, for example 503")
		case err == nil, slices.Contains(retryReasons, reason):
		case reason == reasonCodes && codes == 0:
			p.Refuse(at, reason, "it stands for status codes, and the list has none: write the codes, for example 503")
		case reason == reasonCodes:
		case reason == reasonHeaders:
			p.Refuse(at, reason, "it needs the names of headers, which Istio's VirtualService cannot hold, so it would repeat nothing")
		default:
			p.Refuse(at, reason, "choose from %s, or write a status code such as 503%s", strings.Join(retryReasons, ", "), problem.DidYouMean(reason, retryReasons))
		}
	}
}

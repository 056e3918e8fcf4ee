package onaws

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/onaws/proxy"
)

// poll is how often logs and objects are read again.
var poll = 2 * time.Second

// maxReset bounds the search for the reason of a reset. The reason only explains the result, and there may be no
// line about it.
const maxReset = 15 * time.Second

// search describes the lines of one call in the access logs.
type search struct {
	request backend.Request
	from    origin
	to      destination
	since   time.Time
}

// explain adds facts from the proxies' access logs to an answer: the identities of an answered call, whether a policy
// caused a reset, and why a waypoint answered with an error.
func (b *AWS) explain(ctx context.Context, r backend.Request, from []netip.Addr, since time.Time, answer backend.Answer) backend.Answer {
	if b.options.LogWait < 0 {
		return answer
	}
	s := search{r, originOf(r, from), b.destination(r), since}
	var err error
	switch {
	case answer.Outcome == backend.Answered && s.to.waypoint != "":
		err = b.identifyThroughWaypoint(ctx, s, &answer)
	case answer.Outcome == backend.Answered:
		err = b.identify(ctx, s, &answer)
	case answer.Outcome == backend.Policy && !r.PastProxy:
		err = b.blame(ctx, s, &answer)
	case answer.Status >= 400 && s.to.waypoint != "":
		err = b.askWaypoint(ctx, s, &answer)
	}
	if err != nil {
		answer.Why += "; the access log could not be read: " + err.Error()
	}
	return answer
}

// noLine is the remark where the identities are not known.
const noLine = "; the destination's access log has no line that is surely of this call"

// identify waits for the line of an answered call in the destination's access log.
func (b *AWS) identify(ctx context.Context, s search, answer *backend.Answer) error {
	found, err := b.await(ctx, b.options.LogWait, func() (bool, error) {
		lines, err := b.lines(ctx, s.to.services, s.since)
		if err != nil {
			return true, err
		}
		line, ok := pick(lines, s.to, s.from)
		answer.Client, answer.Server = line.SourceIdentity, line.DestinationIdentity
		return ok, nil
	})
	if err == nil && !found {
		answer.Why += noLine
	}
	return err
}

// blame finds out which proxy reset a connection, and why.
func (b *AWS) blame(ctx context.Context, s search, answer *backend.Answer) error {
	_, err := b.await(ctx, min(b.options.LogWait, maxReset), func() (bool, error) {
		refusals, err := b.lines(ctx, s.to.services, s.since)
		if err != nil {
			return true, err
		}
		if why := refusal(refusals, s); why != "" {
			answer.Why += "; ztunnel of the destination: " + why
			return true, nil
		}
		failures, err := b.lines(ctx, []string{s.from.service}, s.since)
		if err != nil {
			return true, err
		}
		why := failure(failures, s)
		if why == "" {
			return false, nil
		}
		answer.Why += "; ztunnel of the caller: " + why
		if unreachable(why) {
			// It accepted the connection, could not open the tunnel and closed it. No policy was involved.
			answer.Outcome = backend.Network
		}
		return true, nil
	})
	return err
}

// await polls until the answer is yes, or the time is over.
func (b *AWS) await(ctx context.Context, limit time.Duration, done func() (bool, error)) (bool, error) {
	deadline := time.Now().Add(limit)
	for {
		ok, err := done()
		if ok || err != nil {
			return ok && err == nil, err
		}
		if time.Now().After(deadline) {
			return false, nil
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(poll):
		}
	}
}

// pick finds the line of an answered call. Behind a gateway the line lacks the caller's address. Then all
// candidate lines must agree.
func pick(lines []proxy.Connection, to destination, from origin) (proxy.Connection, bool) {
	lines = slices.DeleteFunc(slices.Clone(lines), func(l proxy.Connection) bool {
		return !l.Inbound || l.Error != "" || l.SourceIdentity == "" || !to.about(l)
	})
	for _, line := range slices.Backward(lines) {
		if from.sent(line) {
			return line, true
		}
	}
	for _, line := range lines {
		if line.SourceIdentity != lines[0].SourceIdentity || line.DestinationIdentity != lines[0].DestinationIdentity {
			return proxy.Connection{}, false
		}
	}
	if len(lines) == 0 {
		return proxy.Connection{}, false
	}
	return lines[0], true
}

func refusal(lines []proxy.Connection, s search) string {
	for _, line := range slices.Backward(lines) {
		if line.Inbound && line.Error != "" && s.to.about(line) && s.from.sent(line) {
			return line.Error
		}
	}
	return ""
}

func failure(lines []proxy.Connection, s search) string {
	for _, line := range slices.Backward(lines) {
		named := line.Service == s.request.Host || s.request.Task != "" && line.Port() == s.request.Port
		if s.from.wrote(line) && line.Error != "" && named {
			return line.Error
		}
	}
	return ""
}

// unreachable reports whether ztunnel's error is about the network and not about authorization.
func unreachable(why string) bool {
	why = strings.ToLower(why)
	if strings.Contains(why, "policy rejection") || strings.Contains(why, "401") {
		return false
	}
	return slices.ContainsFunc([]string{
		"timed out", "deadline", "no route to host", "unreachable", "connection refused", "connection failed",
	}, func(sign string) bool { return strings.Contains(why, sign) })
}

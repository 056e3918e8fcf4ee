package onaws

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/onaws/accesslog"
	"ambient-ecs/verify/stack"
)

// poll is how often logs and objects are read again.
var poll = 2 * time.Second

// maxReset bounds the search for the reason of a reset, which only explains, and where nothing may be written.
const maxReset = 15 * time.Second

// explain adds to an answer what the access logs of the ztunnels say: the identities of an answered call, and whether
// a reset was a policy's.
func (b *AWS) explain(ctx context.Context, r backend.Request, from []netip.Addr, since time.Time, answer backend.Answer) backend.Answer {
	if b.options.LogWait < 0 {
		return answer
	}
	destination, source := b.server(r), ""
	if r.From.ECS() {
		source = r.From.Cluster + "/" + r.From.Service
	}
	switch answer.Outcome {
	case backend.Answered:
		found, err := b.await(ctx, b.options.LogWait, func() (bool, error) {
			lines, err := b.lines(ctx, destination, since)
			if err != nil {
				return true, err
			}
			line, ok := pick(lines, r, from)
			answer.Client, answer.Server = line.SourceIdentity, line.DestinationIdentity
			return ok, nil
		})
		switch {
		case err != nil:
			answer.Why += "; the access log could not be read: " + err.Error()
		case !found:
			answer.Why += "; the destination's access log has no line that is surely of this call"
		}
	case backend.Policy:
		if r.PastProxy {
			return answer
		}
		_, err := b.await(ctx, min(b.options.LogWait, maxReset), func() (bool, error) {
			refusals, err := b.lines(ctx, destination, since)
			if err != nil {
				return true, err
			}
			if why := refusal(refusals, r, from); why != "" {
				answer.Why += "; ztunnel of the destination: " + why
				return true, nil
			}
			failures, err := b.lines(ctx, source, since)
			if err != nil {
				return true, err
			}
			why := failure(failures, r)
			if why == "" {
				return false, nil
			}
			answer.Why += "; ztunnel of the caller: " + why
			if unreachable(why) {
				// It took the connection, could not open the tunnel and hung up: no policy had a say.
				answer.Outcome = backend.Network
			}
			return true, nil
		})
		if err != nil {
			answer.Why += "; the access log could not be read: " + err.Error()
		}
	}
	return answer
}

// await asks until the answer is yes, or the time is over.
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

// server is the ECS service that a request goes to, "cluster/service", or "" for EKS.
func (b *AWS) server(r backend.Request) string {
	if r.Task != "" {
		return r.Task
	}
	for _, key := range b.stack.ClusterKeys() {
		for _, name := range b.stack.Clusters[key].ServiceKeys() {
			if b.stack.Clusters[key].Services[name].Hostname == r.Host {
				return key + "/" + name
			}
		}
	}
	return ""
}

// about tells whether a line can be of a request.
func about(line accesslog.Line, r backend.Request) bool {
	return line.Service == r.Host || line.Port() == r.Port
}

// pick finds the line of an answered call. Behind a gateway the caller's address is not in it; then it must not
// matter which of the lines it is.
func pick(lines []accesslog.Line, r backend.Request, from []netip.Addr) (accesslog.Line, bool) {
	lines = slices.DeleteFunc(slices.Clone(lines), func(l accesslog.Line) bool {
		return !l.Inbound || l.Error != "" || l.SourceIdentity == "" || !about(l, r)
	})
	for _, line := range slices.Backward(lines) {
		if slices.Contains(from, line.Source.Addr().Unmap()) {
			return line, true
		}
	}
	for _, line := range lines {
		if line.SourceIdentity != lines[0].SourceIdentity || line.DestinationIdentity != lines[0].DestinationIdentity {
			return accesslog.Line{}, false
		}
	}
	if len(lines) == 0 {
		return accesslog.Line{}, false
	}
	return lines[0], true
}

func refusal(lines []accesslog.Line, r backend.Request, from []netip.Addr) string {
	for _, line := range slices.Backward(lines) {
		if line.Inbound && line.Error != "" && about(line, r) && slices.Contains(from, line.Source.Addr().Unmap()) {
			return line.Error
		}
	}
	return ""
}

func failure(lines []accesslog.Line, r backend.Request) string {
	for _, line := range slices.Backward(lines) {
		if !line.Inbound && line.Error != "" && (line.Service == r.Host || r.Task != "" && line.Port() == r.Port) {
			return line.Error
		}
	}
	return ""
}

// unreachable tells whether ztunnel's error is about the way and not about the right to go it.
func unreachable(why string) bool {
	why = strings.ToLower(why)
	if strings.Contains(why, "policy rejection") || strings.Contains(why, "401") {
		return false
	}
	return slices.ContainsFunc([]string{
		"timed out", "deadline", "no route to host", "unreachable", "connection refused", "connection failed",
	}, func(sign string) bool { return strings.Contains(why, sign) })
}

// lines are the ends of connections in the access logs of a service's tasks, or of the ztunnels of the nodes for "",
// oldest first.
func (b *AWS) lines(ctx context.Context, service string, since time.Time) ([]accesslog.Line, error) {
	var texts []string
	var err error
	if service == "" {
		texts, err = b.nodeLogs(ctx, since)
	} else {
		texts, err = b.taskLogs(ctx, service, since)
	}
	if err != nil {
		return nil, err
	}
	var lines []accesslog.Line
	for _, text := range texts {
		if line, ok := accesslog.Parse(text); ok && !line.Time.Before(since) {
			lines = append(lines, line)
		}
	}
	slices.SortStableFunc(lines, func(a, b accesslog.Line) int { return a.Time.Compare(b.Time) })
	return lines, nil
}

func (b *AWS) nodeLogs(ctx context.Context, since time.Time) ([]string, error) {
	pods, err := b.ztunnels(ctx)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, pod := range pods {
		lines, err := b.cluster.Logs(ctx, pod, ztunnelContainer, since)
		if err != nil {
			return nil, err
		}
		all = append(all, lines...)
	}
	return all, nil
}

// taskLogs reads the log streams of the ztunnel containers, "ztunnel/ztunnel/<task id>".
func (b *AWS) taskLogs(ctx context.Context, service string, since time.Time) ([]string, error) {
	key, name := cutSlash(service)
	c, _, err := b.find(key, name)
	if err != nil {
		return nil, err
	}
	tasks, err := b.tasks(ctx, key, name)
	if err != nil {
		return nil, err
	}
	client, err := b.logs(c)
	if err != nil {
		return nil, err
	}
	var all []string
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(client, &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: aws.String(c.LogGroup), LogStreamNamePrefix: aws.String(ztunnel + "/" + ztunnel + "/"),
		FilterPattern: aws.String(`"connection"`), StartTime: aws.Int64(since.UnixMilli()),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read log group %s in account %s: %w", c.LogGroup, c.Account, err)
		}
		for _, event := range page.Events {
			stream := aws.ToString(event.LogStreamName)
			if slices.ContainsFunc(tasks, func(t task) bool { return strings.HasSuffix(stream, "/"+t.id) }) {
				all = append(all, aws.ToString(event.Message))
			}
		}
	}
	return all, nil
}

func (b *AWS) logs(c stack.Cluster) (*cloudwatchlogs.Client, error) {
	config, err := b.accounts.Config(c.Account, c.Region)
	if err != nil {
		return nil, err
	}
	return cloudwatchlogs.NewFromConfig(config), nil
}
